import { readMonthDays, readWeekdays } from './cron-days.ts';
import { HOUR, MINUTE, MONTH, readField } from './cron-field.ts';
import type { CalendarFields } from './fields.ts';
import { isRefusal, quote, type Refusal, refuse } from './refusal.ts';

export interface CronExpression {
  readonly fields: CalendarFields;
  /** A wildcard or a step stands in minute or hour: meant as "every so often" and not as "at that time". */
  readonly interval: boolean;
}

const NICKNAMES: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
]);

const FIELD_NAMES = 'minute, hour, day of month, month, day of week';

/** Reads five fields or a nickname such as `@daily`. `TZ=` and `@every` are dealt with before (prefix.ts). */
export function readCron(expression: string): CronExpression | Refusal {
  const text = expression.startsWith('@') ? NICKNAMES.get(expression.toLowerCase()) : expression;
  if (text === undefined) return refuseNickname(expression);
  const [minute, hour, day, month, weekday, ...more] = text.split(/\s+/).filter((part) => part !== '');
  if (!minute || !hour || !day || !month || !weekday || more.length > 0) return refuseFieldCount(text);
  const minutes = readField(MINUTE, minute);
  if (isRefusal(minutes)) return minutes;
  const hours = readField(HOUR, hour);
  if (isRefusal(hours)) return hours;
  const days = readMonthDays(day);
  if (isRefusal(days)) return days;
  const months = readField(MONTH, month);
  if (isRefusal(months)) return months;
  const both = weekday.startsWith('+');
  const weekdays = readWeekdays(both ? weekday.slice(1) : weekday);
  if (isRefusal(weekdays)) return weekdays;
  return {
    fields: {
      years: null,
      months: months.values,
      days: days.terms,
      weekdays: weekdays.terms,
      combine: both ? 'both' : 'either',
      hours: hours.values,
      minutes: minutes.values,
      seconds: [0],
    },
    interval: minutes.interval || hours.interval,
  };
}

/**
 * What crond means by the five fields of a crontab line, in our words: it asks for both days where one of their fields
 * begins with a star (the 1st, 3rd, 5th … that is a Monday), which we write as `+1` in day of week. Anything that is
 * not five fields is returned as it is.
 */
export function fromCrontab(expression: string): string {
  const parts = expression.split(/\s+/);
  const [minute, hour, day, month, weekday] = parts;
  if (parts.length !== 5 || !day || !weekday) return expression;
  const restricted = day !== '*' && weekday !== '*' && !weekday.startsWith('+');
  if (!restricted || !(day.startsWith('*') || weekday.startsWith('*'))) return expression;
  return `${minute} ${hour} ${day} ${month} +${weekday}`;
}

function refuseNickname(text: string): Refusal {
  if (text.toLowerCase() === '@reboot') {
    return refuse(
      '@reboot has no times to expect; make a monitor without a schedule and let the machine ping it at boot',
    );
  }
  return refuse(`${quote(text)} is not known; known are ${[...NICKNAMES.keys()].join(', ')} and @every 5m`);
}

function refuseFieldCount(text: string): Refusal {
  const count = text.split(/\s+/).filter((part) => part !== '').length;
  if (count === 0) return refuse(`the cron expression is empty; it needs five fields: ${FIELD_NAMES}`);
  if (/\.\.|~|:/.test(text) || /^[a-z]+$/i.test(text)) {
    return refuse(
      `${quote(text)} is not a cron expression; it looks like systemd's OnCalendar, which is a type of its own`,
    );
  }
  if (count === 6) {
    return refuse(
      `the cron expression has 6 fields and five are taken: ${FIELD_NAMES}; seconds (or years) are not taken, leave that field out`,
    );
  }
  if (count === 7) {
    return refuse(
      `the cron expression has 7 fields and five are taken: ${FIELD_NAMES}; leave out the first (seconds) and the last (year)`,
    );
  }
  return refuse(
    `the cron expression has ${count} ${count === 1 ? 'field' : 'fields'} and five are needed: ${FIELD_NAMES}`,
  );
}
