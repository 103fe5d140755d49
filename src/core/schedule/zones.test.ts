import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readSchedule } from './schedule.ts';
import { ALL_ZONES, clockChanges, zoneAndInstant } from './testing/arbitraries.ts';
import type { ParsedSchedule, Schedule } from './types.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Each way to meet a clock change: fixed, at midnight, in lists, in steps, and systemd's. */
const EXPRESSIONS: ReadonlyArray<readonly ['cron' | 'oncalendar', string]> = [
  ['cron', '30 2 * * *'],
  ['cron', '0 0 * * *'],
  ['cron', '5,35 0-3,23 * * *'],
  ['cron', '*/20 * * * *'],
  ['cron', '0 */3 * * 0'],
  ['oncalendar', '*:0/30'],
  ['oncalendar', 'Sun 02:30'],
];

function read(schedule: Schedule): ParsedSchedule {
  const result = readSchedule(schedule);
  assert.ok(result.ok);
  return result.schedule;
}

function assertLater(schedule: ParsedSchedule, ref: number): void {
  const slot = schedule.slotAfter(ref);
  const where = `${JSON.stringify(schedule.source)} after ${new Date(ref).toISOString()}`;
  assert.ok(slot, where);
  assert.ok(slot.at > ref, `${where}: ${new Date(slot.at).toISOString()} is not later`);
  assert.ok(slot.latestAt >= slot.at && slot.latestAt <= slot.at + 3 * HOUR, where);
  // A slot does not move while time comes nearer to it, and is gone when it is there.
  assert.deepEqual(schedule.slotAfter(slot.at - 1), slot, where);
  assert.notEqual(schedule.slotAfter(slot.at)?.at, slot.at, where);
}

test('promise 5: in every zone, at every clock change from 2000 to 2040, the next slot is later than the reference', () => {
  for (const [index, zone] of ALL_ZONES.entries()) {
    const schedules = EXPRESSIONS.map(([type, expression]) => read({ type, expression, timezone: zone }));
    for (const [nth, change] of clockChanges(zone).entries()) {
      const schedule = schedules[(index + nth) % schedules.length];
      assert.ok(schedule);
      for (const away of [-HOUR - 1, -HOUR, -MINUTE, -1, 0, 1, 30 * MINUTE, HOUR]) assertLater(schedule, change + away);
    }
  }
});

test('promise 5: the same at random instants', () => {
  fc.assert(
    fc.property(zoneAndInstant, fc.constantFrom(...EXPRESSIONS), ({ zone, from }, [type, expression]) =>
      assertLater(read({ type, expression, timezone: zone }), from),
    ),
    { numRuns: 1_500 },
  );
});
