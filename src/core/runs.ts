import { type Draft, saveRun } from './draft.ts';
import { type Instant, SECOND_MS } from './instant.ts';
import { LEARN_FROM_RUNS, learnedLimit } from './learned.ts';
import { MAX_OPEN_RUNS, type Monitor, type MonitorState, type Run } from './monitor.ts';
import type { PingSignal } from './signal.ts';

/** A shortened limit never judges a run sooner than this after the edit. */
const EDITED_LIMIT_MARGIN_MS = 60 * SECOND_MS;

interface Deadline {
  readonly deadlineAt: Instant | null;
  readonly limitBy: Run['limitBy'];
}

/** When a run that began at `startedAt` is judged: by its limit or by what is usual, whichever is sooner. */
function deadlineOf(monitor: Monitor, state: MonitorState, startedAt: Instant): Deadline {
  if (monitor.kind === 'heartbeat') return { deadlineAt: null, limitBy: null };
  const byLimit = monitor.maxRunSeconds === null ? null : startedAt + monitor.maxRunSeconds * SECOND_MS;
  const learned = monitor.learn ? learnedLimit(state.goodDurationsMs) : null;
  const byHabit = learned === null ? null : startedAt + learned.limitMs;
  if (byHabit !== null && (byLimit === null || byHabit < byLimit)) return { deadlineAt: byHabit, limitBy: 'learned' };
  return { deadlineAt: byLimit, limitBy: byLimit === null ? null : 'max_run' };
}

const unlimited = { deadlineAt: null, limitBy: null } as const;

/** The run that a signal's run id names, open or ended long ago. */
function namedRun(draft: Draft, runId: string): Run | undefined {
  return draft.state.runs.find((run) => run.runId === runId) ?? draft.context.namedRun;
}

/** Ends the wait for a run's end: a later run took its place. */
function giveUp(draft: Draft, run: Run, at: Instant): void {
  if (run.state === 'open') {
    saveRun(draft, { ...run, ...unlimited, state: 'abandoned', endedAt: at, awaitsEnd: false });
  } else {
    saveRun(draft, { ...run, awaitsEnd: false });
  }
}

/** What a START did to the runs. `opened`: there is a new run; else it was only recorded, for the reason given. */
export type StartOutcome = 'opened' | 'repeated' | 'overtaken';

/** START: opens a run, or fills in the beginning of one whose end came first (RULES §3). */
export function startRun(draft: Draft, signal: PingSignal): StartOutcome {
  const { monitor, state, context } = draft;
  if (signal.runId !== null) {
    const known = namedRun(draft, signal.runId);
    if (known?.state === 'open') return 'repeated';
    if (known !== undefined) {
      if (known.startedAt === null) {
        saveRun(draft, { ...known, startedAt: Math.min(signal.at, known.endedAt ?? signal.at) });
      }
      return 'overtaken';
    }
  } else {
    for (const run of state.runs.filter((run) => run.runId === null)) giveUp(draft, run, signal.at);
  }
  const [oldest] = state.runs;
  if (oldest !== undefined && state.runs.length >= MAX_OPEN_RUNS) giveUp(draft, oldest, signal.at);
  const run: Run = {
    id: context.newId(),
    runId: signal.runId,
    state: 'open',
    startedAt: signal.at,
    endedAt: null,
    exitStatus: null,
    ...deadlineOf(monitor, state, signal.at),
    excused: false,
    awaitsEnd: true,
    finishedLate: false,
  };
  saveRun(draft, run, true);
  return 'opened';
}

/** The run that an end without a name means: the newest open one without a name, else the newest timed-out one. */
function unnamedRun(state: MonitorState): Run | undefined {
  const unnamed = state.runs.filter((run) => run.runId === null);
  return unnamed.findLast((run) => run.state === 'open') ?? unnamed.at(-1);
}

export interface EndOutcome {
  readonly run: Run | null;
  /** This run had ended in the same way before. */
  readonly repeated: boolean;
}

/** END or FAIL: ends the run it means; a process whose start was never heard gets a run without a beginning. */
export function endRun(draft: Draft, signal: PingSignal): EndOutcome {
  const { monitor, context } = draft;
  const state = signal.kind === 'success' ? 'succeeded' : 'failed';
  const run = signal.runId === null ? unnamedRun(draft.state) : namedRun(draft, signal.runId);
  if (run === undefined) {
    if (monitor.kind === 'heartbeat') return { run: null, repeated: false };
    const ended: Run = {
      id: context.newId(),
      runId: signal.runId,
      state,
      startedAt: null,
      endedAt: signal.at,
      exitStatus: signal.exitStatus,
      ...unlimited,
      excused: false,
      awaitsEnd: false,
      finishedLate: false,
    };
    saveRun(draft, ended, true);
    return { run: ended, repeated: false };
  }
  if (run.state === 'succeeded' || run.state === 'failed') return { run, repeated: run.state === state };
  const ended: Run = {
    ...run,
    ...unlimited,
    state,
    endedAt: Math.max(signal.at, run.startedAt ?? signal.at),
    exitStatus: signal.exitStatus,
    awaitsEnd: false,
    finishedLate: run.state === 'timed_out',
  };
  saveRun(draft, ended);
  if (state === 'succeeded') learnFrom(draft, ended);
  return { run: ended, repeated: false };
}

function learnFrom(draft: Draft, run: Run): void {
  const { monitor, state } = draft;
  if (monitor.kind !== 'process' || !monitor.learn || run.startedAt === null || run.endedAt === null) return;
  state.goodDurationsMs = [...state.goodDurationsMs, run.endedAt - run.startedAt].slice(-LEARN_FROM_RUNS);
}

/** A pause takes the limits off the open runs; they go on recording. */
export function suspendRuns(draft: Draft): void {
  for (const run of draft.state.runs) {
    if (run.deadlineAt !== null) saveRun(draft, { ...run, ...unlimited });
  }
}

/** After a pause: runs that are within their limit are watched again, for the others nobody can tell how they went. */
export function resumeRuns(draft: Draft, now: Instant): void {
  const { monitor, state } = draft;
  if (monitor.kind !== 'process') return;
  for (const run of state.runs.filter((run) => run.state === 'open')) {
    const deadline = deadlineOf(monitor, state, run.startedAt ?? now);
    if (deadline.deadlineAt !== null && deadline.deadlineAt <= now) {
      saveRun(draft, { ...run, ...unlimited, state: 'unknown', endedAt: now, awaitsEnd: false });
    } else {
      saveRun(draft, { ...run, ...deadline });
    }
  }
}

/** The limit was edited: it holds for the runs that are open too, with a minute's notice. */
export function relimitRuns(draft: Draft, now: Instant): void {
  const { monitor, state } = draft;
  for (const run of state.runs.filter((run) => run.state === 'open')) {
    const deadline = deadlineOf(monitor, state, run.startedAt ?? now);
    const deadlineAt =
      deadline.deadlineAt === null ? null : Math.max(deadline.deadlineAt, now + EDITED_LIMIT_MARGIN_MS);
    saveRun(draft, { ...run, ...deadline, deadlineAt });
  }
}
