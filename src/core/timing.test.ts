import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HOUR_MS, MINUTE_MS } from './instant.ts';
import { defineTiming, MAX_LIMIT_SECONDS, type Timing, type TimingWish, timingChange } from './timing.ts';

const context = { now: Date.UTC(2026, 10, 21, 12), timezone: 'Europe/Moscow' };
const everyHour = { type: 'period', seconds: 3_600 } as const;

function defined(kind: 'heartbeat' | 'process', wish: TimingWish, before: Timing | null = null): Timing {
  const result = defineTiming(kind, wish, before, context);
  assert.ok(result.ok, JSON.stringify(result));
  return result.timing;
}

function refusedFields(kind: 'heartbeat' | 'process', wish: TimingWish, before: Timing | null = null): string[] {
  const result = defineTiming(kind, wish, before, context);
  assert.ok(!result.ok);
  return result.errors.map((error) => error.field);
}

describe('what a person wants of times', () => {
  test('gets its defaults (RULES §3, §7)', () => {
    assert.deepEqual(defined('heartbeat', { schedule: everyHour }), {
      schedule: everyHour,
      intervalMs: HOUR_MS,
      graceSeconds: 720,
      startGraceSeconds: 300,
      maxRunSeconds: null,
      learn: false,
    });
    assert.deepEqual(defined('process', {}), {
      schedule: null,
      intervalMs: null,
      graceSeconds: 0,
      startGraceSeconds: 300,
      maxRunSeconds: 86_400,
      learn: true,
    });
  });

  test('takes the shortest of the next five intervals for a calendar', () => {
    const schedule = { type: 'cron', expression: '0,10 * * * *' } as const;
    const timing = defined('heartbeat', { schedule });
    assert.equal(timing.intervalMs, 10 * MINUTE_MS);
    assert.equal(timing.graceSeconds, 120);
    assert.equal(timing.schedule?.type === 'cron' && timing.schedule.timezone, 'Europe/Moscow');
  });

  test('says all that is wrong at once, by the names of the API', () => {
    const schedule = { type: 'cron', expression: 'x' } as const;
    assert.deepEqual(refusedFields('heartbeat', { schedule, startGraceSeconds: 1, maxRunSeconds: 1, learn: false }), [
      'start_grace_seconds',
      'max_run_seconds',
      'learn',
      'schedule.expression',
    ]);
    assert.deepEqual(refusedFields('process', { graceSeconds: 1 }), ['grace_seconds']);
    assert.deepEqual(refusedFields('heartbeat', {}), ['schedule']);
  });

  test('keeps lengths within a year', () => {
    for (const value of [-1, 0.5, Number.NaN, MAX_LIMIT_SECONDS + 1, 2 ** 40]) {
      assert.deepEqual(refusedFields('heartbeat', { schedule: everyHour, graceSeconds: value }), ['grace_seconds']);
      assert.deepEqual(refusedFields('process', { startGraceSeconds: value }), ['start_grace_seconds']);
      assert.deepEqual(refusedFields('process', { maxRunSeconds: value }), ['max_run_seconds']);
    }
    assert.deepEqual(refusedFields('process', { maxRunSeconds: 0 }), ['max_run_seconds']);
    assert.equal(defined('process', { maxRunSeconds: null }).maxRunSeconds, null);
    assert.equal(
      defined('heartbeat', { schedule: everyHour, graceSeconds: MAX_LIMIT_SECONDS }).graceSeconds,
      31_536_000,
    );
  });

  test('leaves what is not said as it was, the grace also under a new schedule', () => {
    const before = defined('heartbeat', { schedule: everyHour, graceSeconds: 5 });
    assert.deepEqual(defined('heartbeat', {}, before), before);
    const slower = defined('heartbeat', { schedule: { type: 'period', seconds: 7_200 } }, before);
    assert.deepEqual([slower.graceSeconds, slower.intervalMs], [5, 2 * HOUR_MS]);
    assert.deepEqual(refusedFields('heartbeat', { schedule: null }, before), ['schedule']);
    const process = defined('process', { schedule: everyHour, maxRunSeconds: null, learn: false });
    assert.deepEqual(defined('process', { schedule: null }, process), { ...process, schedule: null, intervalMs: null });
  });
});

describe('a change', () => {
  const before = defined('process', { schedule: everyHour });

  test('of nothing is none, also when the same is said again', () => {
    const after = defined('process', { schedule: { ...everyHour }, startGraceSeconds: 300, learn: true }, before);
    assert.deepEqual(timingChange(before, after), { timingChanged: false, maxRunChanged: false });
  });

  test('of slots and of runs are told apart', () => {
    const slots = defined('process', { startGraceSeconds: 1 }, before);
    assert.deepEqual(timingChange(before, slots), { timingChanged: true, maxRunChanged: false });
    const none = defined('process', { schedule: null }, before);
    assert.deepEqual(timingChange(before, none), { timingChanged: true, maxRunChanged: false });
    const cron = defined('process', { schedule: { type: 'cron', expression: '0 * * * *' } }, before);
    assert.equal(timingChange(before, cron).timingChanged, true);
    const moved = defined('process', { schedule: { type: 'cron', expression: '0 * * * *', timezone: 'UTC' } }, before);
    assert.equal(timingChange(cron, moved).timingChanged, true);
    const runs = defined('process', { maxRunSeconds: 60 }, before);
    assert.deepEqual(timingChange(before, runs), { timingChanged: false, maxRunChanged: true });
    const learn = defined('process', { learn: false }, before);
    assert.deepEqual(timingChange(before, learn), { timingChanged: false, maxRunChanged: true });
  });
});
