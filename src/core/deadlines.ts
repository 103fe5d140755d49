import type { Cause, Gap } from './cause.ts';
import { type Draft, goDown, saveRun } from './draft.ts';
import { DAY_MS, type Instant, SECOND_MS } from './instant.ts';
import { learnedLimit } from './learned.ts';
import { type Monitor, type MonitorState, openRuns, type Run } from './monitor.ts';
import { timezoneOf } from './outcomes.ts';
import { resume } from './pings.ts';
import { earlyMs, expectFrom, graceMs, isPeriodic } from './slots.ts';

/** Created, not armed, and silent for this long: told once. */
export const NEVER_HEARD_AFTER_MS = DAY_MS;
/** A run whose deadline fell into a time when we were blind may end within this long after it. */
export const EXCUSED_RUN_MS = 300 * SECOND_MS;
/** Found later than this after its deadline is worth a word. */
const FOUND_LATE_AFTER_MS = 5 * SECOND_MS;
/** One look at a monitor passes at most this many deadlines singly; further ones are passed over in one jump. */
export const MAX_DEADLINES_PER_LOOK = 200;

function earlier(one: Instant | null, other: Instant | null): Instant | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}

/** When it is time to say that this monitor was never heard from, or null. */
function silenceAt(monitor: Monitor, state: MonitorState): Instant | null {
  const isSilent = state.status === 'new' && state.refAt === null && state.lastSignalAt === null;
  return isSilent && !state.silenceTold ? monitor.createdAt + NEVER_HEARD_AFTER_MS : null;
}

/** The next instant at which this monitor needs attention (RULES §1, wake time). */
export function wakeTime(monitor: Monitor, state: MonitorState): Instant | null {
  if (state.status === 'paused') return state.pause?.mode === 'until' ? state.pause.until : null;
  let at = earlier(state.status === 'down' ? null : state.dueAt, silenceAt(monitor, state));
  for (const run of state.runs) {
    if (run.state === 'open') at = earlier(at, run.deadlineAt);
  }
  return at;
}

function touching(gaps: readonly Gap[], from: Instant, to: Instant): readonly Gap[] {
  return gaps.filter((gap) => gap.from <= to && gap.to >= from);
}

/** The gap that ends last, or undefined when there is none. */
function lastToEnd(gaps: readonly Gap[]): Gap | undefined {
  return gaps.reduce<Gap | undefined>((last, gap) => (last === undefined || gap.to > last.to ? gap : last), undefined);
}

function foundLateMs(draft: Draft, deadline: Instant): number | null {
  const lateMs = draft.context.now - deadline;
  return lateMs > FOUND_LATE_AFTER_MS ? lateMs : null;
}

/** D passed and nobody had shown up: the slot is skipped, unknown, given more time after a gap, or missed. */
function passDue(draft: Draft, expectedAt: Instant, dueAt: Instant): void {
  const { monitor, state, context } = draft;
  if (monitor.kind === 'process' && openRuns(state).length > 0) {
    draft.effects.push({ type: 'note_slot', slotAt: expectedAt, note: 'skipped_running', gap: null });
    return expectFrom(draft, expectedAt);
  }
  const windowFrom = expectedAt - earlyMs(monitor);
  const blind = touching(context.gaps, windowFrom, dueAt);
  const gap = lastToEnd(blind);
  if (gap !== undefined && !state.excused) return excuseSlot(draft, expectedAt, gap);
  const extendedTo = extendedDue(draft, dueAt, gap);
  if (extendedTo > dueAt) {
    state.dueAt = extendedTo;
    return;
  }
  const disprovedFrom = isPeriodic(monitor) ? state.refAt : windowFrom;
  goDown(draft, silenceCause(draft, expectedAt, dueAt, blind), dueAt, disprovedFrom);
}

/** A slot that we could not have seen is unknown, and the next one counts (RULES §4). */
function excuseSlot(draft: Draft, expectedAt: Instant, gap: Gap): void {
  draft.effects.push({ type: 'note_slot', slotAt: expectedAt, note: 'unknown', gap });
  expectFrom(draft, isPeriodic(draft.monitor) ? gap.to : Math.max(gap.to, expectedAt));
  draft.state.excused = true;
}

/**
 * Two slots in a row are never excused: the second gets its grace after the gap and is judged, or a restart at the
 * job's hour would hide a dead job for ever (RULES §4). It gets that once; after that only blindness at the very
 * deadline moves it, since nobody is told of a silence in which we could not have heard.
 */
function extendedDue(draft: Draft, dueAt: Instant, gap: Gap | undefined): Instant {
  const { monitor, state, context } = draft;
  const wasExtended = dueAt > (state.expectedLatestAt ?? dueAt) + graceMs(monitor);
  const reason = wasExtended ? lastToEnd(touching(context.gaps, dueAt, dueAt)) : gap;
  return reason === undefined ? dueAt : reason.to + graceMs(monitor);
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
  if (run.excused) {
    saveRun(draft, { ...run, state: 'unknown', deadlineAt: null, endedAt: deadlineAt, awaitsEnd: false });
    return;
  }
  const gap = lastToEnd(touching(draft.context.gaps, deadlineAt, deadlineAt));
  if (gap !== undefined) {
    saveRun(draft, { ...run, excused: true, deadlineAt: gap.to + EXCUSED_RUN_MS });
    return;
  }
  const cause = overrunCause(draft, run, deadlineAt);
  saveRun(draft, { ...run, state: 'timed_out', awaitsEnd: run.runId === null });
  goDown(draft, cause, deadlineAt, null);
}

function overrunCause(draft: Draft, run: Run, deadlineAt: Instant): Cause {
  const { monitor, state, context } = draft;
  const startedAt = run.startedAt ?? deadlineAt;
  const limitMs = deadlineAt - startedAt;
  const learned = run.limitBy === 'learned' ? learnedLimit(state.goodDurationsMs) : null;
  const setMs = monitor.maxRunSeconds === null ? limitMs : monitor.maxRunSeconds * SECOND_MS;
  return {
    code: 'overran',
    data: {
      startedAt,
      runId: run.runId,
      runningMs: Math.max(limitMs, context.now - startedAt),
      limit:
        learned === null ? { by: 'max_run', limitMs: setMs } : { by: 'learned', limitMs, usualMs: learned.usualMs },
      lastSuccessAt: state.lastSuccessAt,
      timezone: timezoneOf(monitor),
      blind: touching(context.gaps, startedAt, deadlineAt),
      foundLateMs: foundLateMs(draft, deadlineAt),
    },
  };
}

/** Ends a pause whose time is over by `upTo`. */
export function endPause(draft: Draft, upTo: Instant): void {
  const { status, pause } = draft.state;
  if (status === 'paused' && pause?.mode === 'until' && pause.until <= upTo) resume(draft, pause.until);
}

/** Passes the deadline `at`, the earliest there is. */
function passDeadline(draft: Draft, at: Instant): void {
  const { state } = draft;
  if (state.status === 'paused') return endPause(draft, at);
  const run = openRuns(state).find((run) => run.deadlineAt === at);
  if (run !== undefined) return passRunDeadline(draft, run, at);
  if (state.dueAt === at && state.expectedAt !== null && state.status !== 'down') {
    return passDue(draft, state.expectedAt, at);
  }
  state.silenceTold = true;
  draft.effects.push({ type: 'tell_never_heard' });
}

/** Passes every deadline at or before `upTo`, in the order of their instants. */
export function passDeadlines(draft: Draft, upTo: Instant): void {
  const { state } = draft;
  for (let passed = 0; ; passed += 1) {
    const at = wakeTime(draft.monitor, state);
    if (at === null || at > upTo) return;
    const isSkipping = openRuns(state).length > 0 && state.dueAt !== null && state.dueAt <= upTo;
    // Only slots skipped while a long run goes on can be this many: go on from here instead of naming each.
    if (passed >= MAX_DEADLINES_PER_LOOK && isSkipping) expectFrom(draft, upTo);
    else passDeadline(draft, at);
  }
}
