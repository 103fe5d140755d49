import { createCalendar } from './calendar.ts';
import {
  type CaseFile,
  closeIncident,
  expectAfter,
  goDown,
  lastTouching,
  openFile,
  openRuns,
  setStatus,
} from './file.ts';
import { forgetRun, limitRuns, suspendRuns, timeOut } from './runs.ts';
import { applyPing, isRunning, resume, signalTime } from './signals.ts';
import type { Happening, KnownGap, Span, Story, Verdict } from './story.ts';

const DAY = 86_400_000;
/** A deadline is judged this long after it. */
const JUDGED_AFTER = 250;
/** A run that could not be heard may end within this after the gap. */
const EXCUSED_RUN = 300_000;
/** Loops look at least this often: within this time the order of two things is open. */
const LOOK_EVERY = 1_000;

/** The next instant of the server's time at which something of this monitor falls due. */
function nextDeadline(file: CaseFile): number | null {
  if (file.isDeleted) return null;
  if (file.status === 'paused') return file.pause?.mode === 'until' ? file.pause.until : null;
  const candidates = openRuns(file).flatMap((run) => (run.deadline === null ? [] : [run.deadline]));
  if (file.status !== 'down' && file.due !== null) candidates.push(file.due);
  const isSilent = file.status === 'new' && file.ref === null && file.lastSignal === null && !file.neverHeard;
  if (isSilent) candidates.push(file.createdAt + DAY);
  return candidates.length === 0 ? null : Math.min(...candidates);
}

function passDue(file: CaseFile, due: number, gaps: readonly Span[], foundAt: number): void {
  const { slot, terms } = file;
  if (slot === null) return;
  if (isRunning(file)) return expectAfter(file, slot.at);
  const isPeriod = terms.plan?.type === 'period';
  const opens = slot.at - terms.earlyMs;
  const gap = lastTouching(gaps, opens, due);
  if (gap !== null && !file.isExcused) {
    file.excusedSlots.push(slot.at);
    expectAfter(file, isPeriod ? gap.to : Math.max(gap.to, slot.at));
    file.isExcused = true;
    return;
  }
  // The second in a row is judged: its grace counts from the gap's end once, then only blindness at D itself moves it.
  const wasMoved = due > slot.latest + terms.graceMs;
  const blind = wasMoved ? lastTouching(gaps, due, due) : gap;
  if (blind !== null && blind.to + terms.graceMs > due) {
    file.due = blind.to + terms.graceMs;
    return;
  }
  goDown(file, terms.kind === 'process' ? 'not_started' : 'missed', due, foundAt, isPeriod ? file.ref : opens);
}

/** Passes the deadline at `at`, knowing of these gaps. */
function pass(file: CaseFile, at: number, gaps: readonly Span[], foundAt: number): void {
  if (file.status === 'paused') return resume(file, at);
  const run = openRuns(file).find(({ deadline }) => deadline === at);
  if (run !== undefined) {
    const gap = lastTouching(gaps, at, at);
    if (run.isExcused) return forgetRun(file, run);
    if (gap !== null) {
      run.isExcused = true;
      run.deadline = gap.to + EXCUSED_RUN;
      return;
    }
    timeOut(file, run);
    return goDown(file, 'overran', at, foundAt, null);
  }
  if (file.due === at && file.status !== 'down') return passDue(file, at, gaps, foundAt);
  file.neverHeard = true;
}

/** What people do. */
function apply(file: CaseFile, happening: Exclude<Happening, { type: 'ping' }>): void {
  const { now } = happening;
  switch (happening.type) {
    case 'edited': {
      const isExpected = file.status === 'up' || (file.status === 'new' && file.ref !== null);
      file.terms = happening.terms;
      file.calendar = file.terms.plan === null ? null : createCalendar(file.terms.plan);
      if (happening.timingChanged && isExpected) {
        file.isExcused = false;
        expectAfter(file, now);
      }
      if (happening.limitChanged && file.status !== 'paused') limitRuns(file, now);
      return;
    }
    case 'paused':
      file.pause = happening.pause;
      closeIncident(file, 'paused', now);
      setStatus(file, 'paused', now);
      return suspendRuns(file);
    case 'resumed':
      return resume(file, now);
    case 'deleted':
      file.isDeleted = true;
      closeIncident(file, 'deleted', now);
      if (file.status !== 'paused') setStatus(file, 'new', now);
      return;
    case 'restored': {
      file.isDeleted = false;
      const isPauseOver = file.pause?.mode === 'until' && file.pause.until <= now;
      if (isPauseOver || (file.status !== 'paused' && file.ref !== null)) resume(file, now);
    }
  }
}

/** When (true time, not before `from`) somebody was watching and the server's clock showed `shown`. */
function watchedAt(story: Story, shown: number, from: number): number {
  const { watching } = story;
  let [low, high] = [0, watching.length];
  while (low < high) {
    const half = (low + high) >> 1;
    if ((watching[half]?.to ?? 0) < from) low = half + 1;
    else high = half;
  }
  for (let index = low; index < watching.length; index += 1) {
    const stretch = watching[index];
    if (stretch === undefined) break;
    const at = Math.max(from, stretch.from, shown - stretch.offset);
    if (at <= stretch.to) return at;
  }
  return Number.POSITIVE_INFINITY;
}

/**
 * Reads a story and says which incidents there must be. Where the order of two things within one look of a loop is
 * open, `choices` decides, one after the other; `undecided` says how many there were.
 */
export function judge(story: Story, choices: readonly boolean[] = []): Verdict {
  const file = openFile(story);
  let undecided = 0;
  const choose = () => {
    undecided += 1;
    return choices[undecided - 1] ?? false;
  };
  const knownAt = (at: number, opens: number, due: number): Span[] => {
    const touches = (gap: KnownGap) => gap.from <= due && gap.to >= opens;
    return story.gaps.filter((gap) => {
      if (!touches(gap) || gap.knownUntil <= at) return false;
      if (gap.knownFrom <= at) return true;
      return gap.knownFrom <= at + LOOK_EVERY && choose();
    });
  };
  const windowOf = (at: number) => Math.min(at, (file.slot?.at ?? at) - file.terms.earlyMs);

  /** What the watching nodes found out by `until`; `next` is what happens then. */
  const watch = (until: number, from: number, next: Happening | null) => {
    for (let position = from; ; ) {
      const due = nextDeadline(file);
      if (due === null) return;
      const at = watchedAt(story, due + JUDGED_AFTER, position);
      if (at > until) return;
      // A ping that stands behind the deadline judges it in the same way as a look does.
      const isSame =
        next === null || (next.type === 'ping' && next.blind === null && signalTime(next) >= due + JUDGED_AFTER);
      if (!isSame && at > until - LOOK_EVERY && choose()) return;
      pass(file, due, knownAt(at, windowOf(due), due), at);
      position = at;
    }
  };

  let position = Number.NEGATIVE_INFINITY;
  for (const happening of story.happenings) {
    watch(happening.at, position, happening);
    position = happening.at;
    if (happening.type !== 'ping') {
      apply(file, happening);
      continue;
    }
    const upTo = signalTime(happening);
    if (file.status === 'paused' && file.pause?.mode === 'until' && file.pause.until <= upTo) {
      resume(file, file.pause.until);
    }
    for (;;) {
      const due = nextDeadline(file);
      if (due === null || due > upTo - JUDGED_AFTER) break;
      const known = knownAt(happening.at, windowOf(due), due);
      pass(file, due, happening.blind === null ? known : [...known, happening.blind], happening.at);
    }
    applyPing(file, happening);
  }
  watch(story.until, position, null);
  const { incidents, neverHeard, excusedSlots } = file;
  return { incidents, neverHeard, excusedSlots, undecided };
}
