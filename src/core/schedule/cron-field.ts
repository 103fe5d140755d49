import { sortedUnique, span } from './fields.ts';
import { isRefusal, quote, type Refusal, refuse } from './refusal.ts';

/** What is allowed in one field of a cron expression. */
export interface CronField {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  /** `*` and open ends go to here; day of week also takes 7, which is 0 once more. */
  readonly last: number;
  /** The name of `min`, of `min + 1`, … in lower case. */
  readonly names: readonly string[];
}

export const MINUTE: CronField = { label: 'minute', min: 0, max: 59, last: 59, names: [] };
export const HOUR: CronField = { label: 'hour', min: 0, max: 23, last: 23, names: [] };
export const DAY_OF_MONTH: CronField = { label: 'day of month', min: 1, max: 31, last: 31, names: [] };
export const MONTH: CronField = {
  label: 'month',
  min: 1,
  max: 12,
  last: 12,
  names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
};
export const DAY_OF_WEEK: CronField = {
  label: 'day of week',
  min: 0,
  max: 7,
  last: 6,
  names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'],
};

/** One entry of a field's list, or the whole field. */
export interface CronValues {
  readonly values: readonly number[];
  /** A plain `*` is in it: the field restricts nothing. */
  readonly any: boolean;
  /** It has a wildcard or a step. */
  readonly interval: boolean;
}

/** Reads a whole field: a list of `*`, values, ranges and steps. */
export function readField(field: CronField, text: string): CronValues | Refusal {
  const values: number[] = [];
  let any = false;
  let interval = false;
  for (const part of text.split(',')) {
    const term = readTerm(field, part, text);
    if (isRefusal(term)) return term;
    values.push(...term.values);
    any ||= term.any;
    interval ||= term.interval;
  }
  return { values: sortedUnique(values), any, interval };
}

/** Reads one entry of a list; `list` is the whole of it, for the error text. */
export function readTerm(field: CronField, text: string, list: string): CronValues | Refusal {
  if (text === '') return refuse(`${field.label} ${quote(list)} has an empty place in its list`);
  const [base = '', stepText, ...more] = text.split('/');
  if (more.length > 0) return refuseTerm(field, text);
  const step = stepText === undefined ? 1 : readStep(field, stepText);
  if (isRefusal(step)) return step;
  const stepped = stepText !== undefined;
  if (base === '*') return { values: span(field.min, field.last, step), any: step === 1, interval: true };
  const range = readRange(field, base);
  if (isRefusal(range)) return range;
  if (range.single && stepped) {
    return refuse(
      `${field.label} ${quote(text)}: a step needs * or a range before it; write ${range.from}-${field.last}/${step}`,
    );
  }
  const values = span(range.from, range.to, step).map((value) => (value > field.last ? field.min : value));
  return { values, any: false, interval: stepped };
}

function readStep(field: CronField, text: string): number | Refusal {
  if (!/^\d{1,9}$/.test(text)) return refuse(`${field.label}: the step ${quote(text)} is not a whole number`);
  const step = Number(text);
  const most = field.last - field.min + 1;
  if (step >= 1 && step <= most) return step;
  return refuse(`${field.label}: the step ${step} is not between 1 and ${most}`);
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly single: boolean;
}

function readRange(field: CronField, text: string): Range | Refusal {
  const [fromText = '', toText, ...more] = text.split('-');
  if (more.length > 0 || fromText === '' || toText === '') return refuseTerm(field, text);
  const from = readValue(field, fromText);
  if (isRefusal(from)) return from;
  if (toText === undefined) return { from, to: from, single: true };
  const given = readValue(field, toText);
  if (isRefusal(given)) return given;
  // A week may end with its Sunday: fri-sun.
  const to = field === DAY_OF_WEEK && given === 0 && /^sun$/i.test(toText) && from > 0 ? 7 : given;
  if (to >= from) return { from, to, single: false };
  return refuse(
    `${field.label} ${quote(text)} runs backwards; write ${from}-${field.last},${field.min}-${to} to go across the end`,
  );
}

/** Reads a number or a name. */
export function readValue(field: CronField, text: string): number | Refusal {
  const named = field.names.indexOf(text.toLowerCase());
  if (named !== -1) return field.min + named;
  if (!/^\d{1,9}$/.test(text)) return refuseTerm(field, text);
  const value = Number(text);
  if (value >= field.min && value <= field.max) return value;
  return refuse(`${field.label} ${value} is not between ${field.min} and ${field.max}`);
}

function refuseTerm(field: CronField, text: string): Refusal {
  if (/^h(\(|$)/i.test(text)) {
    return refuse(`${field.label} ${quote(text)}: H is Jenkins' own sign for "some time"; write a number`);
  }
  if (text === '?') return refuse(`${field.label} ?: write * for any ${field.label}`);
  const [first, last] = [field.names[0], field.names.at(-1)];
  const names = first && last ? ` or a name (${first.toUpperCase()} to ${last.toUpperCase()})` : '';
  return refuse(`${field.label} ${quote(text)} is not a whole number${names}`);
}
