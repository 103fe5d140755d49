import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createScheduleCache, parseSchedule, type ReadOptions, readSchedule } from './schedule.ts';
import { cronClock, cronDays, onCalendarClock, onCalendarDays } from './testing/arbitraries.ts';
import { cpuMilliseconds } from './testing/cpu-time.ts';
import type { ParsedSchedule, Schedule, ScheduleError } from './types.ts';

const NOW = Date.parse('2026-11-21T00:00Z');

function accepted(schedule: Schedule, options?: ReadOptions): ParsedSchedule {
  const result = parseSchedule(schedule, NOW, options);
  assert.ok(result.ok, result.ok ? '' : result.error.message);
  return result.schedule;
}

function refused(schedule: Schedule, options?: ReadOptions): ScheduleError {
  const result = parseSchedule(schedule, NOW, options);
  assert.ok(!result.ok, JSON.stringify(schedule));
  return result.error;
}

function cron(expression: string, timezone = 'UTC'): Schedule {
  return { type: 'cron', expression, timezone };
}

test('a period counts from the reference, between one second and 365 days', () => {
  for (const seconds of [1, 300, 31_536_000]) {
    const ref = NOW + 123;
    assert.deepEqual(accepted({ type: 'period', seconds }).slotAfter(ref), {
      at: ref + seconds * 1_000,
      latestAt: ref + seconds * 1_000,
    });
  }
  for (const seconds of [0, -5, 31_536_001]) {
    assert.deepEqual(refused({ type: 'period', seconds }), {
      field: 'seconds',
      message: `the period of ${seconds} seconds is not between 1 and 31536000`,
    });
  }
  for (const seconds of [1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.deepEqual(refused({ type: 'period', seconds }), {
      field: 'seconds',
      message: 'the period is not a whole number of seconds',
    });
  }
});

test('an expression has at most 200 characters', () => {
  const long = Array.from({ length: 60 }, (_, minute) => minute).join(',');
  assert.ok(accepted(cron(`${long} 1,2,3 * * *`)));
  assert.equal(
    refused(cron(`${' '.repeat(192)}0 2 * * *`)).message,
    'the expression has 201 characters and 200 are allowed',
  );
  assert.ok(accepted(cron(`${' '.repeat(191)}0 2 * * *`)));
});

test('a sentence repeats little of what was typed, and nothing that breaks its line', () => {
  const { message } = refused(cron(`1\u0000${'x'.repeat(150)} * * * *`));
  assert.equal(message, `minute "1 ${'x'.repeat(37)}…" is not a whole number`);
  assert.ok(refused({ type: 'cron', expression: '0 2 * * *', timezone: 'x'.repeat(5_000) }).message.length < 200);
});

const HINTS: ReadonlyArray<readonly [expression: string, sentence: RegExp]> = [
  ['0 0 2 * * *', /^the cron expression has 6 fields and five are taken: .*; seconds \(or years\) are not taken/],
  ['0 0 2 * * * 2027', /^the cron expression has 7 fields and five are taken: .* \(seconds\) and the last \(year\)$/],
  ['22-2 * * * *', /^minute "22-2" runs backwards; write 22-59,0-2 to go across the end$/],
  ['0 22-2 * * *', /^hour "22-2" runs backwards; write 22-23,0-2 to go across the end$/],
  ['0 0 * * fri-mon', /^day of week "fri-mon" runs backwards; write 5-6,0-1 to go across the end$/],
  ['5/15 * * * *', /^minute "5\/15": a step needs \* or a range before it; write 5-59\/15$/],
  ['0 0 * * 1/2', /write 1-6\/2$/],
  ['H * * * *', /^minute "H": H is Jenkins' own sign for "some time"; write a number$/],
  ['H(0-29)/10 * * * *', /Jenkins/],
  ['? * * * *', /^minute \?: write \* for any minute$/],
  ['0 0 0 JAM *', /^day of month 0/],
  ['0 0 1 JAM *', /^month "JAM" is not a whole number or a name \(JAN to DEC\)$/],
  ['0 0 * * DAY', /^day of week "DAY" is not a whole number or a name \(SUN to SAT\)$/],
  ['*/x * * * *', /^minute: the step "x" is not a whole number$/],
  ['*/5/5 * * * *', /^minute "\*\/5\/5" is not a whole number$/],
  ['1-2-3 * * * *', /^minute "1-2-3" is not a whole number$/],
  ['-5 * * * *', /^minute "-5" is not a whole number$/],
  ['0 0 5L * *', /^day of month "5L": L stands alone for the last day/],
  ['0 0 L-31 * *', /^day of month "L-31": 31 is not between 0 and 30$/],
  ['0 0 1-5W * *', /^day of month "1-5W": W goes with a single day, as in 15W$/],
  ['0 0 32W * *', /^day of month 32 is not between 1 and 31$/],
  ['0 0 * * L', /^day of week "L": write 6 for Saturday/],
  ['0 0 * * 1#6', /^day of week "1#6": after # stands 1 to 5, or L for the last$/],
  ['0 0 * * 1-5#2', /^day of week "1-5#2": # and L go with a single day/],
  ['0 0 * * #2', /^day of week "#2": a day is missing/],
  ['0 0 * * +', /^day of week is empty after its \+$/],
  ['@reboot', /^@reboot has no times to expect; make a monitor without a schedule/],
  ['@fortnightly', /^"@fortnightly" is not known; known are @yearly, /],
  ['@every', /^@every takes whole hours, minutes and seconds/],
  ['@every 1.5h', /not "1.5h"$/],
  ['@every 0s', /^the period of 0 seconds is not between 1 and 31536000$/],
  ['daily', /looks like systemd's OnCalendar/],
  ['Mon..Fri 02:00', /looks like systemd's OnCalendar/],
  ['TZ=Mars/Phobos 0 2 * * *', /^time zone "Mars\/Phobos" is not in the IANA/],
  ['TZ= 0 2 * * *', /^time zone "" is not in the IANA/],
  ['TZ=UTC', /^the cron expression is empty/],
];

for (const [expression, sentence] of HINTS) {
  test(`refused with a hint: ${expression}`, () => {
    const error = refused(cron(expression));
    assert.equal(error.field, 'expression');
    assert.match(error.message, sentence);
  });
}

test('names, spaces, tabs and leading zeros are read as people write them', () => {
  const plain = accepted(cron('5 2 * 1,12 1-5'));
  for (const same of ['5\t2  *  JAN,dec  Mon-FRI', ' 05 02 * 01,12 mon-fri ', '5 2 ? 1,12 1-5', '5 2 */1 1,12 1-5']) {
    const other = accepted(cron(same));
    let ref = NOW;
    for (let run = 0; run < 60; run += 1) {
      const slot = plain.slotAfter(ref);
      assert.ok(slot);
      assert.deepEqual(other.slotAfter(ref), slot, same);
      ref = slot.at;
    }
  }
});

test('nicknames are what they stand for', () => {
  const firsts = (expression: string) => new Date(accepted(cron(expression)).slotAfter(NOW)?.at ?? 0).toISOString();
  assert.equal(firsts('@hourly'), '2026-11-21T01:00:00.000Z');
  assert.equal(firsts('@daily'), '2026-11-22T00:00:00.000Z');
  assert.equal(firsts('@midnight'), '2026-11-22T00:00:00.000Z');
  assert.equal(firsts('@Weekly'), '2026-11-22T00:00:00.000Z');
  assert.equal(firsts('@monthly'), '2026-12-01T00:00:00.000Z');
  assert.equal(firsts('@yearly'), '2027-01-01T00:00:00.000Z');
  assert.equal(firsts('@annually'), '2027-01-01T00:00:00.000Z');
});

test('@every becomes a period', () => {
  assert.deepEqual(accepted(cron('@every 5m')).source, { type: 'period', seconds: 300 });
  assert.deepEqual(accepted(cron('@every 1h30m10s')).source, { type: 'period', seconds: 5_410 });
  assert.deepEqual(accepted(cron('TZ=Europe/Moscow @every 90s')).source, { type: 'period', seconds: 90 });
});

test('a zone inside the expression is taken where the field has only the default, and must not contradict it', () => {
  const moscow = cron('0 2 * * *', 'Europe/Moscow');
  assert.deepEqual(accepted(cron('TZ=Europe/Moscow 0 2 * * *')).source, moscow);
  assert.deepEqual(accepted(cron('CRON_TZ=Europe/Moscow  0 2 * * *')).source, moscow);
  assert.deepEqual(accepted(cron('TZ=Europe/Moscow 0 2 * * *', 'Europe/Moscow')).source, moscow);
  const options = { defaultTimezone: 'Asia/Tokyo' };
  assert.deepEqual(accepted(cron('TZ=Europe/Moscow 0 2 * * *', 'Asia/Tokyo'), options).source, moscow);
  assert.deepEqual(refused(cron('TZ=Europe/Moscow 0 2 * * *', 'Asia/Tokyo')), {
    field: 'timezone',
    message: 'the expression names the time zone "Europe/Moscow" and the time zone field "Asia/Tokyo"; keep one',
  });
  assert.deepEqual(accepted({ type: 'oncalendar', expression: ' Mon  02:00 Europe/Moscow', timezone: 'UTC' }).source, {
    type: 'oncalendar',
    expression: 'Mon 02:00',
    timezone: 'Europe/Moscow',
  });
});

test('a zone is an IANA name or alias, kept as it was typed', () => {
  for (const timezone of [
    'UTC',
    'Europe/Kiev',
    'Europe/Kyiv',
    'europe/moscow',
    'US/Eastern',
    'Etc/GMT+3',
    'America/Argentina/Ushuaia',
  ]) {
    assert.deepEqual(accepted(cron('0 2 * * *', timezone)).source, cron('0 2 * * *', timezone));
  }
  for (const timezone of [
    '',
    'Mars/Phobos',
    '+03:00',
    'UTC+3',
    'MSK',
    'Europe/Moscow[u-ca=iso8601]',
    '2026-01-01[UTC]',
    'UTC\n',
  ]) {
    assert.equal(refused(cron('0 2 * * *', timezone)).field, 'timezone', timezone);
  }
});

test("a crontab's line becomes what crond does with it", () => {
  const source = (expression: string) => accepted(cron(expression), { fromCrontab: true }).source;
  assert.deepEqual(source('0 0 */2 * 1'), cron('0 0 */2 * +1'));
  assert.deepEqual(source('0 0 1 * */2'), cron('0 0 1 * +*/2'));
  assert.deepEqual(source('0 0 13 * 5'), cron('0 0 13 * 5'));
  assert.deepEqual(source('0 0 * * 5'), cron('0 0 * * 5'));
  assert.deepEqual(source('@daily'), cron('@daily'));
});

test('the slots of a month without the day, of any pair of fields that never meet, are refused at once', () => {
  for (const expression of [
    '0 0 30 2 *',
    '0 0 31 2,4,6,9,11 *',
    '0 0 L-30 2 *',
    '0 0 31W 4 *',
    '0 0 30 2 +1',
    '0 0 1-7 * +1#5',
  ]) {
    const milliseconds = cpuMilliseconds(() => {
      assert.match(
        refused(cron(expression, 'America/New_York')).message,
        /^the schedule never runs before 2126;/,
        expression,
      );
    });
    assert.ok(milliseconds < 100, `${expression}: ${milliseconds} ms`);
  }
});

test('what parses can be stored: its source is read again as the same', () => {
  const days = fc
    .tuple(cronClock, cronDays)
    .map(([{ minute, hour }, { text }]) => cron(`${minute.text} ${hour.text} ${text}`));
  const dates = fc.tuple(onCalendarDays, onCalendarClock).map(([{ text }, { hour, minute }]): Schedule => {
    return { type: 'oncalendar', expression: `${text}  ${hour.text}:${minute.text} Europe/Paris`, timezone: 'UTC' };
  });
  fc.assert(
    fc.property(fc.oneof(days, dates), fc.boolean(), (schedule, fromCrontab) => {
      const first = readSchedule(schedule, { fromCrontab });
      assert.ok(first.ok);
      const again = readSchedule(first.schedule.source);
      assert.ok(again.ok);
      assert.deepEqual(again.schedule.source, first.schedule.source);
      assert.deepEqual(again.schedule.slotAfter(NOW), first.schedule.slotAfter(NOW));
    }),
    { numRuns: 200 },
  );
});

test('nothing that is typed makes it throw or take long', () => {
  const alphabet = fc.constantFrom(...'0123456789*/,-.:~#+LWH?@ TZ=Mon'.split(''));
  const typed = fc.oneof(fc.string({ maxLength: 60 }), fc.string({ unit: alphabet, maxLength: 40 }));
  fc.assert(
    fc.property(typed, fc.constantFrom('cron' as const, 'oncalendar' as const), (expression, type) => {
      const result = parseSchedule({ type, expression, timezone: 'Europe/Berlin' }, NOW);
      if (!result.ok) assert.match(result.error.message, /^.{5,300}$/);
    }),
    { numRuns: 2_000 },
  );
});

test('a slot stands for instants far out as well, and ends with the year 2199', () => {
  const yearly = accepted(cron('0 0 1 1 *'));
  assert.equal(yearly.slotAfter(Date.UTC(2199, 0, 1) - 1)?.at, Date.UTC(2199, 0, 1));
  assert.equal(yearly.slotAfter(Date.UTC(2199, 0, 1)), null);
  assert.equal(yearly.slotAfter(8.64e15), null);
  assert.equal(yearly.slotAfter(-8.64e15)?.at, 0);
});

test('a cache gives back the same schedule and keeps no more than its limit', () => {
  const cache = createScheduleCache(2);
  const read = (expression: string) => {
    const result = cache.read(cron(expression));
    assert.ok(result.ok);
    return result.schedule;
  };
  const [a, b] = [read('1 * * * *'), read('2 * * * *')];
  assert.equal(read('1 * * * *'), a);
  read('3 * * * *');
  assert.equal(read('1 * * * *'), a, 'asked for since, so it stays');
  assert.notEqual(read('2 * * * *'), b, 'not asked for longest, so it went');
  assert.equal(cache.read(cron('nonsense')).ok, false);
  assert.equal(cache.read({ type: 'period', seconds: 60 }).ok, true);
});

test('the next slot is found within 50 µs on average', () => {
  const schedules = ['*/5 * * * *', '0 2 * * *', '0 0 29 2 *', '15 3 LW * *'].map((e) =>
    accepted(cron(e, 'America/New_York')),
  );
  const calls = 5_000;
  for (const schedule of schedules) {
    const milliseconds = cpuMilliseconds(() => {
      for (let call = 0; call < calls; call += 1) schedule.slotAfter(NOW + call * 7_200_000);
    });
    const average = (milliseconds * 1_000) / calls;
    assert.ok(average < 50, `${JSON.stringify(schedule.source)}: ${average} µs`);
  }
});
