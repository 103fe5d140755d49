import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { findFreePort } from '../../src/platform/free-port.ts';
import { startHttpReceiver } from '../harness/receivers/http-receiver.ts';
import { type Product, startProduct } from './product.ts';

const run = promisify(execFile);
const REPOSITORY = join(import.meta.dirname, '../..');
/** A minute until cron runs the job, one until it does not, and the time for both to be noticed. */
const CRON_TEST_MS = 240_000;

function missing(): string | null {
  if (process.getuid?.() !== 0) return 'only root may install a crontab line in /etc/cron.d';
  if (spawnSync('sh', ['-c', 'command -v cron && command -v curl && command -v git']).status !== 0) {
    return 'cron, curl and git are needed: apt-get install cron curl git';
  }
  return null;
}

/** The system's cron, started when none runs. */
function startCron(): () => void {
  if (spawnSync('pgrep', ['-x', 'cron']).status === 0) return () => undefined;
  const cron = spawn('cron', ['-f'], { stdio: 'ignore' });
  return () => void cron.kill();
}

/** cron itself is what we wait for; there is no event for that but looking. The test's own limit ends it. */
async function until(condition: () => boolean | Promise<boolean>, everyMs: number): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, everyMs));
}

describe('a fresh clone, started as the README says', { skip: missing() ?? false }, () => {
  const home = mkdtempSync(join(tmpdir(), 'allswell-newcomer-'));
  // Started by root, the database runs as another user, who has to pass.
  chmodSync(home, 0o755);
  const clone = join(home, 'allswell');
  const env = {
    HOME: home,
    PATH:
      process.env.PATH?.split(':')
        .filter((dir) => !dir.includes('node_modules'))
        .join(':') ?? '',
  };
  const npm = (...args: string[]) =>
    run('npm', args, { cwd: clone, env: { ...env, PORT: String(port) }, timeout: 300_000 });
  let port = 0;
  let product: Product;

  before(async () => {
    port = await findFreePort('127.0.0.1');
    await run('git', ['clone', '--quiet', REPOSITORY, clone]);
    await run('npm', ['ci'], { cwd: clone, env, timeout: 300_000 });
    product = await startProduct({
      command: ['npm', 'start'],
      cwd: clone,
      env: { ...env, PORT: String(port) },
      readyWithinMs: 60_000,
    });
  });
  after(async () => {
    await product?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  test('prints one ready line, the lines to go on with, and a link that works once', async () => {
    // The lines after the ready line may arrive a moment later.
    await until(() => product.printed.some((line) => line.includes('/setup/')), 20);
    const text = product.printed.join('\n');
    assert.match(text, /^allswell is ready at http:\/\/localhost:\d+ /m);
    assert.match(text, /allswell -- monitor add/);
    const link = /(http\S+\/setup\/\S+)/.exec(text)?.[1] ?? '';
    assert.equal((await fetch(link)).status, 200, 'looking does not use it up');
    const form = new URLSearchParams({ name: 'Anna', email: 'anna@example.com', password: 'a long password' });
    const first = await fetch(link, { method: 'POST', body: form });
    const key = /aw_[0-9A-Za-z]{40}/.exec(await first.text())?.[0];
    assert.ok(key, 'it shows a key');
    const listed = await fetch(`${product.url}/api/v1/monitors`, { headers: { Authorization: `Bearer ${key}` } });
    assert.equal(listed.status, 200, 'the key works');
    assert.equal((await fetch(link, { method: 'POST', body: form })).status, 410, 'once');
  });

  test('a real cron job that stops is told within a second of its deadline', { timeout: CRON_TEST_MS }, async () => {
    const receiver = await startHttpReceiver();
    const stopCron = startCron();
    const crontab = `/etc/cron.d/allswell-test-${process.pid}`;
    try {
      await npm('run', '-s', 'allswell', '--', 'channel', 'add', 'webhook', '--url', `${receiver.url}/hook`);
      const added = await npm(
        'run',
        '-s',
        'allswell',
        '--',
        'monitor',
        'add',
        'every minute',
        '--cron',
        '* * * * *',
        '--grace',
        '5s',
      );
      const line = /^ *(curl .*)$/m.exec(added.stdout)?.[1];
      assert.ok(line, `monitor add prints the line: ${added.stdout}`);
      writeFileSync(crontab, `* * * * * root ${line}\n`, { mode: 0o644 });
      const show = async () =>
        JSON.parse((await npm('run', '-s', 'allswell', '--', 'monitor', 'show', 'every minute', '--json')).stdout);
      await until(async () => (await show()).status === 'up', 1_000);
      rmSync(crontab);
      const { due_at: dueAt } = await show();
      await until(() => receiver.requests.some((request) => request.text.includes('incident.opened')), 100);
      const lateMs = Date.now() - Date.parse(dueAt);
      assert.ok(lateMs >= 0 && lateMs < 2_000, `told ${lateMs} ms after the deadline`);
      assert.equal((await show()).status, 'down');
    } finally {
      if (existsSync(crontab)) rmSync(crontab);
      stopCron();
      await receiver.close();
    }
  });

  test('ends in order, and the next start finds everything again', async () => {
    await product.stop();
    await until(() => portIsFree(port), 100);
    const serve = { cwd: clone, env: { ...env, PORT: String(port) }, readyWithinMs: 30_000 };
    product = await startProduct({ command: ['bin/allswell', 'serve'], ...serve });
    assert.ok(!product.printed.join('\n').includes('/setup/'), 'the link is made once in the life of an install');
    const listed = await npm('run', '-s', 'allswell', '--', 'monitor', 'list');
    assert.match(listed.stdout, /every minute/);
    assert.equal(await product.stop(), 0);
  });
});

async function portIsFree(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/healthz`).then(
    () => false,
    () => true,
  );
}
