import { DAY_MS, type Instant, MINUTE_MS, SECOND_MS } from '../../core/instant.ts';
import { latestTime, nextTime, PERIOD_OF, periodEnding } from '../../core/summary/timetable.ts';
import { type Clock, sleep } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Database, Transaction } from '../../store/database.ts';
import { isRetryable, isUnavailable } from '../../store/errors.ts';
import {
  claimDueSummary,
  holdSummary,
  insertSummaryIssue,
  readSummaryTargets,
  type SummarySchedule,
  setNextSummary,
} from '../../store/summary-schedules.ts';
import { gatherSummary } from './gather.ts';
import { tellOfTeam } from './notices.ts';
import { chosenTargets } from './targets.ts';

const LOOK_EVERY_MS = 5 * SECOND_MS;
/** A summary that cannot be made is left alone for this long. */
export const HOLD_MS = 10 * MINUTE_MS;
/** That a summary was made is remembered for so long. */
const REMEMBER_MS = 400 * DAY_MS;
/** Channels that one summary goes to; a team has no more. */
export const MAX_TARGETS = 200;

export interface SummariesOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly logger: Logger;
}

/** Makes the summaries that are due: each once, whichever node is the first to do it. */
export interface Summaries {
  start(): void;
  stop(): Promise<void>;
  /** Makes all that are due now; answers how many that were. */
  look(): Promise<number>;
}

export function createSummaries(options: SummariesOptions): Summaries {
  const { database, clock, logger } = options;
  const abort = new AbortController();
  let loop: Promise<void> | null = null;

  const makeNext = async (): Promise<boolean> => {
    const claimed: { schedule: SummarySchedule | null } = { schedule: null };
    try {
      return await database.transaction(async (tx) => {
        const schedule = await claimDueSummary(tx, clock.now());
        claimed.schedule = schedule;
        if (schedule !== null) await make(tx, options, schedule, clock.now());
        return schedule !== null;
      });
    } catch (error) {
      const { schedule } = claimed;
      if (schedule === null || isUnavailable(error) || isRetryable(error)) throw error;
      logger.error('a summary could not be made', { team: schedule.teamId, kind: schedule.kind, error });
      await holdSummary(database, schedule, clock.now() + HOLD_MS);
      return true;
    }
  };

  const look = async () => {
    let made = 0;
    while (!abort.signal.aborted && (await makeNext())) made += 1;
    return made;
  };

  const run = async () => {
    while (!abort.signal.aborted) {
      await sleep(clock, LOOK_EVERY_MS, abort.signal);
      if (abort.signal.aborted) return;
      try {
        await look();
      } catch (error) {
        logger[isUnavailable(error) ? 'warn' : 'error']('summaries could not be made', { error });
      }
    }
  };

  return {
    start() {
      loop ??= run();
    },
    async stop() {
      abort.abort();
      await loop;
    },
    look,
  };
}

/** The latest one only: after a long absence nobody wants the pile. */
async function make(
  tx: Transaction,
  { newId, logger }: SummariesOptions,
  schedule: SummarySchedule,
  now: Instant,
): Promise<void> {
  const { teamId, kind, channelIds } = schedule;
  const period = periodEnding(schedule, latestTime(schedule, now));
  await setNextSummary(tx, schedule, nextTime(schedule, now));
  const id = newId();
  if (!(await insertSummaryIssue(tx, { id, teamId, kind, ...period }, now, now - REMEMBER_MS))) return;
  const targets = chosenTargets(await readSummaryTargets(tx, teamId, MAX_TARGETS), channelIds);
  if (targets.length === 0) return logger.warn('a summary has no channel that works', { team: teamId, kind });
  const summary = await gatherSummary(tx, teamId, PERIOD_OF[kind], period);
  // Who watches nothing yet has nothing to be told of.
  if (summary.monitors.total === 0) return;
  await tellOfTeam(tx, newId, { teamId, subjectId: id, data: { summary } }, targets, now);
}
