import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultGraceSeconds, earlyMs, nextRuns, shortestIntervalMs } from './runs.ts';
import { readSchedule } from './schedule.ts';
import type { ParsedSchedule, Schedule } from './types.ts';

const NOW = Date.parse('2026-11-21T00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function read(schedule: Schedule): ParsedSchedule {
  const result = readSchedule(schedule);
  assert.ok(result.ok);
  return result.schedule;
}

function cron(expression: string, timezone = 'UTC'): ParsedSchedule {
  return read({ type: 'cron', expression, timezone });
}

function shown(schedule: ParsedSchedule, from: string, count: number): string[] {
  return nextRuns(schedule, Date.parse(from), count).map(({ at, clockChange }) => {
    return `${new Date(at).toISOString().slice(5, 16)}${clockChange ? ' clock change' : ''}`;
  });
}

test('the next runs tell where the clock is being changed', () => {
  assert.deepEqual(shown(cron('30 2 * * *', 'America/New_York'), '2026-03-06T12:00Z', 3), [
    '03-07T07:30',
    '03-08T07:00 clock change',
    '03-09T06:30',
  ]);
  assert.deepEqual(shown(cron('30 * * * *', 'America/New_York'), '2026-11-01T04:00Z', 4), [
    '11-01T04:30',
    '11-01T05:30 clock change',
    '11-01T06:30 clock change',
    '11-01T07:30',
  ]);
  assert.deepEqual(shown(cron('0 3 * * *'), '2026-03-06T12:00Z', 2), ['03-07T03:00', '03-08T03:00']);
  assert.deepEqual(shown(read({ type: 'period', seconds: 60 }), '2026-03-06T12:00Z', 2), [
    '03-06T12:01',
    '03-06T12:02',
  ]);
});

test('there are at most fifty next runs, and fewer when the schedule ends', () => {
  assert.equal(nextRuns(cron('* * * * *'), NOW, 1_000).length, 50);
  assert.equal(nextRuns(cron('* * * * *'), NOW, 0).length, 0);
  const twice = read({ type: 'oncalendar', expression: '2027..2028-01-01', timezone: 'UTC' });
  assert.deepEqual(nextRuns(twice, NOW, 5), [
    { at: Date.UTC(2027, 0, 1), clockChange: false },
    { at: Date.UTC(2028, 0, 1), clockChange: false },
  ]);
});

test('the interval is the period, or the shortest of the next five distances', () => {
  assert.equal(shortestIntervalMs(read({ type: 'period', seconds: 90 }), NOW), 90_000);
  assert.equal(shortestIntervalMs(cron('*/5 * * * *'), NOW), 5 * MINUTE);
  assert.equal(shortestIntervalMs(cron('0,10 9 * * 1-5'), NOW), 10 * MINUTE);
  assert.equal(shortestIntervalMs(cron('0 9 * * 1-5'), NOW), 24 * HOUR);
  const once = read({ type: 'oncalendar', expression: '2027-01-01', timezone: 'UTC' });
  assert.equal(shortestIntervalMs(once, NOW), null);
});

test('grace is a fifth of the interval, at least 10 s and at most an hour, in whole seconds', () => {
  const grace = (seconds: number) => defaultGraceSeconds(read({ type: 'period', seconds }), NOW);
  assert.deepEqual([1, 50, 51, 53, 300, 18_000, 86_400].map(grace), [10, 10, 10, 11, 60, 3_600, 3_600]);
  assert.equal(defaultGraceSeconds(cron('0,10 9 * * 1-5'), NOW), 120);
  const once = read({ type: 'oncalendar', expression: '2027-01-01', timezone: 'UTC' });
  assert.equal(defaultGraceSeconds(once, NOW), 3_600);
});

test('early is a tenth of the interval, at most a minute', () => {
  assert.equal(earlyMs(10_000), 1_000);
  assert.equal(earlyMs(10 * MINUTE), MINUTE);
  assert.equal(earlyMs(24 * HOUR), MINUTE);
  assert.equal(earlyMs(null), 0);
});
