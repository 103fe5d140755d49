import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readSchedule } from './schedule.ts';
import { cronClock, cronDays, onCalendarClock, onCalendarDays, zoneAndInstant } from './testing/arbitraries.ts';
import { fixedSlots, type Meaning, type OracleSlot, realTimeSlots } from './testing/oracle.ts';
import type { Schedule } from './types.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A zone's clock is looked at for this long, a day's calendar for a year and a half. */
const CLOCK_WINDOW = 36 * HOUR;
const CALENDAR_WINDOW = 550 * DAY;

/** All slots in (from, to]. */
function slotsOf(schedule: Schedule, from: number, to: number): OracleSlot[] {
  const read = readSchedule(schedule);
  assert.ok(read.ok, read.ok ? '' : `${JSON.stringify(schedule)}: ${read.error.message}`);
  const slots: OracleSlot[] = [];
  let slot = read.schedule.slotAfter(from);
  while (slot && slot.at <= to) {
    slots.push(slot);
    slot = read.schedule.slotAfter(slot.at);
  }
  return slots;
}

function readable(slots: readonly OracleSlot[]): string[] {
  return slots.map(({ at, latestAt }) => `${new Date(at).toISOString()} … ${new Date(latestAt).toISOString()}`);
}

test('cron in every zone around clock changes: the same slots as minute by minute', () => {
  fc.assert(
    fc.property(zoneAndInstant, cronClock, fc.boolean(), ({ zone, from }, { hour, minute }, sundays) => {
      const means: Meaning = (time) =>
        hour.matches(time.hour) && minute.matches(time.minute) && (!sundays || time.weekday === 0);
      const expression = `${minute.text} ${hour.text} * * ${sundays ? 0 : '*'}`;
      const to = from + CLOCK_WINDOW;
      const expected =
        hour.wild || minute.wild ? realTimeSlots(zone, means, from, to) : fixedSlots(zone, means, from, to, 'moves');
      const found = slotsOf({ type: 'cron', expression, timezone: zone }, from, to);
      assert.deepEqual(readable(found), readable(expected), `${expression} in ${zone}`);
    }),
    { numRuns: 200 },
  );
});

test('OnCalendar in every zone around clock changes: the same slots as minute by minute', () => {
  fc.assert(
    fc.property(
      zoneAndInstant,
      onCalendarClock,
      fc.integer({ min: 0, max: 59 }),
      ({ zone, from }, { hour, minute }, second) => {
        const means: Meaning = (time) => hour.matches(time.hour) && minute.matches(time.minute);
        const expression = `${hour.text}:${minute.text}:${second}`;
        const to = from + CLOCK_WINDOW;
        const expected = fixedSlots(zone, means, from, to, 'drops', second);
        const found = slotsOf({ type: 'oncalendar', expression, timezone: zone }, from, to);
        assert.deepEqual(readable(found), readable(expected), `${expression} in ${zone}`);
      },
    ),
    { numRuns: 120 },
  );
});

/** The midnights of UTC in (from, to] whose date matches. */
function midnights(means: Meaning, from: number, to: number): string[] {
  const found: string[] = [];
  for (let at = Math.floor(from / DAY) * DAY + DAY; at <= to; at += DAY) {
    const date = new Date(at);
    const time = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
    if (means({ ...time, weekday: date.getUTCDay(), hour: 0, minute: 0 })) found.push(date.toISOString());
  }
  return found;
}

const anyInstant = fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2040, 11, 31) });

test('cron days (lists, steps, L, L-n, W, LW, #, +, names): the same days as one by one', () => {
  fc.assert(
    fc.property(cronDays, anyInstant, (days, from) => {
      const to = from + CALENDAR_WINDOW;
      const found = slotsOf({ type: 'cron', expression: `0 0 ${days.text}`, timezone: 'UTC' }, from, to);
      assert.deepEqual(
        found.map(({ at }) => new Date(at).toISOString()),
        midnights(days.matches, from, to),
        days.text,
      );
    }),
    { numRuns: 400 },
  );
});

test('OnCalendar dates (weekday and date, ~): the same days as one by one', () => {
  fc.assert(
    fc.property(onCalendarDays, anyInstant, (days, from) => {
      const to = from + CALENDAR_WINDOW;
      const found = slotsOf({ type: 'oncalendar', expression: days.text, timezone: 'UTC' }, from, to);
      assert.deepEqual(
        found.map(({ at }) => new Date(at).toISOString()),
        midnights(days.matches, from, to),
        days.text,
      );
    }),
    { numRuns: 400 },
  );
});
