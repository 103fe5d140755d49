import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CalendarPlan } from '../plans.ts';
import { createCalendar, intervalOf } from './calendar.ts';

const at = (text: string) => Date.parse(text);
const daily = (zone: string, hour: number, minute: number, rule: CalendarPlan['rule']): CalendarPlan => ({
  type: 'calendar',
  dialect: rule === 'once_or_never' ? 'oncalendar' : 'cron',
  rule,
  zone,
  minutes: [minute],
  hours: rule === 'follow' ? Array.from({ length: 24 }, (_, index) => index) : [hour],
  days: null,
  weekdays: null,
  expression: 'not read here',
});
const next = (plan: CalendarPlan, after: string) => {
  const slot = createCalendar(plan).next(at(after));
  return slot === null ? null : [new Date(slot.at).toISOString(), new Date(slot.latest).toISOString()];
};
const twice = (text: string) => [text, text];

describe('the calendar of the oracle', () => {
  test('a daily time is that local time, in summer and in winter', () => {
    const plan = daily('Europe/Berlin', 9, 0, 'once');
    assert.deepEqual(next(plan, '2026-01-10T12:00:00Z'), twice('2026-01-11T08:00:00.000Z'));
    assert.deepEqual(next(plan, '2026-07-10T12:00:00Z'), twice('2026-07-11T07:00:00.000Z'));
  });

  test('a slot lies strictly later than what it is counted from', () => {
    const plan = daily('UTC', 9, 0, 'once');
    assert.deepEqual(next(plan, '2026-01-10T09:00:00Z'), twice('2026-01-11T09:00:00.000Z'));
    assert.deepEqual(next(plan, '2026-01-10T08:59:59.999Z'), twice('2026-01-10T09:00:00.000Z'));
  });

  test('a skipped time moves to the end of the gap, or is dropped, by the rule', () => {
    const after = '2026-03-28T12:00:00Z';
    assert.deepEqual(next(daily('Europe/Berlin', 2, 30, 'once'), after), twice('2026-03-29T01:00:00.000Z'));
    assert.deepEqual(next(daily('Europe/Berlin', 2, 30, 'once_or_never'), after), twice('2026-03-30T00:30:00.000Z'));
  });

  test('a repeated time is expected at its first occurrence and tolerated until its second', () => {
    const slot = next(daily('Europe/Berlin', 2, 30, 'once'), '2026-10-24T12:00:00Z');
    assert.deepEqual(slot, ['2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z']);
  });

  test('what follows real time comes twice in a repeated hour and never in a skipped one', () => {
    const plan = daily('Europe/Berlin', 0, 30, 'follow');
    assert.deepEqual(next(plan, '2026-10-25T00:30:00Z'), twice('2026-10-25T01:30:00.000Z'));
    assert.deepEqual(next(plan, '2026-03-29T00:30:00Z'), twice('2026-03-29T01:30:00.000Z'));
  });

  test('zones with half hours, on either side of the date line', () => {
    const lordHowe = daily('Australia/Lord_Howe', 2, 15, 'once');
    assert.deepEqual(next(lordHowe, '2026-10-03T12:00:00Z'), twice('2026-10-03T15:30:00.000Z'));
    const chatham = daily('Pacific/Chatham', 0, 0, 'once');
    assert.deepEqual(next(chatham, '2026-06-14T12:00:00Z'), twice('2026-06-15T11:15:00.000Z'));
  });

  test('a skipped midnight', () => {
    const plan = daily('Africa/Cairo', 0, 0, 'once');
    assert.deepEqual(next(plan, '2026-04-23T12:00:00Z'), twice('2026-04-23T22:00:00.000Z'));
  });

  test('the interval is the shortest of the next five', () => {
    const plan = { ...daily('UTC', 0, 0, 'once'), hours: [1, 2, 9] };
    assert.equal(intervalOf(plan, at('2026-01-10T12:00:00Z')), 3_600_000);
    assert.equal(intervalOf({ type: 'period', seconds: 90 }, 0), 90_000);
  });
});
