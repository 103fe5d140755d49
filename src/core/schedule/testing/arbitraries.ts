import fc from 'fast-check';
import type { LocalMinute } from './oracle.ts';

/** A field as text together with what it means, so that no test has to read the text. */
export interface FieldCase {
  readonly text: string;
  readonly matches: (value: number) => boolean;
  /** Has a wildcard or a step. */
  readonly wild: boolean;
}

function join(parts: readonly FieldCase[]): FieldCase {
  return {
    text: parts.map((part) => part.text).join(','),
    matches: (value) => parts.some((part) => part.matches(value)),
    wild: parts.some((part) => part.wild),
  };
}

interface Words {
  readonly range: string;
  /** How "from a value on, every so many" is written. */
  readonly repeated: (from: number, last: number, step: number) => string;
  readonly star: boolean;
}

const CRON: Words = { range: '-', repeated: (from, last, step) => `${from}-${last}/${step}`, star: true };
const ONCALENDAR: Words = { range: '..', repeated: (from, _last, step) => `${from}/${step}`, star: false };

function part(min: number, max: number, words: Words): fc.Arbitrary<FieldCase> {
  const value = fc.integer({ min, max });
  const single = value.map((only) => ({ text: `${only}`, matches: (v: number) => v === only, wild: false }));
  const range = fc.tuple(value, value).map(([a, b]) => {
    const [low, high] = [Math.min(a, b), Math.max(a, b)];
    return { text: `${low}${words.range}${high}`, matches: (v: number) => v >= low && v <= high, wild: false };
  });
  const step = fc.integer({ min: 1, max: Math.floor((max - min + 1) / 2) });
  const repeated = fc.tuple(fc.integer({ min, max: Math.floor((min + max) / 2) }), step).map(([from, by]) => ({
    text: words.repeated(from, max, by),
    matches: (v: number) => v >= from && (v - from) % by === 0,
    wild: true,
  }));
  // `*/1` is `*` written otherwise and has a test of its own.
  const stars = step
    .map((by) => Math.max(2, by))
    .map((by) => ({ text: `*/${by}`, matches: (v: number) => (v - min) % by === 0, wild: true }));
  return words.star ? fc.oneof(single, range, repeated, stars) : fc.oneof(single, range, repeated);
}

function field(min: number, max: number, words: Words): fc.Arbitrary<FieldCase> {
  const star = fc.constant({ text: '*', matches: () => true, wild: true });
  const single = fc
    .integer({ min, max })
    .map((only) => ({ text: `${only}`, matches: (v: number) => v === only, wild: false }));
  const list = fc.array(part(min, max, words), { minLength: 1, maxLength: 3 }).map(join);
  return fc.oneof(star, single, list);
}

export interface ClockCase {
  readonly hour: FieldCase;
  readonly minute: FieldCase;
}

export const cronClock: fc.Arbitrary<ClockCase> = fc.record({ hour: field(0, 23, CRON), minute: field(0, 59, CRON) });
export const onCalendarClock: fc.Arbitrary<ClockCase> = fc.record({
  hour: field(0, 23, ONCALENDAR),
  minute: field(0, 59, ONCALENDAR),
});

/** What days an expression asks for; `time` only has its date read. */
export interface DayCase {
  readonly text: string;
  readonly matches: (time: LocalMinute) => boolean;
}

const WEEKDAY_NAMES = ['SUN', 'mon', 'Tue', 'WED', 'thu', 'FRI', 'sat'];

function weekdayOf(year: number, month: number, day: number): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay();
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** The working day of the month that is the least number of days away. */
function nearestWorkingDay(year: number, month: number, wanted: number): number | null {
  if (wanted > daysIn(year, month)) return null;
  let best: number | null = null;
  for (let day = 1; day <= daysIn(year, month); day += 1) {
    const weekday = weekdayOf(year, month, day);
    const works = weekday >= 1 && weekday <= 5;
    if (works && (best === null || Math.abs(day - wanted) < Math.abs(best - wanted))) best = day;
  }
  return best;
}

const plainDay: fc.Arbitrary<DayCase> = part(1, 31, CRON).map((days) => ({
  text: days.text,
  matches: (time) => days.matches(time.day),
}));
const beforeLast: fc.Arbitrary<DayCase> = fc.integer({ min: 0, max: 30 }).map((before) => ({
  text: before === 0 ? 'L' : `L-${before}`,
  matches: ({ year, month, day }) => day + before === daysIn(year, month),
}));
const nearest: fc.Arbitrary<DayCase> = fc.integer({ min: 1, max: 31 }).map((wanted) => ({
  text: `${wanted}W`,
  matches: ({ year, month, day }) => day === nearestWorkingDay(year, month, wanted),
}));
const lastWorkingDay: fc.Arbitrary<DayCase> = fc.constant({
  text: 'LW',
  matches: ({ year, month, day }) => day === nearestWorkingDay(year, month, daysIn(year, month)),
});

function either(cases: readonly DayCase[]): DayCase {
  return {
    text: cases.map((one) => one.text).join(','),
    matches: (time) => cases.some((one) => one.matches(time)),
  };
}

const monthDays = fc
  .array(fc.oneof(plainDay, beforeLast, nearest, lastWorkingDay), { minLength: 1, maxLength: 3 })
  .map(either);

const plainWeekdays: fc.Arbitrary<DayCase> = part(0, 6, CRON).map((days) => ({
  text: days.text,
  matches: (time) => days.matches(time.weekday),
}));
const weekdayName = fc.integer({ min: 0, max: 6 });
const namedWeekday: fc.Arbitrary<DayCase> = weekdayName.map((weekday) => ({
  text: WEEKDAY_NAMES[weekday] ?? '',
  matches: (time) => time.weekday === weekday,
}));
const sundayAsSeven: fc.Arbitrary<DayCase> = fc.integer({ min: 1, max: 7 }).map((from) => ({
  text: `${from}-7`,
  matches: (time) => time.weekday === 0 || time.weekday >= from,
}));
const nthWeekday: fc.Arbitrary<DayCase> = fc
  .tuple(weekdayName, fc.integer({ min: 1, max: 5 }))
  .map(([weekday, nth]) => ({
    text: `${weekday}#${nth}`,
    matches: (time) => {
      let seen = 0;
      for (let day = 1; day <= time.day; day += 1) if (weekdayOf(time.year, time.month, day) === weekday) seen += 1;
      return time.weekday === weekday && seen === nth;
    },
  }));
const lastWeekday: fc.Arbitrary<DayCase> = fc.tuple(weekdayName, fc.boolean()).map(([weekday, named]) => ({
  text: named ? `${WEEKDAY_NAMES[weekday]}#L` : `${weekday}L`,
  matches: (time) => time.weekday === weekday && time.day + 7 > daysIn(time.year, time.month),
}));
const weekdays = fc
  .array(fc.oneof(plainWeekdays, namedWeekday, sundayAsSeven, nthWeekday, lastWeekday), { minLength: 1, maxLength: 3 })
  .map(either);

const monthField = field(1, 12, CRON);

/** Day of month, month and day of week of a cron expression, with all that may stand there. */
export const cronDays: fc.Arbitrary<DayCase> = fc
  .record({
    days: fc.option(monthDays),
    month: monthField,
    weekdays: fc.option(weekdays),
    both: fc.boolean(),
  })
  .map(({ days, month, weekdays, both }) => ({
    text: `${days?.text ?? '*'} ${month.text} ${both && weekdays ? '+' : ''}${weekdays?.text ?? '*'}`,
    matches: (time) => {
      if (!month.matches(time.month)) return false;
      if (days && weekdays && !both) return days.matches(time) || weekdays.matches(time);
      return (days?.matches(time) ?? true) && (weekdays?.matches(time) ?? true);
    },
  }));

/** A date of OnCalendar: `*-month-day` or `*-month~day`, with a weekday before it or not. */
export const onCalendarDays: fc.Arbitrary<DayCase> = fc
  .record({
    weekday: fc.option(weekdayName),
    month: field(1, 12, ONCALENDAR),
    day: field(1, 28, ONCALENDAR),
    fromEnd: fc.option(fc.integer({ min: 1, max: 28 })),
  })
  .map(({ weekday, month, day, fromEnd }) => {
    const named = weekday === null ? '' : `${WEEKDAY_NAMES[weekday]} `;
    const date = fromEnd === null ? `*-${month.text}-${day.text}` : `*-${month.text}~${fromEnd}`;
    return {
      text: `${named}${date}`,
      matches: (time) => {
        if (weekday !== null && weekday !== time.weekday) return false;
        if (!month.matches(time.month)) return false;
        if (fromEnd === null) return day.matches(time.day);
        return time.day + fromEnd - 1 === daysIn(time.year, time.month);
      },
    };
  });

export const ALL_ZONES: readonly string[] = Intl.supportedValuesOf('timeZone');

/** The instants of 2000 to 2040 at which a zone's clock is changed. */
export function clockChanges(zone: string): number[] {
  const changes: number[] = [];
  let time = Temporal.Instant.from('2000-01-01T00:00Z').toZonedDateTimeISO(zone);
  for (;;) {
    const next = time.getTimeZoneTransition('next');
    if (!next || next.year > 2040) return changes;
    changes.push(next.epochMilliseconds);
    time = next;
  }
}

const HOUR = 3_600_000;

/** A zone and an instant of the years 2000 to 2040, mostly within hours of a change of that zone's clock. */
export const zoneAndInstant: fc.Arbitrary<{ readonly zone: string; readonly from: number }> = fc
  .record({
    zone: fc.constantFrom(...ALL_ZONES),
    anywhere: fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2040, 11, 31) }),
    which: fc.nat(),
    away: fc.integer({ min: -30 * HOUR, max: 4 * HOUR }),
    exact: fc.boolean(),
  })
  .map(({ zone, anywhere, which, away, exact }) => {
    const changes = clockChanges(zone);
    const change = changes[which % Math.max(1, changes.length)];
    if (change === undefined || which % 8 === 0) return { zone, from: anywhere };
    return { zone, from: exact ? change + Math.round(away / (HOUR / 2)) * (HOUR / 2) : change + away };
  });
