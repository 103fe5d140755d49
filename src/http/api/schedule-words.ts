import { formatSetting } from '../../core/language/durations.ts';
import type { Language } from '../../core/language/language.ts';
import type { Schedule } from '../../core/schedule/types.ts';

export function scheduleWords(schedule: Schedule, language: Language): string {
  if (schedule.type === 'period') return formatSetting(schedule.seconds, language);
  return `${schedule.expression}, ${schedule.timezone}`;
}
