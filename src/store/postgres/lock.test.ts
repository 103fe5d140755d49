import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemRandom } from '../../platform/random.ts';
import { HOLDER_FILE, LOCK_FILE, lockDataDir, unlockDataDir } from './lock.ts';
import { readProcess } from './proc.ts';
import { newScene } from './testing/scene.ts';

async function folder(t: Parameters<typeof newScene>[0]): Promise<string> {
  const { dataDir } = await newScene(t, { fresh: true });
  await mkdir(dataDir);
  return dataDir;
}

const lock = (dataDir: string) => lockDataDir(dataDir, 'somebody', systemRandom);

test('a folder is locked once, also within one process, and again after its release', async (t) => {
  const dataDir = await folder(t);
  const first = await lock(dataDir);
  assert.ok(first.ok);
  const text = await readFile(join(dataDir, HOLDER_FILE), 'utf8');
  assert.equal(text, `${process.pid} ${readProcess(process.pid)?.startTicks}\n`);

  const second = await lock(dataDir);
  assert.ok(!second.ok);
  assert.equal(second.error.code, 'data_in_use');
  assert.ok(second.error.message.includes(`process ${process.pid}`), second.error.message);

  await unlockDataDir(dataDir, first.value);
  const third = await lock(dataDir);
  assert.ok(third.ok);
  await unlockDataDir(dataDir, third.value);
});

test('of many at once exactly one gets the lock', async (t) => {
  const dataDir = await folder(t);
  const results = await Promise.all(Array.from({ length: 20 }, () => lock(dataDir)));
  const winners = results.filter((result) => result.ok);
  assert.equal(winners.length, 1);
  for (const winner of winners) await unlockDataDir(dataDir, winner.value);
});

test('a holder that cannot be true is not named, and does not decide', async (t) => {
  const dataDir = await folder(t);
  const first = await lock(dataDir);
  assert.ok(first.ok);
  for (const text of ['', 'x', '1 1\n', `${process.pid} 1\n`]) {
    await writeFile(join(dataDir, HOLDER_FILE), text);
    const second = await lock(dataDir);
    assert.ok(!second.ok);
    assert.match(second.error.message, /its process is not visible from here/, text);
  }
  first.value.release();
  // The names of a dead holder are still there.
  const third = await lock(dataDir);
  assert.ok(third.ok);
  await unlockDataDir(dataDir, third.value);
});

test('the lock file is never written, nor one beside it', async (t) => {
  const dataDir = await folder(t);
  const first = await lock(dataDir);
  assert.ok(first.ok);
  assert.deepEqual((await readdir(dataDir)).sort(), [HOLDER_FILE, LOCK_FILE]);
  await unlockDataDir(dataDir, first.value);
  assert.equal((await stat(join(dataDir, LOCK_FILE))).size, 0);
});

test('a lock that cannot be made is refused with a reason', async (t) => {
  const dataDir = await folder(t);
  await mkdir(join(dataDir, LOCK_FILE));
  const refused = await lock(dataDir);
  assert.ok(!refused.ok);
  assert.equal(refused.error.code, 'not_writable');
});
