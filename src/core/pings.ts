import type { Draft } from './draft.ts';
import { changeStatus } from './draft.ts';
import type { Instant } from './instant.ts';
import type { Monitor, MonitorState, Run } from './monitor.ts';
import { fail, missedWhileDown, showUp, succeed } from './outcomes.ts';
import { endRun, resumeRuns, startRun } from './runs.ts';
import type { PingSignal } from './signal.ts';
import { expectFrom, takeSlot } from './slots.ts';

/** What one family of monitors makes of a start and of an end; all the rest is shared. */
interface Family {
  start(draft: Draft, signal: PingSignal): void;
  /** Whether an end moves the expected slot; where the start already took it, it does not. */
  endTakesSlot(run: Run | null): boolean;
  /** The same end of the same run, heard again, means nothing. */
  readonly ignoresRepeatedEnds: boolean;
}

const heartbeat: Family = {
  start(draft, signal) {
    const outcome = startRun(draft, signal);
    if (outcome !== 'opened') draft.notCounted = outcome;
    if (draft.state.refAt === null) expectFrom(draft, signal.at);
  },
  endTakesSlot: () => true,
  ignoresRepeatedEnds: false,
};

const process: Family = {
  start(draft, signal) {
    const outcome = startRun(draft, signal);
    if (outcome === 'opened') showUp(draft, signal.at, signal.at);
    else draft.notCounted = outcome;
  },
  endTakesSlot: (run) => run === null || run.startedAt === null,
  ignoresRepeatedEnds: true,
};

const families: Readonly<Record<Monitor['kind'], Family>> = { heartbeat, process };

/** The start took the slot: only keep the next one later than this end (promise 5). */
function keepSlotAhead(draft: Draft, at: Instant): void {
  const { state } = draft;
  if (state.expectedAt !== null && state.expectedAt <= at && state.status !== 'down') takeSlot(draft, at, at);
}

function end(draft: Draft, signal: PingSignal, family: Family): void {
  const { run, repeated } = endRun(draft, signal);
  if (repeated && family.ignoresRepeatedEnds) {
    draft.notCounted = 'repeated';
    return;
  }
  const shownAt = run?.startedAt ?? signal.at;
  const missedSlots = missedWhileDown(draft, shownAt);
  const isOwnSlot = family.endTakesSlot(run) || draft.state.status === 'down';
  if (isOwnSlot && !showUp(draft, shownAt, signal.at)) {
    draft.notCounted = 'outdated';
    return;
  }
  if (!isOwnSlot) keepSlotAhead(draft, signal.at);
  if (signal.kind === 'success') succeed(draft, signal, missedSlots);
  else fail(draft, signal, run);
}

/** Paused: ends go on recording their runs, nothing else means anything, except the success that was waited for. */
function whilePaused(draft: Draft, signal: PingSignal, family: Family): void {
  const { state } = draft;
  if (signal.kind === 'success' && state.pause?.mode === 'until_success') {
    state.pause = null;
    endRun(draft, signal);
    resumeRuns(draft, signal.at);
    takeSlot(draft, signal.at, signal.at);
    return succeed(draft, signal, 0);
  }
  draft.notCounted = 'paused';
  const named = signal.runId !== null || state.runs.some((run) => run.runId === null);
  if ((signal.kind === 'success' || signal.kind === 'fail') && named && family === process) endRun(draft, signal);
}

/**
 * Reported late and older than the last signal: the present is known better already. It can only explain the slot that
 * an open incident says was missed.
 */
function correctPast(draft: Draft, signal: PingSignal): void {
  const { state } = draft;
  draft.notCounted = 'outdated';
  const incident = state.incident;
  if (incident === null || incident.slotFrom === null || signal.kind === 'log') return;
  const shows = signal.kind !== 'start' || draft.monitor.kind === 'process';
  if (shows && signal.at >= incident.slotFrom && signal.at < incident.openedAt) {
    showUp(draft, signal.at, Math.max(signal.at, state.lastSignalAt ?? signal.at));
  }
}

function isOutdated(state: MonitorState, signal: PingSignal): boolean {
  return signal.late && state.lastSignalAt !== null && signal.at < state.lastSignalAt;
}

/** RULES §2 and §3, the rows of the four pings. */
export function applyPing(draft: Draft, given: PingSignal): void {
  const { state } = draft;
  const family = families[draft.monitor.kind];
  state.signalCount += 1;
  if (isOutdated(state, given)) return correctPast(draft, given);
  // Arrivals are ordered per monitor, whatever the clocks of several nodes say (RULES §1).
  const signal = { ...given, at: Math.max(given.at, state.lastSignalAt ?? given.at) };
  state.lastSignalAt = signal.at;
  if (signal.kind === 'log') return;
  if (state.status === 'paused') return whilePaused(draft, signal, family);
  if (signal.kind === 'start') {
    family.start(draft, signal);
    return;
  }
  end(draft, signal, family);
}

/** Ends the pause as a person's resume does: nothing is known, the next slot counts from `at`. */
export function resume(draft: Draft, at: Instant): void {
  draft.state.pause = null;
  draft.state.failStreak = 0;
  draft.state.excused = false;
  changeStatus(draft, 'new', at);
  resumeRuns(draft, at);
  expectFrom(draft, at);
}
