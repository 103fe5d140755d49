/** `allswell serve` with something wrong from the beginning: one readable line and an exit code. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { findFreePort } from '../../src/platform/free-port.ts';
import { useDatabase } from '../harness/database.ts';
import { makeFolder, removeFolder, startServer } from './server-process.ts';

const db = useDatabase();

describe('allswell serve refuses to start', () => {
  const folder = makeFolder();
  after(() => removeFolder(folder));

  async function refusal(env: Record<string, string>, args: readonly string[] = [], cwd = folder) {
    const server = startServer(cwd, env, args);
    const code = await server.ended;
    const { stdout, stderr } = server.output();
    assert.equal(stdout, '');
    return { code, lines: stderr.trimEnd().split('\n') };
  }

  test('with one line and exit code 2 for a wrong setting, wherever it was made', async () => {
    const wrong: readonly (readonly [Record<string, string>, RegExp])[] = [
      [{ PORT: 'eighty' }, /^allswell: PORT: "eighty" is not allowed; it must be a whole number from 0 to 65535$/],
      [
        { ALLSWELL_TRUSTED_PROXIES: '10.0.0.0/99' },
        /^allswell: ALLSWELL_TRUSTED_PROXIES: "10.0.0.0\/99" is not allowed/,
      ],
      [{ DATABASE_URL: 'hunter2' }, /^allswell: DATABASE_URL: what was given is not allowed/],
    ];
    await Promise.all(
      wrong.map(async ([env, line]) => {
        const { code, lines } = await refusal(env);
        assert.equal(code, 2);
        assert.equal(lines.length, 1, lines.join('\n'));
        assert.match(lines[0] ?? '', line);
      }),
    );
    const own = join(folder, 'with-env');
    mkdirSync(own);
    writeFileSync(join(own, '.env'), 'LOG_LEVEL=loud\nPORT=nonsense\n');
    const { code, lines } = await refusal({ PORT: '0' }, [], own);
    assert.equal(code, 2);
    assert.match(lines.join('\n'), /^allswell: LOG_LEVEL: "loud"/, 'the environment wins over the file');
  });

  test('with a usage line for arguments that it does not know', async () => {
    for (const args of [['--rolls', 'web'], ['now'], ['--roles']]) {
      const { code, lines } = await refusal({}, args);
      assert.equal(code, 2);
      assert.match(lines.at(-1) ?? '', /^usage: allswell serve /);
      assert.ok(lines.length === 2, lines.join('\n'));
    }
    const { code, lines } = await refusal({}, ['--roles', 'boss']);
    assert.equal(code, 2);
    assert.match(lines.join('\n'), /^allswell: ALLSWELL_ROLES: "boss" .*web, watch, deliver$/);
  });

  test('when .env cannot be read', async () => {
    const own = join(folder, 'unreadable');
    mkdirSync(join(own, '.env'), { recursive: true });
    const { code, lines } = await refusal({}, [], own);
    assert.equal(code, 2);
    assert.match(lines.join('\n'), /^allswell: \S+\/\.env cannot be read: [^\n]+$/);
  });

  test('with exit code 1 where the database cannot be reached, and says why without the password', async () => {
    const port = await findFreePort('127.0.0.1');
    for (const host of ['127.0.0.1', 'localhost', 'no-such-host.invalid']) {
      const { code, lines } = await refusal({ DATABASE_URL: `postgres://u:hunter2@${host}:${port}/x` });
      assert.equal(code, 1);
      const last = lines.at(-1) ?? '';
      assert.match(last, /^allswell: DATABASE_URL: the database cannot be used: .*(ECONNREFUSED|ENOTFOUND|EAI_AGAIN)/);
      assert.ok(!lines.join('\n').includes('hunter2'));
    }
  });
  test('on a database that does not flush what it acknowledges, and says what to do', async () => {
    // As all tests, this one has a server that flushes nothing.
    const { host, user, database } = db.connection;
    const url = `postgres://${user}@localhost/${database}?host=${encodeURIComponent(host)}`;
    const { code, lines } = await refusal({ DATABASE_URL: url });
    assert.equal(code, 1);
    assert.match(lines.at(-1) ?? '', /^allswell: The database server runs with fsync off, .* set fsync = on/);
    assert.match(lines.join('\n'), /full_page_writes off/);
  });
});
