import { ALL_MONTHS, type CalendarFields, type DayTerms, type Occurrence, type WeekdayTerms } from '../fields.ts';
import { countFromZero, joinWords, mondayFirst, numberWords, weekdayRun } from './lists.ts';
import { type PeriodParts, type PeriodUnit, restrictions, type ScheduleWords } from './schedule-words.ts';
import { type TimeShape, timeWords } from './time-shape.ts';

type Plural = 'one' | 'few' | 'many';
const PLURAL = new Intl.PluralRules('ru');

function plural(count: number): Plural {
  const rule = PLURAL.select(count);
  return rule === 'one' || rule === 'few' ? rule : 'many';
}

const UNITS: Readonly<Record<PeriodUnit, Readonly<Record<Plural | 'every', string>>>> = {
  second: { every: 'каждую', one: 'секунду', few: 'секунды', many: 'секунд' },
  minute: { every: 'каждую', one: 'минуту', few: 'минуты', many: 'минут' },
  hour: { every: 'каждый', one: 'час', few: 'часа', many: 'часов' },
  day: { every: 'каждый', one: 'день', few: 'дня', many: 'дней' },
};

const MONTHS_GENITIVE = 'января февраля марта апреля мая июня июля августа сентября октября ноября декабря'.split(' ');
const MONTHS_PREPOSITIONAL = 'январе феврале марте апреле мае июне июле августе сентябре октябре ноябре декабре'.split(
  ' ',
);
const WEEKDAYS_DATIVE = 'воскресеньям понедельникам вторникам средам четвергам пятницам субботам'.split(' ');
const WEEKDAYS_GENITIVE = 'воскресенья понедельника вторника среды четверга пятницы субботы'.split(' ');
const WEEKDAYS_ACCUSATIVE = 'воскресенье понедельник вторник среду четверг пятницу субботу'.split(' ');
const GENDERS = ['neuter', 'masculine', 'masculine', 'feminine', 'masculine', 'feminine', 'feminine'] as const;
type Gender = (typeof GENDERS)[number];
const ORDINALS: Readonly<Record<Occurrence, Readonly<Record<Gender, string>>>> = {
  1: { masculine: 'первый', feminine: 'первую', neuter: 'первое' },
  2: { masculine: 'второй', feminine: 'вторую', neuter: 'второе' },
  3: { masculine: 'третий', feminine: 'третью', neuter: 'третье' },
  4: { masculine: 'четвёртый', feminine: 'четвёртую', neuter: 'четвёртое' },
  5: { masculine: 'пятый', feminine: 'пятую', neuter: 'пятое' },
  last: { masculine: 'последний', feminine: 'последнюю', neuter: 'последнее' },
};

export const russian: ScheduleWords = { period, calendar, notUnderstood: (text) => `не удалось разобрать: ${text}` };

function period(parts: PeriodParts): string {
  if ('only' in parts) return everyText(parts.only.unit, parts.only.count);
  const { day, hour, minute, second } = parts;
  const words = [
    [day, 'дн'],
    [hour, 'ч'],
    [minute, 'мин'],
    [second, 'с'],
  ] as const;
  return `каждые ${words.flatMap(([count, unit]) => (count > 0 ? [`${count} ${unit}`] : [])).join(' ')}`;
}

function everyText(unit: PeriodUnit, count: number): string {
  const words = UNITS[unit];
  const form = plural(count);
  const every = form === 'one' ? words.every : 'каждые';
  return count === 1 ? `${every} ${words.one}` : `${every} ${count} ${words[form]}`;
}

function calendar(fields: CalendarFields): string {
  const { shape, seconds } = timeWords(fields);
  const time = timeText(shape) + secondsText(seconds);
  const atTimes = shape.kind === 'clock';
  const day = dayText(fields, atTimes);
  // Russian names the day before the time of day, but "every five minutes" before the day.
  const parts = atTimes ? [day, yearText(fields.years), time] : [time, day, yearText(fields.years)];
  return parts.filter((text) => text !== '').join(' ');
}

function timeText(shape: TimeShape): string {
  switch (shape.kind) {
    case 'every': {
      const often = everyText(shape.unit, shape.step);
      if (shape.from === 0) return often;
      return shape.unit === 'minute'
        ? `${often} начиная с минуты ${shape.from} каждого часа`
        : `${often} начиная с секунды ${shape.from} каждой минуты`;
    }
    case 'hourly':
      if (shape.minutes.length === 1 && shape.minutes[0] === 0) return 'каждый час в начале часа';
      return `каждый час ${onNumbers('минуте', 'минутах', shape.minutes)}`;
    case 'clock':
      return `в ${joinWords(shape.times, 'и')}`;
    case 'stepped': {
      const often = everyText(shape.unit, shape.step);
      return shape.last === null ? `${often} начиная с ${shape.first}` : `${often} с ${shape.first} до ${shape.last}`;
    }
    case 'lists': {
      const minutes = shape.minutes === null ? 'каждую минуту' : onNumbers('минуте', 'минутах', shape.minutes);
      const hours = `${shape.hours.length === 1 ? 'часа' : 'часов'} ${numberWords(shape.hours, 'и')}`;
      return `${minutes} ${hours}`;
    }
  }
}

function onNumbers(one: string, several: string, numbers: readonly number[]): string {
  return `на ${numbers.length === 1 ? one : several} ${numberWords(numbers, 'и')}`;
}

function secondsText(seconds: readonly number[] | null): string {
  return seconds === null ? '' : `, ${onNumbers('секунде', 'секундах', seconds)},`;
}

function dayText(fields: CalendarFields, daily: boolean): string {
  const { days, weekdays } = restrictions(fields);
  const someMonths = fields.months.length === ALL_MONTHS.length ? null : fields.months;
  const months = someMonths && joinWords(pick(MONTHS_GENITIVE, someMonths), 'и');
  const inMonths = someMonths ? `в ${joinWords(pick(MONTHS_PREPOSITIONAL, someMonths), 'и')}` : '';
  const byDay = days && daysText(days, months);
  const byWeekday = weekdays && weekdaysText(weekdays, months, inMonths);
  if (byDay && byWeekday) {
    return fields.combine === 'both' ? `${byDay}, но только ${byWeekday},` : `${byDay} или ${byWeekday}`;
  }
  return byDay ?? byWeekday ?? (daily ? `каждый день ${inMonths}`.trim() : inMonths);
}

function pick(names: readonly string[], months: readonly number[]): string[] {
  return months.map((month) => names[month - 1] ?? '');
}

function daysText(days: DayTerms, months: string | null): string {
  const items: string[] = [];
  const lastDays = countFromZero(days.beforeLast);
  if (lastDays !== null) items.push(lastDaysText(lastDays));
  else items.push(...days.beforeLast.map(beforeLastText));
  items.push(...days.nearestWeekday.map((day) => `в ближайший к ${day} числу рабочий день`));
  if (days.lastWeekday) items.push('в последний рабочий день');
  const numbers = numberWords(days.values, 'и');
  if (items.length === 0) return months === null ? `${numbers} числа каждого месяца` : `${numbers} ${months}`;
  if (days.values.length > 0) items.unshift(`${numbers} числа`);
  return `${joinWords(items, 'и')} ${months ?? 'месяца'}`;
}

function lastDaysText(count: number): string {
  const form = plural(count);
  return `в ${form === 'one' ? 'последний' : 'последние'} ${count} ${UNITS.day[form]}`;
}

function beforeLastText(before: number): string {
  return before === 0 ? 'в последний день' : `за ${before} ${UNITS.day[plural(before)]} до последнего дня`;
}

function weekdaysText(weekdays: WeekdayTerms, months: string | null, inMonths: string): string {
  const run = weekdays.nth.length === 0 ? weekdayRun(weekdays.values) : null;
  const nth = weekdays.nth.map(({ weekday, occurrence }) => nthText(weekday, occurrence));
  if (nth.length > 0 && weekdays.values.length === 0) return `${joinWords(nth, 'и')} ${months ?? 'месяца'}`;
  const plain = run ? runText(run) : plainWeekdaysText(weekdays.values);
  const all = nth.length === 0 ? plain : `${plain} и ${joinWords(nth, 'и')} месяца`;
  return `${all} ${inMonths}`.trim();
}

function plainWeekdaysText(weekdays: readonly number[]): string {
  const names = mondayFirst(weekdays).map((weekday) => WEEKDAYS_DATIVE[weekday] ?? '');
  return `по ${joinWords(names, 'и')}`;
}

function runText({ first, last }: { readonly first: number; readonly last: number }): string {
  const from = WEEKDAYS_GENITIVE[first] ?? '';
  return `${/^(вт|ср)/.test(from) ? 'со' : 'с'} ${from} по ${WEEKDAYS_ACCUSATIVE[last]}`;
}

function nthText(weekday: number, occurrence: Occurrence): string {
  const ordinal = ORDINALS[occurrence][GENDERS[weekday] ?? 'masculine'];
  return `${ordinal.startsWith('вт') ? 'во' : 'в'} ${ordinal} ${WEEKDAYS_ACCUSATIVE[weekday]}`;
}

function yearText(years: readonly number[] | null): string {
  if (years === null) return '';
  return years.length === 1 ? `в ${years[0]} году` : `в годы ${numberWords(years, 'и')}`;
}
