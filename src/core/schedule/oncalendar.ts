import { ALL_MONTHS, type CalendarFields } from './fields.ts';
import { type CalendarDate, readDate, readTime, readWeekdayList } from './oncalendar-parts.ts';
import { isRefusal, quote, type Refusal, refuse } from './refusal.ts';

export interface CalendarExpression {
  readonly fields: CalendarFields;
  /** The expression without its zone, one space between its parts. */
  readonly expression: string;
  /** The zone that stood at the end, or null. */
  readonly timezone: string | null;
}

/** A Map and not an object: `constructor` and `__proto__` may be typed as well. */
const SHORTHANDS: ReadonlyMap<string, string> = new Map([
  ['minutely', '*-*-* *:*:00'],
  ['hourly', '*-*-* *:00:00'],
  ['daily', '*-*-* 00:00:00'],
  ['weekly', 'Mon *-*-* 00:00:00'],
  ['monthly', '*-*-01 00:00:00'],
  ['quarterly', '*-01,04,07,10-01 00:00:00'],
  // To systemd "biannually" is twice a year, not every other year.
  ['semiannually', '*-01,07-01 00:00:00'],
  ['semi-annually', '*-01,07-01 00:00:00'],
  ['biannually', '*-01,07-01 00:00:00'],
  ['bi-annually', '*-01,07-01 00:00:00'],
  ['yearly', '*-01-01 00:00:00'],
  ['annually', '*-01-01 00:00:00'],
]);

/** Reads what systemd 252 takes as OnCalendar, but no fractions of seconds and no `@` timestamps. */
export function readOnCalendar(text: string): CalendarExpression | Refusal {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const unsupported = refuseForeign(words);
  if (unsupported) return unsupported;
  const { parts, timezone } = takeZone(words);
  const expression = parts.join(' ');
  const shorthand = parts.length === 1 ? SHORTHANDS.get(expression.toLowerCase()) : undefined;
  const fields = readParts(shorthand === undefined ? parts : shorthand.split(' '));
  return isRefusal(fields) ? fields : { fields, expression, timezone };
}

function refuseForeign(words: readonly string[]): Refusal | null {
  const first = words[0];
  if (first === undefined) return refuse('the OnCalendar expression is empty; write, for example, Mon..Fri 02:00');
  if (first.startsWith('@')) {
    return refuse(`${quote(first)} is not taken in OnCalendar; write a date and a time, or a word such as daily`);
  }
  if (words.length === 5 && words.every((word) => /^[\d*,\-/?#LW]+$/i.test(word))) {
    return refuse(`${quote(words.join(' '))} is a cron expression, which is a type of its own`);
  }
  return null;
}

/** A last word that begins with a letter and is no day of the week is meant as a zone, whether it exists or not. */
function takeZone(words: readonly string[]): { readonly parts: readonly string[]; readonly timezone: string | null } {
  const last = words.at(-1) ?? '';
  if (words.length > 1 && /^[a-z]/i.test(last)) return { parts: words.slice(0, -1), timezone: last };
  return { parts: words, timezone: null };
}

const ANY_DATE: CalendarDate = { years: null, months: ALL_MONTHS, days: null };
const MIDNIGHT = { hours: [0], minutes: [0], seconds: [0] };

/** `[weekdays] [date] [time]`, in this order, at least one of them. */
function readParts(parts: readonly string[]): CalendarFields | Refusal {
  const left = [...parts];
  const weekdays = /^[a-z]/i.test(left[0] ?? '') ? readWeekdayList(left.shift() ?? '') : null;
  if (isRefusal(weekdays)) return weekdays;
  const date = /^[^:]*[-~]/.test(left[0] ?? '') ? readDate(left.shift() ?? '') : ANY_DATE;
  if (isRefusal(date)) return date;
  const time = left[0]?.includes(':') ? readTime(left.shift() ?? '') : MIDNIGHT;
  if (isRefusal(time)) return time;
  const surplus = left[0];
  if (surplus !== undefined) {
    return refuse(
      `${quote(surplus)} is not understood; an OnCalendar expression is: days of the week, date, time, zone`,
    );
  }
  return {
    years: date.years,
    months: date.months,
    days: date.days,
    weekdays: weekdays === null ? null : { values: weekdays, nth: [] },
    combine: 'both',
    hours: time.hours,
    minutes: time.minutes,
    seconds: time.seconds,
  };
}
