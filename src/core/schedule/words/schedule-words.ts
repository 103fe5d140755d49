import { type CalendarFields, type DayTerms, span, type WeekdayTerms } from '../fields.ts';

export type PeriodUnit = 'day' | 'hour' | 'minute' | 'second';

/** A period as one unit where it is a whole number of it, else as several. */
export type PeriodParts =
  | { readonly only: { readonly unit: PeriodUnit; readonly count: number } }
  | { readonly day: number; readonly hour: number; readonly minute: number; readonly second: number };

/** What a language has to say about schedules; without the time zone, which is the same in all of them. */
export interface ScheduleWords {
  period(parts: PeriodParts): string;
  calendar(fields: CalendarFields): string;
  notUnderstood(text: string): string;
}

const UNITS: ReadonlyArray<readonly [PeriodUnit, number]> = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

/** The largest unit comes first; 5400 seconds are an hour and thirty minutes. */
export function periodParts(seconds: number): PeriodParts {
  const counts = { day: 0, hour: 0, minute: 0, second: 0 };
  let left = seconds;
  for (const [unit, length] of UNITS) {
    counts[unit] = Math.floor(left / length);
    left %= length;
  }
  const used = UNITS.map(([unit]) => unit).filter((unit) => counts[unit] > 0);
  const [unit = 'second', ...more] = used;
  return more.length === 0 ? { only: { unit, count: counts[unit] } } : counts;
}

const ALL_DAYS = span(1, 31).length;
const ALL_WEEKDAYS = 7;

/** Days and weekdays as far as they leave any day out; null: no restriction. */
export function restrictions(fields: CalendarFields): {
  readonly days: DayTerms | null;
  readonly weekdays: WeekdayTerms | null;
} {
  const days = fields.days !== null && fields.days.values.length < ALL_DAYS ? fields.days : null;
  const weekdays = fields.weekdays !== null && fields.weekdays.values.length < ALL_WEEKDAYS ? fields.weekdays : null;
  const given = fields.days !== null && fields.weekdays !== null;
  // "Either" with one of them taking every day takes every day.
  if (given && fields.combine === 'either' && (days === null || weekdays === null))
    return { days: null, weekdays: null };
  return { days, weekdays };
}
