import { type Draft, saveRun } from './draft.ts';
import { type Instant, SECOND_MS } from './instant.ts';
import { LEARN_FROM_RUNS, learnedLimit } from './learned.ts';
import { MAX_OPEN_RUNS, type Monitor, type MonitorState, openRuns, type Run } from './monitor.ts';
import type { PingSignal } from './signal.ts';

/** A shortened limit never judges a run sooner than this after the edit. */
export const EDITED_LIMIT_MARGIN_MS = 60 * SECOND_MS;

type Deadline = Pick<Run, 'deadlineAt' | 'limitBy'>;

const unlimited: Deadline = { deadlineAt: null, limitBy: null };

/** When a run that began at `startedAt` reaches the limit that a person set, or null. */
function limitAt(monitor: Monitor, startedAt: Instant): Instant | null {
  return monitor.maxRunSeconds === null ? null : startedAt + monitor.maxRunSeconds * SECOND_MS;
}

/** The sooner of the set limit and of what is usual; a habit that is overstepped at `now` already judges nothing. */
function deadlineOf(draft: Draft, startedAt: Instant, byLimit: Instant | null, now: Instant): Deadline {
  const { monitor, state } = draft;
  const learned = monitor.learn ? learnedLimit(state.goodDurationsMs) : null;
  const byHabit = learned === null ? null : startedAt + learned.limitMs;
  if (byHabit !== null && byHabit > now && (byLimit === null || byHabit < byLimit)) {
    return { deadlineAt: byHabit, limitBy: 'learned' };
  }
  return byLimit === null ? unlimited : { deadlineAt: byLimit, limitBy: 'max_run' };
}

/** The run that a signal's run id names, open or ended long ago. */
function namedRun(draft: Draft, runId: string): Run | undefined {
  return draft.state.runs.find((run) => run.runId === runId) ?? draft.context.namedRun;
}

/** The run without a name that an end can still reach: one at the most, since each start gives up the one before. */
function unnamedRun(state: MonitorState): Run | undefined {
  return state.runs.find((run) => run.runId === null);
}

/** The run that an end means, if it is known. */
function runOf(draft: Draft, signal: PingSignal): Run | undefined {
  return signal.runId === null ? unnamedRun(draft.state) : namedRun(draft, signal.runId);
}

/** Ends the wait for a run's end: a later run took its place. */
function giveUp(draft: Draft, run: Run, at: Instant): void {
  const ended = { ...run, ...unlimited, state: 'abandoned', endedAt: at, awaitsEnd: false } as const;
  saveRun(draft, run.state === 'open' ? ended : { ...run, awaitsEnd: false });
}

/** What a START did to the runs. `opened`: there is a new run; else it was only recorded, for the reason given. */
export type StartOutcome = 'opened' | 'repeated' | 'overtaken';

/**
 * START: opens a run, or fills in the beginning of one whose end came first (RULES §3). `arrivedAt` is the signal's
 * own time, before it was put in order behind the end that overtook it.
 */
export function startRun(draft: Draft, signal: PingSignal, arrivedAt: Instant): StartOutcome {
  const { state } = draft;
  if (signal.runId === null) {
    const replaced = unnamedRun(state);
    if (replaced !== undefined) giveUp(draft, replaced, signal.at);
  } else if (namedRun(draft, signal.runId) !== undefined) {
    return fillInStart(draft, signal.runId, arrivedAt) ? 'overtaken' : 'repeated';
  }
  if (state.runs.length >= MAX_OPEN_RUNS) {
    const oldest = state.runs.find((run) => run.state !== 'open') ?? state.runs[0];
    if (oldest !== undefined) giveUp(draft, oldest, signal.at);
  }
  openRun(draft, signal);
  return 'opened';
}

function openRun(draft: Draft, signal: PingSignal): void {
  const { monitor, context } = draft;
  const at = signal.at;
  const run: Run = {
    id: context.newId(),
    runId: signal.runId,
    state: 'open',
    startedAt: at,
    endedAt: null,
    exitStatus: null,
    ...(monitor.kind === 'process' ? deadlineOf(draft, at, limitAt(monitor, at), at) : unlimited),
    excused: false,
    awaitsEnd: true,
    finishedLate: false,
  };
  saveRun(draft, run, true);
}

/** Tells the run of this name, whose end came first, when it began; false when there is nothing to tell. */
export function fillInStart(draft: Draft, runId: string | null, at: Instant): boolean {
  const run = runId === null ? undefined : namedRun(draft, runId);
  if (run === undefined || run.startedAt !== null) return false;
  const filled = { ...run, startedAt: Math.min(at, run.endedAt ?? at) };
  saveRun(draft, filled);
  if (filled.state === 'succeeded') learnFrom(draft, filled);
  return true;
}

/**
 * What an end did to the runs. `before` is the run as it was; null: none was known. `ended`: it ends now, or nothing
 * was to be ended. `repeated`: it had ended in the same way before. `contradicted`: it had ended in the other way.
 */
export interface EndOutcome {
  readonly type: 'ended' | 'repeated' | 'contradicted';
  readonly before: Run | null;
}

/** END or FAIL: ends the run it means; one whose start was never heard gets a run without a beginning. */
export function endRun(draft: Draft, signal: PingSignal): EndOutcome {
  const known = runOf(draft, signal);
  if (known !== undefined) return endKnownRun(draft, known, signal);
  // A heartbeat without a name has no run, only a sign of life; with a name its start may be on the way.
  if (draft.monitor.kind === 'process' || signal.runId !== null) {
    const run: Run = {
      id: draft.context.newId(),
      runId: signal.runId,
      state: endState(signal),
      startedAt: null,
      endedAt: signal.at,
      exitStatus: signal.exitStatus,
      ...unlimited,
      excused: false,
      awaitsEnd: false,
      finishedLate: false,
    };
    saveRun(draft, run, true);
  }
  return { type: 'ended', before: null };
}

/** Ends a run that was begun, and never makes one: while paused, and for reports from the past. */
export function endRunIfKnown(draft: Draft, signal: PingSignal): EndOutcome {
  const known = runOf(draft, signal);
  const isLater = known?.runId === null && (known.startedAt ?? signal.at) > signal.at;
  return known === undefined || isLater ? { type: 'ended', before: null } : endKnownRun(draft, known, signal);
}

function endState(signal: PingSignal): 'succeeded' | 'failed' {
  return signal.kind === 'success' ? 'succeeded' : 'failed';
}

/** Whether this run's end was given before the deadline at which it was judged: then it never overran. */
export function endedInTime(run: Run, at: Instant): boolean {
  return run.state === 'timed_out' && run.deadlineAt !== null && at < run.deadlineAt;
}

function endKnownRun(draft: Draft, run: Run, signal: PingSignal): EndOutcome {
  const state = endState(signal);
  if (run.state === 'succeeded' || run.state === 'failed') {
    return { type: run.state === state ? 'repeated' : 'contradicted', before: run };
  }
  const ended: Run = {
    ...run,
    ...unlimited,
    state,
    endedAt: Math.max(signal.at, run.startedAt ?? signal.at),
    exitStatus: signal.exitStatus,
    awaitsEnd: false,
    finishedLate: run.state === 'timed_out' && !endedInTime(run, signal.at),
  };
  saveRun(draft, ended);
  if (state === 'succeeded') learnFrom(draft, ended);
  return { type: 'ended', before: run };
}

function learnFrom(draft: Draft, run: Run): void {
  const { monitor, state } = draft;
  if (monitor.kind !== 'process' || !monitor.learn || run.startedAt === null || run.endedAt === null) return;
  state.goodDurationsMs = [...state.goodDurationsMs, run.endedAt - run.startedAt].slice(-LEARN_FROM_RUNS);
}

/** A pause takes the limits off the open runs; they go on recording. */
export function suspendRuns(draft: Draft): void {
  for (const run of openRuns(draft.state)) {
    if (run.deadlineAt !== null) saveRun(draft, { ...run, ...unlimited });
  }
}

/** After a pause: runs within the set limit are watched again, for the others nobody can tell how they went. */
export function resumeRuns(draft: Draft, now: Instant): void {
  const { monitor, state } = draft;
  if (monitor.kind !== 'process') return;
  for (const run of openRuns(state)) {
    const startedAt = run.startedAt ?? now;
    const byLimit = limitAt(monitor, startedAt);
    if (byLimit !== null && byLimit <= now) {
      saveRun(draft, { ...run, ...unlimited, state: 'unknown', endedAt: now, awaitsEnd: false });
    } else {
      saveRun(draft, { ...run, ...deadlineOf(draft, startedAt, byLimit, now), excused: false });
    }
  }
}

/** The limit was edited: it holds for the runs that are open too, with a minute's notice. */
export function relimitRuns(draft: Draft, now: Instant): void {
  const { monitor, state } = draft;
  if (monitor.kind !== 'process') return;
  for (const run of openRuns(state)) {
    const startedAt = run.startedAt ?? now;
    const limit = limitAt(monitor, startedAt);
    const byLimit = limit === null ? null : Math.max(limit, now + EDITED_LIMIT_MARGIN_MS);
    saveRun(draft, { ...run, ...deadlineOf(draft, startedAt, byLimit, now), excused: false });
  }
}
