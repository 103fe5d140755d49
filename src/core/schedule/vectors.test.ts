import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSchedule, type ReadOptions } from './schedule.ts';
import { cpuMilliseconds } from './testing/cpu-time.ts';

const ZONES: Readonly<Record<string, string>> = {
  New_York: 'America/New_York',
  London: 'Europe/London',
  Lord_Howe: 'Australia/Lord_Howe',
  Moscow: 'Europe/Moscow',
  UTC: 'UTC',
};

interface Vector {
  readonly number: string;
  readonly expression: string;
  readonly zone: string;
  readonly from: string;
  /** Instants; the year is that of `from` unless written, and only grows. A date alone is midnight UTC. */
  readonly expected: string;
  readonly options?: ReadOptions;
}

function vector(number: string, row: string, options?: ReadOptions): Vector {
  const [expression = '', zone = '', from = '', expected = ''] = row.split('|').map((cell) => cell.trim());
  return { number, expression, zone, from, expected, ...(options ? { options } : {}) };
}

/** The test vectors of the schedule policy: 1 to 33, checked against other engines and a brute-force oracle. */
const VECTORS: readonly Vector[] = [
  vector('1', '30 2 * * * | New_York | 2026-03-07T12:00Z | 03-08T07:00Z, 03-09T06:30Z'),
  vector('2', '0 2 * * * | New_York | 2026-03-07T12:00Z | 03-08T07:00Z, 03-09T06:00Z'),
  vector('3', '*/15 * * * * | New_York | 2026-03-08T06:40Z | 03-08T06:45Z, 03-08T07:00Z, 03-08T07:15Z'),
  vector('4', '0 */2 * * * | New_York | 2026-03-08T05:30Z | 03-08T08:00Z, 03-08T10:00Z'),
  vector('5', '30 1 * * * | New_York | 2026-10-31T12:00Z | 11-01T05:30Z, 11-02T06:30Z'),
  vector('6', '*/30 * * * * | New_York | 2026-11-01T05:10Z | 11-01T05:30Z, 11-01T06:00Z, 11-01T06:30Z, 11-01T07:00Z'),
  vector('7', '0 1 * * * | New_York | 2026-11-01T05:30Z | 11-02T06:00Z'),
  vector('8', '0,30 2 * * * | New_York | 2026-03-07T12:00Z | 03-08T07:00Z, 03-09T06:00Z'),
  vector('9', '30 2 8 3 * | New_York | 2026-01-01T00:00Z | 2026-03-08T07:00Z, 2027-03-08T07:30Z'),
  vector('10', '30 1 * * * | London | 2026-03-28T12:00Z | 03-29T01:00Z, 03-30T00:30Z'),
  vector('11', '30 1 * * * | London | 2026-10-24T12:00Z | 10-25T00:30Z, 10-26T01:30Z'),
  vector('12', '0 */6 * * * | London | 2026-03-28T23:00Z | 03-29T00:00Z, 03-29T05:00Z, 03-29T11:00Z'),
  vector('13', '59 23 L * * | London | 2026-10-25T00:00Z | 10-31T23:59Z, 11-30T23:59Z'),
  vector('14', '15 2 * * * | Lord_Howe | 2026-10-03T00:00Z | 10-03T15:30Z, 10-04T15:15Z'),
  vector('15', '*/15 * * * * | Lord_Howe | 2026-10-03T15:10Z | 10-03T15:15Z, 10-03T15:30Z, 10-03T15:45Z'),
  vector('16', '0 2 * * * | Lord_Howe | 2026-10-03T00:00Z | 10-03T15:30Z'),
  vector('17', '30 2 * * * | Moscow | 2026-03-28T12:00Z | 03-28T23:30Z, 03-29T23:30Z'),
  vector('18', '30 1 * * * | Moscow | 2014-10-25T00:00Z | 10-25T21:30Z, 10-26T22:30Z'),
  vector('19', '0 0 29 2 * | UTC | 2026-01-01T00:00Z | 2028-02-29, 2032-02-29'),
  vector('20', '0 0 29 2 * | UTC | 2096-03-01T00:00Z | 2104-02-29'),
  vector('21', '0 0 31 * * | UTC | 2026-01-31T00:00Z | 03-31, 05-31, 07-31'),
  vector('23', '0 0 29 2 1 | UTC | 2026-01-01T00:00Z | 2026-02-02, 02-09'),
  vector('24', '0 0 13 * 5 | UTC | 2026-11-20T00:00Z | 11-27, 12-04, 12-11, 12-13'),
  vector('25', '0 0 13 * +5 | UTC | 2026-11-20T00:00Z | 2027-08-13, 2028-10-13'),
  vector('26 (as a job)', '0 0 */2 * 1 | UTC | 2026-11-20T00:00Z | 11-21, 11-23, 11-25'),
  vector('26 (from a crontab)', '0 0 */2 * 1 | UTC | 2026-11-20T00:00Z | 11-23, 12-07, 12-21', { fromCrontab: true }),
  vector('27', '0 0 * * 5-7 | UTC | 2026-11-20T00:00Z | 11-21, 11-22, 11-27'),
  vector('28', '0 0 L * * | UTC | 2028-02-01T00:00Z | 2028-02-29, 03-31'),
  vector('29', '0 0 15W * * | UTC | 2026-08-01T00:00Z | 08-14, 09-15'),
  vector('30', '0 0 1W * * | UTC | 2026-07-31T12:00Z | 08-03'),
  vector('31', '0 0 LW * * | UTC | 2026-05-01T00:00Z | 05-29'),
  vector('32', '0 0 * * 5L | UTC | 2026-11-20T00:00Z | 11-27, 12-25'),
  vector('33', '0 0 L-3 * * | UTC | 2026-02-01T00:00Z | 2026-02-25'),
];

function expectedInstants({ from, expected }: Vector): string[] {
  return expected.split(', ').map((text) => {
    const dated = /^\d{4}/.test(text) ? text : `${from.slice(0, 4)}-${text}`;
    return new Date(dated.includes('T') ? dated : `${dated}T00:00Z`).toISOString();
  });
}

for (const row of VECTORS) {
  test(`vector ${row.number}: ${row.expression} in ${row.zone} after ${row.from}`, () => {
    const from = Date.parse(row.from);
    const parsed = parseSchedule(
      { type: 'cron', expression: row.expression, timezone: ZONES[row.zone] ?? '' },
      from,
      row.options,
    );
    assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.message);
    const expected = expectedInstants(row);
    const found: string[] = [];
    let ref = from;
    while (found.length < expected.length) {
      const slot = parsed.schedule.slotAfter(ref);
      assert.ok(slot);
      found.push(new Date(slot.at).toISOString());
      ref = slot.at;
    }
    assert.deepEqual(found, expected);
  });
}

test('vector 22: 0 0 30 2 * never runs and says so within 100 ms', () => {
  const milliseconds = cpuMilliseconds(() => {
    const schedule = { type: 'cron', expression: '0 0 30 2 *', timezone: 'UTC' } as const;
    assert.deepEqual(parseSchedule(schedule, Date.parse('2026-11-21T00:00Z')), {
      ok: false,
      error: { field: 'expression', message: 'the schedule never runs before 2126; look at its day, month and year' },
    });
  });
  assert.ok(milliseconds < 100, `${milliseconds} ms`);
});

const FIELDS = 'minute, hour, day of month, month, day of week';

/** What is refused, and the sentence that a person reads. */
const REJECTS: ReadonlyArray<readonly [expression: string, sentence: string]> = [
  ['60 * * * *', 'minute 60 is not between 0 and 59'],
  ['* 24 * * *', 'hour 24 is not between 0 and 23'],
  ['* * 0 * *', 'day of month 0 is not between 1 and 31'],
  ['* * 32 * *', 'day of month 32 is not between 1 and 31'],
  ['* * * 13 *', 'month 13 is not between 1 and 12'],
  ['* * * * 8', 'day of week 8 is not between 0 and 7'],
  ['*/0 * * * *', 'minute: the step 0 is not between 1 and 60'],
  ['*/61 * * * *', 'minute: the step 61 is not between 1 and 60'],
  ['', `the cron expression is empty; it needs five fields: ${FIELDS}`],
  ['* * *', `the cron expression has 3 fields and five are needed: ${FIELDS}`],
  ['* * * * * * * *', `the cron expression has 8 fields and five are needed: ${FIELDS}`],
  ['5-1 * * * *', 'minute "5-1" runs backwards; write 5-59,0-1 to go across the end'],
  ['1,,2 * * * *', 'minute "1,,2" has an empty place in its list'],
  ['1.5 * * * *', 'minute "1.5" is not a whole number'],
  ['0x1 * * * *', 'minute "0x1" is not a whole number'],
];

for (const [expression, sentence] of REJECTS) {
  test(`refused: ${JSON.stringify(expression)}`, () => {
    assert.deepEqual(parseSchedule({ type: 'cron', expression, timezone: 'UTC' }, 0), {
      ok: false,
      error: { field: 'expression', message: sentence },
    });
  });
}

test('refused: the time zone Mars/Phobos', () => {
  assert.deepEqual(parseSchedule({ type: 'cron', expression: '0 2 * * *', timezone: 'Mars/Phobos' }, 0), {
    ok: false,
    error: {
      field: 'timezone',
      message:
        'time zone "Mars/Phobos" is not in the IANA time zone database; write a name such as Europe/Moscow or UTC',
    },
  });
});
