import type { Gap } from '../core/cause.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Database } from '../store/database.ts';
import { isRetryable, isUnavailable } from '../store/errors.ts';
import type { DefinitionCache } from './definitions.ts';
import { type Flushed, flushPings } from './flush.ts';
import type { Ping, PingAnswer } from './ping.ts';

/** A transaction that lost against another one is tried again this often. */
const MAX_TRIES = 3;

const unavailable: PingAnswer = { result: 'unavailable' };
/** Not stored for a reason of its own: it is refused, but we were not blind (promise 6). */
export const FAULTY: PingAnswer = { result: 'unavailable' };

export interface StorePingsOptions {
  readonly database: Database;
  readonly definitions: DefinitionCache;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly logger: Logger;
  /** The time in which this node was blind until now, as long as it is not written; null when it is well. */
  readonly unrecordedGap: () => Gap | null;
  /** Told of each transaction before its pings are answered. */
  readonly onFlushed: (flushed: Flushed) => void;
}

/**
 * Decides and stores pings at once, in one transaction for all; again when it lost against another one. If a ping
 * cannot be stored for a reason of its own, it alone is refused: each is then tried by itself. The answers stand in the
 * order of the pings; those that are missing at the end are refusals. Throws when the database is away.
 */
export async function storePings(options: StorePingsOptions, pings: readonly Ping[]): Promise<readonly PingAnswer[]> {
  const { database, definitions, clock, newId, logger } = options;
  const attempt = async (batch: readonly Ping[]) => {
    const context = { now: clock.now(), newId, unrecordedGap: options.unrecordedGap() };
    const flushed = await flushPings(database, definitions, batch, context);
    options.onFlushed(flushed);
    return flushed.answers;
  };
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt(pings);
    } catch (error) {
      if (isRetryable(error) && tries < MAX_TRIES) continue;
      if (isUnavailable(error)) throw error;
      logger.error('a batch of pings failed, storing them one by one', { count: pings.length, error });
      break;
    }
  }
  return storeOneByOne(options, pings, attempt);
}

async function storeOneByOne(
  { logger }: StorePingsOptions,
  pings: readonly Ping[],
  attempt: (batch: readonly Ping[]) => Promise<readonly PingAnswer[]>,
): Promise<PingAnswer[]> {
  const answers: PingAnswer[] = [];
  for (const ping of pings) {
    try {
      answers.push(...(await attempt([ping])));
    } catch (error) {
      logger.error('a ping could not be stored', { error });
      // The answers that are missing at the end of the list are refusals.
      if (isUnavailable(error)) return answers;
      answers.push(isRetryable(error) ? unavailable : FAULTY);
    }
  }
  return answers;
}
