import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HistoryPart } from '../../web/src/api/types.ts';
import { heightOf } from '../../web/src/pages/monitors/history-bars.ts';
import { closer, moved, SCALES, windowUntil, ZOOMS } from '../../web/src/pages/monitors/zoom.ts';

const NOW = new Date(2026, 10, 30, 15, 44, 10).getTime();
const HOUR = 3_600_000;

describe('the times that the strip of a monitor can show', () => {
  test('end with the part that it is now, at whole parts of the reader’s day', () => {
    for (const zoom of ZOOMS) {
      const { from, to } = windowUntil(zoom, NOW);
      const { parts, partMs } = SCALES[zoom];
      assert.equal(to - from, parts * partMs);
      assert.ok(to > NOW && to - NOW <= partMs, zoom);
    }
    assert.deepEqual(new Date(windowUntil('day', NOW).to), new Date(2026, 10, 30, 15, 45));
    assert.deepEqual(new Date(windowUntil('week', NOW).to), new Date(2026, 10, 30, 16));
    assert.deepEqual(new Date(windowUntil('quarter', NOW).to), new Date(2026, 11, 1));
  });

  test('lie one after the other, and none begins after now', () => {
    const last = windowUntil('week', NOW);
    const before = moved(last, -1, NOW);
    assert.equal(before.to, last.from);
    assert.deepEqual(moved(before, 1, NOW), last);
    assert.deepEqual(moved(last, 1, NOW), last);
  });

  test('come nearer around the part that was meant, as near as a day', () => {
    const month = windowUntil('month', NOW);
    const week = closer(month, 10, NOW);
    assert.equal(week?.zoom, 'week');
    const middle = month.from + 10.5 * SCALES.month.partMs;
    assert.ok(week.from < middle && week.to > middle);
    assert.ok(Math.abs((week.from + week.to) / 2 - middle) <= 2 * HOUR);
    // What is near the end ends with now, and does not show the future.
    assert.equal(closer(month, 89, NOW)?.to, windowUntil('week', NOW).to);
    assert.equal(closer(windowUntil('day', NOW), 3, NOW), null);
  });
});

describe('a bar for a part of the time', () => {
  const part: HistoryPart = {
    from: '2026-11-30T00:00:00.000Z',
    outcome: 'success',
    good: 10,
    failed: 0,
    missed: 0,
    unknown: 0,
    median_seconds: null,
    down_seconds: 0,
  };

  test('is as high as its runs were long against the usual', () => {
    const high = (seconds: number) => heightOf({ ...part, median_seconds: seconds }, 60).share;
    assert.ok(high(30) < high(60) && high(60) < high(80));
    assert.equal(high(6_000), 1);
    assert.equal(high(60), heightOf(part, null).share);
  });

  test('shows one failure among thousands, and fills up where nothing was good', () => {
    const mixed = heightOf({ ...part, outcome: 'fail', good: 5_000, failed: 1 }, null);
    assert.ok((mixed.badShare ?? 0) > 0.25);
    assert.deepEqual(heightOf({ ...part, outcome: 'missed', good: 0, missed: 2 }, null), { share: 1 });
    assert.ok(heightOf({ ...part, outcome: 'down', good: 0 }, null).share < 0.5);
  });
});
