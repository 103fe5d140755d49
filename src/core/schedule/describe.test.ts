import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LANGUAGES } from '../language/language.ts';
import { describeSchedule } from './describe.ts';
import { nextRuns } from './runs.ts';
import { readSchedule } from './schedule.ts';
import { cronClock, cronDays, onCalendarClock, onCalendarDays } from './testing/arbitraries.ts';
import type { Schedule } from './types.ts';

type Row = readonly [expression: string, english: string, russian: string];

const CRON: readonly Row[] = [
  ['*/5 * * * *', 'every 5 minutes', 'каждые 5 минут'],
  ['* * * * *', 'every minute', 'каждую минуту'],
  [
    '2-59/5 * * * *',
    'every 5 minutes from minute 2 of every hour on',
    'каждые 5 минут начиная с минуты 2 каждого часа',
  ],
  ['0 2 * * *', 'at 02:00 every day, Europe/Moscow', 'каждый день в 02:00, Europe/Moscow'],
  ['0 2,14 * * *', 'at 02:00 and 14:00 every day, Europe/Moscow', 'каждый день в 02:00 и 14:00, Europe/Moscow'],
  ['0 * * * *', 'every hour on the hour, Europe/Moscow', 'каждый час в начале часа, Europe/Moscow'],
  ['5 * * * *', 'every hour at minute 5, Europe/Moscow', 'каждый час на минуте 5, Europe/Moscow'],
  [
    '5,7,10-20 * * * *',
    'every hour at minutes 5, 7 and 10–20, Europe/Moscow',
    'каждый час на минутах 5, 7 и 10–20, Europe/Moscow',
  ],
  ['0 */2 * * *', 'every 2 hours from 00:00 on, Europe/Moscow', 'каждые 2 часа начиная с 00:00, Europe/Moscow'],
  ['5 */6 * * *', 'every 6 hours from 00:05 on, Europe/Moscow', 'каждые 6 часов начиная с 00:05, Europe/Moscow'],
  ['0 */5 * * *', 'every 5 hours from 00:00 to 20:00, Europe/Moscow', 'каждые 5 часов с 00:00 до 20:00, Europe/Moscow'],
  [
    '*/15 9-17 * * 1-5',
    'every 15 minutes from 09:00 to 17:45 from Monday to Friday, Europe/Moscow',
    'каждые 15 минут с 09:00 до 17:45 с понедельника по пятницу, Europe/Moscow',
  ],
  [
    '30 9-17 * * 1-5',
    'every hour from 09:30 to 17:30 from Monday to Friday, Europe/Moscow',
    'каждый час с 09:30 до 17:30 с понедельника по пятницу, Europe/Moscow',
  ],
  ['* 2 * * *', 'every minute from 02:00 to 02:59, Europe/Moscow', 'каждую минуту с 02:00 до 02:59, Europe/Moscow'],
  [
    '*/7 1,5 * * *',
    'at minutes 0, 7 … 56 of hours 1 and 5, Europe/Moscow',
    'на минутах 0, 7 … 56 часов 1 и 5, Europe/Moscow',
  ],
  ['*/7 * * * *', 'every hour at minutes 0, 7 … 56, Europe/Moscow', 'каждый час на минутах 0, 7 … 56, Europe/Moscow'],
  ['0 0 1 * *', 'at 00:00 on day 1 of the month, Europe/Moscow', '1 числа каждого месяца в 00:00, Europe/Moscow'],
  [
    '0 0 1,15 * *',
    'at 00:00 on days 1 and 15 of the month, Europe/Moscow',
    '1 и 15 числа каждого месяца в 00:00, Europe/Moscow',
  ],
  ['0 0 1 1 *', 'at 00:00 on day 1 of January, Europe/Moscow', '1 января в 00:00, Europe/Moscow'],
  [
    '0 0 L * *',
    'at 00:00 on the last day of the month, Europe/Moscow',
    'в последний день месяца в 00:00, Europe/Moscow',
  ],
  [
    '0 0 L-3 2 *',
    'at 00:00 on the day 3 days before the last of February, Europe/Moscow',
    'за 3 дня до последнего дня февраля в 00:00, Europe/Moscow',
  ],
  [
    '0 0 15W * *',
    'at 00:00 on the working day nearest to day 15 of the month, Europe/Moscow',
    'в ближайший к 15 числу рабочий день месяца в 00:00, Europe/Moscow',
  ],
  [
    '0 0 LW,1 3,6 *',
    'at 00:00 on day 1 and the last working day of March and June, Europe/Moscow',
    '1 числа и в последний рабочий день марта и июня в 00:00, Europe/Moscow',
  ],
  [
    '0 0 * * 5L',
    'at 00:00 on the last Friday of the month, Europe/Moscow',
    'в последнюю пятницу месяца в 00:00, Europe/Moscow',
  ],
  [
    '0 0 * * MON#2,TUE#1',
    'at 00:00 on the second Monday and the first Tuesday of the month, Europe/Moscow',
    'во второй понедельник и в первый вторник месяца в 00:00, Europe/Moscow',
  ],
  [
    '0 0 13 * 5',
    'at 00:00 on day 13 of the month or on Friday, Europe/Moscow',
    '13 числа каждого месяца или по пятницам в 00:00, Europe/Moscow',
  ],
  [
    '0 0 13 * +5',
    'at 00:00 on day 13 of the month, but only on Friday, Europe/Moscow',
    '13 числа каждого месяца, но только по пятницам, в 00:00, Europe/Moscow',
  ],
  [
    '0 0 * * 1,3,5',
    'at 00:00 on Monday, Wednesday and Friday, Europe/Moscow',
    'по понедельникам, средам и пятницам в 00:00, Europe/Moscow',
  ],
  [
    '0 0 * 1,4 1',
    'at 00:00 on Monday in January and April, Europe/Moscow',
    'по понедельникам в январе и апреле в 00:00, Europe/Moscow',
  ],
  [
    '*/10 * * 6-8 *',
    'every 10 minutes in June, July and August, Europe/Moscow',
    'каждые 10 минут в июне, июле и августе, Europe/Moscow',
  ],
  ['0 0 * * 0', 'at 00:00 on Sunday, Europe/Moscow', 'по воскресеньям в 00:00, Europe/Moscow'],
  ['0 0 * * 2-4', 'at 00:00 from Tuesday to Thursday, Europe/Moscow', 'со вторника по четверг в 00:00, Europe/Moscow'],
  [
    '1-50 1-20/3 * * *',
    'at minutes 1–50 of hours 1, 4 … 19, Europe/Moscow',
    'на минутах 1–50 часов 1, 4 … 19, Europe/Moscow',
  ],
];

const ON_CALENDAR: readonly Row[] = [
  [
    'Mon..Fri 02:30',
    'at 02:30 from Monday to Friday, Europe/Moscow',
    'с понедельника по пятницу в 02:30, Europe/Moscow',
  ],
  ['*:0/10', 'every 10 minutes', 'каждые 10 минут'],
  ['*:*:0/10', 'every 10 seconds', 'каждые 10 секунд'],
  ['*:*:*', 'every second', 'каждую секунду'],
  ['10:00:30', 'at 10:00:30 every day, Europe/Moscow', 'каждый день в 10:00:30, Europe/Moscow'],
  ['*:0/5:30', 'every 5 minutes, at second 30', 'каждые 5 минут, на секунде 30'],
  [
    '*-*~7/1 3:00',
    'at 03:00 on the last 7 days of the month, Europe/Moscow',
    'в последние 7 дней месяца в 03:00, Europe/Moscow',
  ],
  [
    '*-02~03',
    'at 00:00 on the day 2 days before the last of February, Europe/Moscow',
    'за 2 дня до последнего дня февраля в 00:00, Europe/Moscow',
  ],
  [
    '2027-01-01 10:00',
    'at 10:00 on day 1 of January in 2027, Europe/Moscow',
    '1 января в 2027 году в 10:00, Europe/Moscow',
  ],
  [
    '2026/2-1-1 10:00',
    'at 10:00 on day 1 of January in the years 2026, 2028 … 2198, Europe/Moscow',
    '1 января в годы 2026, 2028 … 2198 в 10:00, Europe/Moscow',
  ],
  [
    'Mon *-*-1..7 18:00',
    'at 18:00 on days 1–7 of the month, but only on Monday, Europe/Moscow',
    '1–7 числа каждого месяца, но только по понедельникам, в 18:00, Europe/Moscow',
  ],
  ['weekly', 'at 00:00 on Monday, Europe/Moscow', 'по понедельникам в 00:00, Europe/Moscow'],
  [
    'quarterly',
    'at 00:00 on day 1 of January, April, July and October, Europe/Moscow',
    '1 января, апреля, июля и октября в 00:00, Europe/Moscow',
  ],
  [
    '2026..2028-*-* 1:1,7:20,30',
    'at 01:01 and 01:07, at seconds 20 and 30, every day in the years 2026–2028, Europe/Moscow',
    'каждый день в годы 2026–2028 в 01:01 и 01:07, на секундах 20 и 30, Europe/Moscow',
  ],
];

const PERIOD: ReadonlyArray<readonly [seconds: number, english: string, russian: string]> = [
  [1, 'every second', 'каждую секунду'],
  [2, 'every 2 seconds', 'каждые 2 секунды'],
  [5, 'every 5 seconds', 'каждые 5 секунд'],
  [21, 'every 21 seconds', 'каждую 21 секунду'],
  [60, 'every minute', 'каждую минуту'],
  [120, 'every 2 minutes', 'каждые 2 минуты'],
  [300, 'every 5 minutes', 'каждые 5 минут'],
  [1260, 'every 21 minutes', 'каждую 21 минуту'],
  [3600, 'every hour', 'каждый час'],
  [7200, 'every 2 hours', 'каждые 2 часа'],
  [18000, 'every 5 hours', 'каждые 5 часов'],
  [75600, 'every 21 hours', 'каждый 21 час'],
  [86400, 'every day', 'каждый день'],
  [172800, 'every 2 days', 'каждые 2 дня'],
  [604800, 'every 7 days', 'каждые 7 дней'],
  [1814400, 'every 21 days', 'каждый 21 день'],
  [5400, 'every 1 h 30 min', 'каждые 1 ч 30 мин'],
  [90061, 'every 1 d 1 h 1 min 1 s', 'каждые 1 дн 1 ч 1 мин 1 с'],
];

function assertWords(schedule: Schedule, english: string, russian: string): void {
  assert.equal(describeSchedule(schedule, 'en'), english);
  assert.equal(describeSchedule(schedule, 'ru'), russian);
}

for (const [expression, english, russian] of CRON) {
  test(`cron in words: ${expression}`, () => {
    assertWords({ type: 'cron', expression, timezone: 'Europe/Moscow' }, english, russian);
  });
}

for (const [expression, english, russian] of ON_CALENDAR) {
  test(`OnCalendar in words: ${expression}`, () => {
    assertWords({ type: 'oncalendar', expression, timezone: 'Europe/Moscow' }, english, russian);
  });
}

test('periods in words, with the Russian plurals', () => {
  for (const [seconds, english, russian] of PERIOD) assertWords({ type: 'period', seconds }, english, russian);
});

test('the second field that takes every day takes every day with "or"', () => {
  assertWords(
    { type: 'cron', expression: '0 2 13 * 0-6', timezone: 'UTC' },
    'at 02:00 every day, UTC',
    'каждый день в 02:00, UTC',
  );
});

test('what cannot be read is quoted', () => {
  assertWords(
    { type: 'cron', expression: 'nonsense', timezone: 'UTC' },
    'not understood: "nonsense"',
    'не удалось разобрать: "nonsense"',
  );
  assertWords({ type: 'period', seconds: -1 }, 'not understood: -1', 'не удалось разобрать: -1');
});

const anySchedule: fc.Arbitrary<Schedule> = fc.oneof(
  fc.tuple(cronClock, cronDays).map(([{ minute, hour }, { text }]): Schedule => {
    return { type: 'cron', expression: `${minute.text} ${hour.text} ${text}`, timezone: 'Asia/Tokyo' };
  }),
  fc.tuple(onCalendarDays, onCalendarClock).map(([{ text }, { hour, minute }]): Schedule => {
    return { type: 'oncalendar', expression: `${text} ${hour.text}:${minute.text}:0/7`, timezone: 'Asia/Tokyo' };
  }),
  fc.integer({ min: 1, max: 31_536_000 }).map((seconds): Schedule => ({ type: 'period', seconds })),
);

test('every schedule has words in every language, without holes', () => {
  fc.assert(
    fc.property(anySchedule, fc.constantFrom(...LANGUAGES), (schedule, language) => {
      const words = describeSchedule(schedule, language);
      assert.match(words, /^\S+( \S+)*$/);
      assert.doesNotMatch(words, /undefined|null|NaN|,,|, ,|not understood|не удалось/);
    }),
    { numRuns: 1_000 },
  );
});

test('schedules with different slots have different words', () => {
  const midnights = cronDays.map(({ text }) => `0 0 ${text}`);
  const clocks = cronClock.map(({ minute, hour }) => `${minute.text} ${hour.text} * * *`);
  for (const language of LANGUAGES) {
    const slotsByWords = new Map<string, string>();
    for (const expression of fc.sample(fc.oneof(midnights, clocks), 2_000)) {
      const schedule: Schedule = { type: 'cron', expression, timezone: 'UTC' };
      const words = describeSchedule(schedule, language);
      const slots = firstSlots(schedule);
      assert.equal(slotsByWords.get(words) ?? slots, slots, `${expression}: ${words}`);
      slotsByWords.set(words, slots);
    }
  }
});

function firstSlots(schedule: Schedule): string {
  const read = readSchedule(schedule);
  assert.ok(read.ok);
  const runs = nextRuns(read.schedule, Date.UTC(2026, 0, 1), 50);
  return runs.map(({ at }) => at).join();
}
