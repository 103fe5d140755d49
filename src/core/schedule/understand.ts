import { fromCrontab, readCron } from './cron.ts';
import type { CalendarFields } from './fields.ts';
import { readOnCalendar } from './oncalendar.ts';
import { readEvery, takeZonePrefix } from './prefix.ts';
import { isRefusal, quote } from './refusal.ts';
import type { ClockChangeRule } from './slots.ts';
import type { Schedule, ScheduleError, ScheduleField } from './types.ts';
import { isZoneName } from './zone.ts';

export const MIN_PERIOD_SECONDS = 1;
/** 365 days. */
export const MAX_PERIOD_SECONDS = 31_536_000;
export const MAX_EXPRESSION_CHARACTERS = 200;

export interface ReadOptions {
  /** The zone that `timezone` was filled with when nobody chose one; a zone inside the expression then wins. UTC. */
  readonly defaultTimezone?: string;
  /** The expression is a line of a crontab: day of month and day of week combine as crond does it. */
  readonly fromCrontab?: boolean;
}

/** A schedule taken apart. `source` is its normal form: what to store, and reading it again gives the same. */
export type Understood =
  | { readonly source: Extract<Schedule, { type: 'period' }>; readonly calendar: null }
  | {
      readonly source: Exclude<Schedule, { type: 'period' }>;
      readonly calendar: { readonly fields: CalendarFields; readonly rule: ClockChangeRule };
    };

export type UnderstoodResult = { readonly understood: Understood } | { readonly error: ScheduleError };

/** Reads a schedule's words and numbers; whether it ever runs is not asked here. */
export function understand(schedule: Schedule, options: ReadOptions = {}): UnderstoodResult {
  switch (schedule.type) {
    case 'period':
      return understandPeriod(schedule.seconds, 'seconds');
    case 'cron':
      return checkExpression(schedule) ?? understandCron(schedule, options);
    case 'oncalendar':
      return checkExpression(schedule) ?? understandOnCalendar(schedule, options);
  }
}

function fail(field: ScheduleField, message: string): UnderstoodResult {
  return { error: { field, message } };
}

function understandPeriod(seconds: number, field: ScheduleField): UnderstoodResult {
  if (!Number.isInteger(seconds)) return fail(field, 'the period is not a whole number of seconds');
  if (seconds < MIN_PERIOD_SECONDS || seconds > MAX_PERIOD_SECONDS) {
    return fail(
      field,
      `the period of ${seconds} seconds is not between ${MIN_PERIOD_SECONDS} and ${MAX_PERIOD_SECONDS}`,
    );
  }
  return { understood: { source: { type: 'period', seconds }, calendar: null } };
}

type CalendarSchedule = Exclude<Schedule, { type: 'period' }>;

function checkExpression({ expression }: CalendarSchedule): UnderstoodResult | null {
  if (expression.length <= MAX_EXPRESSION_CHARACTERS) return null;
  return fail(
    'expression',
    `the expression has ${expression.length} characters and ${MAX_EXPRESSION_CHARACTERS} are allowed`,
  );
}

function understandCron(schedule: CalendarSchedule, options: ReadOptions): UnderstoodResult {
  const { expression: unprefixed, timezone: inside } = takeZonePrefix(schedule.expression.trim());
  const every = readEvery(unprefixed);
  if (isRefusal(every)) return fail('expression', every.refused);
  if (every !== null) return understandPeriod(every, 'expression');
  const zone = chooseZone(schedule.timezone, inside, options);
  if ('error' in zone) return zone;
  const oneLine = unprefixed.split(/\s+/).join(' ');
  const expression = options.fromCrontab ? fromCrontab(oneLine) : oneLine;
  const read = readCron(expression);
  if (isRefusal(read)) return fail('expression', read.refused);
  return {
    understood: {
      source: { type: 'cron', expression, timezone: zone.timezone },
      calendar: { fields: read.fields, rule: read.interval ? 'follow' : 'once' },
    },
  };
}

function understandOnCalendar(schedule: CalendarSchedule, options: ReadOptions): UnderstoodResult {
  const read = readOnCalendar(schedule.expression);
  if (isRefusal(read)) return fail('expression', read.refused);
  const zone = chooseZone(schedule.timezone, read.timezone, options);
  if ('error' in zone) return zone;
  return {
    understood: {
      source: { type: 'oncalendar', expression: read.expression, timezone: zone.timezone },
      calendar: { fields: read.fields, rule: 'once_or_never' },
    },
  };
}

/** A zone inside the expression is taken where the field holds only a default; two different ones are a mistake. */
function chooseZone(
  given: string,
  inside: string | null,
  options: ReadOptions,
): { readonly timezone: string } | { readonly error: ScheduleError } {
  const error = refuseZone('timezone', given) ?? (inside === null ? null : refuseZone('expression', inside));
  if (error) return { error };
  if (inside === null || inside === given) return { timezone: given };
  if (given === (options.defaultTimezone ?? 'UTC')) return { timezone: inside };
  const message = `the expression names the time zone ${quote(inside)} and the time zone field ${quote(given)}; keep one`;
  return { error: { field: 'timezone', message } };
}

function refuseZone(field: ScheduleField, name: string): ScheduleError | null {
  if (isZoneName(name)) return null;
  const message = `time zone ${quote(name)} is not in the IANA time zone database; write a name such as Europe/Moscow or UTC`;
  return { field, message };
}
