import { type Instant, SECOND_MS } from '../instant.ts';
import { createLru } from './lru.ts';
import { calendarSlotAfter } from './slots.ts';
import type { ParsedSchedule, Schedule, ScheduleParseResult } from './types.ts';
import { type ReadOptions, type Understood, understand } from './understand.ts';
import { createWallCalendar, LAST_YEAR } from './wall-calendar.ts';
import { createZone, type Zone } from './zone.ts';

export type { ReadOptions } from './understand.ts';
export { MAX_EXPRESSION_CHARACTERS, MAX_PERIOD_SECONDS, MIN_PERIOD_SECONDS } from './understand.ts';

/** A schedule without a slot for this long is refused when it is saved. */
const HORIZON_YEARS = 100;

/**
 * Checks what a person typed. Refused, with the field and a sentence, is what cannot be understood and what has no
 * slot in the 100 years after `now`. The `source` of the answer is the normal form to store: `@every 5m` has become a
 * period there, a zone inside the expression its time zone, a crontab's line the words for what crond does.
 */
export function parseSchedule(schedule: Schedule, now: Instant, options: ReadOptions = {}): ScheduleParseResult {
  const result = readSchedule(schedule, options);
  if (!result.ok || result.schedule.source.type === 'period') return result;
  const lastYear = Math.min(new Date(now).getUTCFullYear() + HORIZON_YEARS, LAST_YEAR + 1);
  const first = result.schedule.slotAfter(now);
  if (first !== null && new Date(first.at).getUTCFullYear() <= lastYear) return result;
  const message = `the schedule never runs before ${lastYear}; look at its day, month and year`;
  return { ok: false, error: { field: 'expression', message } };
}

/** Reads a schedule that was checked when it was saved; one whose last slot has passed by now is fine. */
export function readSchedule(schedule: Schedule, options: ReadOptions = {}): ScheduleParseResult {
  return compile(schedule, options, createZone);
}

function compile(schedule: Schedule, options: ReadOptions, zoneOf: (name: string) => Zone): ScheduleParseResult {
  const result = understand(schedule, options);
  if ('error' in result) return { ok: false, error: result.error };
  return { ok: true, schedule: compileUnderstood(result.understood, zoneOf) };
}

function compileUnderstood(understood: Understood, zoneOf: (name: string) => Zone): ParsedSchedule {
  const { source } = understood;
  if (understood.calendar === null) {
    const periodMs = understood.source.seconds * SECOND_MS;
    return { source, slotAfter: (ref) => ({ at: ref + periodMs, latestAt: ref + periodMs }) };
  }
  const calendar = createWallCalendar(understood.calendar.fields);
  const zone = zoneOf(understood.source.timezone);
  const { rule } = understood.calendar;
  return { source, slotAfter: (ref) => calendarSlotAfter(calendar, zone, rule, ref) };
}

/** Schedules that were read before. A look-up costs a fraction of a microsecond, a miss some ten. */
export interface ScheduleCache {
  /** As `readSchedule`. What is refused is not remembered. */
  read(schedule: Schedule): ScheduleParseResult;
}

/** More zones than IANA has names, as long as everybody writes them alike. */
const MAX_ZONES = 1_000;

function cacheKey(schedule: Schedule): string {
  if (schedule.type === 'period') return `period\n${schedule.seconds}`;
  // Expressions may hold any character but zone names hold no line break.
  return `${schedule.type}\n${schedule.timezone}\n${schedule.expression}`;
}

/** A cache of at most `limit` schedules (about 1 kB each); the one that was not asked for longest makes room. */
export function createScheduleCache(limit: number): ScheduleCache {
  const schedules = createLru<ScheduleParseResult>(limit);
  const zones = createLru<Zone>(MAX_ZONES);
  const zoneOf = (name: string) => zones.get(name) ?? zones.put(name, createZone(name));
  return {
    read(schedule) {
      const key = cacheKey(schedule);
      const known = schedules.get(key);
      if (known) return known;
      const result = compile(schedule, {}, zoneOf);
      return result.ok ? schedules.put(key, result) : result;
    },
  };
}
