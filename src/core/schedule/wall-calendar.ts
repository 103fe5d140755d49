import { DAY_MS, SECOND_MS } from '../instant.ts';
import type { CalendarFields, DayTerms, Occurrence, WeekdayTerms } from './fields.ts';

/** What a local clock and calendar show, as milliseconds of UTC that would read the same. Not a point in time. */
export type WallTime = number;

/** Schedules end with this year, as systemd's do; a search that finds nothing ends here too. */
export const LAST_YEAR = 2199;

/** The times of a local clock that a schedule names. Knows nothing of time zones. */
export interface WallCalendar {
  /** The first such time later than `after`, or null when none is left until the end of LAST_YEAR. */
  next(after: WallTime): WallTime | null;
}

const HOUR_SECONDS = 3_600;
const MINUTE_SECONDS = 60;
const DAY_SECONDS = 86_400;

/** Makes the calendar of some fields. The result is small (some 200 numbers) and answers within microseconds. */
export function createWallCalendar(fields: CalendarFields): WallCalendar {
  const nextTimeOfDay = timeOfDaySearch(fields);
  const nextDay = daySearch(fields);
  return {
    next(after) {
      const second = Math.floor(after / SECOND_MS) + 1;
      const today = Math.floor(second / DAY_SECONDS);
      const day = nextDay(today);
      if (day === null) return null;
      if (day === today) {
        const timeOfDay = nextTimeOfDay(second - today * DAY_SECONDS);
        if (timeOfDay !== null) return day * DAY_MS + timeOfDay * SECOND_MS;
      }
      const laterDay = day === today ? nextDay(today + 1) : day;
      const first = nextTimeOfDay(0);
      return laterDay === null || first === null ? null : laterDay * DAY_MS + first * SECOND_MS;
    },
  };
}

/** Answers: the first named second of the day that is not before the given one, or null. */
function timeOfDaySearch(fields: CalendarFields): (second: number) => number | null {
  const hours = atOrAfter(fields.hours, 24);
  const minutes = atOrAfter(fields.minutes, 60);
  const seconds = atOrAfter(fields.seconds, 60);
  const firstSecond = seconds(0) ?? 0;
  const firstOfHour = (minutes(0) ?? 0) * MINUTE_SECONDS + firstSecond;
  return (from) => {
    const fromHour = Math.floor(from / HOUR_SECONDS);
    const fromMinute = Math.floor(from / MINUTE_SECONDS) % 60;
    const hour = hours(fromHour);
    if (hour === null) return null;
    if (hour > fromHour) return hour * HOUR_SECONDS + firstOfHour;
    const second = minutes(fromMinute) === fromMinute ? seconds(from % 60) : null;
    if (second !== null) return hour * HOUR_SECONDS + fromMinute * MINUTE_SECONDS + second;
    const minute = minutes(fromMinute + 1);
    if (minute !== null) return hour * HOUR_SECONDS + minute * MINUTE_SECONDS + firstSecond;
    const laterHour = hours(hour + 1);
    return laterHour === null ? null : laterHour * HOUR_SECONDS + firstOfHour;
  };
}

/** A table look-up: the least of `values` that is not below the given number (0 … size), or null. */
function atOrAfter(values: readonly number[], size: number): (least: number) => number | null {
  const table = new Int8Array(size + 1).fill(-1);
  for (const value of values) table[value] = value;
  for (let index = size - 1; index >= 0; index -= 1) {
    if (table[index] === -1) table[index] = table[index + 1] ?? -1;
  }
  return (least) => {
    const found = table[least] ?? -1;
    return found === -1 ? null : found;
  };
}

/** Answers: the first matching day that is not before the given one; days are counted from 1 January 1970. */
function daySearch(fields: CalendarFields): (day: number) => number | null {
  const matchingDays = monthMask(fields);
  const months = bits(fields.months);
  const years = fields.years === null ? null : new Set(fields.years);
  return (from) => {
    const date = new Date(from * DAY_MS);
    let year = date.getUTCFullYear();
    let month = date.getUTCMonth() + 1;
    let atLeast = date.getUTCDate();
    while (year <= LAST_YEAR) {
      if ((years === null || years.has(year)) && months & (1 << month)) {
        const left = matchingDays(year, month) & (~0 << atLeast);
        if (left !== 0) return dayNumber(year, month, lowestBit(left));
      }
      atLeast = 1;
      month += 1;
      if (month > 12) {
        month = 1;
        year += 1;
      }
    }
    return null;
  };
}

/** The days of one month that match, as bits 1 … 31. */
function monthMask(fields: CalendarFields): (year: number, month: number) => number {
  const { days, weekdays, combine } = fields;
  const plainDays = bits(days?.values ?? []);
  const plainWeekdays = bits(weekdays?.values ?? []);
  return (year, month) => {
    const first = weekdayOf(dayNumber(year, month, 1));
    const last = dayNumber(year, month + 1, 1) - dayNumber(year, month, 1);
    // Bits 1 … last; bit 31 is the sign, which bitwise operators do not mind.
    const existing = ~(~0 << last) << 1;
    const byDay = days === null ? existing : dayTermMask(days, plainDays, first, last) & existing;
    const byWeekday = weekdays === null ? existing : weekdayTermMask(weekdays, plainWeekdays, first, last);
    if (days !== null && weekdays !== null && combine === 'either') return byDay | byWeekday;
    return byDay & byWeekday;
  };
}

function dayTermMask(days: DayTerms, plain: number, first: number, last: number): number {
  let mask = plain;
  for (const before of days.beforeLast) if (before < last) mask |= 1 << (last - before);
  for (const day of days.nearestWeekday) if (day <= last) mask |= 1 << nearestWeekday(day, first, last);
  if (days.lastWeekday) mask |= 1 << nearestWeekday(last, first, last);
  return mask;
}

/** Saturday becomes Friday and Sunday Monday, but never in another month. */
function nearestWeekday(day: number, first: number, last: number): number {
  const weekday = (first + day - 1) % 7;
  if (weekday === 6) return day === 1 ? 3 : day - 1;
  if (weekday === 0) return day === last ? day - 2 : day + 1;
  return day;
}

function weekdayTermMask(terms: WeekdayTerms, plain: number, first: number, last: number): number {
  let mask = 0;
  for (let day = 1; day <= last; day += 1) {
    if (plain & (1 << ((first + day - 1) % 7))) mask |= 1 << day;
  }
  for (const { weekday, occurrence } of terms.nth) {
    const day = occurrenceDay(1 + ((weekday - first + 7) % 7), occurrence, last);
    if (day <= last) mask |= 1 << day;
  }
  return mask;
}

function occurrenceDay(firstOccurrence: number, occurrence: Occurrence, last: number): number {
  if (occurrence === 'last') return firstOccurrence + 7 * Math.floor((last - firstOccurrence) / 7);
  return firstOccurrence + 7 * (occurrence - 1);
}

function dayNumber(year: number, month: number, day: number): number {
  return Math.floor(Date.UTC(year, month - 1, day) / DAY_MS);
}

/** 0 (Sunday) … 6; 1 January 1970 was a Thursday. */
function weekdayOf(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}

function bits(numbers: readonly number[]): number {
  return numbers.reduce((mask, number) => mask | (1 << number), 0);
}

function lowestBit(mask: number): number {
  return 31 - Math.clz32(mask & -mask);
}
