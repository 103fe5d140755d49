import { changeStatus, type Draft } from './draft.ts';
import type { Instant } from './instant.ts';
import type { Monitor, MonitorState } from './monitor.ts';
import { disproveMiss, disproveOverrun, fail, succeed } from './outcomes.ts';
import { type EndOutcome, endRun, endRunIfKnown, fillInStart, resumeRuns, startRun } from './runs.ts';
import type { PingSignal } from './signal.ts';
import { expectFrom, takeSlot } from './slots.ts';

/** What one family of monitors makes of a start and of an end; all the rest is shared. */
interface Family {
  /** A START shows that the job is there: it takes the slot, and the end does not. Else only the end tells. */
  readonly startTakesSlot: boolean;
  /** The same end of the same run, heard again, means nothing. */
  readonly ignoresRepeatedEnds: boolean;
}

const families: Readonly<Record<Monitor['kind'], Family>> = {
  heartbeat: { startTakesSlot: false, ignoresRepeatedEnds: false },
  process: { startTakesSlot: true, ignoresRepeatedEnds: true },
};

/** A sign of life: it takes its slot, and an incident that says otherwise is withdrawn. */
function showUp(draft: Draft, shownAt: Instant, signalAt: Instant): void {
  disproveMiss(draft, signalAt);
  takeSlot(draft, shownAt, signalAt);
}

function start(draft: Draft, signal: PingSignal, arrivedAt: Instant, family: Family): void {
  const outcome = startRun(draft, signal, arrivedAt);
  if (outcome !== 'opened') draft.notCounted = outcome;
  else if (family.startTakesSlot) showUp(draft, signal.at, signal.at);
  if (draft.state.refAt === null) expectFrom(draft, signal.at);
}

/** The start took the slot. One that the run went on through is skipped, and the next lies after its end (promise 5). */
function keepSlotAhead(draft: Draft, at: Instant): void {
  const { state } = draft;
  if (state.expectedAt === null || state.expectedAt > at) return;
  if (state.status !== 'down') {
    draft.effects.push({ type: 'note_slot', slotAt: state.expectedAt, note: 'skipped_running', gap: null });
  }
  expectFrom(draft, at);
}

/** When the job began the run that this end ended just now; null where no start is known. */
function startOf(outcome: EndOutcome): Instant | null {
  return outcome.type === 'ended' ? (outcome.before?.startedAt ?? null) : null;
}

function end(draft: Draft, signal: PingSignal, family: Family): void {
  const outcome = endRun(draft, signal);
  if (outcome.type === 'repeated' && family.ignoresRepeatedEnds) {
    draft.notCounted = 'repeated';
    return;
  }
  disproveOverrun(draft, outcome.before, signal.at);
  if (family.startTakesSlot && outcome.before !== null && outcome.before.startedAt !== null) {
    keepSlotAhead(draft, signal.at);
  } else {
    showUp(draft, startOf(outcome) ?? signal.at, signal.at);
  }
  if (signal.kind === 'success') succeed(draft, signal);
  else fail(draft, signal, outcome.type === 'ended' ? outcome.before : null);
}

/** Paused: ends go on recording their runs, nothing else means anything, except the success that was waited for. */
function whilePaused(draft: Draft, signal: PingSignal): void {
  const { state } = draft;
  const isEnd = signal.kind === 'success' || signal.kind === 'fail';
  const outcome = isEnd ? endRunIfKnown(draft, signal) : null;
  const isBeforePause = state.statusSince !== null && signal.at < state.statusSince;
  if (outcome === null || signal.kind !== 'success' || state.pause?.mode !== 'until_success' || isBeforePause) {
    draft.notCounted = 'paused';
    return;
  }
  state.pause = null;
  resumeRuns(draft, signal.at);
  takeSlot(draft, startOf(outcome) ?? signal.at, signal.at);
  succeed(draft, signal);
}

/**
 * Reported late and older than the last signal: the present is known better already. It completes the run that it
 * belongs to, and withdraws the incident that says it did not come.
 */
function correctPast(draft: Draft, signal: PingSignal, family: Family): void {
  const { state } = draft;
  draft.notCounted = 'outdated';
  if (signal.kind === 'log') return;
  let isWithdrawn = false;
  if (signal.kind === 'start') fillInStart(draft, signal.runId, signal.at);
  else isWithdrawn = disproveOverrun(draft, endRunIfKnown(draft, signal).before, signal.at);
  const showsUp = signal.kind !== 'start' || family.startTakesSlot;
  if (showsUp && disproveMiss(draft, signal.at)) {
    takeSlot(draft, signal.at, signal.at);
    isWithdrawn = true;
  }
  if (signal.kind !== 'success') return;
  state.lastSuccessAt = Math.max(signal.at, state.lastSuccessAt ?? signal.at);
  if (isWithdrawn) changeStatus(draft, 'up', signal.at);
}

/** The ping with the time at which it acts: arrivals are ordered per monitor, whatever several nodes' clocks say. */
function inOrder(state: MonitorState, given: PingSignal): PingSignal {
  const last = state.lastSignalAt;
  return last === null || given.at >= last ? given : { ...given, at: last };
}

/** RULES §2 and §3, the rows of the four pings. */
export function applyPing(draft: Draft, given: PingSignal): void {
  const { state } = draft;
  const family = families[draft.monitor.kind];
  state.signalCount += 1;
  const signal = inOrder(state, given);
  if (given.late && signal !== given) return correctPast(draft, given, family);
  state.lastSignalAt = signal.at;
  if (state.status === 'paused') return whilePaused(draft, signal);
  if (signal.kind === 'log') return;
  if (signal.kind === 'start') return start(draft, signal, given.at, family);
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
