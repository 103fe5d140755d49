import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseAnacrontab } from './anacrontab.ts';
import { type CrontabForm, type CrontabJob, parseCrontab } from './crontab.ts';

const parse = (lines: readonly string[], form: CrontabForm = 'user') => parseCrontab(`${lines.join('\n')}\n`, form);

function only(lines: readonly string[], form: CrontabForm = 'user'): CrontabJob {
  const [job, ...more] = parse(lines, form);
  assert.ok(job);
  assert.deepEqual(more, []);
  return job;
}

/** line → head, schedule, user, command */
const LINES: readonly [CrontabForm, string, string, string, string | null, string][] = [
  ['user', '0 2 * * * backup', '0 2 * * * ', '0 2 * * *', null, 'backup'],
  ['user', ' \t0  2\t* * *\t backup --all ', ' \t0  2\t* * *\t ', '0 2 * * *', null, 'backup --all '],
  ['user', '@daily backup', '@daily ', '@daily', null, 'backup'],
  [
    'user',
    '*/5 9-17 1,15 jan-mar mon-fri x',
    '*/5 9-17 1,15 jan-mar mon-fri ',
    '*/5 9-17 1,15 jan-mar mon-fri',
    null,
    'x',
  ],
  ['user', '* * * * * A=1 B="2 3" job', '* * * * * ', '* * * * *', null, 'A=1 B="2 3" job'],
  ['user', '* * * * * job # not a comment', '* * * * * ', '* * * * *', null, 'job # not a comment'],
  ['user', '0 0 * * * mail%Hello%you', '0 0 * * * ', '0 0 * * *', null, 'mail%Hello%you'],
  ['user', '0 0 * * * goes on \\', '0 0 * * * ', '0 0 * * *', null, 'goes on \\'],
  [
    'system',
    '17 *\t* * *\troot\tcd / && run-parts --report /etc/cron.hourly',
    '17 *\t* * *\troot\t',
    '17 * * * *',
    'root',
    'cd / && run-parts --report /etc/cron.hourly',
  ],
  ['system', '@reboot www-data /srv/start', '@reboot www-data ', '@reboot', 'www-data', '/srv/start'],
];

describe('a line of a crontab', () => {
  for (const [form, line, head, schedule, user, command] of LINES) {
    test(`of the form ${form} is taken apart: ${line}`, () => {
      const job = only([line], form);
      assert.deepEqual(
        [job.head, job.schedule, job.user, job.command, job.fault],
        [head, schedule, user, command, null],
      );
    });
  }

  for (const [line, form] of [
    ['0 2 * * *', 'user'],
    ['0 2 * * * root', 'system'],
    ['@daily', 'user'],
    ['backup --all', 'user'],
  ] as const) {
    test(`that cron does not understand is said to be so: ${line}`, () => {
      assert.match(only([line], form).fault ?? '', /does not understand/);
    });
  }

  test('is none when it is a comment, blank or a setting', () => {
    assert.deepEqual(parse(['# 0 2 * * * backup', '', ' \t', '  # x', 'MAILTO=a@b', ' PATH = /bin ', '"A B"=1']), []);
  });

  test('ends with a line feed, and not as in Windows', () => {
    assert.match(parseCrontab('0 2 * * * backup', 'user')[0]?.fault ?? '', /no line end/);
    assert.match(parseCrontab('0 2 * * * backup\r\n', 'user')[0]?.fault ?? '', /carriage return/);
    assert.deepEqual(parseCrontab('# x\r\n\r\n', 'user'), []);
  });
});

test('settings hold for the lines below them, without their quotes', () => {
  const [first, second] = parse([
    '1 1 * * * a',
    'SHELL=/bin/bash',
    `CRON_TZ = "Europe/Moscow" `,
    "E=''",
    '2 2 * * * b',
  ]);
  assert.deepEqual([...(first?.environment ?? [])], []);
  assert.deepEqual(
    [...(second?.environment ?? [])],
    [
      ['SHELL', '/bin/bash'],
      ['CRON_TZ', 'Europe/Moscow'],
      ['E', ''],
    ],
  );
});

test('comments right above a line name it or take it out', () => {
  const jobs = parse([
    '# Name: nightly backup',
    '# of the shop',
    '0 2 * * * a',
    '# allswell: ignore',
    '0 3 * * * b',
    '# name: lost',
    '',
    '0 4 * * * c',
  ]);
  assert.deepEqual(
    jobs.map(({ hints }) => hints),
    [
      { name: 'nightly backup', ignored: false },
      { name: null, ignored: true },
      { name: null, ignored: false },
    ],
  );
});

test('an anacrontab is read, without lines that go on', () => {
  const text =
    'SHELL=/bin/sh\n1\t5\tcron.daily\trun-parts --report /etc/cron.daily\n@monthly 15 m job\n7 10 w a \\\n  b\n';
  const jobs = parseAnacrontab(text);
  assert.deepEqual(
    jobs.map(({ head, periodSeconds, delaySeconds, identifier, command }) => [
      head,
      periodSeconds,
      delaySeconds,
      identifier,
      command,
    ]),
    [
      ['1\t5\tcron.daily\t', 86_400, 300, 'cron.daily', 'run-parts --report /etc/cron.daily'],
      ['@monthly 15 m ', 31 * 86_400, 900, 'm', 'job'],
    ],
  );
});
