import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { dropDatabase, useDatabase } from '../../test/harness/database.ts';
import { open, type SocketConnection } from '../../test/harness/postgres.ts';
import { waitFor } from '../../test/harness/wait-for.ts';
import type { Database } from './database.ts';
import { type Migration, migrate, readMigrations } from './migrate.ts';

const db = useDatabase();
let counter = 0;

/** A test with a database that has nothing in it. */
function testOnEmpty(name: string, body: (target: SocketConnection) => Promise<void>): void {
  test(name, async () => {
    counter += 1;
    const target = { ...db.connection, database: `${db.connection.database}_m${counter}` };
    await db.database.query({ name: `make_${counter}`, text: `CREATE DATABASE ${target.database}` });
    try {
      await body(target);
    } finally {
      await dropDatabase(target);
    }
  });
}

function migration(number: number, sql: string): Migration {
  const name = `${String(number).padStart(4, '0')}_test.sql`;
  return { number, name, sql, sha256: createHash('sha256').update(sql).digest('hex') };
}

async function withDatabase<T>(target: SocketConnection, work: (database: Database) => Promise<T>): Promise<T> {
  const database = open(target);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

const first = migration(1, 'CREATE TABLE one (id integer); INSERT INTO one VALUES (1);');
const second = migration(2, 'CREATE TABLE two (id integer);');

describe('migrations', () => {
  testOnEmpty('five nodes that start together migrate once', async (target) => {
    const all = await readMigrations();
    const results = await Promise.all(
      Array.from({ length: 5 }, () => withDatabase(target, (database) => migrate(database))),
    );
    assert.ok(results.every((result) => result.ok));
    // Which of them took which file is chance; each file was taken once.
    const applied = results.flatMap((result) => (result.ok ? result.applied : []));
    assert.deepEqual(
      applied.sort(),
      all.map(({ name }) => name),
    );
  });

  testOnEmpty('go on from where the schema is', async (target) => {
    await withDatabase(target, async (database) => {
      assert.deepEqual(await migrate(database, [first]), { ok: true, applied: ['0001_test.sql'], version: 1 });
      assert.deepEqual(await migrate(database, [first, second]), { ok: true, applied: ['0002_test.sql'], version: 2 });
      assert.deepEqual(await migrate(database, [first, second]), { ok: true, applied: [], version: 2 });
    });
  });

  testOnEmpty('a schema newer than the program is refused, and left alone', async (target) => {
    await withDatabase(target, async (database) => {
      await migrate(database, [first, second]);
      const result = await migrate(database, [first]);
      assert.ok(!result.ok);
      assert.equal(result.code, 'newer_schema');
      assert.match(result.message, /version 2, this program knows 1/);
    });
  });

  testOnEmpty('a file that was changed after it was applied is refused', async (target) => {
    await withDatabase(target, async (database) => {
      await migrate(database, [first]);
      const result = await migrate(database, [migration(1, 'CREATE TABLE other (id integer)'), second]);
      assert.ok(!result.ok);
      assert.equal(result.code, 'changed_migration');
    });
  });

  testOnEmpty('one that fails leaves nothing of itself, names itself and says why', async (target) => {
    await withDatabase(target, async (database) => {
      const broken = migration(2, 'CREATE TABLE half (id integer); SELECT 1 / 0;');
      await assert.rejects(migrate(database, [first, broken]), /0002_test\.sql failed: division by zero/);
      assert.deepEqual(await migrate(database, [first, second]), { ok: true, applied: ['0002_test.sql'], version: 2 });
      const [row] = await database.query<{ half: string | null }>({
        name: 'half',
        text: `SELECT to_regclass('half')::text AS half`,
      });
      assert.equal(row?.half, null);
    });
  });

  testOnEmpty(
    'a migrator that is killed in the middle costs nothing: the next one goes on, the waiting one too',
    async (target) => {
      const slow = migration(2, 'CREATE TABLE slow (id integer); SELECT pg_sleep(60);');
      const killed = open(target);
      const dying = migrate(killed, [first, slow]);
      dying.catch(() => undefined);
      const inTheMiddle = (wait: string) =>
        waitFor(`a migrator at ${wait}`, async () => {
          const [row] = await db.database.query<{ pid: number }>(
            {
              name: `in_the_middle_${wait}`,
              text: `SELECT pid FROM pg_stat_activity WHERE datname = $1 AND wait_event = $2`,
            },
            [target.database, wait],
          );
          return row?.pid;
        });
      const pid = await inTheMiddle('PgSleep');
      const waiting = withDatabase(target, (database) => migrate(database, [first, second]));
      await inTheMiddle('advisory');
      await db.database.query({ name: 'kill_migrator', text: 'SELECT pg_terminate_backend($1)' }, [pid]);
      await assert.rejects(dying);
      assert.deepEqual(await waiting, { ok: true, applied: ['0002_test.sql'], version: 2 });
      await killed.close();
    },
  );
});
