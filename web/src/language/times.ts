import { formatDuration, formatSetting } from '../../../src/core/language/durations.ts';
import { serverNow } from '../lib/clock.ts';
import type { Language } from './languages.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export { formatDuration, formatSetting };

const UNITS: Readonly<Record<Language, readonly [string, string, string, string]>> = {
  en: ['s', 'min', 'h', 'd'],
  ru: ['с', 'мин', 'ч', 'д'],
};

/** How far away something is, in one unit: "12 s", "41 min", "3 h", "4 d". Exact lengths are `formatDuration`. */
export function formatDistance(ms: number, language: Language): string {
  const length = Math.abs(ms);
  const [seconds, minutes, hours, days] = UNITS[language];
  if (length < MINUTE_MS) return `${Math.floor(length / SECOND_MS)} ${seconds}`;
  if (length < 2 * HOUR_MS) return `${Math.floor(length / MINUTE_MS)} ${minutes}`;
  if (length < 2 * DAY_MS) return `${Math.floor(length / HOUR_MS)} ${hours}`;
  return `${Math.floor(length / DAY_MS)} ${days}`;
}

/** The zone that the reader's computer is in. */
export const viewerZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

function localeOf(language: Language): string {
  if (language === 'ru') return 'ru';
  // American or British is a matter of the browser; without either, the order that nobody misreads.
  return navigator.languages.find((tag) => tag.startsWith('en-')) ?? 'en-GB';
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(language: Language, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const locale = localeOf(language);
  const key = `${locale} ${name} ${options.timeZone ?? ''}`;
  const known = formats.get(key);
  if (known !== undefined) return known;
  let made: Intl.DateTimeFormat;
  try {
    made = new Intl.DateTimeFormat(locale, { hourCycle: 'h23', ...options });
  } catch (error) {
    // A zone that the server knows and this browser does not.
    if (!(error instanceof RangeError)) throw error;
    made = new Intl.DateTimeFormat(locale, { hourCycle: 'h23', ...options, timeZone: 'UTC' });
  }
  formats.set(key, made);
  return made;
}

/** "21 Nov 2026, 02:05:00" in a zone; the reader's when none is given. */
export function formatExact(at: number, language: Language, timeZone = viewerZone()): string {
  return format(language, 'exact', { dateStyle: 'medium', timeStyle: 'medium', timeZone }).format(at);
}

/** Short, for tables and axes: "02:05" today, "21 Nov 02:05" this year, "21 Nov 2025" before. */
export function formatShort(at: number, language: Language, timeZone = viewerZone()): string {
  const day = format(language, 'day', { year: 'numeric', month: 'numeric', day: 'numeric', timeZone });
  const now = serverNow();
  const time = format(language, 'time', { hour: '2-digit', minute: '2-digit', timeZone }).format(at);
  if (day.format(at) === day.format(now)) return time;
  const isThisYear = Math.abs(now - at) < 300 * DAY_MS;
  const date = format(language, isThisYear ? 'date' : 'old', {
    day: 'numeric',
    month: 'short',
    ...(isThisYear ? {} : { year: 'numeric' }),
    timeZone,
  }).format(at);
  return isThisYear ? `${date} ${time}` : date;
}

/** "02:05" in the reader's zone. */
export function formatTime(at: number, language: Language): string {
  return format(language, 'time', { hour: '2-digit', minute: '2-digit', timeZone: viewerZone() }).format(at);
}

/** "02:05:07": for lists in which the day stands elsewhere. */
export function formatClock(at: number, language: Language, timeZone = viewerZone()): string {
  return format(language, 'clock', { hour: '2-digit', minute: '2-digit', second: '2-digit', timeZone }).format(at);
}

/** "21 Nov": the marks of a long axis. */
export function formatDate(at: number, language: Language): string {
  return format(language, 'dateOnly', { day: 'numeric', month: 'short', timeZone: viewerZone() }).format(at);
}

/** "Fri 21 Nov": the heading of a day. */
export function formatDay(at: number, language: Language, timeZone = viewerZone()): string {
  return format(language, 'dayHead', { weekday: 'short', day: 'numeric', month: 'short', timeZone }).format(at);
}

/** "Fri 21 Nov, 02:05" in a zone: the lines of a preview. */
export function formatDayAndTime(at: number, language: Language, timeZone = viewerZone()): string {
  return format(language, 'weekday', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    timeZone,
  }).format(at);
}

/** "99.98 %": never 100 % when it was not all of it. */
export function formatRatio(ratio: number, language: Language): string {
  const percent = Math.floor(ratio * 10_000) / 100;
  const text = new Intl.NumberFormat(localeOf(language), { maximumFractionDigits: 2 }).format(percent);
  return `${text} %`;
}

/** "Fri 21 Nov, 02:00 – 04:00": from one time to another in a zone. */
export function formatSpan(from: number, to: number, language: Language, timeZone = viewerZone()): string {
  return format(language, 'weekday', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    timeZone,
  }).formatRange(from, to);
}
