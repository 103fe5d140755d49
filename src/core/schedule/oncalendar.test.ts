import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSchedule, readSchedule } from './schedule.ts';

const FROM = Date.parse('2026-03-07T17:00Z');

/** What `systemd-analyze calendar --iterations=3` of systemd 252 answered in America/New_York, the day before a change. */
const MEASURED: ReadonlyArray<readonly [expression: string, next: string]> = [
  ['minutely', '2026-03-07T17:01:00Z 2026-03-07T17:02:00Z 2026-03-07T17:03:00Z'],
  ['hourly', '2026-03-07T18:00:00Z 2026-03-07T19:00:00Z 2026-03-07T20:00:00Z'],
  ['daily', '2026-03-08T05:00:00Z 2026-03-09T04:00:00Z 2026-03-10T04:00:00Z'],
  ['weekly', '2026-03-09T04:00:00Z 2026-03-16T04:00:00Z 2026-03-23T04:00:00Z'],
  ['monthly', '2026-04-01T04:00:00Z 2026-05-01T04:00:00Z 2026-06-01T04:00:00Z'],
  ['quarterly', '2026-04-01T04:00:00Z 2026-07-01T04:00:00Z 2026-10-01T04:00:00Z'],
  ['semiannually', '2026-07-01T04:00:00Z 2027-01-01T05:00:00Z 2027-07-01T04:00:00Z'],
  ['bi-annually', '2026-07-01T04:00:00Z 2027-01-01T05:00:00Z 2027-07-01T04:00:00Z'],
  ['yearly', '2027-01-01T05:00:00Z 2028-01-01T05:00:00Z 2029-01-01T05:00:00Z'],
  ['Daily', '2026-03-08T05:00:00Z 2026-03-09T04:00:00Z 2026-03-10T04:00:00Z'],
  ['02:30', '2026-03-09T06:30:00Z 2026-03-10T06:30:00Z 2026-03-11T06:30:00Z'],
  ['2:3:4', '2026-03-09T06:03:04Z 2026-03-10T06:03:04Z 2026-03-11T06:03:04Z'],
  ['*:00/30', '2026-03-07T17:30:00Z 2026-03-07T18:00:00Z 2026-03-07T18:30:00Z'],
  ['00/2:00', '2026-03-07T19:00:00Z 2026-03-07T21:00:00Z 2026-03-07T23:00:00Z'],
  ['*:5,1..3,40/10', '2026-03-07T17:01:00Z 2026-03-07T17:02:00Z 2026-03-07T17:03:00Z'],
  ['*:*:0/20', '2026-03-07T17:00:20Z 2026-03-07T17:00:40Z 2026-03-07T17:01:00Z'],
  ['Mon..Fri', '2026-03-09T04:00:00Z 2026-03-10T04:00:00Z 2026-03-11T04:00:00Z'],
  ['Mon-Wed,Sat 10:00', '2026-03-09T14:00:00Z 2026-03-10T14:00:00Z 2026-03-11T14:00:00Z'],
  ['Monday,', '2026-03-09T04:00:00Z 2026-03-16T04:00:00Z 2026-03-23T04:00:00Z'],
  ['Wed, 17:48', '2026-03-11T21:48:00Z 2026-03-18T21:48:00Z 2026-03-25T21:48:00Z'],
  ['Sat..Sun 10:00', '2026-03-08T14:00:00Z 2026-03-14T14:00:00Z 2026-03-15T14:00:00Z'],
  ['Mon *-*-1..7 18:00', '2026-04-06T22:00:00Z 2026-05-04T22:00:00Z 2026-06-01T22:00:00Z'],
  ['Mon,Fri *-*-3,1,2 *:30:45', '2026-04-03T04:30:45Z 2026-04-03T05:30:45Z 2026-04-03T06:30:45Z'],
  ['12,14,13,12:20,10,30', '2026-03-07T17:10:00Z 2026-03-07T17:20:00Z 2026-03-07T17:30:00Z'],
  ['*-02~03', '2027-02-26T05:00:00Z 2028-02-27T05:00:00Z 2029-02-26T05:00:00Z'],
  ['02~3', '2027-02-26T05:00:00Z 2028-02-27T05:00:00Z 2029-02-26T05:00:00Z'],
  ['*-05~07/1', '2026-05-25T04:00:00Z 2026-05-26T04:00:00Z 2026-05-27T04:00:00Z'],
  ['*-*~1..4/2', '2026-03-29T04:00:00Z 2026-03-31T04:00:00Z 2026-04-28T04:00:00Z'],
  ['*-*~5/2', '2026-03-27T04:00:00Z 2026-03-29T04:00:00Z 2026-03-31T04:00:00Z'],
  ['*-*~1,3..4', '2026-03-28T04:00:00Z 2026-03-29T04:00:00Z 2026-03-31T04:00:00Z'],
  ['*-*-1..28/7', '2026-03-08T05:00:00Z 2026-03-15T04:00:00Z 2026-03-22T04:00:00Z'],
  ['*-1..3/2-1', '2027-01-01T05:00:00Z 2027-03-01T05:00:00Z 2028-01-01T05:00:00Z'],
  ['*-*-31', '2026-03-31T04:00:00Z 2026-05-31T04:00:00Z 2026-07-31T04:00:00Z'],
  ['10-15', '2026-10-15T04:00:00Z 2027-10-15T04:00:00Z 2028-10-15T04:00:00Z'],
  ['26..30/2-*-1', '2026-04-01T04:00:00Z 2026-05-01T04:00:00Z 2026-06-01T04:00:00Z'],
  ['2026/2-1-1', '2028-01-01T05:00:00Z 2030-01-01T05:00:00Z 2032-01-01T05:00:00Z'],
  ['2190/5-1-1', '2190-01-01T05:00:00Z 2195-01-01T05:00:00Z'],
  ['2199-12-31', '2199-12-31T05:00:00Z'],
  ['2026-*~1 0:0', '2026-03-31T04:00:00Z 2026-04-30T04:00:00Z 2026-05-31T04:00:00Z'],
  ['*-*-* *:*:*', '2026-03-07T17:00:01Z 2026-03-07T17:00:02Z 2026-03-07T17:00:03Z'],
  ['10:00 America/New_York', '2026-03-08T14:00:00Z 2026-03-09T14:00:00Z 2026-03-10T14:00:00Z'],
  ['2..3:0/30', '2026-03-08T07:00:00Z 2026-03-08T07:30:00Z 2026-03-09T06:00:00Z'],
  ['2,3:30', '2026-03-08T07:30:00Z 2026-03-09T06:30:00Z 2026-03-09T07:30:00Z'],
  ['1..1:00', '2026-03-08T06:00:00Z 2026-03-09T05:00:00Z 2026-03-10T05:00:00Z'],
  ['001:00', '2026-03-08T06:00:00Z 2026-03-09T05:00:00Z 2026-03-10T05:00:00Z'],
];

for (const [expression, next] of MEASURED) {
  test(`as systemd 252: ${expression}`, () => {
    const read = readSchedule({ type: 'oncalendar', expression, timezone: 'America/New_York' });
    assert.ok(read.ok, read.ok ? '' : read.error.message);
    const expected = next.split(' ');
    const found: string[] = [];
    let slot = read.schedule.slotAfter(FROM);
    while (slot && found.length < 3) {
      assert.equal(slot.latestAt, slot.at);
      found.push(`${new Date(slot.at).toISOString().slice(0, 19)}Z`);
      slot = read.schedule.slotAfter(slot.at);
    }
    assert.deepEqual(found, expected);
  });
}

function slots(expression: string, timezone: string, from: string, count: number): string[] {
  const read = readSchedule({ type: 'oncalendar', expression, timezone });
  assert.ok(read.ok);
  const found: string[] = [];
  let slot = read.schedule.slotAfter(Date.parse(from));
  while (slot && found.length < count) {
    const [at, latest] = [slot.at, slot.latestAt].map((instant) => new Date(instant).toISOString().slice(5, 16));
    found.push(at === latest ? `${at}` : `${at} to ${latest}`);
    slot = read.schedule.slotAfter(slot.at);
  }
  return found;
}

test('in the repeated hour a slot stands once and tolerates the second occurrence, a repetition too', () => {
  assert.deepEqual(slots('*:00/30', 'America/New_York', '2026-11-01T04:10Z', 4), [
    '11-01T04:30',
    '11-01T05:00 to 11-01T06:00',
    '11-01T05:30 to 11-01T06:30',
    '11-01T07:00',
  ]);
});

test('in the skipped hour, and at a midnight that does not exist, there is no slot that day', () => {
  assert.deepEqual(slots('02:30', 'America/New_York', '2026-03-07T12:00Z', 1), ['03-09T06:30']);
  assert.deepEqual(slots('daily', 'America/Santiago', '2026-09-05T02:00Z', 2), ['09-05T04:00', '09-07T03:00']);
});

/** systemd refuses most of these as well; where it takes a form that we do not, the sentence says what to write. */
const REFUSED: ReadonlyArray<readonly [expression: string, sentence: string]> = [
  ['', 'the OnCalendar expression is empty; write, for example, Mon..Fri 02:00'],
  ['*', '"*" is not understood; an OnCalendar expression is: days of the week, date, time, zone'],
  ['24:00', 'hour 24 is not between 0 and 23'],
  ['*:60', 'minute 60 is not between 0 and 59'],
  ['*-*-0', 'day 0 is not between 1 and 31'],
  ['*-13-1', 'month 13 is not between 1 and 12'],
  ['2200-1-1', 'year 2200 is not between 1970 and 2199'],
  ['1969-1-1', 'year 1969 is not between 1970 and 2199'],
  ['*-*~29', 'day from the end of the month 29 is not between 1 and 28'],
  ['2026-1', 'month 2026 is not between 1 and 12'],
  ['*/2:00', 'hour "*/2": OnCalendar repeats from a number; write 0/2'],
  ['*-*-*/2', 'day "*/2": OnCalendar repeats from a number; write 1/2'],
  ['*:0/60', 'minute "0/60": the repetition never comes about, it goes beyond the end'],
  ['*:0/0', 'minute "0/0": a repetition of 0 never gets anywhere'],
  ['5..2:00', 'hour "5..2" runs backwards; the smaller number stands first'],
  ['*-*~5..1', 'day from the end of the month "5..1" runs backwards; the smaller number stands first'],
  ['10:00:30.5', 'second "30.5": fractions of a second are not taken; write whole seconds'],
  ['1:2:3:4', 'the time "1:2:3:4" is not of the form hour:minute or hour:minute:second'],
  ['*-*-3~1', 'the date "*-*-3~1" is not of the form year-month-day or month-day (~ counts days from the end)'],
  ['1,,2:0', 'the hour is missing or has an empty place in its list'],
  [
    'Fri..Mon 1:2',
    'day of week "Fri..Mon" runs backwards; a week begins on Monday, write it as two parts with a comma',
  ],
  ['mi,di', '"mi" is not a day of the week (Mon, Monday, Mon..Fri) and not a word such as daily'],
  ['Mon Tue 10:00', '"Tue" is not understood; an OnCalendar expression is: days of the week, date, time, zone'],
  ['__proto__', '"__proto__" is not understood; an OnCalendar expression is: days of the week, date, time, zone'],
  ['constructor', '"constructor" is not a day of the week (Mon, Monday, Mon..Fri) and not a word such as daily'],
  ['@1395716396', '"@1395716396" is not taken in OnCalendar; write a date and a time, or a word such as daily'],
  ['0 2 * * *', '"0 2 * * *" is a cron expression, which is a type of its own'],
];

for (const [expression, sentence] of REFUSED) {
  test(`refused: ${JSON.stringify(expression)}`, () => {
    const read = readSchedule({ type: 'oncalendar', expression, timezone: 'UTC' });
    assert.deepEqual(read, { ok: false, error: { field: 'expression', message: sentence } });
  });
}

test('a zone that does not exist is refused where it stands', () => {
  const read = readSchedule({ type: 'oncalendar', expression: '10:00 Mars/Phobos', timezone: 'UTC' });
  assert.ok(!read.ok);
  assert.equal(read.error.field, 'expression');
  assert.match(read.error.message, /^time zone "Mars\/Phobos" is not in the IANA time zone database/);
});

test('dates that never come, and dates that are over, are refused when they are saved', () => {
  for (const expression of ['*-02-30', '*-02-30 02:30', '2020-01-01', 'Mon 2027-01-01', '2026-03-08 02:30']) {
    const parsed = parseSchedule({ type: 'oncalendar', expression, timezone: 'America/New_York' }, FROM);
    assert.ok(!parsed.ok, expression);
    assert.equal(parsed.error.message, 'the schedule never runs before 2126; look at its day, month and year');
  }
});

test('a date that is over can still be read, and has no slot', () => {
  const read = readSchedule({ type: 'oncalendar', expression: '2020-01-01', timezone: 'UTC' });
  assert.ok(read.ok);
  assert.equal(read.schedule.slotAfter(FROM), null);
  assert.deepEqual(read.schedule.slotAfter(0), { at: Date.UTC(2020, 0, 1), latestAt: Date.UTC(2020, 0, 1) });
});
