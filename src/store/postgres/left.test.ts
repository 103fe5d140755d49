import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../platform/clock.ts';
import { systemRandom } from '../../platform/random.ts';
import { findRunning, hasCluster, stopLeftPostgres } from './left.ts';
import type { StopMode } from './postmaster.ts';
import { ask, newScene, type Scene, silentLogger } from './testing/scene.ts';

const stopLeft = (scene: Scene, mode: StopMode = 'fast') =>
  stopLeftPostgres({
    dataDir: scene.dataDir,
    mode,
    logger: silentLogger,
    clock: systemClock,
    random: systemRandom,
  });

for (const mode of ['fast', 'immediate'] as const) {
  test(`what a killed allswell left running is stopped (${mode}), and keeps what it acknowledged`, async (t) => {
    const scene = await newScene(t);
    const child = scene.child({ parameters: {} });
    const { connection, pid } = await child.ready();
    await ask(connection, 'create table kept as select 7 as seven');
    await child.kill();
    assert.deepEqual(await findRunning(scene.dataDir), connection);
    assert.deepEqual(await stopLeft(scene, mode), { ok: true, value: { pid } });
    assert.equal(await findRunning(scene.dataDir), null);
    assert.deepEqual(await stopLeft(scene, mode), { ok: true, value: { pid: null } });
    const postgres = await scene.open();
    assert.deepEqual(await ask(postgres.connection, 'select seven::text from kept'), [{ seven: '7' }]);
  });
}

test('while an allswell holds the folder, it is refused and nothing is stopped', async (t) => {
  const scene = await newScene(t);
  const child = scene.child();
  const { connection } = await child.ready();
  const refused = await stopLeft(scene);
  assert.ok(!refused.ok);
  assert.equal(refused.error.code, 'data_in_use');
  assert.match(refused.error.message, new RegExp(`process ${child.process.pid}\\b`));
  assert.deepEqual(await ask(connection, "select 'alive' as word"), [{ word: 'alive' }]);
});

test('a folder without a database, or without a folder, has nothing to stop', async (t) => {
  const scene = await newScene(t, { fresh: true });
  assert.equal(await hasCluster(scene.dataDir), false);
  assert.deepEqual(await stopLeft(scene), { ok: true, value: { pid: null } });
  await mkdir(join(scene.dataDir, 'postgres'), { recursive: true });
  assert.equal(await hasCluster(scene.dataDir), false);
  await writeFile(join(scene.dataDir, 'postgres', 'PG_VERSION'), '15\n');
  assert.equal(await hasCluster(scene.dataDir), true);
  // Of another version: it needs no programs to see that nothing runs.
  assert.deepEqual(await stopLeft(scene), { ok: true, value: { pid: null } });
});
