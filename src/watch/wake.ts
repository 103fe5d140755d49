import { type Instant, MINUTE_MS } from '../core/instant.ts';
import type { StepContext } from '../core/signal.ts';
import { JUDGE_AFTER_MS, step } from '../core/step.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Database, Transaction } from '../store/database.ts';
import { createDueWork, type DueTimes, type DueWork } from '../store/due-work.ts';
import { isRetryable, isUnavailable } from '../store/errors.ts';
import { readGaps } from '../store/gaps.ts';
import { runOf, type StateRow, stateOf } from '../store/monitor-rows.ts';
import { readWaitingRuns } from '../store/runs.ts';
import { claimDueState, claimDueStates, listDueStates, markFault } from '../store/states.ts';
import { type Decision, saveDecisions } from './commit.ts';
import type { Definition, DefinitionCache } from './definitions.ts';
import { earliestWindow } from './flush.ts';
import { TAKE_OVER_AFTER_MS } from './fold.ts';

/** The loop looks at least this often, whatever it believes about the future. */
export const MAX_SLEEP_MS = 500;
/** And no more often than this while something is due that it may not judge yet. */
const MIN_SLEEP_MS = 25;
/** Monitors judged in one transaction. */
export const MAX_WAKES_PER_BATCH = 1_000;
/** A monitor whose judging threw is tried again after this long. */
const FAULT_RETRY_MS = 10 * MINUTE_MS;
const MAX_FAULT_TEXT = 500;

export interface WakeOptions {
  readonly database: Database;
  readonly definitions: DefinitionCache;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly logger: Logger;
  /** Whether it is sure that pings could be taken until now. */
  readonly canJudge: () => boolean;
  /** When the oldest ping that this node accepted and did not commit yet arrived. */
  readonly oldestPendingAt: () => Instant | null;
  /** See `Ingest`: what is acknowledged counts before a deadline is judged. */
  readonly settleAll: (before: Instant) => Promise<Instant | null>;
  /** Shared by the loops of a node; by itself it asks for itself. */
  readonly due?: DueWork;
}

/** The loop that looks at whatever has a time: deadlines, limits of runs, ends of pauses. */
export interface WakeLoop {
  start(): void;
  stop(): Promise<void>;
  /** One look: judges all that is due; answers how many monitors that were. */
  look(): Promise<number>;
  /** When the last look ended well, on the monotonic clock; for the health of this node. */
  readonly lastLookMonotonic: number;
}

interface Fault {
  readonly monitorId: string;
  readonly error: unknown;
}

export function createWakeLoop(options: WakeOptions): WakeLoop {
  const { clock, logger, due = createDueWork(options) } = options;
  const abort = new AbortController();
  let loop: Promise<void> | null = null;
  let lastLookMonotonic = clock.monotonic();

  /** Deadlines up to here may be judged: what was accepted before them is committed, and counted. */
  const judgeUpTo = async () => {
    const unsettled = await options.settleAll(clock.now() - TAKE_OVER_AFTER_MS);
    const pending = Math.min(
      options.oldestPendingAt() ?? Number.MAX_SAFE_INTEGER,
      unsettled ?? Number.MAX_SAFE_INTEGER,
    );
    return Math.min(clock.now(), pending) - JUDGE_AFTER_MS;
  };

  const look = async () => {
    let total = 0;
    while (!abort.signal.aborted && options.canJudge()) {
      const looked = await judgeDue(options, await judgeUpTo());
      total += looked;
      if (looked < MAX_WAKES_PER_BATCH) break;
    }
    lastLookMonotonic = clock.monotonic();
    return total;
  };

  /** Whether a deadline is to be judged, or a node that is gone has left pings that nobody folds. */
  const isDue = ({ wakeAt, journaledAt }: DueTimes) => {
    const now = clock.now();
    const isLeft = journaledAt !== null && journaledAt <= now - TAKE_OVER_AFTER_MS;
    return isLeft || (wakeAt !== null && wakeAt <= now - JUDGE_AFTER_MS);
  };

  /** Looks if something is due; answers how long to wait before asking again. */
  const turn = async (times: DueTimes) => {
    if (options.canJudge() && isDue(times) && (await look()) > 0) return 0;
    const { wakeAt } = times;
    lastLookMonotonic = clock.monotonic();
    if (wakeAt === null) return MAX_SLEEP_MS;
    return Math.max(MIN_SLEEP_MS, Math.min(MAX_SLEEP_MS, wakeAt + JUDGE_AFTER_MS - clock.now() + 1));
  };

  const run = async () => {
    let pauseMs = 0;
    while (!abort.signal.aborted) {
      try {
        const times = await due.times(pauseMs, abort.signal);
        if (times !== null) pauseMs = await turn(times);
      } catch (error) {
        pauseMs = MAX_SLEEP_MS;
        logger[isUnavailable(error) ? 'warn' : 'error']('deadlines could not be judged', { error });
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
    get lastLookMonotonic() {
      return lastLookMonotonic;
    },
  };
}

type Claim = (tx: Transaction) => Promise<StateRow[]>;

/**
 * Judges a batch of what is due; answers how many that were. Where the batch as a whole cannot be saved, each monitor
 * is judged by itself, so that only the one at fault is left behind.
 */
async function judgeDue(options: WakeOptions, upTo: Instant): Promise<number> {
  try {
    return await judgeClaimed(options, upTo, (tx) => claimDueStates(tx, upTo, MAX_WAKES_PER_BATCH));
  } catch (error) {
    if (isRetryable(error) || isUnavailable(error)) throw error;
    options.logger.error('a batch of deadlines failed, judging them one by one', { error });
    return judgeOneByOne(options, upTo);
  }
}

async function judgeOneByOne(options: WakeOptions, upTo: Instant): Promise<number> {
  const { database } = options;
  const ids = await listDueStates(database, upTo, MAX_WAKES_PER_BATCH);
  for (const monitorId of ids) {
    try {
      await judgeClaimed(options, upTo, (tx) => claimDueState(tx, monitorId, upTo));
    } catch (error) {
      if (isRetryable(error) || isUnavailable(error)) throw error;
      await database.transaction((tx) => saveFault(tx, options, { monitorId, error }));
    }
  }
  return ids.length;
}

/** Claims, judges and saves in one transaction. */
function judgeClaimed(options: WakeOptions, upTo: Instant, claim: Claim): Promise<number> {
  const { database, definitions, clock, newId } = options;
  return database.transaction(async (tx) => {
    const rows = await claim(tx);
    if (rows.length === 0) return 0;
    const [found, runs, gaps] = await Promise.all([
      definitions.forStates(tx, rows),
      waitingRuns(tx, rows),
      readGaps(tx, earliestWindow(rows)),
    ]);
    const now = clock.now();
    const faults: Fault[] = [];
    const decisions: Decision[] = [];
    for (const row of rows) {
      const definition = found.get(row.monitor_id);
      if (definition === undefined || definition.fault !== null) {
        faults.push({ monitorId: row.monitor_id, error: definition?.fault ?? 'it has no definition' });
        continue;
      }
      try {
        const context: StepContext = { now, newId, gaps };
        decisions.push(judge(definition, row, runs.get(row.monitor_id) ?? [], upTo, context));
      } catch (error) {
        faults.push({ monitorId: row.monitor_id, error });
      }
    }
    await saveDecisions(tx, decisions, [], { now, newId });
    for (const fault of faults) await saveFault(tx, options, fault);
    return rows.length;
  });
}

async function waitingRuns(tx: Transaction, rows: readonly StateRow[]) {
  const ids = rows.filter((row) => row.waiting_runs > 0).map((row) => row.monitor_id);
  const found = ids.length === 0 ? [] : await readWaitingRuns(tx, ids);
  return Map.groupBy(found, (run) => run.monitor_id);
}

function judge(
  { monitor, teamId }: Definition,
  row: StateRow,
  runs: readonly Parameters<typeof runOf>[0][],
  upTo: Instant,
  context: StepContext,
): Decision {
  const before = stateOf(row, runs.map(runOf));
  const { state, effects } = step(monitor, before, { kind: 'wake', upTo }, context);
  return { monitorId: monitor.id, teamId, before, state, effects };
}

/** One monitor that cannot be judged stops nobody else: it is marked, shown, and tried again later (promise 6). */
async function saveFault(tx: Transaction, options: WakeOptions, { monitorId, error }: Fault): Promise<void> {
  const text = (error instanceof Error ? error.message : String(error)).slice(0, MAX_FAULT_TEXT);
  options.logger.error('a monitor could not be judged', { monitorId, error });
  await markFault(tx, monitorId, text, options.clock.now() + FAULT_RETRY_MS);
}
