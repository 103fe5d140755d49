import { DAY_MS, type Instant } from '../instant.ts';
import { readSchedule } from '../schedule/schedule.ts';
import type { ParsedSchedule } from '../schedule/types.ts';
import type { Period } from './facts.ts';

export const SUMMARY_KINDS = ['daily', 'weekly'] as const;
export type SummaryKind = (typeof SUMMARY_KINDS)[number];

/** In the order in which cron counts them, from 1. */
export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** When a team gets its summary. */
export interface Timetable {
  readonly kind: SummaryKind;
  /** Null for a daily one. */
  readonly weekday: Weekday | null;
  /** Of the wall clock: "09:00". */
  readonly time: string;
  readonly timezone: string;
}

/** The period that a summary of this kind is about. */
export const PERIOD_OF = { daily: 'day', weekly: 'week' } as const;

/** More than the longest distance between two times: a fortnight, where a zone leaves a day out (Apia, 2011). */
const LOOK_BACK_MS = 16 * DAY_MS;

const TIME = /^([01]\d|2[0-3]):([0-5]\d)$/;

/** Whether this is a time of day as timetables write it. */
export function isTimeOfDay(text: string): boolean {
  return TIME.test(text);
}

function scheduleOf({ weekday, time, timezone }: Timetable): ParsedSchedule {
  const [, hour = '', minute = ''] = TIME.exec(time) ?? [];
  const day = weekday === null ? '*' : WEEKDAYS.indexOf(weekday) + 1;
  const result = readSchedule({ type: 'cron', expression: `${Number(minute)} ${Number(hour)} * * ${day}`, timezone });
  if (!result.ok) throw new RangeError(`no timetable: ${result.error.message}`);
  return result.schedule;
}

/** The first time after `after`. Throws a RangeError for a timetable that was never checked. */
export function nextTime(timetable: Timetable, after: Instant): Instant {
  const slot = scheduleOf(timetable).slotAfter(after);
  if (slot === null) throw new RangeError('a timetable has no end');
  return slot.at;
}

/** The last time that is not after `now`: whatever was due before it is old news. */
export function latestTime(timetable: Timetable, now: Instant): Instant {
  const schedule = scheduleOf(timetable);
  let latest = now - LOOK_BACK_MS;
  for (;;) {
    const slot = schedule.slotAfter(latest);
    if (slot === null || slot.at > now) return latest;
    latest = slot.at;
  }
}

/** What the summary that is due at `to` is about: everything since the one before, so that nothing is told twice. */
export function periodEnding(timetable: Timetable, to: Instant): Period {
  return { from: latestTime(timetable, to - 1), to };
}

/** The day, or the week, until `to` on the wall clock of `timezone`. */
export function periodUntil(period: 'day' | 'week', to: Instant, timezone: string): Period {
  const end = Temporal.Instant.fromEpochMilliseconds(to).toZonedDateTimeISO(timezone);
  return { from: end.subtract({ days: period === 'day' ? 1 : 7 }).epochMilliseconds, to };
}
