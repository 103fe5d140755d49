/** Days of a month. A day matches when any of these does. */
export interface DayTerms {
  /** 1 … 31. */
  readonly values: readonly number[];
  /** Days before the last day: 0 is the last day itself, 3 is `L-3`. */
  readonly beforeLast: readonly number[];
  /** `15W`: the weekday (Monday to Friday) nearest to that day, within the month; no day when the month has no such day. */
  readonly nearestWeekday: readonly number[];
  /** `LW`: the last weekday (Monday to Friday) of the month. */
  readonly lastWeekday: boolean;
}

export const OCCURRENCES = [1, 2, 3, 4, 5, 'last'] as const;
/** Which one of a weekday's occurrences in a month. */
export type Occurrence = (typeof OCCURRENCES)[number];

export interface NthWeekday {
  /** 0 (Sunday) … 6 (Saturday). */
  readonly weekday: number;
  readonly occurrence: Occurrence;
}

/** Days of the week. A day matches when any of these does. */
export interface WeekdayTerms {
  /** 0 (Sunday) … 6 (Saturday). */
  readonly values: readonly number[];
  readonly nth: readonly NthWeekday[];
}

/**
 * Which times of a local clock and calendar are meant: the common form of cron and OnCalendar. Lists are ascending,
 * without doubles and not empty; null means "any".
 */
export interface CalendarFields {
  readonly years: readonly number[] | null;
  /** 1 … 12. */
  readonly months: readonly number[];
  readonly days: DayTerms | null;
  readonly weekdays: WeekdayTerms | null;
  /** Where both `days` and `weekdays` are given: cron takes either, OnCalendar and cron's `+` ask for both. */
  readonly combine: 'either' | 'both';
  readonly hours: readonly number[];
  readonly minutes: readonly number[];
  readonly seconds: readonly number[];
}

/** The whole numbers from `first` to `last`, both included. */
export function span(first: number, last: number, step = 1): number[] {
  const numbers: number[] = [];
  for (let number = first; number <= last; number += step) numbers.push(number);
  return numbers;
}

/** Ascending, without doubles. */
export function sortedUnique(numbers: Iterable<number>): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}

export const ALL_MONTHS: readonly number[] = span(1, 12);
export const ALL_HOURS: readonly number[] = span(0, 23);
export const ALL_MINUTES: readonly number[] = span(0, 59);
export const ALL_SECONDS: readonly number[] = span(0, 59);
