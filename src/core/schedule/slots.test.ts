import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSchedule } from './schedule.ts';
import type { Schedule } from './types.ts';

/** The next slots, as `at` or `at to latestAt`, to the minute, UTC. */
function slots(schedule: Schedule, from: string, count: number): string[] {
  const read = readSchedule(schedule);
  assert.ok(read.ok);
  const found: string[] = [];
  let slot = read.schedule.slotAfter(Date.parse(from));
  while (slot && found.length < count) {
    const [at = '', latest = ''] = [slot.at, slot.latestAt].map((instant) =>
      new Date(instant).toISOString().slice(0, 16),
    );
    found.push(at === latest ? at : `${at} to ${latest}`);
    slot = read.schedule.slotAfter(slot.at);
  }
  return found;
}

function cron(expression: string, timezone: string): Schedule {
  return { type: 'cron', expression, timezone };
}

test('a fixed time in the repeated hour stands at its first occurrence and is tolerated until its second', () => {
  assert.deepEqual(slots(cron('30 1 * * *', 'America/New_York'), '2026-10-31T12:00Z', 2), [
    '2026-11-01T05:30 to 2026-11-01T06:30',
    '2026-11-02T06:30',
  ]);
});

test('behind its first occurrence, even within the repeated hour, the next slot is another one', () => {
  for (const from of ['2026-11-01T05:30Z', '2026-11-01T06:00Z', '2026-11-01T06:20Z', '2026-11-01T06:30Z']) {
    assert.deepEqual(slots(cron('30 1 * * *', 'America/New_York'), from, 1), ['2026-11-02T06:30'], from);
  }
});

test('an interval goes through both passes of the repeated hour, also where its next day is a year away', () => {
  assert.deepEqual(slots(cron('*/30 1 1 11 *', 'America/New_York'), '2026-11-01T05:00Z', 4), [
    '2026-11-01T05:30',
    '2026-11-01T06:00',
    '2026-11-01T06:30',
    '2027-11-01T05:00',
  ]);
});

test('several fixed times in one gap meet at its end', () => {
  assert.deepEqual(slots(cron('0,20,40 2 * * *', 'America/New_York'), '2026-03-08T05:00Z', 2), [
    '2026-03-08T07:00',
    '2026-03-09T06:00',
  ]);
});

test('a skipped hour that ends at midnight gives its slot to the beginning of the next day', () => {
  assert.deepEqual(slots(cron('30 23 * * *', 'America/Nuuk'), '2026-03-28T12:00Z', 2), [
    '2026-03-29T01:00',
    '2026-03-30T00:30',
  ]);
});

test('what a jump of three hours or of a day skips is gone', () => {
  assert.deepEqual(slots(cron('30 1 * * *', 'Antarctica/Casey'), '2020-10-03T12:00Z', 1), ['2020-10-04T14:30']);
  assert.deepEqual(slots(cron('0 12 30 12 *', 'Pacific/Apia'), '2011-12-01T00:00Z', 1), ['2012-12-29T22:00']);
});

test('a slot a year ahead and just before a clock change is found where it is', () => {
  assert.deepEqual(slots(cron('30 1 27 9 *', 'Pacific/Auckland'), '2025-10-01T00:00Z', 1), ['2026-09-26T13:30']);
  assert.deepEqual(slots(cron('30 1 8 3 *', 'America/New_York'), '2025-10-01T00:00Z', 1), ['2026-03-08T06:30']);
});
