import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatGrowth, formatShare } from '../percent.ts';
import { summaryEn as en } from './en.ts';
import { summaryRu as ru } from './ru.ts';

test('English numbers take the form of their word', () => {
  assert.equal(en.success(1, 1, '100%'), '1 of 1 run good (100%)');
  assert.equal(en.success(20, 21, '95%'), '20 of 21 runs good (95%)');
  assert.equal(en.incidents(1, '5 min'), '1 incident, 5 min in all');
  assert.equal(en.incidents(0, '0 s'), 'no incidents');
  assert.equal(en.missed.title(1), 'Missed now: 1 monitor');
  assert.equal(en.missed.sentence(1, 12), '1 of 12 monitors is down at this moment.');
  assert.equal(en.missed.sentence(3, 12), '3 of 12 monitors are down at this moment.');
  assert.equal(en.line.slowest('backup', '41 min', 1), 'Slow: backup usually takes 41 min (1 run)');
  assert.equal(en.line.channelFails('ops', 1, 1), 'Channel fails: ops, 1 of 1 message not delivered');
});

test('Russian numbers take the form of their word, also after «из»', () => {
  const runs = [1, 2, 5, 11, 21, 22, 25, 101, 111].map((count) => ru.success(count, count, 'X').split(' ')[4]);
  assert.deepEqual(runs, [
    'запуска',
    'запусков',
    'запусков',
    'запусков',
    'запуска',
    'запусков',
    'запусков',
    'запуска',
    'запусков',
  ]);
  assert.equal(ru.success(20, 21, '95 %'), 'успешно 20 из 21 запуска (95 %)');
  assert.deepEqual(
    [1, 2, 4, 5, 11, 12, 21, 24, 111].map((count) => ru.incidents(count, 'X')),
    [
      '1 инцидент, всего X',
      '2 инцидента, всего X',
      '4 инцидента, всего X',
      '5 инцидентов, всего X',
      '11 инцидентов, всего X',
      '12 инцидентов, всего X',
      '21 инцидент, всего X',
      '24 инцидента, всего X',
      '111 инцидентов, всего X',
    ],
  );
  assert.equal(ru.missed.title(1), 'Сейчас в сбое: 1 монитор');
  assert.equal(ru.missed.title(3), 'Сейчас в сбое: 3 монитора');
  assert.equal(ru.missed.sentence(0, 21), 'Всё хорошо: из 21 монитора ни один не в сбое.');
  assert.equal(ru.missed.sentence(0, 12), 'Всё хорошо: из 12 мониторов ни один не в сбое.');
  assert.equal(ru.line.slowest('копия', '41 мин', 7), 'Долго: «копия», обычно 41 мин (7 запусков)');
  assert.equal(ru.line.channelFails('почта', 2, 21), 'Канал сбоит: почта, не доставлено 2 из 21 сообщения');
});

test('a share is rounded down, so that 100 % means all of it', () => {
  assert.equal(formatShare(1, 'en'), '100%');
  assert.equal(formatShare(0.999_99, 'en'), '99.99%');
  assert.equal(formatShare(0.29, 'en'), '29%');
  assert.equal(formatShare(412 / 415, 'ru'), '99,27\u00a0%');
  for (const nonsense of [Number.NaN, -1, Number.NEGATIVE_INFINITY]) assert.equal(formatShare(nonsense, 'en'), '0%');
  assert.equal(formatGrowth(12, 8, 'en'), '+50%');
  assert.equal(formatGrowth(1, 0, 'ru'), '+0\u00a0%');
});
