/** What the dashboard's schedule field makes of what people type. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readSchedule } from '../../src/core/schedule/schedule.ts';
import { readLength } from '../../web/src/pages/monitors/length-text.ts';
import { cronOf, recogniseSchedule, writeLength, writeSchedule } from '../../web/src/pages/monitors/schedule-text.ts';

const period = (seconds: number) => ({ type: 'period', seconds });
const cron = (expression: string) => ({ type: 'cron', expression });
const onCalendar = (expression: string) => ({ type: 'oncalendar', expression });

const TYPED: Readonly<Record<string, object | null>> = {
  '': null,
  '5m': period(300),
  '5 min': period(300),
  '10': period(600),
  '1h 30m': period(5_400),
  'every 5 minutes': period(300),
  'every 90 seconds': period(90),
  'every hour': period(3_600),
  hourly: period(3_600),
  '@every 15m': period(900),
  '1.5 h': period(5_400),
  'каждые 5 минут': period(300),
  'каждый час': period(3_600),
  'раз в 2 дня': period(172_800),
  '0 2 * * *': cron('0 2 * * *'),
  '*/5  9-17 * * MON-FRI': cron('*/5 9-17 * * MON-FRI'),
  '@daily': cron('@daily'),
  'every day at 2:30': cron('30 2 * * *'),
  'daily at 2am': cron('0 2 * * *'),
  'every day at 2 pm': cron('0 14 * * *'),
  'weekdays at 9': cron('0 9 * * 1-5'),
  'every monday and friday at 09:15': cron('15 9 * * 1,5'),
  'ежедневно в 02:00': cron('0 2 * * *'),
  'каждый понедельник в 9:00': cron('0 9 * * 1'),
  'по будням в 18:30': cron('30 18 * * 1-5'),
  'Mon..Fri 02:00': onCalendar('Mon..Fri 02:00'),
  '*-*-* 04:00:00': onCalendar('*-*-* 04:00:00'),
  weekly: onCalendar('weekly'),
  'every blue moon': onCalendar('every blue moon'),
};

describe('the schedule field', () => {
  for (const [text, expected] of Object.entries(TYPED)) {
    test(`takes "${text}" for ${JSON.stringify(expected)}`, () => assert.deepEqual(recogniseSchedule(text), expected));
  }

  test('makes of words what the server understands', () => {
    for (const text of Object.keys(TYPED).filter((typed) => typed !== '' && typed !== 'every blue moon')) {
      const recognised = recogniseSchedule(text);
      assert.ok(recognised);
      const schedule = recognised.type === 'period' ? recognised : { ...recognised, timezone: 'UTC' };
      assert.equal(readSchedule(schedule).ok, true, text);
    }
  });

  test('shows a schedule so that it means the same when it is saved again', () => {
    for (const seconds of [1, 59, 60, 90, 3_600, 5_400, 86_400, 100_000]) {
      assert.equal(readLength(writeLength(seconds)), seconds);
      assert.deepEqual(recogniseSchedule(writeSchedule({ type: 'period', seconds, description: '' })), period(seconds));
    }
  });

  test('offers crontab lines for periods that a crontab knows', () => {
    const ofPeriod = (seconds: number) => cronOf({ type: 'period', seconds, description: '' });
    assert.equal(ofPeriod(60), '* * * * *');
    assert.equal(ofPeriod(900), '*/15 * * * *');
    assert.equal(ofPeriod(7_200), '0 */2 * * *');
    assert.equal(ofPeriod(420), '0 2 * * *', 'every 7 minutes is none of them');
  });
});
