import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../instant.ts';
import { formatDuration, formatSetting } from './durations.ts';

const measured: readonly (readonly [number, string, string])[] = [
  [-5_000, '0 s', '0 с'],
  [0, '0 s', '0 с'],
  [0.4, '0 s', '0 с'],
  [1, '1 ms', '1 мс'],
  [850, '850 ms', '850 мс'],
  [999.6, '1 s', '1 с'],
  [4_200, '4.2 s', '4,2 с'],
  [4_000, '4 s', '4 с'],
  [9_949, '9.9 s', '9,9 с'],
  [9_960, '10 s', '10 с'],
  [42_400, '42 s', '42 с'],
  [59_600, '1 min', '1 мин'],
  [5 * MINUTE_MS + 30 * SECOND_MS, '5 min 30 s', '5 мин 30 с'],
  [5 * MINUTE_MS + 4_600, '5 min 05 s', '5 мин 05 с'],
  [10 * MINUTE_MS - 400, '10 min', '10 мин'],
  [41 * MINUTE_MS + 11 * SECOND_MS, '41 min', '41 мин'],
  [HOUR_MS - 20 * SECOND_MS, '1 h', '1 ч'],
  [2 * HOUR_MS, '2 h', '2 ч'],
  [2 * HOUR_MS + 5 * MINUTE_MS, '2 h 05 min', '2 ч 05 мин'],
  [2 * HOUR_MS + 10 * MINUTE_MS, '2 h 10 min', '2 ч 10 мин'],
  [DAY_MS, '24 h', '24 ч'],
  [47 * HOUR_MS + 59 * MINUTE_MS + 40 * SECOND_MS, '2 d', '2 д'],
  [3 * DAY_MS + 4 * HOUR_MS, '3 d 4 h', '3 д 4 ч'],
  [3 * DAY_MS + 10 * MINUTE_MS, '3 d', '3 д'],
  [400 * DAY_MS + 7 * HOUR_MS, '400 d', '400 д'],
  [Number.NaN, '0 s', '0 с'],
  [Number.POSITIVE_INFINITY, '1000000 d', '1000000 д'],
];

test('a measured length is rounded to what matters at its size', () => {
  for (const [ms, english, russian] of measured) {
    assert.equal(formatDuration(ms, 'en'), english, `${ms} ms`);
    assert.equal(formatDuration(ms, 'ru'), russian, `${ms} ms`);
  }
});

test('a setting is never rounded', () => {
  const settings = [
    [0, '0 s', '0 с'],
    [90, '1 min 30 s', '1 мин 30 с'],
    [300, '5 min', '5 мин'],
    [3_725, '1 h 02 min 05 s', '1 ч 02 мин 05 с'],
    [86_400, '24 h', '24 ч'],
    [90_061, '25 h 01 min 01 s', '25 ч 01 мин 01 с'],
    [200_000, '2 d 7 h 33 min 20 s', '2 д 7 ч 33 мин 20 с'],
  ] as const;
  for (const [seconds, english, russian] of settings) {
    assert.equal(formatSetting(seconds, 'en'), english);
    assert.equal(formatSetting(seconds, 'ru'), russian);
  }
});

test('a longer time never reads as a shorter one, and no unit overflows', () => {
  const unitMs = { ms: 1, s: SECOND_MS, min: MINUTE_MS, h: HOUR_MS, d: DAY_MS } as const;
  const parse = (words: string): number => {
    const pieces = words.match(/[\d.]+ \w+/g) ?? [];
    return pieces.reduce((sum, piece) => {
      const [count = '', unit = 's'] = piece.split(' ');
      return sum + Number(count) * unitMs[unit as keyof typeof unitMs];
    }, 0);
  };
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 200 * DAY_MS, noNaN: true }),
      fc.double({ min: 1, max: 3, noNaN: true }),
      (ms, factor) => {
        const words = formatDuration(ms, 'en');
        assert.ok(parse(words) <= parse(formatDuration(ms * factor, 'en')), words);
        assert.doesNotMatch(words, /\b(?:[6-9]\d|\d{3,}) (?:s|min)\b/);
        assert.ok(Math.abs(parse(words) - ms) <= Math.max(0.06 * ms, 1), `${ms} read as ${words}`);
      },
    ),
  );
});
