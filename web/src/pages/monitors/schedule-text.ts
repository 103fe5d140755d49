import type { Schedule } from '../../api/types.ts';
import { readLength } from './length-text.ts';

/** What a person typed into the schedule's field, by its look; whether it is right is the server's to say. */
export type Recognised =
  | { readonly type: 'period'; readonly seconds: number }
  | { readonly type: 'cron'; readonly expression: string }
  | { readonly type: 'oncalendar'; readonly expression: string };

const NAMED_PERIODS: Readonly<Record<string, number>> = {
  hourly: 3_600,
  ежечасно: 3_600,
  'every minute': 60,
  'каждую минуту': 60,
  'every hour': 3_600,
  'каждый час': 3_600,
};

const DAYS: readonly (readonly [RegExp, string])[] = [
  [/^(mon(days?)?|понедельник(ам)?|пн)$/, '1'],
  [/^(tue(s|sdays?)?|вторник(ам)?|вт)$/, '2'],
  [/^(wed(nesdays?)?|сред[ауы]|средам|ср)$/, '3'],
  [/^(thu(rs|rsdays?)?|четверг(ам)?|чт)$/, '4'],
  [/^(fri(days?)?|пятниц[ауы]|пятницам|пт)$/, '5'],
  [/^(sat(urdays?)?|суббот[ауы]|субботам|сб)$/, '6'],
  [/^(sun(days?)?|воскресень[еяю]|воскресеньям|вс)$/, '0'],
  [/^(weekdays?|workdays?|будни|будням|рабочим)$/, '1-5'],
  [/^(weekends?|выходные|выходным)$/, '0,6'],
];

const EVERY_DAY = /^(daily|day|days|every day|каждый день|ежедневно|день)$/;
const TIME = /(?:\bat|@|в)?\s*(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm|час(?:а|ов)?)?$/;
const PERIOD = /^(?:every|each|кажд(?:ые|ый|ую|ое)|раз в)\s+(.+)$/;

function hourOf(hour: number, half: string | undefined): number {
  if (half === 'pm') return (hour % 12) + 12;
  return half === 'am' ? hour % 12 : hour;
}

function daysOf(text: string): string | null {
  const words = text
    .replace(/^(every|each|on|кажд(ый|ую|ое|ые)|по|в)\s+/, '')
    .split(/\s*(?:,|\band\b|\s+и\s+|\s)\s*/)
    .filter((word) => word !== '');
  if (words.length === 0) return null;
  const found = words.map((word) => DAYS.find(([pattern]) => pattern.test(word))?.[1]);
  return found.every((day) => day !== undefined) ? found.join(',') : null;
}

/** "every day at 2:00", "weekdays at 9", "по понедельникам в 9:00" as a cron expression. */
function calendarWords(text: string): string | null {
  const [whole, hours = '', minutes = '0', half] = TIME.exec(text) ?? [];
  const days = (whole === undefined ? text : text.slice(0, -whole.length)).replace(/[\s,]+$/, '').trim();
  const hour = whole === undefined ? 0 : hourOf(Number(hours), half);
  if (hour > 23 || Number(minutes) > 59) return null;
  const time = `${Number(minutes)} ${hour}`;
  if (EVERY_DAY.test(days)) return `${time} * * *`;
  const weekdays = daysOf(days);
  return weekdays === null ? null : `${time} * * ${weekdays}`;
}

const CRON_FIELD = /^[\d*/,\-?LW#a-z]+$/i;

function looksLikeCron(text: string): boolean {
  if (/^@(?!every)\w+/.test(text)) return true;
  const fields = text.split(/\s+/);
  if (fields.length < 5 || fields.length > 6 || !fields.every((field) => CRON_FIELD.test(field))) return false;
  return /^[\d*]/.test(fields[0] ?? '') && !text.includes(':');
}

/** Words, a period, cron or OnCalendar; null for nothing at all. */
export function recogniseSchedule(text: string): Recognised | null {
  const given = text.trim().replace(/\s+/g, ' ');
  if (given === '') return null;
  const lower = given.toLowerCase();
  const named = NAMED_PERIODS[lower];
  if (named !== undefined) return { type: 'period', seconds: named };
  if (looksLikeCron(given)) return { type: 'cron', expression: given };
  const every = PERIOD.exec(lower)?.[1] ?? (lower.startsWith('@every ') ? lower.slice('@every '.length) : lower);
  const seconds = readLength(every, 60);
  if (seconds !== null && seconds > 0) return { type: 'period', seconds };
  const words = calendarWords(lower);
  if (words !== null) return { type: 'cron', expression: words };
  return { type: 'oncalendar', expression: given };
}

const SIZES: readonly (readonly [number, string])[] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'm'],
  [1, 's'],
];

/** "1h 30m": a length as it can be typed again, in either language. */
export function writeLength(seconds: number): string {
  const parts: string[] = [];
  let rest = seconds;
  for (const [size, unit] of SIZES) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count}${unit}`);
  }
  return parts.length === 0 ? '0s' : parts.join(' ');
}

/** A schedule as it stands in the field. */
export function writeSchedule(schedule: Schedule | null): string {
  if (schedule === null) return '';
  return schedule.type === 'period' ? writeLength(schedule.seconds) : schedule.expression;
}

/** A crontab's five fields for the schedule, where there are such. */
export function cronOf(schedule: Schedule | null): string {
  if (schedule?.type === 'cron' && schedule.expression.split(/\s+/).length === 5) return schedule.expression;
  if (schedule?.type !== 'period') return '0 2 * * *';
  const minutes = schedule.seconds / 60;
  if (minutes === 1) return '* * * * *';
  if (Number.isInteger(minutes) && minutes < 60 && 60 % minutes === 0) return `*/${minutes} * * * *`;
  const hours = minutes / 60;
  if (hours === 1) return '0 * * * *';
  if (Number.isInteger(hours) && hours < 24 && 24 % hours === 0) return `0 */${hours} * * *`;
  return '0 2 * * *';
}
