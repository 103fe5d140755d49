import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { waitFor } from '../../test/harness/wait-for.ts';
import { kindsOf, RUN, useScene } from './testing/scene.ts';

function hasFlock(): boolean {
  try {
    execFileSync('flock', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const skip = hasFlock() ? false : 'the program flock is not here';

describe('the lock', { skip }, () => {
  const scene = useScene();
  /** A job that holds the lock until it is let go. */
  const hold = async (...options: string[]) => {
    const gate = join(scene.folder, 'gate');
    const line = `echo holding $$; while [ ! -e ${gate} ]; do sleep 0.02; done`;
    const running = scene.start([process.execPath, RUN, scene.pingUrl, '--lock', ...options, '--', 'sh', '-c', line]);
    const pid = Number((await running.line(/^holding/)).split(' ')[1]);
    return { running, pid, letGo: () => writeFileSync(gate, '') };
  };
  const second = (...options: string[]) => scene.run([scene.pingUrl, '--lock', ...options, '--', 'echo', 'second']);

  test('lets a second run skip: a log, no failure', async () => {
    const first = await hold();
    const ended = await second();
    assert.equal(ended.code, 0);
    assert.equal(ended.stdout, '');
    assert.equal(ended.stderr, 'allswell: skipped: another run holds the lock\n');
    assert.deepEqual(kindsOf(scene.server), ['start', 'log']);
    first.letGo();
    assert.equal((await first.running.ended).code, 0);
    assert.equal((await second()).stdout, 'second\n');
  });

  test('or fail, where that is asked for', async () => {
    const first = await hold();
    const ended = await second('--if-locked', 'fail');
    assert.equal(ended.code, 75);
    assert.deepEqual(kindsOf(scene.server), ['start', '75']);
    first.letGo();
    await first.running.ended;
  });

  test('or wait for its turn', async () => {
    const first = await hold();
    const waiting = second('--if-locked', 'wait=30s');
    first.letGo();
    assert.equal((await waiting).stdout, 'second\n');
    await first.running.ended;
  });

  test('or wait in vain', async () => {
    const first = await hold();
    assert.equal((await second('--if-locked=wait=200ms')).code, 75);
    first.letGo();
    await first.running.ended;
  });

  test('goes by its name', async () => {
    const first = await hold();
    assert.equal((await second('--lock=another')).stdout, 'second\n');
    first.letGo();
    await first.running.ended;
  });

  test('is held by the job when the wrapper is killed', async () => {
    const first = await hold('--no-output');
    first.running.child.kill('SIGKILL');
    await waitFor('the wrapper is gone', () => first.running.child.signalCode !== null);
    assert.equal((await second()).stdout, '');
    first.letGo();
    await waitFor('the job is gone', () => !existsSync(`/proc/${first.pid}`));
    assert.equal((await second()).stdout, 'second\n');
  });

  test('is not held by what a job leaves behind', async () => {
    const gate = join(scene.folder, 'gate');
    const line = `(while [ ! -e ${gate} ]; do sleep 0.02; done) >/dev/null 2>&1 &`;
    assert.equal((await scene.run([scene.pingUrl, '--lock', '--', 'sh', '-c', line])).code, 0);
    assert.equal((await second()).stdout, 'second\n');
    writeFileSync(gate, '');
  });

  test('that cannot be made does not keep the job from running, unless it is strict', async () => {
    writeFileSync(join(scene.folder, 'state'), 'a file where a folder should be');
    const ended = await second();
    assert.equal(ended.stdout, 'second\n');
    assert.match(ended.stderr, /^allswell: started without a lock: the lock could not be made: ENOTDIR\n/);
    assert.equal((await second('--strict')).code, 125);
  });
});

describe('a random wait before the start', () => {
  const scene = useScene();

  test('is ended by a signal, and the job does not start', async () => {
    const running = scene.start([process.execPath, RUN, scene.pingUrl, '--jitter', '1d', '--', 'echo', 'started']);
    const status = () => (existsSync(`/proc/${running.child.pid}/status`) ? caught(running.child.pid ?? 0) : true);
    await waitFor('it listens to signals', status);
    running.child.kill('SIGTERM');
    const ended = await running.ended;
    assert.equal(ended.code, 143);
    assert.equal(ended.stdout, '');
  });

  test('is short when it may be short', async () => {
    assert.equal((await scene.run([scene.pingUrl, '--jitter', '50ms', '--', 'echo', 'started'])).stdout, 'started\n');
  });
});

/** Whether a process catches SIGUSR2, which Node does not do by itself, by what the kernel says. */
function caught(pid: number): boolean {
  const mask = /^SigCgt:\s+([0-9a-f]+)$/m.exec(execFileSync('cat', [`/proc/${pid}/status`], { encoding: 'utf8' }))?.[1];
  return (BigInt(`0x${mask ?? '0'}`) & (1n << 11n)) !== 0n;
}
