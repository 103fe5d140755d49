import type { Language } from '../language/language.ts';
import { quote } from './refusal.ts';
import type { Schedule } from './types.ts';
import { understand } from './understand.ts';
import { english } from './words/english.ts';
import { russian } from './words/russian.ts';
import { periodParts, restrictions, type ScheduleWords } from './words/schedule-words.ts';
import { timeWords } from './words/time-shape.ts';

const WORDS: Readonly<Record<Language, ScheduleWords>> = { en: english, ru: russian };

/**
 * A schedule in plain words, without a capital or a full stop: "at 02:00 every day, Europe/Moscow". True for every
 * schedule that can be read; one that cannot is quoted.
 */
export function describeSchedule(schedule: Schedule, language: Language): string {
  const words = WORDS[language];
  const result = understand(schedule);
  if ('error' in result) {
    return words.notUnderstood(schedule.type === 'period' ? String(schedule.seconds) : quote(schedule.expression));
  }
  const { understood } = result;
  if (understood.calendar === null) return words.period(periodParts(understood.source.seconds));
  const { fields } = understood.calendar;
  const { days, weekdays } = restrictions(fields);
  const evenly = timeWords(fields).shape.kind === 'every';
  // "every 5 minutes" is the same everywhere.
  const zoneMatters =
    !evenly || days !== null || weekdays !== null || fields.months.length < 12 || fields.years !== null;
  const text = words.calendar(fields).replace(/,$/, '');
  return zoneMatters ? `${text}, ${understood.source.timezone}` : text;
}
