import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cause } from '../cause.ts';
import { MINUTE_MS, SECOND_MS } from '../instant.ts';
import { causeSentence } from './cause-sentence.ts';

const at = (text: string) => Date.parse(text);
const NOW = at('2026-11-13T02:10:00+03:00');

const watched = {
  lastSuccessAt: at('2026-11-12T02:03:11+03:00'),
  timezone: 'Europe/Moscow',
  blind: [],
};
const expectedAt = at('2026-11-13T02:00:00+03:00');
const blindOnce = [{ from: at('2026-11-13T01:58:00+03:00'), to: at('2026-11-13T02:04:00+03:00') }];

interface Row {
  readonly what: string;
  readonly cause: Cause;
  readonly now?: number;
  readonly teamZone?: string;
  readonly en: string;
  readonly ru: string;
}

const missed: readonly Row[] = [
  {
    what: 'the plain case',
    cause: { code: 'missed', data: { ...watched, expectedAt, graceSeconds: 300, foundLateMs: null } },
    en: 'expected 02:00 Europe/Moscow, grace 5 min, last success yesterday 02:03:11',
    ru: 'ждали в 02:00 (Europe/Moscow), допуск 5 мин, последний успех вчера в 02:03:11',
  },
  {
    what: 'read a week later',
    cause: { code: 'missed', data: { ...watched, expectedAt, graceSeconds: 300, foundLateMs: null } },
    now: at('2026-11-20T02:10:00+03:00'),
    en: 'expected 13 Nov 02:00 Europe/Moscow, grace 5 min, last success 12 Nov 02:03',
    ru: 'ждали 13 ноября в 02:00 (Europe/Moscow), допуск 5 мин, последний успех 12 ноября в 02:03',
  },
  {
    what: 'a period, in the zone of a team for which the slot was yesterday',
    cause: {
      code: 'missed',
      data: {
        lastSuccessAt: at('2026-11-11T23:00:07Z'),
        timezone: null,
        blind: [],
        expectedAt: at('2026-11-12T23:00:07Z'),
        graceSeconds: 90,
        foundLateMs: null,
      },
    },
    now: at('2026-11-13T05:00:30Z'),
    teamZone: 'America/New_York',
    en: 'expected yesterday 18:00:07 America/New_York, grace 1 min 30 s, last success 11 Nov 18:00',
    ru: 'ждали вчера в 18:00:07 (America/New_York), допуск 1 мин 30 с, последний успех 11 ноября в 18:00',
  },
  {
    what: 'never any success, found late',
    cause: {
      code: 'missed',
      data: { ...watched, lastSuccessAt: null, expectedAt, graceSeconds: 300, foundLateMs: 12 * MINUTE_MS },
    },
    en: 'expected 02:00 Europe/Moscow, grace 5 min, never yet succeeded; found late, 12 min after the deadline',
    ru: 'ждали в 02:00 (Europe/Moscow), допуск 5 мин, успехов ещё не было; обнаружено с опозданием, через 12 мин после крайнего срока',
  },
  {
    what: 'blind both times',
    cause: { code: 'missed', data: { ...watched, blind: blindOnce, expectedAt, graceSeconds: 300, foundLateMs: null } },
    en: 'expected 02:00 Europe/Moscow, grace 5 min, no sign since yesterday 02:03:11; we were blind both times (last 01:58–02:04)',
    ru: 'ждали в 02:00 (Europe/Moscow), допуск 5 мин, последний успех вчера в 02:03:11, с тех пор тишина; оба раза мы не вели наблюдение (последний: 01:58–02:04)',
  },
  {
    what: 'blind both times, never any success',
    cause: {
      code: 'missed',
      data: {
        ...watched,
        lastSuccessAt: null,
        blind: [...blindOnce, ...blindOnce, ...blindOnce, ...blindOnce],
        expectedAt,
        graceSeconds: 300,
        foundLateMs: null,
      },
    },
    en: 'expected 02:00 Europe/Moscow, grace 5 min, never yet succeeded; we were blind both times (last 01:58–02:04, 01:58–02:04, 01:58–02:04 and 1 more)',
    ru: 'ждали в 02:00 (Europe/Moscow), допуск 5 мин, успехов ещё не было; оба раза мы не вели наблюдение (последний: 01:58–02:04, 01:58–02:04, 01:58–02:04 и ещё 1)',
  },
  {
    what: 'the hour that clocks skipped: expected at its end',
    cause: {
      code: 'missed',
      data: {
        lastSuccessAt: at('2026-03-28T01:30:12Z'),
        timezone: 'Europe/Berlin',
        blind: [],
        expectedAt: at('2026-03-29T01:00:00Z'),
        graceSeconds: 600,
        foundLateMs: null,
      },
    },
    now: at('2026-03-29T01:10:00Z'),
    en: 'expected 03:00 Europe/Berlin, grace 10 min, last success yesterday 02:30:12',
    ru: 'ждали в 03:00 (Europe/Berlin), допуск 10 мин, последний успех вчера в 02:30:12',
  },
];

const notStarted: readonly Row[] = [
  {
    what: 'the plain case',
    cause: { code: 'not_started', data: { ...watched, expectedAt, startGraceSeconds: 300, foundLateMs: null } },
    en: 'start expected 02:00 Europe/Moscow, grace 5 min, last success yesterday 02:03:11',
    ru: 'старт ждали в 02:00 (Europe/Moscow), допуск 5 мин, последний успех вчера в 02:03:11',
  },
  {
    what: 'blind both times and found late',
    cause: {
      code: 'not_started',
      data: { ...watched, blind: blindOnce, expectedAt, startGraceSeconds: 10, foundLateMs: 8_200 },
    },
    en: 'start expected 02:00 Europe/Moscow, grace 10 s, no sign since yesterday 02:03:11; we were blind both times (last 01:58–02:04); found late, 8.2 s after the deadline',
    ru: 'старт ждали в 02:00 (Europe/Moscow), допуск 10 с, последний успех вчера в 02:03:11, с тех пор тишина; оба раза мы не вели наблюдение (последний: 01:58–02:04); обнаружено с опозданием, через 8,2 с после крайнего срока',
  },
];

const failure = {
  ...watched,
  failedAt: at('2026-11-13T02:04:05+03:00'),
  exitStatus: null,
  failStreak: 1,
  failAfter: 1,
  runId: null,
  durationMs: null,
};

const failed: readonly Row[] = [
  {
    what: 'nothing but a fail',
    cause: { code: 'failed', data: failure },
    en: 'failed at 02:04:05 Europe/Moscow, last success yesterday 02:03:11',
    ru: 'завершился с ошибкой в 02:04:05 (Europe/Moscow), последний успех вчера в 02:03:11',
  },
  {
    what: 'exit status and duration',
    cause: { code: 'failed', data: { ...failure, exitStatus: 3, durationMs: 41 * MINUTE_MS } },
    en: 'failed at 02:04:05 Europe/Moscow with exit status 3 after 41 min, last success yesterday 02:03:11',
    ru: 'завершился с ошибкой в 02:04:05 (Europe/Moscow), код выхода 3, длительность 41 мин, последний успех вчера в 02:03:11',
  },
  {
    what: 'the third in a row, never any success',
    cause: {
      code: 'failed',
      data: { ...failure, lastSuccessAt: null, exitStatus: 255, failStreak: 3, failAfter: 3, durationMs: 4_200 },
    },
    en: 'failed at 02:04:05 Europe/Moscow with exit status 255 after 4.2 s, 3rd failure in a row, never yet succeeded',
    ru: 'завершился с ошибкой в 02:04:05 (Europe/Moscow), код выхода 255, длительность 4,2 с, 3-й сбой подряд, успехов ещё не было',
  },
  {
    what: 'read the next day, eleventh in a row, blind meanwhile',
    cause: { code: 'failed', data: { ...failure, failStreak: 11, failAfter: 11, blind: blindOnce } },
    now: at('2026-11-14T00:00:00+03:00'),
    en: 'failed yesterday at 02:04:05 Europe/Moscow, 11th failure in a row, last success 12 Nov 02:03; we were blind yesterday 01:58–02:04',
    ru: 'завершился с ошибкой вчера в 02:04:05 (Europe/Moscow), 11-й сбой подряд, последний успех 12 ноября в 02:03; мы не вели наблюдение вчера 01:58–02:04',
  },
];

const overrun = {
  ...watched,
  startedAt: at('2026-11-13T00:05:00+03:00'),
  runId: 'r-1',
  runningMs: 125 * MINUTE_MS,
  foundLateMs: null,
};

const overran: readonly Row[] = [
  {
    what: 'past the limit that a person set',
    cause: { code: 'overran', data: { ...overrun, limit: { by: 'max_run', limitMs: 120 * MINUTE_MS } } },
    en: 'limit 2 h, running for 2 h 05 min, started at 00:05:00 Europe/Moscow, last success yesterday 02:03:11',
    ru: 'всё ещё выполняется, уже 2 ч 05 мин при пределе 2 ч, старт в 00:05:00 (Europe/Moscow), последний успех вчера в 02:03:11',
  },
  {
    what: 'a limit that was set is told to the second',
    cause: {
      code: 'overran',
      data: { ...overrun, lastSuccessAt: null, limit: { by: 'max_run', limitMs: 7_384 * SECOND_MS } },
    },
    en: 'limit 2 h 03 min 04 s, running for 2 h 05 min, started at 00:05:00 Europe/Moscow, never yet succeeded',
    ru: 'всё ещё выполняется, уже 2 ч 05 мин при пределе 2 ч 03 мин 04 с, старт в 00:05:00 (Europe/Moscow), успехов ещё не было',
  },
  {
    what: 'longer than usual',
    cause: {
      code: 'overran',
      data: { ...overrun, limit: { by: 'learned', limitMs: 3_073_456, usualMs: 1_799_990 } },
    },
    en: 'usually 30 min, running for 2 h 05 min (learned limit 51 min), started at 00:05:00 Europe/Moscow, last success yesterday 02:03:11',
    ru: 'всё ещё выполняется, обычно 30 мин, сейчас уже 2 ч 05 мин (выученный предел 51 мин), старт в 00:05:00 (Europe/Moscow), последний успех вчера в 02:03:11',
  },
  {
    what: 'begun before midnight, a limit that an edit moved, blind for a while, found late',
    cause: {
      code: 'overran',
      data: {
        ...overrun,
        startedAt: at('2026-11-12T23:55:07+03:00'),
        blind: [{ from: at('2026-11-12T23:58:00+03:00'), to: at('2026-11-13T00:04:00+03:00') }],
        foundLateMs: 70_000,
        limit: { by: 'max_run', limitMs: 2 * 60 * MINUTE_MS + 123 },
      },
    },
    en: 'limit 2 h, running for 2 h 05 min, started yesterday at 23:55:07 Europe/Moscow, last success yesterday 02:03:11; we were blind yesterday 23:58 – today 00:04; found late, 1 min 10 s after the deadline',
    ru: 'всё ещё выполняется, уже 2 ч 05 мин при пределе 2 ч, старт вчера в 23:55:07 (Europe/Moscow), последний успех вчера в 02:03:11; мы не вели наблюдение вчера 23:58 – сегодня 00:04; обнаружено с опозданием, через 1 мин 10 с после крайнего срока',
  },
];

for (const [code, rows] of Object.entries({ missed, notStarted, failed, overran })) {
  for (const row of rows) {
    test(`${code}: ${row.what}`, () => {
      const reader = { timezone: row.teamZone ?? 'UTC', now: row.now ?? NOW };
      assert.equal(causeSentence(row.cause, { ...reader, language: 'en' }), row.en);
      assert.equal(causeSentence(row.cause, { ...reader, language: 'ru' }), row.ru);
    });
  }
}
