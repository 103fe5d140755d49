/** The whole of `allswell discover` on hosts that are folders, against a real node. */
import assert from 'node:assert/strict';
import { chmodSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { useDatabase } from '../../../test/harness/database.ts';
import { startTestNode, type TestNode } from '../../../test/harness/node.ts';
import { readConfig } from '../../config.ts';
import { findFreePort } from '../../platform/free-port.ts';
import { createClient } from '../client.ts';
import { type CommandContext, readArguments } from '../command.ts';
import { discoverCommand } from '../commands/discover.ts';
import { CommandError, EXIT } from '../output.ts';
import { type HostTree, makeHostTree, runAsCron, SETTINGS, WRAPPER } from './testing/host-tree.ts';
import { unwrapCommand } from './wrap.ts';

const API_KEY = 'aw_for_the_tests_of_discover_0123456789';
const db = useDatabase();
let node: TestNode;
let tree: HostTree;

before(async () => {
  await db.made;
  node = await startTestNode(db.connection, { ALLSWELL_API_KEY: API_KEY });
});
after(() => node.end());
beforeEach(() => {
  tree = makeHostTree();
});
afterEach(() => tree.remove());

async function discover(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const all = { ALLSWELL_URL: node.base, ALLSWELL_API_KEY: API_KEY, ...env };
  const read = readConfig(all, '/nonexistent');
  assert.ok(read.ok);
  const lines: string[] = [];
  const notes: string[] = [];
  const output = { line: (text: string) => void lines.push(text), note: (text: string) => void notes.push(text) };
  const context: CommandContext = { config: read.config, client: createClient(read.config, all), output };
  const words = ['--root', tree.root, '--wrapper', WRAPPER, ...args];
  const result = () => ({ text: lines.join('\n'), notes: notes.join('\n') });
  try {
    const code = await discoverCommand.run(readArguments(discoverCommand, words), context);
    return { code: code ?? EXIT.ok, error: '', ...result() };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { code: error.exitCode, error: error.message, ...result() };
  }
}

interface JobJson {
  readonly state: string;
  readonly name: string;
  readonly slug: string | null;
  readonly schedule: unknown;
  readonly path: string;
  readonly line: number | null;
  readonly reason: string | null;
  readonly notes: readonly string[];
}

async function jobs(): Promise<JobJson[]> {
  const { text, code } = await discover(['--json']);
  assert.equal(code, EXIT.ok);
  return JSON.parse(text).jobs;
}

interface Monitor {
  readonly kind: string;
  readonly status: string;
  readonly schedule: { readonly timezone: string };
  readonly start_grace_seconds: number;
}

async function api(path: string): Promise<{ readonly monitors: readonly Monitor[]; readonly ping_key: string }> {
  const response = await fetch(`${node.base}/api/v1${path}`, { headers: { Authorization: `Bearer ${API_KEY}` } });
  assert.equal(response.status, 200);
  return (await response.json()) as Awaited<ReturnType<typeof api>>;
}

async function monitorOf(slug: string): Promise<Monitor> {
  const [monitor] = (await api(`/monitors?slug=${slug}`)).monitors;
  assert.ok(monitor, slug);
  return monitor;
}

const lineOf = (path: string, number: number) => tree.text(path).split('\n')[number - 1] ?? '';

const CRONTAB = [
  'SHELL=/bin/bash',
  'MAILTO="ops@example.com"',
  '# Name: weekly greeting',
  `0 0 */2 * 1 cat; echo 'it'"'"'s' \${BASH_VERSION:+bash} 100\\%%one%two`,
  '*/5 * * * * exit 3',
  '# allswell: ignore',
  '* * * * * echo ignored',
  '@reboot echo boot',
  '61 * * * * echo never',
  '',
].join('\n');

function fillCron(): void {
  tree.write('/var/spool/cron/crontabs/root', CRONTAB, 0o600);
  tree.write(
    '/etc/crontab',
    '25 6 * * * root cd / && run-parts --report /etc/cron.daily\n7 7 * * * ghost echo boo\n',
    0o640,
  );
  tree.write('/etc/cron.daily/logrotate', '#!/bin/sh\n', 0o755);
  tree.write('/etc/cron.d/app', 'CRON_TZ=Asia/Tokyo\n0 3 * * * root /opt/app/sync --token abcdef\xff\n');
  tree.write('/etc/cron.d/app.dpkg-old', '0 3 * * * root /opt/app/old\n');
  tree.write('/etc/cron.d/with.dot', '0 3 * * * root /opt/app/dot\n');
}

function fillTimers(): void {
  tree.write('/usr/lib/systemd/system/report.timer', '[Timer]\nOnCalendar=Mon..Fri 02:00\nRandomizedDelaySec=10min\n');
  tree.write('/usr/lib/systemd/system/report.service', '[Service]\nType=oneshot\nExecStart=-/bin/echo "a b" %n\n');
  tree.write('/etc/systemd/system/report.timer.d/time.conf', '[Timer]\nOnCalendar=\nOnCalendar=Sat 03:00\n');
  tree.link('/etc/systemd/system/timers.target.wants/report.timer', '/usr/lib/systemd/system/report.timer');
  tree.write('/usr/lib/systemd/system/off.timer', '[Timer]\nOnCalendar=daily\n');
  tree.write('/usr/lib/systemd/system/boot.timer', '[Timer]\nOnBootSec=5min\n');
  tree.write('/usr/lib/systemd/system/boot.service', '[Service]\nExecStart=/bin/true\n');
  tree.link('/etc/systemd/system/timers.target.wants/boot.timer', '/usr/lib/systemd/system/boot.timer');
}

describe('the list', () => {
  test('has every job with its monitor, or why it gets none, and changes nothing', async () => {
    fillCron();
    fillTimers();
    const before = tree.snapshot();
    const found = await jobs();
    const brief = found.map(
      ({ state, name, path, line }) => `${state} ${name} ${path}${line === null ? '' : `:${line}`}`,
    );
    assert.deepEqual(brief, [
      'new cron.daily /etc/crontab:1',
      'left echo boo /etc/crontab:2',
      'new sync /etc/cron.d/app:2',
      'left dot /etc/cron.d/with.dot:1',
      'new weekly greeting /var/spool/cron/crontabs/root:4',
      'new exit /var/spool/cron/crontabs/root:5',
      'left echo ignored /var/spool/cron/crontabs/root:7',
      'left echo boot /var/spool/cron/crontabs/root:8',
      'left echo never /var/spool/cron/crontabs/root:9',
      'left boot /usr/lib/systemd/system/boot.timer',
      'new report /usr/lib/systemd/system/report.timer',
    ]);
    const byName = new Map(found.map((job) => [job.name, job]));
    assert.deepEqual(byName.get('weekly greeting')?.schedule, {
      type: 'cron',
      expression: '0 0 */2 * +1',
      timezone: 'Europe/Berlin',
    });
    assert.match(byName.get('weekly greeting')?.notes.join('; ') ?? '', /both here.*standard input.*ops@example/);
    assert.match(byName.get('sync')?.notes.join() ?? '', /no notice of CRON_TZ/);
    assert.match(byName.get('cron.daily')?.notes.join() ?? '', /runs logrotate/);
    assert.deepEqual(byName.get('report')?.schedule, {
      type: 'oncalendar',
      expression: 'Sat 03:00',
      timezone: 'Europe/Berlin',
    });
    const reasons = found.filter(({ state }) => state === 'left').map(({ reason }) => reason ?? '');
    for (const [index, reason] of [
      /no user ghost/,
      /a dot/,
      /comment above/,
      /@reboot/,
      /minute 61/,
      /once after/,
    ].entries()) {
      assert.match(reasons[index] ?? '', reason);
    }
    const { text } = await discover([]);
    assert.match(
      text,
      /^STATE +NAME +SCHEDULE .*\nnew +cron\.daily +25 6 \* \* \* +root +web1-cron-daily +\/etc\/crontab:1\n/,
    );
    assert.match(text, /\/etc\/crontab:2: left alone: there is no user ghost/);
    assert.equal((await discover(['--user', 'nobody'])).text, 'no scheduled jobs were found');
    assert.deepEqual(tree.snapshot(), before);
  });

  test('has the lines of anacron where that runs the folders', async () => {
    const test = 'test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }';
    tree.write('/etc/crontab', `25 6 * * * root ${test}\n`);
    tree.write('/etc/anacrontab', '1 5 cron.daily run-parts --report /etc/cron.daily\n');
    assert.deepEqual(
      (await jobs()).map(({ state, name, path }) => [state, name, path]),
      [['new', 'cron.daily', '/etc/crontab']],
    );
    tree.write('/usr/sbin/anacron', '', 0o755);
    const [line, anacron, ...more] = await jobs();
    assert.deepEqual(more, []);
    assert.match(line?.reason ?? '', /anacron does this here/);
    assert.deepEqual(anacron?.schedule, { type: 'period', seconds: 86_400 });
    assert.equal((await discover(['--apply'])).code, EXIT.ok);
    assert.match(tree.text('/etc/anacrontab'), /^1 5 cron\.daily \S+ web1-cron-daily -- \/bin\/sh -c 'run-parts/);
    assert.equal((await discover(['--undo'])).code, EXIT.ok);
    assert.equal(tree.text('/etc/anacrontab'), '1 5 cron.daily run-parts --report /etc/cron.daily\n');
  });

  test('of --dry-run shows the lines as they would be, and needs no server', async () => {
    fillCron();
    fillTimers();
    const before = tree.snapshot();
    const nobody = `http://127.0.0.1:${await findFreePort('127.0.0.1')}`;
    const { text, code } = await discover(['--dry-run'], { ALLSWELL_URL: nobody, ALLSWELL_API_KEY: '' });
    assert.equal(code, EXIT.ok);
    const command = `${WRAPPER} web1-exit -- /bin/bash -c 'exit 3'`;
    assert.ok(text.includes(`@@ -5 +5 @@\n-*/5 * * * * exit 3\n+*/5 * * * * ${command}`), text);
    assert.ok(text.includes('--- /dev/null\n+++ /etc/systemd/system/report.service.d/zz-allswell.conf\n'), text);
    assert.deepEqual(tree.snapshot(), before);
  });
});

describe('--apply', () => {
  test('makes the monitors and wraps the lines, which then run as before and report', async () => {
    fillCron();
    const original = lineOf('/var/spool/cron/crontabs/root', 4).slice('0 0 */2 * 1 '.length);
    const plain = await runAsCron(tree, original, '/bin/bash');
    const applied = await discover(['--apply']);
    assert.equal(applied.code, EXIT.ok, applied.error);
    assert.equal(statSync(join(tree.root, '/etc/crontab')).mode & 0o777, 0o640);
    assert.equal(statSync(join(tree.root, SETTINGS)).mode & 0o777, 0o600);
    const wrapped = lineOf('/var/spool/cron/crontabs/root', 4).slice('0 0 */2 * 1 '.length);
    assert.equal(unwrapCommand(wrapped)?.command, original);
    assert.deepEqual(await runAsCron(tree, wrapped, '/bin/bash'), plain);
    assert.match(plain.stdout, /^one\ntwo\nit's bash 100%\n$/);
    const greeting = await monitorOf('web1-weekly-greeting');
    assert.equal(greeting.kind, 'process');
    assert.equal(greeting.status, 'up');
    assert.equal(greeting.schedule.timezone, 'Europe/Berlin');
    const failing = lineOf('/var/spool/cron/crontabs/root', 5).slice('*/5 * * * * '.length);
    assert.equal((await runAsCron(tree, failing, '/bin/bash')).code, 3);
    assert.equal((await monitorOf('web1-exit')).status, 'down');
    const { ping_key } = await api('/team');
    const crontabs = ['/etc/crontab', '/etc/cron.d/app', '/var/spool/cron/crontabs/root'].map((path) =>
      tree.text(path),
    );
    assert.ok(crontabs.every((text) => !text.includes(ping_key) && !text.includes(API_KEY)));
    assert.ok(!JSON.stringify(await monitorOf('web1-sync')).includes('abcdef'));
  });

  test('changes nothing when it is done a second time', async () => {
    fillCron();
    fillTimers();
    assert.equal((await discover(['--apply'])).code, EXIT.ok);
    const before = tree.snapshot();
    const monitors = (await api('/monitors?limit=250')).monitors.length;
    const again = await discover(['--apply']);
    assert.equal(again.code, EXIT.ok, again.error);
    assert.match(again.text, /nothing was changed/);
    assert.deepEqual(tree.snapshot(), before);
    assert.equal((await api('/monitors?limit=250')).monitors.length, monitors);
    const states = (await jobs()).map(({ state }) => state);
    assert.deepEqual(new Set(states), new Set(['watched', 'left']));
  });

  test('changes nothing when the server cannot be reached, or the key may not write', async () => {
    fillCron();
    const before = tree.snapshot();
    const nobody = `http://127.0.0.1:${await findFreePort('127.0.0.1')}`;
    assert.equal((await discover(['--apply'], { ALLSWELL_URL: nobody })).code, EXIT.unreachable);
    assert.equal((await discover(['--apply'], { ALLSWELL_API_KEY: 'aw_unknown_but_long' })).code, EXIT.forbidden);
    assert.deepEqual(tree.snapshot(), before);
  });

  test('takes another slug where a monitor of another kind has it, and leaves lines alone that get too long', async () => {
    tree.write('/etc/hostname', 'web3\n');
    const body = JSON.stringify({
      kind: 'heartbeat',
      name: 'x',
      slug: 'web3-sync',
      schedule: { type: 'period', seconds: 60 },
    });
    const headers = { Authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' };
    assert.equal((await fetch(`${node.base}/api/v1/monitors`, { method: 'POST', headers, body })).status, 201);
    const long = `0 4 * * * root /opt/app/long ${'x'.repeat(950)}`;
    tree.write('/etc/cron.d/app', `0 3 * * * root /opt/app/sync\n${long}\n`);
    const { code, text } = await discover(['--apply']);
    assert.equal(code, EXIT.ok);
    assert.match(lineOf('/etc/cron.d/app', 1), / web3-sync-[0-9a-f]{6} -- \/bin\/sh -c '\/opt\/app\/sync'$/);
    assert.match(text, /\/etc\/cron\.d\/app:2: left alone: with the wrapper in front it is longer than the 998 bytes/);
    assert.equal(lineOf('/etc/cron.d/app', 2), long);
  });

  test('changes nothing when there is no room for the copies, and says why in one line', async () => {
    fillCron();
    tree.write('/var/lib/allswell-discover', 'a file where the folder belongs');
    const before = tree.snapshot();
    const { code, error } = await discover(['--apply']);
    assert.equal(code, EXIT.failed);
    assert.match(error, /allswell-discover/);
    assert.deepEqual(tree.snapshot(), before);
  });

  test('leaves those alone whose settings lead to another server', async () => {
    fillCron();
    tree.write(
      '/root/.config/allswell/config',
      'ALLSWELL_PING_URL=https://other.example\nALLSWELL_PING_KEY=abc\n',
      0o600,
    );
    const before = tree.snapshot();
    const { text, code } = await discover(['--apply']);
    assert.equal(code, EXIT.ok);
    assert.deepEqual((await api('/monitors?slug=web2-sync')).monitors, []);
    assert.match(text, /left alone: \/root\/\.config\/allswell\/config has another ping key or address/);
    assert.deepEqual(tree.snapshot(), before);
  });

  test('refuses a wrapper that is not there or that others may not run', async () => {
    fillCron();
    const before = tree.snapshot();
    const missing = await discover(['--apply', '--wrapper', '/usr/bin/allswell.sh']);
    assert.deepEqual(
      [missing.code, missing.error],
      [EXIT.failed, 'there is no /usr/bin/allswell.sh; nothing was changed'],
    );
    assert.deepEqual(tree.snapshot(), before);
    chmodSync(join(tree.root, WRAPPER), 0o700);
    assert.match((await discover(['--apply'])).error, /cannot be read and run by all users/);
  });

  test('wraps a service by a drop-in, and writes it anew when the unit was changed', async () => {
    fillTimers();
    const path = '/etc/systemd/system/report.service.d/zz-allswell.conf';
    const applied = await discover(['--apply']);
    assert.equal(applied.code, EXIT.ok, applied.error);
    assert.match(applied.notes, /systemctl daemon-reload/);
    assert.match(tree.text(path), /^ExecStart=\nExecStart=-\S+ web1-report -- \/bin\/echo "a b" %n\n/m);
    assert.equal((await monitorOf('web1-report')).start_grace_seconds, 300 + 660);
    tree.write('/usr/lib/systemd/system/report.service', '[Service]\nType=oneshot\nExecStart=/bin/echo new\n');
    assert.equal((await discover(['--apply'])).code, EXIT.ok);
    assert.match(tree.text(path), /ExecStart=\S+ web1-report -- \/bin\/echo new\n/);
    assert.equal((await discover(['--undo'])).code, EXIT.ok);
    assert.throws(() => tree.text(path));
  });
});

describe('--undo', () => {
  test('restores every byte and mode, in several steps as well, and pauses the monitors', async () => {
    fillCron();
    const before = tree.snapshot();
    assert.equal((await discover(['--apply'])).code, EXIT.ok);
    tree.write('/etc/cron.d/later', '5 5 * * * root echo later\n');
    assert.equal((await discover(['--apply'])).code, EXIT.ok);
    const undone = await discover(['--undo']);
    assert.equal(undone.code, EXIT.ok, undone.error + undone.notes);
    rmSync(join(tree.root, '/etc/cron.d/later'));
    assert.deepEqual(tree.snapshot(), before);
    assert.equal((await monitorOf('web1-sync')).status, 'paused');
    assert.match((await discover(['--undo'])).text, /nothing to take back/);
    assert.equal((await discover(['--apply'])).code, EXIT.ok);
    assert.notEqual((await monitorOf('web1-sync')).status, 'paused');
  });

  test('takes everything back without a server too, and says which monitors it could not pause', async () => {
    fillCron();
    const before = tree.snapshot();
    assert.equal((await discover(['--apply'])).code, EXIT.ok);
    const nobody = `http://127.0.0.1:${await findFreePort('127.0.0.1')}`;
    const undone = await discover(['--undo'], { ALLSWELL_URL: nobody });
    assert.equal(undone.code, EXIT.unreachable);
    assert.match(undone.notes, /no answer from .*\n.*not paused: web1-exit: no server answered/s);
    assert.deepEqual(tree.snapshot(), before);
  });

  test('leaves lines alone that were changed since, says which, and takes the others back', async () => {
    fillCron();
    assert.equal((await discover(['--apply'])).code, EXIT.ok);
    const path = '/var/spool/cron/crontabs/root';
    const changed = tree.text(path).replace('*/5 * * * * ', '*/7 * * * * ');
    tree.write(path, `# mine\n${changed}1 1 * * * echo mine\n`, 0o600);
    // Put back by hand: nothing is left to do there, and nothing to complain about.
    const byHand = '# mine\nCRON_TZ=Asia/Tokyo\n0 3 * * * root /opt/app/sync --token abcdef\xff\n';
    tree.write('/etc/cron.d/app', byHand);
    const undone = await discover(['--undo']);
    assert.equal(undone.code, EXIT.failed);
    assert.equal(tree.text('/etc/cron.d/app'), byHand);
    assert.doesNotMatch(undone.notes, /cron\.d\/app/);
    assert.match(undone.notes, /crontabs\/root: line 5 was changed since, it is left as it is/);
    const expected = `# mine\n${CRONTAB}1 1 * * * echo mine\n`.split('\n');
    const left = tree.text(path).split('\n');
    assert.match(left[5] ?? '', /^\*\/7 \* \* \* \* \S+ web1-exit -- \/bin\/bash -c 'exit 3'$/);
    assert.deepEqual(left.toSpliced(5, 1), expected.toSpliced(5, 1));
    assert.notEqual((await monitorOf('web1-exit')).status, 'paused');
    assert.equal((await monitorOf('web1-weekly-greeting')).status, 'paused');
    // The line that is left goes on reporting, so it needs its settings.
    assert.match(tree.text(SETTINGS), /^ALLSWELL_PING_KEY=/m);
    tree.write(path, tree.text(path).replace('*/7 * * * * ', '*/5 * * * * '), 0o600);
    assert.equal((await discover(['--undo'])).code, EXIT.ok);
    assert.equal(lineOf(path, 6), '*/5 * * * * exit 3');
    assert.throws(() => tree.text(SETTINGS));
  });
});

test('options that exclude each other, and a root that is not there, are refused', async () => {
  assert.equal((await discover(['--apply', '--undo'])).code, EXIT.misused);
  assert.equal((await discover(['--root', '/nonexistent/host'])).code, EXIT.misused);
});
