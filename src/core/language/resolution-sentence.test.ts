import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Resolution } from '../cause.ts';
import { MINUTE_MS } from '../instant.ts';
import { resolutionSentence } from './resolution-sentence.ts';

const rows: readonly (readonly [Resolution, number, string, string])[] = [
  ['recovered', 0, 'came back after 41 min', 'снова работает, простой 41 мин'],
  ['recovered', 1, 'came back after 41 min, 1 run missed', 'снова работает, простой 41 мин, пропущен 1 запуск'],
  ['recovered', 3, 'came back after 41 min, 3 runs missed', 'снова работает, простой 41 мин, пропущено 3 запуска'],
  ['recovered', 5, 'came back after 41 min, 5 runs missed', 'снова работает, простой 41 мин, пропущено 5 запусков'],
  ['recovered', 11, 'came back after 41 min, 11 runs missed', 'снова работает, простой 41 мин, пропущено 11 запусков'],
  ['recovered', 21, 'came back after 41 min, 21 runs missed', 'снова работает, простой 41 мин, пропущен 21 запуск'],
  [
    'withdrawn',
    0,
    'withdrawn: the job had reported in time, its report reached us late',
    'тревога отозвана: задание отчиталось вовремя, его отчёт дошёл до нас позже',
  ],
  [
    'paused',
    2,
    'closed because it was paused, down for 41 min, 2 runs missed',
    'закрыто, потому что монитор поставили на паузу, простой 41 мин, пропущено 2 запуска',
  ],
  [
    'deleted',
    0,
    'closed because it was deleted, down for 41 min',
    'закрыто, потому что монитор удалили, простой 41 мин',
  ],
];

test('every end says how long it lasted and what was missed', () => {
  for (const [resolution, missedSlots, english, russian] of rows) {
    const ending = { resolution, missedSlots, openedAt: 1_000, resolvedAt: 1_000 + 41 * MINUTE_MS };
    assert.equal(resolutionSentence(ending, 'en'), english);
    assert.equal(resolutionSentence(ending, 'ru'), russian);
  }
});
