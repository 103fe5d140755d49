import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runCli } from '../../test/e2e/cli-process.ts';
import { useDatabase } from '../../test/harness/database.ts';
import { sql } from '../../test/harness/fixtures.ts';
import { firstStart } from '../accounts/first-start.ts';
import { createPasswords } from '../accounts/password.ts';
import { setUpOwner } from '../accounts/people.ts';
import { systemClock } from '../platform/clock.ts';
import { createIdSource, systemRandom } from '../platform/random.ts';

const db = useDatabase();
let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'allswell-users-'));
});
after(() => rm(folder, { recursive: true }));

const deps = () => ({
  database: db.database,
  clock: systemClock,
  random: systemRandom,
  newId: createIdSource(systemClock, systemRandom),
  passwords: createPasswords(systemRandom, { log2N: 4, r: 1, p: 1 }),
});

async function cli(...args: readonly string[]) {
  const { host, port, user, database } = db.connection;
  const url = `postgres://${user}@localhost/${database}?host=${encodeURIComponent(host)}&port=${port}`;
  const env = { DATABASE_URL: url, ALLSWELL_DATA: folder, ALLSWELL_URL: 'https://watch.example' };
  const ended = await runCli(['user', ...args], { cwd: folder, env });
  return { ...ended, text: ended.stdout.toString().trim() };
}

describe('allswell user', () => {
  test('helps people in without a mail server', async () => {
    const { setupToken } = await firstStart({ ...deps(), dataDir: folder, apiKey: null });
    const link = await cli('setup-link');
    assert.equal(link.stderr.trim(), '');
    assert.match(link.text, /^https:\/\/watch\.example\/setup\/[0-9A-Za-z]{43}$/);
    const person = { name: 'Anna', email: 'anna@example.com', password: 'a long password' };
    assert.deepEqual(await setUpOwner(deps(), setupToken ?? '', person, ''), { refused: 'link_used' });
    assert.ok('team' in (await setUpOwner(deps(), link.text.split('/').at(-1) ?? '', person, '192.0.2.1')));

    const owned = await cli('setup-link');
    assert.deepEqual(
      [owned.code, owned.stderr.trim()],
      [1, 'allswell: this install has an owner (allswell user list), or was never started'],
    );
    const list = await cli('list', '--json');
    const [anna] = JSON.parse(list.text);
    assert.deepEqual([anna.email, anna.teams, anna.two_factor], ['anna@example.com', ['My team (owner)'], false]);

    assert.match(
      (await cli('reset-link', 'Anna@Example.com')).text,
      /^https:\/\/watch\.example\/reset-password\/\w{43}$/,
    );
    const noted = await sql(
      db.database,
      `SELECT actor_kind, target_name FROM audit WHERE action = 'member.reset_link'`,
    );
    assert.deepEqual(noted, [{ actor_kind: 'operator', target_name: 'Anna' }]);
  });
});
