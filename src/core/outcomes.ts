import type { Cause } from './cause.ts';
import { changeStatus, closeIncident, type Draft, goDown } from './draft.ts';
import type { Instant } from './instant.ts';
import type { Monitor, Run } from './monitor.ts';
import { endedInTime } from './runs.ts';
import type { PingSignal } from './signal.ts';

/** The zone that a cause is told in, or null where the schedule knows none. */
export function timezoneOf(monitor: Monitor): string | null {
  const source = monitor.schedule?.source;
  return source === undefined || source.type === 'period' ? null : source.timezone;
}

/**
 * The job showed itself at `at` for its slot. If the open incident says that this very slot was missed, although the
 * signal was given before the deadline, then the incident was our mistake and is withdrawn. Answers whether it was.
 */
export function disproveMiss(draft: Draft, at: Instant): boolean {
  const { incident } = draft.state;
  if (incident === null || incident.slotFrom === null || at < incident.slotFrom) return false;
  return withdraw(draft, at);
}

/** The same for a run that was judged as overrunning although it ended before its deadline. */
export function disproveOverrun(draft: Draft, run: Run | null, at: Instant): boolean {
  const { incident } = draft.state;
  if (incident === null || run === null || !endedInTime(run, at)) return false;
  return incident.code === 'overran' && incident.openedAt === run.deadlineAt && withdraw(draft, at);
}

function withdraw(draft: Draft, at: Instant): boolean {
  const { incident } = draft.state;
  if (incident === null || incident.extended || at >= incident.openedAt) return false;
  closeIncident(draft, 'withdrawn', draft.context.now);
  changeStatus(draft, incident.statusBefore, incident.openedAt);
  return true;
}

/** A counted success: whatever was wrong is over (RULES §2, §3). */
export function succeed(draft: Draft, signal: PingSignal): void {
  const { state } = draft;
  state.failStreak = 0;
  state.lastSuccessAt = Math.max(signal.at, state.lastSuccessAt ?? signal.at);
  // Given before the incident began, and it does not disprove it: what came later stands.
  if (state.incident !== null && signal.at < state.incident.openedAt) return;
  closeIncident(draft, 'recovered', signal.at);
  changeStatus(draft, 'up', signal.at);
}

/** A counted fail, of `run` where one is known: an incident as soon as there were enough of them in a row. */
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
