import assert from 'node:assert/strict';
import { access, chown, mkdir, readdir, rm, watch, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { findAccount } from './account.ts';
import { chooseDataDir } from './data-dir.ts';
import { QUOTED_TEXT_LIMIT } from './errors.ts';
import { LOCK_FILE } from './lock.ts';
import { ask, isRoot, newScene } from './testing/scene.ts';

test('a file in the place of the data folder, or on the way to it, is named', async (t) => {
  const scene = await newScene(t, { fresh: true });
  const file = join(scene.root, 'file');
  await writeFile(file, 'precious');
  for (const dataDir of [file, join(file, 'below'), join(file, 'far/below')]) {
    for (const refused of [await chooseDataDir({ wanted: dataDir, explicit: true }), await scene.start({ dataDir })]) {
      // Only root has a folder to choose; everybody else hears of it at the start.
      if (refused.ok && !isRoot) continue;
      assert.ok(!refused.ok, dataDir);
      assert.equal(refused.error.code, 'not_a_folder');
      assert.ok(refused.error.message.startsWith(`${file} is no folder`), refused.error.message);
    }
  }
});

test('a name that no file system takes is refused in a sentence', async (t) => {
  const scene = await newScene(t, { fresh: true });
  const dataDir = join(scene.root, 'x'.repeat(300));
  for (const refused of [await chooseDataDir({ wanted: dataDir, explicit: true }), await scene.start({ dataDir })]) {
    if (refused.ok && !isRoot) continue;
    assert.ok(!refused.ok);
    assert.match(refused.error.message, /^The data folder cannot be written .*ENAMETOOLONG/);
  }
});

test('a folder of another major version is refused with the way out', async (t) => {
  const scene = await newScene(t, { fresh: true });
  await mkdir(join(scene.dataDir, 'postgres'), { recursive: true });
  await writeFile(join(scene.dataDir, 'postgres/PG_VERSION'), '17\n');
  const { uid, gid } = await findAccount('/nowhere');
  await chown(join(scene.dataDir, 'postgres'), uid, gid);
  const refused = await scene.start();
  assert.ok(!refused.ok);
  assert.equal(refused.error.code, 'other_major');
  for (const word of ['PostgreSQL 17', 'PostgreSQL 18', 'allswell export', 'allswell import']) {
    assert.ok(refused.error.message.includes(word), refused.error.message);
  }
});

test('a folder with something else in it is left alone', async (t) => {
  const scene = await newScene(t, { fresh: true });
  const path = join(scene.dataDir, 'postgres');
  await mkdir(path, { recursive: true });
  await writeFile(join(path, 'holiday.jpg'), '');
  const { uid, gid } = await findAccount('/nowhere');
  await chown(path, uid, gid);
  const refused = await scene.start();
  assert.ok(!refused.ok);
  assert.equal(refused.error.code, 'not_a_cluster');
  assert.deepEqual(await readdir(path), ['holiday.jpg']);
});

test('a server that cannot start says why in one line, and the folder is free again', async (t) => {
  const scene = await newScene(t);
  const refused = await scene.start({ parameters: { shared_buffers: 'many' } });
  assert.ok(!refused.ok);
  assert.equal(refused.error.code, 'start_failed');
  assert.match(refused.error.message, /invalid value for parameter "shared_buffers": "many"/);
  assert.ok(!refused.error.message.includes('\n'));
  assert.ok(refused.error.message.length < QUOTED_TEXT_LIMIT * 2);
  await scene.open();
});

test('a server that fails after it opened its log is explained from there', async (t) => {
  const scene = await newScene(t);
  const wal = join(scene.dataDir, 'postgres/pg_wal');
  for (const name of await readdir(wal)) if (/^[0-9A-F]{24}$/.test(name)) await rm(join(wal, name));
  const refused = await scene.start();
  assert.ok(!refused.ok);
  assert.equal(refused.error.code, 'start_failed');
  assert.match(refused.error.message, /could not locate a valid checkpoint record/);
});

test('programs that are not there are named', async (t) => {
  const scene = await newScene(t, { fresh: true });
  const refused = await scene.start({ binDir: scene.root });
  assert.ok(!refused.ok);
  assert.equal(refused.error.code, 'binaries_missing');
  assert.ok(refused.error.message.includes(join(scene.root, 'initdb')), refused.error.message);
});

test('a start that is called off leaves no cluster, no lock and no process', async (t) => {
  const scene = await newScene(t, { fresh: true });
  const off = new AbortController();
  const starting = scene.start({ signal: off.signal });
  off.abort();
  const refused = await starting;
  assert.ok(!refused.ok);
  assert.equal(refused.error.code, 'cancelled');
  assert.deepEqual(await readdir(scene.dataDir), [LOCK_FILE]);
});

/** Resolves when initdb has begun to work in the data folder. */
async function initdbBegins(dataDir: string): Promise<void> {
  for await (const { filename } of watch(dataDir)) if (filename?.startsWith('postgres.new-')) return;
}

test('a kill -9 in the middle of making the cluster leaves nothing half-made', async (t) => {
  const scene = await newScene(t, { fresh: true });
  await mkdir(scene.dataDir, { mode: 0o711 });
  const begun = initdbBegins(scene.dataDir);
  const child = scene.child();
  await begun;
  await child.kill();
  await assert.rejects(access(join(scene.dataDir, 'postgres')), { code: 'ENOENT' });
  const postgres = await scene.open();
  assert.deepEqual(await ask(postgres.connection, "select '1' as one"), [{ one: '1' }]);
});

test('a start that is called off while the cluster is made takes it away again', async (t) => {
  const scene = await newScene(t, { fresh: true });
  await mkdir(scene.dataDir, { mode: 0o711 });
  const off = new AbortController();
  const begun = initdbBegins(scene.dataDir);
  const starting = scene.start({ signal: off.signal });
  await begun;
  off.abort();
  const refused = await starting;
  assert.ok(!refused.ok);
  assert.equal(refused.error.code, 'cancelled');
  assert.deepEqual(await readdir(scene.dataDir), [LOCK_FILE]);
});

test('a cluster that was being made when we were killed is thrown away', async (t) => {
  const scene = await newScene(t, { fresh: true });
  await mkdir(join(scene.dataDir, 'postgres.new-0123456789ab/base'), { recursive: true });
  await writeFile(join(scene.dataDir, 'postgres.new-0123456789ab/PG_VERSION'), '18\n');
  await scene.open();
  assert.deepEqual(
    (await readdir(scene.dataDir)).filter((name) => name.startsWith('postgres.new-')),
    [],
  );
});
