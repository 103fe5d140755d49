import type { Cause, Gap } from './cause.ts';
import { type Draft, goDown, saveRun } from './draft.ts';
import { DAY_MS, type Instant, SECOND_MS } from './instant.ts';
import { learnedLimit } from './learned.ts';
import type { Monitor, MonitorState, Run } from './monitor.ts';
import { openRuns } from './monitor.ts';
import { slotFrom, timezoneOf } from './outcomes.ts';
import { resume } from './pings.ts';
import { expectFrom, graceMs } from './slots.ts';

/** Created, not armed, and silent for this long: told once. */
export const NEVER_HEARD_AFTER_MS = DAY_MS;
/** A run whose deadline fell into a time when we were blind may end within this long after it. */
export const EXCUSED_RUN_MS = 300 * SECOND_MS;
/** Found later than this after its deadline is worth a word. */
const FOUND_LATE_AFTER_MS = 5 * SECOND_MS;
/** One look at a monitor passes at most this many deadlines singly; further ones are passed over in one jump. */
export const MAX_DEADLINES_PER_LOOK = 200;

function earliest(instants: readonly (Instant | null)[]): Instant | null {
  return instants.reduce((best, at) => (at !== null && (best === null || at < best) ? at : best), null);
}

function nextRunDeadline(state: MonitorState): Instant | null {
  return earliest(openRuns(state).map((run) => run.deadlineAt));
}

/** The next instant at which this monitor needs attention (RULES §1, wake time). */
export function wakeTime(monitor: Monitor, state: MonitorState): Instant | null {
  if (state.status === 'paused') return state.pause?.mode === 'until' ? state.pause.until : null;
  const silence =
    state.status === 'new' && state.refAt === null && !state.silenceTold
      ? monitor.createdAt + NEVER_HEARD_AFTER_MS
      : null;
  return earliest([silence, state.status === 'down' ? null : state.dueAt, nextRunDeadline(state)]);
}

function touching(gaps: readonly Gap[], from: Instant, to: Instant): readonly Gap[] {
  return gaps.filter((gap) => gap.from <= to && gap.to >= from);
}

function foundLateMs(draft: Draft, deadline: Instant): number | null {
  const lateMs = draft.context.now - deadline;
  return lateMs > FOUND_LATE_AFTER_MS ? lateMs : null;
}

/**
 * D passed. A slot that we could not have seen is unknown and the next one counts; but two in a row are never excused:
 * the second gets its grace after the gap and is judged, or a restart at the job's hour would hide a dead job for ever
 * (RULES §4).
 */
function passDue(draft: Draft, expectedAt: Instant, dueAt: Instant): void {
  const { monitor, state, context } = draft;
  if (monitor.kind === 'process' && openRuns(state).length > 0) {
    draft.effects.push({ type: 'note_slot', slotAt: expectedAt, note: 'skipped_running', gap: null });
    return expectFrom(draft, expectedAt);
  }
  const from = slotFrom(monitor, expectedAt);
  const blind = touching(context.gaps, from, dueAt);
  const last = blind.at(-1);
  if (last !== undefined && !state.excused) {
    draft.effects.push({ type: 'note_slot', slotAt: expectedAt, note: 'unknown', gap: last });
    const isPeriod = monitor.schedule?.source.type === 'period';
    expectFrom(draft, isPeriod ? last.to : Math.max(last.to, expectedAt));
    state.excused = true;
    return;
  }
  if (last !== undefined) {
    const extended = last.to + graceMs(monitor);
    if (extended > dueAt) {
      state.dueAt = extended;
      return;
    }
  }
  goDown(draft, silenceCause(draft, expectedAt, dueAt, blind), dueAt, from);
}

function silenceCause(draft: Draft, expectedAt: Instant, dueAt: Instant, blind: readonly Gap[]): Cause {
  const { monitor, state } = draft;
  const shared = {
    expectedAt,
    lastSuccessAt: state.lastSuccessAt,
    timezone: timezoneOf(monitor),
    blind,
    foundLateMs: foundLateMs(draft, dueAt),
  };
  return monitor.kind === 'process'
    ? { code: 'not_started', data: { ...shared, startGraceSeconds: monitor.startGraceSeconds } }
    : { code: 'missed', data: { ...shared, graceSeconds: monitor.graceSeconds } };
}

/** A run's deadline passed: it overran, unless we could not have seen its end (RULES §3, §4). */
function passRunDeadline(draft: Draft, run: Run, deadlineAt: Instant): void {
  const { context } = draft;
  if (run.excused) {
    saveRun(draft, { ...run, state: 'unknown', deadlineAt: null, endedAt: deadlineAt, awaitsEnd: false });
    return;
  }
  const blindAt = touching(context.gaps, deadlineAt, deadlineAt).at(-1);
  if (blindAt !== undefined) {
    saveRun(draft, { ...run, excused: true, deadlineAt: blindAt.to + EXCUSED_RUN_MS });
    return;
  }
  const cause = overrunCause(draft, run, deadlineAt);
  saveRun(draft, { ...run, state: 'timed_out', deadlineAt: null });
  goDown(draft, cause, deadlineAt, null);
}

function overrunCause(draft: Draft, run: Run, deadlineAt: Instant): Cause {
  const { monitor, state, context } = draft;
  const startedAt = run.startedAt ?? deadlineAt;
  const limitMs = deadlineAt - startedAt;
  const learned = run.limitBy === 'learned' ? learnedLimit(state.goodDurationsMs) : null;
  return {
    code: 'overran',
    data: {
      startedAt,
      runId: run.runId,
      runningMs: Math.max(limitMs, context.now - startedAt),
      limit: learned === null ? { by: 'max_run', limitMs } : { by: 'learned', limitMs, usualMs: learned.usualMs },
      lastSuccessAt: state.lastSuccessAt,
      timezone: timezoneOf(monitor),
      blind: touching(context.gaps, startedAt, deadlineAt),
      foundLateMs: foundLateMs(draft, deadlineAt),
    },
  };
}

/** Passes the earliest deadline at or before `upTo`; false when there is none. */
function passNextDeadline(draft: Draft, upTo: Instant): boolean {
  const { monitor, state } = draft;
  const at = wakeTime(monitor, state);
  if (at === null || at > upTo) return false;
  if (state.status === 'paused') {
    resume(draft, at);
    return true;
  }
  const run = openRuns(state).find((run) => run.deadlineAt === at);
  if (run !== undefined) {
    passRunDeadline(draft, run, at);
  } else if (state.dueAt === at && state.expectedAt !== null && state.status !== 'down') {
    passDue(draft, state.expectedAt, at);
  } else {
    state.silenceTold = true;
    draft.effects.push({ type: 'tell_never_heard' });
  }
  return true;
}

/** Passes every deadline at or before `upTo`, in the order of their instants. */
export function passDeadlines(draft: Draft, upTo: Instant): void {
  for (let passed = 0; passed < MAX_DEADLINES_PER_LOOK; passed += 1) {
    if (!passNextDeadline(draft, upTo)) return;
  }
  // Only slots skipped while a long run goes on can be this many: go on from here instead of naming each.
  if (draft.state.dueAt !== null && draft.state.dueAt <= upTo) expectFrom(draft, upTo);
}
