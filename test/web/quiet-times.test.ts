/** What the page of a channel says about its quiet hours. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isQuietAt, isTimeOfDay, quietSeconds } from '../../web/src/pages/channels/quiet-times.ts';

test('quiet hours go past midnight, their beginning belongs to them and their end does not', () => {
  const night = ['21:59', '22:00', '23:59', '00:00', '06:59', '07:00'].map((clock) =>
    isQuietAt('22:00', '07:00', clock),
  );
  assert.deepEqual(night, [false, true, true, true, true, false]);
  const noon = ['11:59', '12:00', '12:59', '13:00'].map((clock) => isQuietAt('12:00', '13:00', clock));
  assert.deepEqual(noon, [false, true, true, false]);
});

test('their length is that of the clock, and there is none for what is no time', () => {
  assert.deepEqual([quietSeconds('22:00', '07:00'), quietSeconds('07:00', '22:30')], [32_400, 55_800]);
  for (const [from, to] of [
    ['22:00', '22:00'],
    ['22:00', ''],
    ['24:00', '07:00'],
  ] as const)
    assert.equal(quietSeconds(from, to), null);
  assert.deepEqual(['22:00', '9:00', '', '22:60'].map(isTimeOfDay), [true, false, false, false]);
});
