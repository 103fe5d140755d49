import { ALL_HOURS, ALL_MINUTES, ALL_MONTHS, ALL_SECONDS, type DayTerms, sortedUnique, span } from './fields.ts';
import { isRefusal, quote, type Refusal, refuse } from './refusal.ts';
import { LAST_YEAR } from './wall-calendar.ts';

interface Component {
  readonly label: string;
  readonly min: number;
  readonly max: number;
}

const FIRST_YEAR = 1970;
const YEAR: Component = { label: 'year', min: FIRST_YEAR, max: LAST_YEAR };
const MONTH: Component = { label: 'month', min: 1, max: 12 };
const DAY: Component = { label: 'day', min: 1, max: 31 };
/** systemd counts back only as far as every month reaches. */
const DAY_FROM_END: Component = { label: 'day from the end of the month', min: 1, max: 28 };
const HOUR: Component = { label: 'hour', min: 0, max: 23 };
const MINUTE: Component = { label: 'minute', min: 0, max: 59 };
const SECOND: Component = { label: 'second', min: 0, max: 59 };

/** Monday first, as systemd's ranges run. */
const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

export interface CalendarDate {
  readonly years: readonly number[] | null;
  readonly months: readonly number[];
  readonly days: DayTerms | null;
}

export interface CalendarTime {
  readonly hours: readonly number[];
  readonly minutes: readonly number[];
  readonly seconds: readonly number[];
}

/** Reads `Mon`, `Mon,Wed`, `Mon..Fri`, `Mon-Fri`; short or full English names. Gives 0 (Sunday) … 6. */
export function readWeekdayList(text: string): readonly number[] | Refusal {
  const found: number[] = [];
  const list = text.endsWith(',') ? text.slice(0, -1) : text;
  for (const part of list.split(',')) {
    const [fromText = '', toText, ...more] = part.split(/\.\.|-/);
    const from = weekdayIndex(fromText);
    const to = toText === undefined ? from : weekdayIndex(toText);
    if (from === -1 || to === -1 || more.length > 0) {
      return refuse(`${quote(part)} is not a day of the week (Mon, Monday, Mon..Fri) and not a word such as daily`);
    }
    if (from > to) {
      return refuse(
        `day of week ${quote(part)} runs backwards; a week begins on Monday, write it as two parts with a comma`,
      );
    }
    found.push(...span(from, to).map((index) => (index + 1) % 7));
  }
  return sortedUnique(found);
}

function weekdayIndex(text: string): number {
  const name = text.toLowerCase();
  return WEEKDAYS.findIndex((day) => name === day || name === day.slice(0, 3));
}

/** Reads `[year-]month-day` or `[year-]month~day`. */
export function readDate(text: string): CalendarDate | Refusal {
  const [front = '', fromEnd, ...more] = text.split('~');
  const places = front.split('-');
  const dayText = fromEnd ?? places.pop() ?? '';
  const monthText = places.pop();
  const yearText = places.pop() ?? '*';
  if (monthText === undefined || places.length > 0 || more.length > 0) {
    return refuse(
      `the date ${quote(text)} is not of the form year-month-day or month-day (~ counts days from the end)`,
    );
  }
  const years = readComponent(YEAR, yearText);
  if (isRefusal(years)) return years;
  const months = readComponent(MONTH, monthText);
  if (isRefusal(months)) return months;
  const days = readComponent(fromEnd === undefined ? DAY : DAY_FROM_END, dayText);
  if (isRefusal(days)) return days;
  return { years, months: months ?? ALL_MONTHS, days: days && dayTerms(days, fromEnd !== undefined) };
}

function dayTerms(days: readonly number[], fromEnd: boolean): DayTerms {
  return {
    values: fromEnd ? [] : days,
    beforeLast: fromEnd ? days.map((day) => day - 1) : [],
    nearestWeekday: [],
    lastWeekday: false,
  };
}

/** Reads `hour:minute[:second]`. */
export function readTime(text: string): CalendarTime | Refusal {
  const [hourText = '', minuteText = '', secondText = '0', ...more] = text.split(':');
  if (more.length > 0) return refuse(`the time ${quote(text)} is not of the form hour:minute or hour:minute:second`);
  if (/\d\.\d/.test(secondText)) {
    return refuse(`second ${quote(secondText)}: fractions of a second are not taken; write whole seconds`);
  }
  const hours = readComponent(HOUR, hourText);
  if (isRefusal(hours)) return hours;
  const minutes = readComponent(MINUTE, minuteText);
  if (isRefusal(minutes)) return minutes;
  const seconds = readComponent(SECOND, secondText);
  if (isRefusal(seconds)) return seconds;
  return { hours: hours ?? ALL_HOURS, minutes: minutes ?? ALL_MINUTES, seconds: seconds ?? ALL_SECONDS };
}

/** Reads a list of values, `a..b`, `a/step` and `a..b/step`; null for `*`. */
function readComponent(component: Component, text: string): readonly number[] | null | Refusal {
  if (text === '*') return null;
  const values: number[] = [];
  for (const part of text.split(',')) {
    const found = readPart(component, part);
    if (isRefusal(found)) return found;
    values.push(...found);
  }
  return sortedUnique(values);
}

function readPart(component: Component, text: string): readonly number[] | Refusal {
  const found = /^(\d{1,9})(?:\.\.(\d{1,9}))?(?:\/(\d{1,9}))?$/.exec(text);
  if (!found) return refusePart(component, text);
  const from = readNumber(component, found[1] ?? '');
  if (isRefusal(from)) return from;
  const to = found[2] === undefined ? null : readNumber(component, found[2]);
  if (isRefusal(to)) return to;
  if (to !== null && to < from) {
    return refuse(`${component.label} ${quote(text)} runs backwards; the smaller number stands first`);
  }
  if (found[3] === undefined) return span(from, to ?? from);
  const step = Number(found[3]);
  if (step === 0) return refuse(`${component.label} ${quote(text)}: a repetition of 0 never gets anywhere`);
  if (to !== null) return span(from, to, step);
  // "~7/2" counts days from the end and its repetitions go forward: the 7th, 5th, 3rd and last day but none.
  const backwards = component === DAY_FROM_END;
  if (backwards ? from - step < component.min : from + step > component.max) {
    return refuse(`${component.label} ${quote(text)}: the repetition never comes about, it goes beyond the end`);
  }
  return backwards
    ? span(component.min + ((from - component.min) % step), from, step)
    : span(from, component.max, step);
}

function readNumber(component: Component, text: string): number | Refusal {
  const given = Number(text);
  const value = component === YEAR ? fullYear(given) : given;
  if (value >= component.min && value <= component.max) return value;
  return refuse(`${component.label} ${value} is not between ${component.min} and ${component.max}`);
}

/** Two digits, as systemd reads them: 26 is 2026 and 99 is 1999. */
function fullYear(year: number): number {
  if (year < 70) return 2000 + year;
  return year < 100 ? 1900 + year : year;
}

function refusePart(component: Component, text: string): Refusal {
  const step = /^\*\/(\d{1,9})$/.exec(text)?.[1];
  if (step !== undefined) {
    const first = component === YEAR ? FIRST_YEAR : component.min;
    return refuse(`${component.label} ${quote(text)}: OnCalendar repeats from a number; write ${first}/${step}`);
  }
  if (text === '') return refuse(`the ${component.label} is missing or has an empty place in its list`);
  return refuse(`${component.label} ${quote(text)} is not a whole number, a range a..b or a repetition a/b`);
}
