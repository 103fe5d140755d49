import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, readdir, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { firstClosedFolder, pathChain, permits } from './access.ts';
import { findAccount, parsePasswd, pickAccount } from './account.ts';
import { findBinaries, parseLinks, serverEnvironment } from './binaries.ts';
import { initdbArguments, initdbReason } from './cluster.ts';
import { chooseDataDir, decideDataDir } from './data-dir.ts';
import { MANAGED_POSTGRES_ERROR_CODES, refuse, refuseWrite } from './errors.ts';
import {
  fitsSocket,
  LOG_AGE_LIMIT_MS,
  logFolder,
  makePrivate,
  prepareLogFolder,
  SOCKET_PATH_LIMIT,
  socketPath,
} from './folders.ts';
import { parsePostmasterFile } from './postmaster-file.ts';
import { isAlive, isNumberTaken, parseStat, readProcess, signalProcess } from './proc.ts';
import { commandLine, knowsLz4, quoteFolder, settingsText } from './settings.ts';
import { logOf, passingObstacle, startReason } from './start-reason.ts';
import { NOBODY, newScene, unlessRoot } from './testing/scene.ts';

test('every refusal is one line that ends', () => {
  for (const code of MANAGED_POSTGRES_ERROR_CODES) {
    const { error } = refuse(code, { reason: 'two\nlines' });
    assert.equal(error.code, code);
    assert.ok(!error.message.includes('\n'), code);
  }
});

test('a failed write is explained, and a fault of ours is not hidden', () => {
  const failure = (code: string) => Object.assign(new Error(code), { code });
  assert.equal(refuseWrite(failure('EACCES'), '/d', 'u').error.code, 'not_writable');
  assert.equal(refuseWrite(failure('EROFS'), '/d', 'u').error.code, 'not_writable');
  assert.equal(refuseWrite(failure('ENOSPC'), '/d', 'u').error.code, 'disk_full');
  assert.throws(() => refuseWrite(new TypeError('ours'), '/d', 'u'), /ours/);
});

test('root becomes the owner of the database, else postgres, else nobody', () => {
  const users = parsePasswd(
    'root:x:0:0::/root:/bin/sh\npostgres:x:101:104::/:/bin/sh\nnobody:x:65534:65534\nbroken\n\n',
  );
  assert.equal(users.length, 3);
  assert.equal(pickAccount(users, null).name, 'postgres');
  assert.equal(pickAccount(users, { uid: 65534, gid: 1 }).name, 'nobody');
  assert.deepEqual(pickAccount(users, { uid: 7, gid: 8 }), { uid: 7, gid: 8, name: 'uid 7' });
  assert.equal(pickAccount(users, { uid: 0, gid: 0 }).name, 'postgres');
  assert.equal(pickAccount(users.slice(0, 1), null).uid, 65534);
  assert.equal(pickAccount([{ name: 'postgres', uid: 0, gid: 0 }], null).name, 'nobody');
});

test('mode bits are those of the owner, else of the group, else of the others', () => {
  const file = { uid: 5, gid: 6, mode: 0o40714 };
  assert.equal(permits(file, { uid: 5, gid: 9 }, 0o7), true);
  assert.equal(permits(file, { uid: 7, gid: 6 }, 0o1), true);
  assert.equal(permits(file, { uid: 7, gid: 6 }, 0o4), false);
  assert.equal(permits(file, { uid: 7, gid: 9 }, 0o1), false);
  assert.equal(permits(file, { uid: 7, gid: 9 }, 0o4), true);
  // The owner's bits alone count for the owner.
  assert.equal(permits({ ...file, mode: 0o077 }, { uid: 5, gid: 6 }, 0o1), false);
  assert.equal(permits({ ...file, mode: 0 }, { uid: 0, gid: 0 }, 0o7), true);
  assert.deepEqual(pathChain('/a/b'), ['/', '/a', '/a/b']);
});

test('the folder that is closed is found, through links and for what does not exist yet', async (t) => {
  const { root } = await newScene(t, { fresh: true });
  const closed = join(root, 'closed');
  await mkdir(join(closed, 'inner'), { recursive: true });
  await chmod(closed, 0o700);
  await symlink(join(closed, 'inner'), join(root, 'link'));
  const stranger = { uid: 4_000_000, gid: 4_000_000 };
  assert.equal(await firstClosedFolder(join(closed, 'inner/new/newer'), stranger), closed);
  assert.equal(await firstClosedFolder(join(root, 'link'), stranger), closed);
  assert.equal(await firstClosedFolder(join(root, 'new'), stranger), null);
});

test('the data folder is the wanted one, another only where root did not choose it', () => {
  const wish = { wanted: '/root/x/data', explicit: false, fallback: '/var/lib/allswell' };
  const open = { wanted: null, fallback: null };
  assert.deepEqual(decideDataDir(wish, 'postgres', open), { ok: true, value: { dataDir: '/root/x/data', note: null } });
  const moved = decideDataDir(wish, 'postgres', { ...open, wanted: '/root' });
  assert.ok(moved.ok && moved.value.dataDir === '/var/lib/allswell');
  assert.match(moved.value.note ?? '', /data in \/var\/lib\/allswell: .*postgres.* cannot enter \/root$/);
  const chosen = decideDataDir({ ...wish, explicit: true }, 'postgres', { ...open, wanted: '/root' });
  assert.ok(!chosen.ok && chosen.error.code === 'not_enterable');
  const nowhere = decideDataDir(wish, 'postgres', { wanted: '/root', fallback: '/var' });
  assert.ok(!nowhere.ok && nowhere.error.message.includes('/var'));
});

test("root's data folder is judged as it lies on the disk", { skip: unlessRoot }, async (t) => {
  const { root } = await newScene(t, { fresh: true });
  await mkdir(join(root, 'closed'));
  await chmod(join(root, 'closed'), 0o700);
  const fallback = join(root, 'fallback');
  const wanted = join(root, 'closed/data');
  const moved = await chooseDataDir({ wanted, explicit: false, fallback });
  assert.ok(moved.ok && moved.value.dataDir === fallback);
  const stays = await chooseDataDir({ wanted: join(root, 'data'), explicit: false, fallback });
  assert.deepEqual(stays, { ok: true, value: { dataDir: join(root, 'data'), note: null } });
  const refused = await chooseDataDir({ wanted, explicit: true, fallback });
  assert.ok(!refused.ok && refused.error.code === 'not_enterable');
});

test('a process is known by its number and its start', () => {
  const own = readProcess(process.pid);
  assert.ok(own && isAlive(own));
  const earlier = { pid: process.pid, startTicks: '1' };
  assert.equal(isAlive(earlier), false);
  assert.equal(signalProcess(earlier, 'SIGKILL'), false);
  assert.equal(isNumberTaken(process.pid), true);
  assert.equal(isNumberTaken(4_194_304), false);
  assert.equal(readProcess(4_194_304), null);
  const text = readFileSync(`/proc/${process.pid}/stat`, 'latin1');
  const odd = text.replace(/\(.*\)/, '(a) b (c)');
  assert.equal(parseStat(odd)?.name, 'a) b (c');
  assert.equal(parseStat(odd)?.startTicks, own.startTicks);
  assert.equal(parseStat('nonsense'), null);
});

test('postmaster.pid is read, also while it is being written', () => {
  const whole = '123\n/d/postgres\n1\n5432\n/d/postgres-run\n\n  1 2\nready   \n';
  assert.deepEqual(parsePostmasterFile(whole), { pid: 123, port: 5432, socketFolder: '/d/postgres-run' });
  assert.deepEqual(parsePostmasterFile('123\n/d\n1\n5432\n'), { pid: 123, port: 5432, socketFolder: '' });
  assert.equal(parsePostmasterFile('-123\n')?.pid, 123);
  assert.equal(parsePostmasterFile(''), null);
  assert.equal(parsePostmasterFile('x\n'), null);
});

test('texts of the programs become one telling line', () => {
  const initdb = 'creating directory … ok\ninitdb: error: could not create directory "/x": Permission denied\n';
  assert.equal(initdbReason(initdb, 'code 1'), 'could not create directory "/x": Permission denied');
  assert.equal(initdbReason('', 'initdb ended with SIGKILL'), 'initdb ended with SIGKILL');
  const server = '2026 UTC [1] LOG:  hello\n2026 UTC [1] FATAL:  lock file "postmaster.pid" already exists\nHINT: x\n';
  assert.equal(startReason(server), 'lock file "postmaster.pid" already exists');
  assert.equal(passingObstacle('lock file "postmaster.pid" already exists'), 'server');
  assert.equal(startReason('[1] FATAL:  the database system is starting up\n'), null);
  const log = `[7] LOG:  starting PostgreSQL 18\n[7] FATAL:  one\n[8] LOG:  starting PostgreSQL 18\n[9] FATAL:  two\n`;
  assert.equal(startReason(logOf(log, 8)), 'two');
  assert.equal(startReason(logOf(log, 6)), null);
  assert.equal(passingObstacle('pre-existing shared memory block (key 1, ID 2) is still in use'), 'leftovers');
  assert.equal(passingObstacle('could not open file'), null);
});

test('settings survive odd folders, and sort by code points in every version', () => {
  assert.equal(quoteFolder('/a "b", c'), '"/a ""b"", c"');
  assert.deepEqual(commandLine({ a: 'x y', b: '' }), ['-c', 'a=x y', '-c', 'b=']);
  assert.match(settingsText({ note: "it's" }), /^note = 'it''s'$/m);
  assert.ok(initdbArguments('/d', 18).includes('--builtin-locale=C.UTF-8'));
  assert.ok(initdbArguments('/d', 16).includes('--locale=C.UTF-8'));
  for (const major of [16, 18]) assert.ok(initdbArguments('/d', major).includes('--data-checksums'));
});

test('the programs that came with npm are found, and what they were built with', async () => {
  const found = await findBinaries(null, await findAccount('/nowhere'));
  assert.ok(found.ok && found.value.packaged);
  assert.equal(found.value.major, 18);
  assert.equal(await knowsLz4(found.value.binDir), false);
  assert.ok(!Object.keys(serverEnvironment()).some((name) => name.startsWith('PG')));
});

test('links are made inside the package only', () => {
  const list = [
    { source: 'native/lib/a.so.1.2', target: 'native/lib/a.so.1' },
    { source: 'native/lib/a.so', target: '../../../etc/passwd' },
    { source: '../../secret', target: 'native/lib/b' },
  ];
  assert.deepEqual(parseLinks(JSON.stringify(list), '/p/native'), [
    { at: '/p/native/lib/a.so.1', to: '/p/native/lib/a.so.1.2' },
  ]);
});

test('a socket path fits up to its limit, counted in bytes', () => {
  const rest = Buffer.byteLength(socketPath('/'));
  const fitting = `/${'x'.repeat(SOCKET_PATH_LIMIT - rest - 1)}`;
  assert.equal(Buffer.byteLength(socketPath(fitting)), SOCKET_PATH_LIMIT);
  assert.equal(fitsSocket(fitting), true);
  assert.equal(fitsSocket(`${fitting}x`), false);
  assert.equal(fitsSocket(`/${'я'.repeat(50)}`), false);
});

test('a private folder is taken only as ours and closed', async (t) => {
  const { root } = await newScene(t, { fresh: true });
  const account = { ...(await findAccount('/nowhere')), switches: process.getuid?.() === 0 };
  const folder = join(root, 'run');
  assert.equal(await makePrivate(folder, account), true);
  assert.equal(await makePrivate(folder, account), true);
  await chmod(folder, 0o755);
  assert.equal(await makePrivate(folder, account), false);
  await chmod(folder, 0o700);
  await symlink(folder, join(root, 'link'));
  assert.equal(await makePrivate(join(root, 'link'), account), false);
  const stranger = { uid: account.uid + 1, gid: account.gid, name: 'stranger', switches: false };
  assert.equal(await makePrivate(folder, stranger), false);
  await writeFile(join(root, 'file'), '');
  assert.equal(await makePrivate(join(root, 'file'), account), false);
});

test('a folder that is still root’s, because we were killed in between, is handed over', {
  skip: unlessRoot,
}, async (t) => {
  const { root } = await newScene(t, { fresh: true });
  const folder = join(root, 'run');
  await mkdir(folder, { mode: 0o700 });
  assert.equal(await makePrivate(folder, { ...NOBODY, name: 'nobody', switches: true }), true);
  assert.equal((await stat(folder)).uid, NOBODY.uid);
});

test('logs that are too old are removed at a start', async (t) => {
  const { root } = await newScene(t, { fresh: true });
  const account = await findAccount('/nowhere');
  assert.ok((await prepareLogFolder(root, account, 0)).ok);
  const now = 1_800_000_000_000;
  for (const [name, ageMs] of [
    ['postgresql-Mon.log', LOG_AGE_LIMIT_MS + 1000],
    ['postgresql-Tue.log', 1000],
    ['mine.txt', 2 * LOG_AGE_LIMIT_MS],
  ] as const) {
    const file = join(logFolder(root), name);
    await writeFile(file, '');
    await utimes(file, (now - ageMs) / 1000, (now - ageMs) / 1000);
  }
  assert.ok((await prepareLogFolder(root, account, now)).ok);
  assert.deepEqual((await readdir(logFolder(root))).sort(), ['mine.txt', 'postgresql-Tue.log']);
});
