import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { useDatabase } from '../../test/harness/database.ts';
import { sql } from '../../test/harness/fixtures.ts';
import { systemClock } from '../platform/clock.ts';
import { createIdSource, systemRandom } from '../platform/random.ts';
import { findApiKey, hashApiKey } from '../store/api-keys.ts';
import { createSealer } from '../store/seal.ts';
import {
  ADDRESS_FILE,
  firstStart,
  isSecretKeyRight,
  KEY_FILE,
  leaveAddress,
  loadSecretKey,
  renewSetupToken,
  wrongSecretKey,
} from './first-start.ts';

const db = useDatabase();
let root = '';
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'allswell-first-'));
});
after(() => rm(root, { recursive: true, force: true }));

const newId = createIdSource(systemClock, systemRandom);

const deps = () => ({
  database: db.database,
  clock: systemClock,
  random: systemRandom,
  newId,
});

const start = (folder: string, apiKey: string | null = null) =>
  firstStart({ ...deps(), dataDir: join(root, folder), apiKey });

async function keyOf(folder: string): Promise<string> {
  return (await readFile(join(root, folder, KEY_FILE), 'utf8')).trim();
}

async function isWriteKey(key: string): Promise<boolean> {
  return (await findApiKey(db.database, hashApiKey(key), systemClock.now()))?.scope === 'write';
}

const keys = async () =>
  (await sql<{ name: string }>(db.database, 'SELECT name FROM api_key ORDER BY id')).map(({ name }) => name);

describe('the first start', () => {
  let token = '';

  test('of several nodes at once makes one team and one link, and every node a key that works', async () => {
    const starts = await Promise.all(['a', 'b', 'c', 'a', 'b'].map((folder) => start(folder)));
    assert.equal(new Set(starts.map(({ team }) => team.id)).size, 1);
    const first = starts.filter(({ isFirst }) => isFirst);
    assert.equal(first.length, 1);
    token = first[0]?.setupToken ?? '';
    assert.match(token, /^[0-9A-Za-z]{43}$/);
    assert.deepEqual(
      starts.filter(({ isFirst }) => !isFirst).map(({ setupToken }) => setupToken),
      [null, null, null, null],
    );
    for (const folder of ['a', 'b', 'c']) {
      assert.match(await keyOf(folder), /^aw_[0-9A-Za-z]{40}$/);
      assert.ok(await isWriteKey(await keyOf(folder)), 'two that share a folder share its key');
    }
    assert.equal((await keys()).length, 3);
    const [{ teams } = { teams: 0 }] = await sql<{ teams: number }>(db.database, 'SELECT count(*) AS teams FROM team');
    assert.equal(teams, 1);
  });

  test('leaves a key file that only its owner reads, and nothing beside it', async () => {
    const file = await stat(join(root, 'a', KEY_FILE));
    assert.equal(file.mode & 0o777, 0o600);
    assert.deepEqual(await readdir(join(root, 'a')), [KEY_FILE]);
  });

  test('again changes nothing; a folder that outlived its database keeps its key, an empty file is made anew', async () => {
    const before = { key: await keyOf('a'), keys: await keys() };
    const again = await start('a');
    assert.deepEqual([again.isFirst, again.setupToken], [false, null]);
    assert.deepEqual({ key: await keyOf('a'), keys: await keys() }, before);
    await sql(db.database, 'DELETE FROM api_key WHERE key_hash = $1', [hashApiKey(before.key)]);
    await start('a');
    assert.ok(await isWriteKey(before.key));
    await writeFile(join(root, 'b', KEY_FILE), '\n', { mode: 0o644 });
    await start('b');
    assert.ok(await isWriteKey(await keyOf('b')));
    assert.equal((await stat(join(root, 'b', KEY_FILE))).mode & 0o777, 0o600);
  });

  test('makes ALLSWELL_API_KEY a write key of the first team, once', async () => {
    const given = 'a key of the operator';
    await Promise.all([start('a', given), start('b', given)]);
    await start('c', given);
    assert.ok(await isWriteKey(given));
    assert.equal((await keys()).filter((name) => name === 'ALLSWELL_API_KEY').length, 1);
  });

  test('makes a new link for an install that nobody owns, and the old one is void', async () => {
    const before = await sql(db.database, "SELECT value FROM install WHERE name = 'setup_token'");
    const renewed = await renewSetupToken(db.database, systemRandom);
    assert.match(renewed ?? '', /^[0-9A-Za-z]{43}$/);
    assert.notDeepEqual(await sql(db.database, "SELECT value FROM install WHERE name = 'setup_token'"), before);
    token = renewed ?? '';
  });

  test('the link and the keys are kept as hashes only', async () => {
    const rows = await sql(db.database, "SELECT coalesce(string_agg(value, ' '), '') AS all FROM install");
    assert.ok(!JSON.stringify(rows).includes(token));
  });
});

describe('the secret key', () => {
  test('is made once, however many ask at the same time, for its owner alone', async () => {
    const folder = join(root, 'secret');
    const made = await Promise.all(Array.from({ length: 8 }, () => loadSecretKey(folder, null, systemRandom)));
    assert.equal(new Set(made).size, 1);
    assert.equal(await loadSecretKey(folder, null, systemRandom), made[0]);
    assert.equal(await loadSecretKey(folder, 'given by the operator', systemRandom), 'given by the operator');
    assert.equal((await stat(join(folder, 'secret-key'))).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(folder), ['secret-key']);
  });

  test('that is not the one of the database is found out, and the words say which one was tried', async () => {
    const right = createSealer('the right secret key', systemRandom);
    const checks = await Promise.all(Array.from({ length: 4 }, () => isSecretKeyRight(db.database, right)));
    assert.deepEqual(checks, [true, true, true, true]);
    assert.equal(await isSecretKeyRight(db.database, createSealer('another secret key', systemRandom)), false);
    assert.equal(await isSecretKeyRight(db.database, right), true);
    assert.match(wrongSecretKey('/data', null), /^ALLSWELL_SECRET_KEY: .*\/data\/secret-key[^\n]*$/);
    const said = wrongSecretKey('/data', 'hunter2-hunter2-hunter2');
    assert.ok(said.startsWith('ALLSWELL_SECRET_KEY: ') && !said.includes('hunter2'));
  });
});

describe('the address', () => {
  test('is left whole for the command line, and replaced', async () => {
    const folder = join(root, 'address');
    await mkdir(folder);
    await leaveAddress(folder, 'http://localhost:1', systemRandom);
    await leaveAddress(folder, 'http://localhost:2', systemRandom);
    assert.equal(await readFile(join(folder, ADDRESS_FILE), 'utf8'), 'http://localhost:2\n');
    assert.deepEqual(await readdir(folder), [ADDRESS_FILE]);
  });
});
