import type { Cause } from './cause.ts';
import { changeStatus, closeIncident, type Draft, goDown } from './draft.ts';
import type { Instant } from './instant.ts';
import type { Monitor, MonitorState, Run } from './monitor.ts';
import type { PingSignal } from './signal.ts';
import { countMissedSlots, earlyMs, takeSlot } from './slots.ts';

/** The zone that a cause is told in, or null where the schedule knows none. */
export function timezoneOf(monitor: Monitor): string | null {
  const source = monitor.schedule?.source;
  return source === undefined || source.type === 'period' ? null : source.timezone;
}

/** `new` until a success or a fail was counted: an end of `down` without one goes back there. */
function restoredStatus(state: MonitorState): 'new' | 'up' {
  return state.lastSuccessAt === null && state.failStreak === 0 ? 'new' : 'up';
}

/**
 * The job showed itself (success, fail, or a process's start) for the slot of `shownAt`. If the open incident says that
 * this very slot was missed, and the signal was accepted before its deadline, then the incident was our mistake: it is
 * withdrawn. Answers false when the signal is older than the incident and does not explain it.
 */
export function showUp(draft: Draft, shownAt: Instant, signalAt: Instant): boolean {
  const { state } = draft;
  const incident = state.incident;
  const before = { ...state };
  takeSlot(draft, shownAt, signalAt);
  if (incident === null || incident.slotFrom === null || signalAt >= incident.openedAt) return true;
  const explained = shownAt >= incident.slotFrom || state.dueAt === null || state.dueAt > incident.openedAt;
  if (!explained) {
    Object.assign(state, before);
    return false;
  }
  closeIncident(draft, 'withdrawn', draft.context.now, 0);
  changeStatus(draft, restoredStatus(state), incident.openedAt);
  return true;
}

/** A counted success: whatever was wrong is over (RULES §2, §3). */
export function succeed(draft: Draft, signal: PingSignal, missedSlots: number): void {
  const { state } = draft;
  state.failStreak = 0;
  state.lastSuccessAt = Math.max(signal.at, state.lastSuccessAt ?? signal.at);
  closeIncident(draft, 'recovered', signal.at, missedSlots);
  changeStatus(draft, 'up', signal.at);
}

/** A counted fail: an incident as soon as there were enough of them in a row. */
export function fail(draft: Draft, signal: PingSignal, run: Run | null): void {
  const { monitor, state } = draft;
  state.failStreak += 1;
  if (state.status !== 'down' && state.failStreak < monitor.failAfter) return changeStatus(draft, 'up', signal.at);
  goDown(draft, failedCause(draft, signal, run), signal.at, null);
}

function failedCause(draft: Draft, signal: PingSignal, run: Run | null): Cause {
  const { monitor, state } = draft;
  const startedAt = run?.startedAt ?? null;
  return {
    code: 'failed',
    data: {
      failedAt: signal.at,
      exitStatus: signal.exitStatus,
      failStreak: state.failStreak,
      failAfter: monitor.failAfter,
      runId: signal.runId,
      durationMs: startedAt === null ? null : Math.max(0, signal.at - startedAt),
      lastSuccessAt: state.lastSuccessAt,
      timezone: timezoneOf(monitor),
      blind: [],
    },
  };
}

/** Slots whose deadlines passed before the job showed itself again, for a silence; 0 for every other reason. */
export function missedWhileDown(draft: Draft, shownAt: Instant): number {
  const { monitor, state } = draft;
  const from = state.incident?.slotFrom ?? null;
  return from === null ? 0 : countMissedSlots(monitor, from + earlyMs(monitor), shownAt);
}

/** The earliest instant that belongs to the expected slot. */
export function slotFrom(monitor: Monitor, expectedAt: Instant): Instant {
  return expectedAt - earlyMs(monitor);
}
