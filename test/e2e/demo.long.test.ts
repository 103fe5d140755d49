/** `allswell demo` as a process: ready by itself, alive, and gone without a trace. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { waitFor } from '../harness/wait-for.ts';
import { LAUNCHER, runCli } from './cli-process.ts';
import { makeFolder, removeFolder } from './server-process.ts';

const READY_WITHIN_MS = 180_000;
/** The liveliest job of the story speaks once a minute. */
const ALIVE_WITHIN_MS = 90_000;

const folder = makeFolder();
const running = new Set<ChildProcess>();
after(async () => {
  for (const child of running) child.kill('SIGTERM');
  await Promise.all([...running].map((child) => once(child, 'close')));
  removeFolder(folder);
});

/** Settings of a real install beside it, all of which would make it fail if it looked at them. */
function realInstall(name: string) {
  const home = join(folder, name);
  mkdirSync(join(home, 'tmp'), { recursive: true });
  const env = {
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    ALLSWELL_DATA: join(home, 'data'),
    ALLSWELL_ROLES: 'watch',
    SMTP_URL: 'smtp://127.0.0.1:1',
    TMPDIR: join(home, 'tmp'),
  };
  return { home, env };
}

function startDemo(cwd: string, env: Readonly<Record<string, string>>, args: readonly string[]) {
  const child = spawn(LAUNCHER, ['demo', ...args], { cwd, env: { PATH: process.env.PATH ?? '', ...env } });
  running.add(child);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child);
    return code as number | null;
  });
  const ready = async () => {
    await waitFor('its ready line', () => stdout.includes('password') || child.exitCode !== null, READY_WITHIN_MS);
    const [, url = ''] = /ready at (\S+)/.exec(stdout) ?? [];
    const [, email = '', password = ''] = /Sign in as (\S+) with the password (\S+)/.exec(stdout) ?? [];
    assert.notEqual(password, '', stdout + stderr);
    return { url, email, password };
  };
  const stop = async () => {
    child.kill('SIGTERM');
    assert.equal(await ended, 0, stderr);
    assert.equal(stderr, '');
  };
  return { ready, stop };
}

/** Somebody at a browser: what they see of the API. */
async function signIn({ url, email, password }: { url: string; email: string; password: string }) {
  const answer = await fetch(`${url}/api/auth/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ email, password }),
  });
  assert.equal(answer.status, 200, await answer.text());
  const cookie = answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  return async (path: string) => {
    const response = await fetch(`${url}${path}`, { headers: { cookie } });
    assert.equal(response.status, 200, path);
    return (await response.json()) as Record<string, never> & {
      monitors: { name: string; signal_count: number }[];
      counts: Record<string, number>;
    };
  };
}

describe('allswell demo', () => {
  test('shows a story that goes on, beside a real install that it never looks at, and deletes itself', async () => {
    const { home, env } = realInstall('beside');
    const demo = startDemo(home, env, []);
    const see = await signIn(await demo.ready());
    const { counts } = await see('/api/v1/overview');
    assert.equal(counts.down, 2);
    const heard = async () => {
      const { monitors } = await see('/api/v1/monitors?search=price%20feed');
      return monitors[0]?.signal_count ?? 0;
    };
    const before = await heard();
    assert.ok(before > 1_000, `a job that speaks every minute was heard ${before} times`);
    await waitFor('a ping', async () => (await heard()) > before, ALIVE_WITHIN_MS);
    await demo.stop();
    assert.deepEqual(readdirSync(join(home, 'tmp')), []);
    assert.equal(existsSync(join(home, 'data')), false);
  });

  test('is kept where it is told to, and goes on there with the same people', async () => {
    const { home, env } = realInstall('kept');
    const args = ['--data', 'kept', '--seed', 'kept'];
    const first = startDemo(home, env, args);
    const one = await first.ready();
    await first.stop();
    const second = startDemo(home, env, args);
    const again = await second.ready();
    assert.deepEqual([again.email, again.password], [one.email, one.password]);
    const see = await signIn(again);
    assert.ok((await see('/api/v1/monitors')).monitors.length > 10);
    await second.stop();
  });

  test('touches no folder in which something else lives', async () => {
    const { home, env } = realInstall('taken');
    mkdirSync(join(home, 'data'));
    writeFileSync(join(home, 'data', 'secret-key'), 'of a real install');
    const { code, stderr } = await runCli(['demo', '--data', 'data'], { cwd: home, env });
    assert.equal(code, 1);
    assert.match(stderr, /neither empty nor the folder of a demonstration; nothing was changed/);
    assert.deepEqual(readdirSync(join(home, 'data')), ['secret-key']);
  });

  test('refuses what it does not understand', async () => {
    for (const args of [
      ['--port', 'many'],
      ['--at', 'noon'],
      ['--loud'],
      ['here'],
      ['--seed', 'known', '--host', '0.0.0.0'],
    ]) {
      const { code, stderr } = await runCli(['demo', ...args], { cwd: folder });
      assert.equal(code, 2, stderr);
      assert.match(stderr, /usage: allswell demo/);
    }
  });
});
