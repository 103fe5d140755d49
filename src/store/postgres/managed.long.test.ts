import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import pg from 'pg';
import { sleep, systemClock } from '../../platform/clock.ts';
import { ask, isRoot, newScene, type Scene } from './testing/scene.ts';

const run = promisify(execFile);

test('a first start that is killed at any moment is followed by one that works', { timeout: 300_000 }, async (t) => {
  // From before the lock to after the ready line; the moments are the stimulus, nothing is waited for by them.
  for (let killAfterMs = 100; killAfterMs <= 2_500; killAfterMs += 150) {
    const scene = await newScene(t, { fresh: true });
    const child = scene.child();
    await sleep(systemClock, killAfterMs);
    await child.kill();
    const postgres = await scene.open();
    const rows = await ask(postgres.connection, "select '1' as one");
    assert.deepEqual(rows, [{ one: '1' }], `killed after ${killAfterMs} ms`);
    await postgres.stop('immediate');
    const left = (await readdir(scene.dataDir)).filter((name) => name.startsWith('postgres.new-'));
    assert.ok(left.length <= 1, left.join());
  }
});

/** Inserts 1, 2, 3 … and tells of each that was acknowledged, until the connection breaks. */
async function insertUntilCut(connection: pg.ClientConfig, first: number, acknowledged: (n: number) => void) {
  const client = new pg.Client(connection);
  client.on('error', () => undefined);
  await client.connect();
  for (let n = first; ; n++) {
    try {
      await client.query('insert into kept values ($1)', [n]);
      acknowledged(n);
    } catch {
      return n + 1;
    }
  }
}

async function answers(postgres: { readonly connection: pg.ClientConfig; readonly pid: number }, oldPid: number) {
  while (postgres.pid === oldPid) await sleep(systemClock, 20);
}

test('whatever was acknowledged survives the server being killed again and again', { timeout: 120_000 }, async (t) => {
  const scene = await newScene(t);
  const postgres = await scene.open({ parameters: {} });
  await ask(postgres.connection, 'create table kept (n int)');
  const acknowledged: number[] = [];
  let next = 1;
  for (let round = 0; round < 8; round++) {
    const { pid } = postgres;
    const inserting = insertUntilCut(postgres.connection, next, (n) => {
      acknowledged.push(n);
      if (acknowledged.length % 100 === 50) process.kill(pid, 'SIGKILL');
    });
    next = await inserting;
    await answers(postgres, pid);
  }
  assert.ok(acknowledged.length >= 400, String(acknowledged.length));
  const kept = new Set((await ask(postgres.connection, 'select n::text from kept')).map((row) => Number(row.n)));
  assert.deepEqual(
    acknowledged.filter((n) => !kept.has(n)),
    [],
  );
});

test('a server from before that is halted is stopped in order and replaced', { timeout: 120_000 }, async (t) => {
  const scene = await newScene(t);
  const child = scene.child();
  const { pid } = await child.ready();
  await child.kill();
  process.kill(pid, 'SIGSTOP');
  const postgres = await scene.open();
  assert.equal(postgres.adopted, false);
  assert.notEqual(postgres.pid, pid);
  await ask(postgres.connection, 'select 1');
});

test('a server whose files are broken, so that it begins again and again, is given up', {
  timeout: 120_000,
}, async (t) => {
  const scene = await newScene(t);
  await rm(join(scene.dataDir, 'postgres/global/pg_filenode.map'));
  const refused = await scene.start();
  assert.ok(!refused.ok);
  assert.equal(refused.error.code, 'not_ready');
  assert.match(refused.error.message, /could not open file "global\/pg_filenode.map"/);
});

async function mountSmall(scene: Scene, size: string): Promise<boolean> {
  await mkdir(scene.dataDir, { mode: 0o711 });
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=711`, 'allswell-test', scene.dataDir]);
    return true;
  } catch {
    return false;
  }
}

test('a full disk is named as such', { skip: !isRoot && 'needs root, to mount a small disk' }, async (t) => {
  const scene = await newScene(t, { fresh: true });
  if (!(await mountSmall(scene, '12m'))) return t.skip('mounting is not allowed here');
  try {
    const refused = await scene.start();
    assert.ok(!refused.ok);
    assert.equal(refused.error.code, 'disk_full', refused.error.message);
  } finally {
    await run('umount', [scene.dataDir]);
  }
});

/** Where distributions put the programs of an earlier PostgreSQL. */
async function findEarlier(): Promise<string | null> {
  for (const major of [17, 16, 15]) {
    for (const folder of [`/usr/lib/postgresql/${major}/bin`, `/usr/pgsql-${major}/bin`]) {
      const found = await stat(join(folder, 'initdb')).catch(() => null);
      if (found) return folder;
    }
  }
  return null;
}

test("a distribution's own server works, and its folder is not opened by ours", async (t) => {
  const binDir = await findEarlier();
  if (binDir === null) return t.skip('no earlier PostgreSQL is installed');
  const scene = await newScene(t, { fresh: true });
  const first = await scene.open({ binDir, parameters: {} });
  assert.ok(first.major >= 15 && first.major < 18);
  assert.deepEqual(await ask(first.connection, "select 'я' > 'z' as sorted"), [{ sorted: true }]);
  await first.stop('fast');
  const refused = await scene.start();
  assert.ok(!refused.ok);
  assert.equal(refused.error.code, 'other_major');
  assert.ok(refused.error.message.includes(`PostgreSQL ${first.major}`), refused.error.message);
  const again = await scene.open({ binDir });
  await again.stop('fast');
});
