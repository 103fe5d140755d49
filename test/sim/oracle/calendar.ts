import type { CalendarPlan, Plan } from '../plans.ts';

/** An expected instant; `latest` is its second occurrence in a repeated hour. */
export interface Expected {
  readonly at: number;
  readonly latest: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A jump of the clock by this much is no daylight saving: what it skips is gone. */
const LARGE_JUMP = 3 * HOUR;
/** A schedule without a slot for this many days has none. */
const HORIZON_DAYS = 800;
/** Days kept per plan. */
const MAX_KEPT_DAYS = 64;

const instantOf = (time: Temporal.PlainDateTime, zone: string, disambiguation: 'earlier' | 'later') =>
  time.toZonedDateTime(zone, { disambiguation }).epochMilliseconds;

const localAt = (zone: string, at: number) =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDateTime();

/** Where one local time lies in real time: nowhere, once, or twice, by the rule of the schedule. */
function locate(plan: CalendarPlan, wanted: Temporal.PlainDateTime): Expected[] {
  const { zone, rule } = plan;
  const [earlier, later] = [instantOf(wanted, zone, 'earlier'), instantOf(wanted, zone, 'later')];
  if (localAt(zone, earlier).equals(wanted)) {
    if (earlier === later) return [{ at: earlier, latest: earlier }];
    if (rule === 'follow') return [earlier, later].map((at) => ({ at, latest: at }));
    return [{ at: earlier, latest: later }];
  }
  if (rule !== 'once' || later - earlier >= LARGE_JUMP) return [];
  // Skipped: at the end of the gap, the first minute from which on the local clock shows a later time.
  let end = Math.floor(earlier / MINUTE) * MINUTE;
  while (Temporal.PlainDateTime.compare(localAt(zone, end), wanted) < 0) end += MINUTE;
  return [{ at: end, latest: end }];
}

/** Every slot of one local date, in order. */
function slotsOfDate(plan: CalendarPlan, date: Temporal.PlainDate): Expected[] {
  if (plan.days !== null && !plan.days.includes(date.day)) return [];
  if (plan.weekdays !== null && !plan.weekdays.includes(date.dayOfWeek % 7)) return [];
  const midnight = date.toPlainDateTime();
  const from = instantOf(midnight, plan.zone, 'earlier') - 4 * HOUR;
  const [before, after] = [from, from + DAY + 8 * HOUR].map(
    (at) => Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(plan.zone).offsetNanoseconds / 1e6,
  );
  const times = plan.hours.flatMap((hour) => plan.minutes.map((minute) => [hour, minute] as const));
  if (before !== undefined && before === after) {
    const start = Date.UTC(date.year, date.month - 1, date.day) - before;
    return times.map(([hour, minute]) => {
      const at = start + hour * HOUR + minute * MINUTE;
      return { at, latest: at };
    });
  }
  const found = new Map<number, Expected>();
  for (const [hour, minute] of times) {
    // Several times of one gap meet at its end.
    for (const slot of locate(plan, midnight.with({ hour, minute }))) found.set(slot.at, slot);
  }
  return [...found.values()].sort((one, other) => one.at - other.at);
}

/** A second opinion on schedules, by Temporal and date by date; it shares nothing with the product's. */
export interface Calendar {
  /** The first slot later than `after`. */
  next(after: number): Expected | null;
}

export function createCalendar(plan: Plan): Calendar {
  if (plan.type === 'period') {
    return { next: (after) => ({ at: after + plan.seconds * 1_000, latest: after + plan.seconds * 1_000 }) };
  }
  const kept = new Map<number, Expected[]>();
  /** `day`: days since the epoch, of the local calendar. */
  const slotsOf = (day: number) => {
    const known = kept.get(day);
    if (known !== undefined) return known;
    if (kept.size >= MAX_KEPT_DAYS) kept.clear();
    const date = new Date(day * DAY);
    const slots = slotsOfDate(
      plan,
      new Temporal.PlainDate(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()),
    );
    kept.set(day, slots);
    return slots;
  };
  return {
    next(after) {
      // Local time is less than a day from universal time on either side.
      const first = Math.floor(after / DAY) - 2;
      let best: Expected | null = null;
      let until = first + HORIZON_DAYS;
      for (let day = first; day <= until; day += 1) {
        const slot = slotsOf(day).find((candidate) => candidate.at > after);
        if (slot === undefined) continue;
        if (best === null || slot.at < best.at) best = slot;
        // A skipped midnight moves slots across the border of dates: look one date further.
        until = Math.min(until, day + 1);
      }
      return best;
    },
  };
}

/** How many distances ahead an interval is measured. */
const DISTANCES = 5;

/** The distance between slots: the period, or the shortest of the next five. */
export function intervalOf(plan: Plan, from: number): number | null {
  if (plan.type === 'period') return plan.seconds * 1_000;
  const calendar = createCalendar(plan);
  let last = calendar.next(from);
  let shortest: number | null = null;
  for (let seen = 0; seen < DISTANCES && last !== null; seen += 1) {
    const next = calendar.next(last.at);
    if (next !== null) shortest = Math.min(shortest ?? next.at - last.at, next.at - last.at);
    last = next;
  }
  return shortest;
}
