import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DAY_MS, HOUR_MS } from '../instant.ts';
import { isTimeOfDay, latestTime, nextTime, periodEnding, periodUntil, type Timetable, WEEKDAYS } from './timetable.ts';

const at = (text: string) => Date.parse(text);
const daily: Timetable = { kind: 'daily', weekday: null, time: '09:00', timezone: 'Europe/Berlin' };
const weekly: Timetable = { ...daily, kind: 'weekly', weekday: 'monday' };

test('nine in the morning stays nine in the morning when the clock is changed', () => {
  const before = nextTime(daily, at('2026-03-27T12:00:00Z'));
  assert.equal(before, at('2026-03-28T08:00:00Z'));
  const after = nextTime(daily, before);
  assert.equal(after, at('2026-03-29T07:00:00Z'));
  assert.equal(after - before, 23 * HOUR_MS);
  assert.equal(nextTime(daily, at('2026-10-25T00:00:00Z')), at('2026-10-25T08:00:00Z'));
  const week = nextTime(weekly, at('2026-10-20T00:00:00Z'));
  assert.equal(week, at('2026-10-26T08:00:00Z'));
  assert.equal(week - periodEnding(weekly, week).from, 7 * DAY_MS + HOUR_MS);
});

test('a time in the skipped hour comes at its end, one in the repeated hour once', () => {
  const night = { ...daily, time: '02:30' };
  assert.equal(nextTime(night, at('2026-03-28T12:00:00Z')), at('2026-03-29T01:00:00Z'));
  const first = nextTime(night, at('2026-10-24T12:00:00Z'));
  assert.equal(first, at('2026-10-25T00:30:00Z'));
  assert.equal(nextTime(night, first), at('2026-10-26T01:30:00Z'));
});

test('each day of the week is the one that it says', () => {
  for (const [index, weekday] of WEEKDAYS.entries()) {
    const due = nextTime({ ...weekly, weekday, timezone: 'UTC' }, at('2026-11-22T23:00:00Z'));
    assert.equal(due, at('2026-11-23T09:00:00Z') + index * DAY_MS, weekday);
  }
});

test('after a long absence the latest time is the one that counts', () => {
  assert.equal(latestTime(daily, at('2026-11-23T08:00:00Z')), at('2026-11-23T08:00:00Z'));
  assert.equal(latestTime(daily, at('2026-11-23T07:59:59.999Z')), at('2026-11-22T08:00:00Z'));
  assert.equal(latestTime(weekly, at('2026-11-23T07:59:59.999Z')), at('2026-11-16T08:00:00Z'));
});

test('a day back on the wall clock may have 23 or 25 hours', () => {
  assert.deepEqual(periodUntil('day', at('2026-03-29T10:00:00Z'), 'Europe/Berlin'), {
    from: at('2026-03-28T11:00:00Z'),
    to: at('2026-03-29T10:00:00Z'),
  });
  assert.equal(periodUntil('week', at('2026-11-23T10:00:00Z'), 'UTC').from, at('2026-11-16T10:00:00Z'));
});

test('times of day are read strictly', () => {
  for (const time of ['00:00', '09:00', '23:59']) assert.equal(isTimeOfDay(time), true, time);
  for (const time of ['', '9:00', '24:00', '09:60', '09:00:00', ' 09:00', '09:00\n', '٠٩:٠٠']) {
    assert.equal(isTimeOfDay(time), false, time);
  }
  assert.throws(() => nextTime({ ...daily, timezone: 'Mars/Base' }, 0), RangeError);
});

const timetables: fc.Arbitrary<Timetable> = fc
  .record({
    weekday: fc.option(fc.constantFrom(...WEEKDAYS)),
    hour: fc.nat(23),
    minute: fc.nat(59),
    timezone: fc.constantFrom(
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
      'Pacific/Apia',
      'Asia/Tehran',
    ),
  })
  .map(({ weekday, hour, minute, timezone }) => ({
    kind: weekday === null ? 'daily' : 'weekly',
    weekday,
    time: `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`,
    timezone,
  }));

test('periods follow each other without a hole and without an overlap', () => {
  fc.assert(
    fc.property(timetables, fc.integer({ min: at('2011-01-01Z'), max: at('2035-01-01Z') }), (timetable, start) => {
      let to = nextTime(timetable, start);
      for (let times = 0; times < 3; times += 1) {
        const next = nextTime(timetable, to);
        assert.equal(periodEnding(timetable, next).from, to);
        assert.equal(latestTime(timetable, next - 1), to);
        assert.ok(next - to <= 15 * DAY_MS);
        to = next;
      }
    }),
    { numRuns: 150 },
  );
});
