import type { Gap } from '../core/cause.ts';
import type { Instant } from '../core/instant.ts';
import type { CancelTimer, Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Database } from '../store/database.ts';
import { isRetryable, isUnavailable } from '../store/errors.ts';
import type { DefinitionCache } from './definitions.ts';
import { flushPings } from './flush.ts';
import type { Ping, PingAnswer } from './ping.ts';
import { flushRemembered } from './remembered-flush.ts';
import { createStateMemory, type StateMemory } from './state-memory.ts';

/** Pings that wait for a flush; one more is refused with `unavailable`. */
export const MAX_QUEUED_PINGS = 20_000;
/** Bytes of bodies that wait for a flush. */
export const MAX_QUEUED_BYTES = 64 * 1024 * 1024;
/** Pings that share one transaction. */
export const MAX_PINGS_PER_FLUSH = 500;
/** Bytes of bodies that share one transaction. */
const MAX_BYTES_PER_FLUSH = 8 * 1024 * 1024;
/** Transactions under way at a time. */
export const MAX_FLUSHES = 3;
/** Beside another one a transaction begins only with this many: a small one costs more than waiting for the other. */
export const MIN_PINGS_BESIDE = 16;
/** A transaction that lost against another one is tried again this often. */
const MAX_TRIES = 3;
/**
 * At a moderate rate a ping waits this long for company: half the commits for an answer that nobody waits for. Below
 * GATHER_FROM_PER_SECOND there is no company to wait for; above GATHER_TO_PER_SECOND it comes by itself while the
 * transactions before it are under way.
 */
export const GATHER_MS = 16;
const GATHER_FROM_PER_SECOND = 40;
const GATHER_TO_PER_SECOND = 800;
/** The rate is counted over windows of this length. */
const RATE_WINDOW_MS = 250;

const unavailable: PingAnswer = { result: 'unavailable' };
/** Not stored for a reason of its own: it is refused, but we were not blind (promise 6). */
const FAULTY: PingAnswer = { result: 'unavailable' };

export interface IngestOptions {
  readonly database: Database;
  readonly definitions: DefinitionCache;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly logger: Logger;
  /** Told of each ping that could not be taken: this node was blind then (RULES §4). */
  readonly onRefused: (at: Instant) => void;
  /** The time in which this node was blind until now, as long as it is not written; null when it is well. */
  readonly unrecordedGap: () => Gap | null;
}

export interface IngestCounters {
  stored: number;
  unknown: number;
  refused: number;
  flushes: number;
}

/** Where pings become durable. It knows nothing of HTTP, and nobody else knows how it commits. */
export interface Ingest {
  /** Resolves when the ping is on disk, or known not to be; never rejects. */
  accept(ping: Ping): Promise<PingAnswer>;
  /** A call that may have been a ping was answered 503 before it could be brought here: this node was blind then. */
  noteRefused(at: Instant): void;
  /** When the oldest ping that is not committed yet arrived; null when all are. Deadlines up to it cannot be judged. */
  oldestPendingAt(): Instant | null;
  /** Resolves when everything accepted so far is answered. */
  drain(): Promise<void>;
  readonly counters: Readonly<IngestCounters>;
  readonly queued: number;
}

interface Waiting {
  readonly ping: Ping;
  readonly answer: (answer: PingAnswer) => void;
}

/** Pings of one monitor never share time in two transactions: the second would only wait for the first. */
function whose({ key, name }: Ping): string {
  return key ?? `${name?.teamKey}/${name?.slug}`;
}

export function createIngest(options: IngestOptions): Ingest {
  const { clock, logger } = options;
  const counters: IngestCounters = { stored: 0, unknown: 0, refused: 0, flushes: 0 };
  let queue: Waiting[] = [];
  let queuedBytes = 0;
  const underWay = new Set<readonly Waiting[]>();
  /** Whose pings are under way. */
  const busy = new Set<string>();
  const memory = createStateMemory();
  let cancelGathering: CancelTimer | null = null;
  let drained: (() => void)[] = [];
  const rate = createRate(clock);

  const refuse = (waiting: Waiting) => {
    counters.refused += 1;
    options.onRefused(waiting.ping.receivedAt);
    waiting.answer(unavailable);
  };

  const settle = (batch: readonly Waiting[], answers: readonly PingAnswer[]) => {
    for (const [index, waiting] of batch.entries()) {
      const answer = answers[index] ?? unavailable;
      if (answer === FAULTY) {
        counters.refused += 1;
        waiting.answer(unavailable);
        continue;
      }
      if (answer.result === 'unavailable') {
        refuse(waiting);
        continue;
      }
      if (answer.result === 'stored') counters.stored += 1;
      else counters.unknown += 1;
      waiting.answer(answer);
    }
  };

  /** The oldest that may go now; those whose monitor is under way stay, in their order. */
  const takeBatch = (): Waiting[] => {
    const batch: Waiting[] = [];
    const held: Waiting[] = [];
    let bytes = 0;
    let seen = 0;
    for (const waiting of queue) {
      if (busy.size > 0 && busy.has(whose(waiting.ping))) {
        held.push(waiting);
        seen += 1;
        continue;
      }
      const more = waiting.ping.body?.length ?? 0;
      if (batch.length > 0 && (batch.length >= MAX_PINGS_PER_FLUSH || bytes + more > MAX_BYTES_PER_FLUSH)) break;
      batch.push(waiting);
      bytes += more;
      seen += 1;
    }
    queue = held.length === 0 ? queue.slice(seen) : [...held, ...queue.slice(seen)];
    queuedBytes -= bytes;
    return batch;
  };

  const flush = async (batch: readonly Waiting[]) => {
    underWay.add(batch);
    for (const { ping } of batch) busy.add(whose(ping));
    try {
      settle(
        batch,
        await flushBatch(
          options,
          memory,
          batch.map((waiting) => waiting.ping),
        ),
      );
      counters.flushes += 1;
    } catch (error) {
      logger.error('pings could not be stored', { count: batch.length, error });
      for (const waiting of batch) refuse(waiting);
    } finally {
      underWay.delete(batch);
      for (const { ping } of batch) busy.delete(whose(ping));
      // What came meanwhile waits for company as well.
      if (mayGather() && queue.length > 0) schedule();
      else pump();
    }
  };

  const mayFlush = () =>
    queue.length > 0 && (underWay.size === 0 || (underWay.size < MAX_FLUSHES && queue.length >= MIN_PINGS_BESIDE));

  const pump = () => {
    cancelGathering?.();
    cancelGathering = null;
    while (mayFlush()) {
      const batch = takeBatch();
      if (batch.length === 0) break;
      void flush(batch);
    }
    if (queue.length === 0 && underWay.size === 0) {
      for (const done of drained.splice(0)) done();
    }
  };

  const mayGather = () =>
    underWay.size === 0 && drained.length === 0 && rate.isModerate() && queue.length < MAX_PINGS_PER_FLUSH;

  const schedule = () => {
    if (mayGather()) cancelGathering ??= clock.after(GATHER_MS, pump);
    else if (mayFlush()) pumpSoon();
  };

  let pumping = false;
  // Requests that were read from their sockets in the same turn share a transaction.
  const pumpSoon = () => {
    if (pumping) return;
    pumping = true;
    setImmediate(() => {
      pumping = false;
      pump();
    });
  };

  return {
    accept: (ping) =>
      new Promise((resolve) => {
        const waiting: Waiting = { ping, answer: resolve };
        const bytes = ping.body?.length ?? 0;
        if (queue.length >= MAX_QUEUED_PINGS || queuedBytes + bytes > MAX_QUEUED_BYTES) return refuse(waiting);
        queue.push(waiting);
        queuedBytes += bytes;
        rate.count();
        schedule();
      }),
    noteRefused(at) {
      counters.refused += 1;
      options.onRefused(at);
    },
    oldestPendingAt() {
      let oldest: Instant | null = null;
      // Not the first one: a ping whose body took its time stands behind younger ones.
      for (const waiting of [queue, ...underWay]) {
        for (const { ping } of waiting) {
          if (oldest === null || ping.receivedAt < oldest) oldest = ping.receivedAt;
        }
      }
      return oldest;
    },
    drain() {
      if (queue.length === 0 && underWay.size === 0) return Promise.resolve();
      return new Promise((resolve) => {
        drained = [...drained, resolve];
        pump();
      });
    },
    counters,
    get queued() {
      return queue.length;
    },
  };
}

/** Counts arrivals in short windows; an estimate is enough. */
function createRate(clock: Clock) {
  let windowFrom = clock.monotonic();
  let counted = 0;
  let perSecond = 0;
  const roll = () => {
    const passedMs = clock.monotonic() - windowFrom;
    if (passedMs < RATE_WINDOW_MS) return;
    perSecond = (counted * 1_000) / passedMs;
    windowFrom += passedMs;
    counted = 0;
  };
  return {
    count() {
      counted += 1;
      roll();
    },
    isModerate: () => perSecond >= GATHER_FROM_PER_SECOND && perSecond <= GATHER_TO_PER_SECOND,
  };
}

/** The short way for all pings that can take it, then the long way for the others. */
async function flushBatch(options: IngestOptions, memory: StateMemory, pings: readonly Ping[]): Promise<PingAnswer[]> {
  const answers = await tryRemembered(options, memory, pings);
  const others = pings.filter((_, place) => answers[place] === null);
  if (others.length === 0) return answers.map((answer) => answer ?? unavailable);
  const later = (await flushWithCare(options, others)).values();
  // The answers that are missing at the end are refusals.
  return answers.map((answer) => answer ?? later.next().value ?? unavailable);
}

async function tryRemembered(options: IngestOptions, memory: StateMemory, pings: readonly Ping[]) {
  const { database, definitions, clock, newId, logger } = options;
  try {
    return await flushRemembered(database, definitions, memory, pings, { now: clock.now(), newId });
  } catch (error) {
    // What is remembered may be of a server that is no more.
    memory.clear();
    if (isUnavailable(error)) throw error;
    if (!isRetryable(error)) logger.warn('a batch of pings could not go the short way', { error });
    return pings.map(() => null);
  }
}

/**
 * One transaction for all; again when it lost against another one. If a ping cannot be stored for a reason of its own,
 * it alone is refused: each is then tried by itself.
 */
async function flushWithCare(options: IngestOptions, pings: readonly Ping[]): Promise<PingAnswer[]> {
  const { database, definitions, clock, newId, logger } = options;
  const attempt = (batch: readonly Ping[]) =>
    flushPings(database, definitions, batch, { now: clock.now(), newId, unrecordedGap: options.unrecordedGap() });
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
  { logger }: IngestOptions,
  pings: readonly Ping[],
  attempt: (batch: readonly Ping[]) => Promise<PingAnswer[]>,
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
