import assert from 'node:assert/strict';
import { access, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import pg from 'pg';
import { systemClock } from '../../platform/clock.ts';
import { findAccount } from './account.ts';
import { checkDurability } from './durability.ts';
import { socketPath } from './folders.ts';
import { HOLDER_FILE, LOCK_FILE } from './lock.ts';
import { adoptPostmaster } from './postmaster.ts';
import { findServer } from './proc.ts';
import { ask, newScene } from './testing/scene.ts';

test('the first start makes a database that keeps what it acknowledged, on a private socket only', async (t) => {
  const scene = await newScene(t, { fresh: true });
  const postgres = await scene.open({ parameters: {} });
  assert.equal(postgres.adopted, false);
  assert.equal(postgres.major, 18);
  assert.equal(postgres.connection.user, 'allswell');
  assert.equal(postgres.connection.database, 'allswell');

  const report = await checkDurability((sql) => ask(postgres.connection, sql));
  assert.deepEqual(report, { errors: [], warnings: [] });
  const [settings] = await ask(
    postgres.connection,
    `select current_setting('listen_addresses') as tcp, current_setting('data_checksums') as checksums,
            current_setting('max_connections') as connections, current_setting('timezone') as zone,
            current_setting('jit') as jit, current_setting('wal_compression') as squeezed, current_setting('log_min_duration_statement') as slow,
            (select datlocprovider::text || ' ' || datlocale || ' ' || pg_encoding_to_char(encoding) from pg_database where datname = 'allswell') as locale`,
  );
  assert.deepEqual(settings, {
    tcp: '',
    checksums: 'on',
    connections: '40',
    zone: 'UTC',
    jit: 'off',
    squeezed: 'pglz',
    slow: '500ms',
    locale: 'b C.UTF-8 UTF8',
  });

  const account = await findAccount(scene.dataDir);
  const folder = await stat(postgres.connection.host);
  assert.equal(folder.mode & 0o777, 0o700);
  assert.equal(folder.uid, account.uid);
  assert.equal((await stat(join(scene.dataDir, 'postgres'))).uid, account.uid);
  assert.match((await readdir(join(scene.dataDir, 'postgres-log'))).join(), /^postgresql-\w{3}\.log$/);
});

test('a restart finds the data again, and a stop leaves nothing running', async (t) => {
  const scene = await newScene(t);
  const first = await scene.open();
  await ask(first.connection, 'create table kept as select 7 as seven');
  await first.stop('fast');
  await assert.rejects(ask(first.connection, 'select 1'), { code: 'ENOENT' });
  await assert.rejects(access(join(scene.dataDir, HOLDER_FILE)), { code: 'ENOENT' });

  const second = await scene.open();
  assert.equal(second.adopted, false);
  assert.deepEqual(await ask(second.connection, 'select seven::text from kept'), [{ seven: '7' }]);
});

test('a server that outlived our kill -9 is adopted, and stopped by the one who adopted it', async (t) => {
  const scene = await newScene(t);
  const killed = scene.child();
  const ready = await killed.ready();
  await killed.kill();

  const postgres = await scene.open();
  assert.equal(postgres.adopted, true);
  assert.equal(postgres.pid, ready.pid);
  assert.deepEqual(postgres.connection, ready.connection);
  await postgres.stop('fast');
  await assert.rejects(ask(ready.connection, 'select 1'));
});

test('a kill of allswell and of its server at once is survived', async (t) => {
  const scene = await newScene(t);
  const child = scene.child();
  const { pid } = await child.ready();
  const identity = findServer(pid, join(scene.dataDir, 'postgres'));
  assert.ok(identity);
  await child.kill();
  process.kill(pid, 'SIGKILL');
  await adoptPostmaster(identity, systemClock).ended(20);
  const postgres = await scene.open();
  assert.equal(postgres.adopted, false);
});

test('a second allswell on the folder says who holds it and stops; the first goes on', async (t) => {
  const scene = await newScene(t);
  const first = scene.child();
  const ready = await first.ready();
  const second = await scene.child().next();
  assert.ok(second.event === 'error');
  assert.equal(second.code, 'data_in_use');
  assert.ok(second.message.includes(`process ${first.process.pid}`), second.message);
  assert.deepEqual(await ask(ready.connection, "select '1' as one"), [{ one: '1' }]);
  await first.stop();
});

test('of several that start at once one gets the folder', async (t) => {
  const scene = await newScene(t, { fresh: true });
  const children = [scene.child(), scene.child(), scene.child()];
  const events = await Promise.all(children.map((child) => child.next()));
  const codes = events.map((event) => (event.event === 'error' ? event.code : event.event)).sort();
  assert.deepEqual(codes, ['data_in_use', 'data_in_use', 'ready']);
});

test('lock files that a dead allswell and a dead server left behind hold nobody up', async (t) => {
  const scene = await newScene(t);
  await (await scene.open()).stop('fast');
  // Our own process number: alive, and not the one that is meant.
  await writeFile(join(scene.dataDir, HOLDER_FILE), `${process.pid} 1\n`);
  await writeFile(join(scene.dataDir, LOCK_FILE), '');
  const file = (pid: number) => `${pid}\n${scene.dataDir}/postgres\n1\n5432\n/nowhere\n\n 1 1\nready   \n`;
  // 2^22 is past the highest process number of Linux.
  for (const pid of [4_194_304, process.pid, 1]) {
    await writeFile(join(scene.dataDir, 'postgres/postmaster.pid'), file(pid));
    const postgres = await scene.open();
    assert.equal(postgres.adopted, false, `process ${pid}`);
    await postgres.stop('fast');
  }
});

test('a lock file that a loss of power left empty or cut holds nobody up', async (t) => {
  const scene = await newScene(t);
  await (await scene.open()).stop('fast');
  for (const text of ['', '\n', 'not a number\n/somewhere\n', '\0'.repeat(64)]) {
    await writeFile(join(scene.dataDir, 'postgres/postmaster.pid'), text);
    await mkdir(join(scene.dataDir, 'postgres-run'), { recursive: true });
    await writeFile(`${socketPath(join(scene.dataDir, 'postgres-run'))}.lock`, text);
    const postgres = await scene.open();
    assert.deepEqual(await ask(postgres.connection, "select '1' as one"), [{ one: '1' }], JSON.stringify(text));
    await postgres.stop('fast');
  }
});

test('a path too long for a socket gets a short private folder, which is remembered and made again', async (t) => {
  const scene = await newScene(t, { name: 'x'.repeat(120) });
  const first = await scene.open();
  const { host } = first.connection;
  assert.ok(Buffer.byteLength(socketPath(host)) <= 107, host);
  assert.equal((await stat(host)).mode & 0o777, 0o700);
  assert.deepEqual(await ask(first.connection, "select '1' as one"), [{ one: '1' }]);
  await first.stop('fast');
  await assert.rejects(access(host), { code: 'ENOENT' });

  // Somebody else was quicker with the name: it is not trusted.
  await mkdir(host, { mode: 0o777 });
  t.after(() => rm(host, { recursive: true, force: true }));
  const second = await scene.open();
  assert.notEqual(second.connection.host, host);
  assert.equal(dirname(second.connection.host), dirname(host));
  await second.stop('fast');
});

test('a server whose socket was swept away is stopped in order and started anew', async (t) => {
  const scene = await newScene(t, { name: 'x'.repeat(120) });
  const child = scene.child();
  const { pid, connection } = await child.ready();
  await child.kill();
  await rm(connection.host, { recursive: true });
  const postgres = await scene.open();
  assert.equal(postgres.adopted, false);
  assert.notEqual(postgres.pid, pid);
  assert.equal(postgres.connection.host, connection.host);
  assert.deepEqual(await ask(postgres.connection, "select '1' as one"), [{ one: '1' }]);
});

test('a smart stop waits for clients, and a harder call ends the waiting', async (t) => {
  const scene = await newScene(t);
  const postgres = await scene.open();
  const client = new pg.Client(postgres.connection);
  const ended = new Promise<void>((resolve) => {
    client.on('error', () => resolve());
  });
  await client.connect();
  const smart = postgres.stop('smart');
  // Still answered: it waits for this client.
  assert.equal((await client.query('select 1')).rowCount, 1);
  await postgres.stop('fast');
  await Promise.all([smart, ended]);
});

test('settings are written anew at each start, and what keeps data safe is not to be edited away', async (t) => {
  const scene = await newScene(t);
  await (await scene.open()).stop('fast');
  const file = join(scene.dataDir, 'postgres.conf');
  await writeFile(file, "max_connections = '7'\n");
  const postgres = await scene.open({ parameters: {} });
  await ask(postgres.connection, 'alter system set fsync = off');
  await ask(postgres.connection, "alter system set listen_addresses = '*'");
  await ask(postgres.connection, "alter system set work_mem = '5MB'");
  await postgres.stop('fast');
  const again = await scene.open({ parameters: {} });
  assert.match(await readFile(file, 'utf8'), /max_connections = '40'/);
  const [settings] = await ask(
    again.connection,
    `select current_setting('fsync') as fsync, current_setting('listen_addresses') as tcp, current_setting('work_mem') as work_mem`,
  );
  assert.deepEqual(settings, { fsync: 'on', tcp: '', work_mem: '5MB' });
});

test('a data folder may move between two starts', async (t) => {
  const scene = await newScene(t);
  await (await scene.open()).stop('fast');
  const moved = join(scene.root, 'moved here, "so"');
  await rename(scene.dataDir, moved);
  const postgres = await scene.open({ dataDir: moved });
  assert.deepEqual(await ask(postgres.connection, "select '1' as one"), [{ one: '1' }]);
  await postgres.stop('fast');
});
