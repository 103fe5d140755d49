import { DAY_OF_MONTH, DAY_OF_WEEK, readTerm, readValue } from './cron-field.ts';
import { type DayTerms, type NthWeekday, OCCURRENCES, sortedUnique, type WeekdayTerms } from './fields.ts';
import { isRefusal, quote, type Refusal, refuse } from './refusal.ts';

/** The longest distance from a month's last day that still lies in a month: `L-30` is the 1st of a long one. */
const MAX_BEFORE_LAST = 30;

/** Reads day of month: values, ranges, steps, `L`, `L-3`, `LW`, `15W`, `?`. Null where every day is meant. */
export function readMonthDays(text: string): { readonly terms: DayTerms | null } | Refusal {
  const values: number[] = [];
  const beforeLast: number[] = [];
  const nearestWeekday: number[] = [];
  let lastWeekday = false;
  let any = text === '?';
  for (const part of any ? [] : text.toUpperCase().split(',')) {
    if (part === 'LW') {
      lastWeekday = true;
    } else if (/^L(-\d{1,9})?$/.test(part)) {
      const before = Number(part.slice(2));
      if (before > MAX_BEFORE_LAST) {
        return refuse(`day of month ${quote(part)}: ${before} is not between 0 and ${MAX_BEFORE_LAST}`);
      }
      beforeLast.push(before);
    } else if (/^\d+W$/.test(part)) {
      const day = readValue(DAY_OF_MONTH, part.slice(0, -1));
      if (isRefusal(day)) return day;
      nearestWeekday.push(day);
    } else {
      const term = readTerm(DAY_OF_MONTH, part, text);
      if (isRefusal(term)) return hintMonthDay(part) ?? term;
      values.push(...term.values);
      any ||= term.any;
    }
  }
  if (any) return { terms: null };
  return {
    terms: {
      values: sortedUnique(values),
      beforeLast: sortedUnique(beforeLast),
      nearestWeekday: sortedUnique(nearestWeekday),
      lastWeekday,
    },
  };
}

function hintMonthDay(part: string): Refusal | null {
  if (/^\d+L$/.test(part)) {
    return refuse(`day of month ${quote(part)}: L stands alone for the last day, or as in L-3 for days before it`);
  }
  if (/W/.test(part) && /[-/]/.test(part))
    return refuse(`day of month ${quote(part)}: W goes with a single day, as in 15W`);
  return null;
}

/** Reads day of week: values, ranges, steps, `5L`, `FRI#L`, `MON#2`, `?`. Null where every day is meant. */
export function readWeekdays(text: string): { readonly terms: WeekdayTerms | null } | Refusal {
  if (text === '') return refuse('day of week is empty after its +');
  const values: number[] = [];
  const nth: NthWeekday[] = [];
  let any = text === '?';
  for (const part of any ? [] : text.split(',')) {
    const special = /^([^#]*?)(?:#(.*)|(L))$/i.exec(part);
    if (special) {
      const occurrence = readOccurrence(part, special[1] ?? '', special[2] ?? special[3] ?? '');
      if (isRefusal(occurrence)) return occurrence;
      nth.push(occurrence);
    } else {
      const term = readTerm(DAY_OF_WEEK, part, text);
      if (isRefusal(term)) return term;
      values.push(...term.values);
      any ||= term.any;
    }
  }
  return { terms: any ? null : { values: sortedUnique(values), nth } };
}

function readOccurrence(part: string, dayText: string, which: string): NthWeekday | Refusal {
  if (dayText === '') {
    if (/^l$/i.test(part)) {
      return refuse('day of week "L": write 6 for Saturday, or a day before it, as in 6L for the last Saturday');
    }
    return refuse(`day of week ${quote(part)}: a day is missing; write MON#2 for the second Monday`);
  }
  if (/[-/*]/.test(dayText)) {
    return refuse(`day of week ${quote(part)}: # and L go with a single day, as in MON#2 or FRI#L`);
  }
  const weekday = readValue(DAY_OF_WEEK, dayText);
  if (isRefusal(weekday)) return weekday;
  const occurrence = OCCURRENCES.find((known) => (known === 'last' ? /^l$/i.test(which) : String(known) === which));
  if (occurrence === undefined) {
    return refuse(`day of week ${quote(part)}: after # stands 1 to 5, or L for the last`);
  }
  return { weekday: weekday % 7, occurrence };
}
