import { ALL_MONTHS, type CalendarFields, type DayTerms, type Occurrence, type WeekdayTerms } from '../fields.ts';
import { countFromZero, joinWords, mondayFirst, numberWords, weekdayRun } from './lists.ts';
import { type PeriodParts, restrictions, type ScheduleWords } from './schedule-words.ts';
import { type TimeShape, timeWords } from './time-shape.ts';

const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const WEEKDAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
const ORDINALS: Readonly<Record<Occurrence, string>> = {
  1: 'first',
  2: 'second',
  3: 'third',
  4: 'fourth',
  5: 'fifth',
  last: 'last',
};

export const english: ScheduleWords = { period, calendar, notUnderstood: (text) => `not understood: ${text}` };

function period(parts: PeriodParts): string {
  if ('only' in parts) {
    const { unit, count } = parts.only;
    return count === 1 ? `every ${unit}` : `every ${count} ${unit}s`;
  }
  const { day, hour, minute, second } = parts;
  const words = [
    [day, 'd'],
    [hour, 'h'],
    [minute, 'min'],
    [second, 's'],
  ] as const;
  return `every ${words.flatMap(([count, unit]) => (count > 0 ? [`${count} ${unit}`] : [])).join(' ')}`;
}

function calendar(fields: CalendarFields): string {
  const { shape, seconds } = timeWords(fields);
  const time = timeText(shape) + secondsText(seconds);
  return [time, dayText(fields, shape.kind === 'clock'), yearText(fields.years)]
    .filter((text) => text !== '')
    .join(' ');
}

function timeText(shape: TimeShape): string {
  switch (shape.kind) {
    case 'every': {
      const often = everyText(shape.unit, shape.step);
      if (shape.from === 0) return often;
      return `${often} from ${shape.unit} ${shape.from} of every ${shape.unit === 'minute' ? 'hour' : 'minute'} on`;
    }
    case 'hourly':
      if (shape.minutes.length === 1 && shape.minutes[0] === 0) return 'every hour on the hour';
      return `every hour at ${numbered('minute', shape.minutes)}`;
    case 'clock':
      return `at ${joinWords(shape.times, 'and')}`;
    case 'stepped': {
      const until = shape.last === null ? ' on' : ` to ${shape.last}`;
      return `${everyText(shape.unit, shape.step)} from ${shape.first}${until}`;
    }
    case 'lists': {
      const minutes = shape.minutes === null ? 'every minute' : `at ${numbered('minute', shape.minutes)}`;
      return `${minutes} of ${numbered('hour', shape.hours)}`;
    }
  }
}

function everyText(unit: string, step: number): string {
  return step === 1 ? `every ${unit}` : `every ${step} ${unit}s`;
}

function numbered(unit: string, numbers: readonly number[]): string {
  return `${unit}${numbers.length === 1 ? '' : 's'} ${numberWords(numbers, 'and')}`;
}

function secondsText(seconds: readonly number[] | null): string {
  return seconds === null ? '' : `, at ${numbered('second', seconds)},`;
}

function dayText(fields: CalendarFields, daily: boolean): string {
  const { days, weekdays } = restrictions(fields);
  const months = fields.months.length === ALL_MONTHS.length ? null : joinWords(fields.months.map(monthName), 'and');
  const byDay = days && `on ${daysText(days)} of ${months ?? 'the month'}`;
  const byWeekday = weekdays && weekdaysText(weekdays, months);
  if (byDay && byWeekday) return `${byDay}${fields.combine === 'both' ? ', but only ' : ' or '}${byWeekday}`;
  const inMonths = months === null ? '' : `in ${months}`;
  return byDay ?? byWeekday ?? (daily ? `every day ${inMonths}`.trim() : inMonths);
}

function monthName(month: number): string {
  return MONTHS[month - 1] ?? '';
}

function daysText(days: DayTerms): string {
  const items = days.values.length > 0 ? [numbered('day', days.values)] : [];
  const lastDays = countFromZero(days.beforeLast);
  if (lastDays !== null) items.push(`the last ${lastDays} days`);
  else items.push(...days.beforeLast.map(beforeLastText));
  items.push(...days.nearestWeekday.map((day) => `the working day nearest to day ${day}`));
  if (days.lastWeekday) items.push('the last working day');
  return joinWords(items, 'and');
}

function beforeLastText(before: number): string {
  if (before === 0) return 'the last day';
  return `the day ${before} ${before === 1 ? 'day' : 'days'} before the last`;
}

function weekdaysText(weekdays: WeekdayTerms, months: string | null): string {
  const inMonths = months === null ? '' : ` in ${months}`;
  const run = weekdays.nth.length === 0 ? weekdayRun(weekdays.values) : null;
  if (run) return `from ${WEEKDAYS[run.first]} to ${WEEKDAYS[run.last]}${inMonths}`;
  const plain = mondayFirst(weekdays.values).map((weekday) => WEEKDAYS[weekday] ?? '');
  const nth = weekdays.nth.map(({ weekday, occurrence }) => `the ${ORDINALS[occurrence]} ${WEEKDAYS[weekday]}`);
  if (nth.length === 0) return `on ${joinWords(plain, 'and')}${inMonths}`;
  if (plain.length === 0) return `on ${joinWords(nth, 'and')} of ${months ?? 'the month'}`;
  return `on ${joinWords([...plain, ...nth], 'and')} of the month${inMonths}`;
}

function yearText(years: readonly number[] | null): string {
  if (years === null) return '';
  return years.length === 1 ? `in ${years[0]}` : `in the years ${numberWords(years, 'and')}`;
}
