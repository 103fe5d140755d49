import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { socketPath } from '../../src/store/postgres/folders.ts';
import { useDatabase } from '../harness/database.ts';
import { sql } from '../harness/fixtures.ts';
import { open } from '../harness/postgres.ts';
import { waitFor } from '../harness/wait-for.ts';
import { type CommitSide, startFaultProxy } from './fault-proxy.ts';
import { createChance, planFaults } from './plan.ts';

const db = useDatabase();
before(async () => {
  await db.made;
  await sql(db.database, 'CREATE TABLE counted (id integer PRIMARY KEY)');
});

async function proxied() {
  const proxy = await startFaultProxy(() => ({ path: socketPath(db.connection.host) }));
  const database = open({ ...db.connection, host: '127.0.0.1', port: proxy.port }, { maxConnections: 1 });
  const end = async () => {
    await database.close().catch(() => undefined);
    await proxy.close();
  };
  return { proxy, database, end };
}

const insert = (id: number) => ({ name: `insert_${id}`, text: `INSERT INTO counted VALUES (${id})` });
const stored = async () => (await sql<{ id: number }>(db.database, 'SELECT id FROM counted')).map((row) => row.id);

describe('the proxy of the kill test', () => {
  test('counts commits that wrote something, and nothing else', async () => {
    const { proxy, database, end } = await proxied();
    await database.query({ name: 'read', text: 'SELECT id FROM counted' });
    await database.query({ name: 'nothing', text: 'DELETE FROM counted WHERE id = 0' });
    await database.transaction((tx) => tx.query({ name: 'lock', text: 'SELECT id FROM counted FOR UPDATE' }));
    await database.query(insert(0)).then(() => database.query(insert(0)).catch(() => undefined));
    assert.equal(proxy.commits, 1, 'a statement that failed is no commit');
    await database.transaction((tx) => Promise.all([tx.query(insert(1)), tx.query(insert(2))]));
    await database.transaction(async (tx) => {
      await tx.query(insert(3));
      tx.commit();
    });
    assert.equal(proxy.commits, 3);
    const undone = database.transaction(async (tx) => {
      await tx.query(insert(4));
      throw new Error('undone');
    });
    await assert.rejects(undone, /undone/);
    assert.equal(proxy.commits, 3);
    await end();
  });

  for (const [side, isStored, id] of [
    ['before_it_is_asked_for', false, 10],
    ['before_it_is_known', true, 12],
    ['after_it_is_known', true, 14],
  ] as const satisfies readonly (readonly [CommitSide, boolean, number])[]) {
    test(`stops at the second commit, ${side.replaceAll('_', ' ')}`, async () => {
      const { proxy, database, end } = await proxied();
      const statements: string[] = [];
      const sprung = Promise.withResolvers<void>();
      proxy.setTrap({
        nth: 2,
        side,
        spring(commit) {
          statements.push(...commit.statements);
          sprung.resolve();
        },
      });
      await database.query(insert(id));
      const second = database
        .transaction((tx) => tx.query(insert(id + 1)))
        .then(
          () => 'known',
          () => 'unknown',
        );
      await sprung.promise;
      if (isStored) await waitFor('the commit', async () => (await stored()).includes(id + 1));
      proxy.cut();
      assert.equal(await second, side === 'after_it_is_known' ? 'known' : 'unknown');
      assert.deepEqual(statements, [`insert_${id + 1}`]);
      assert.equal((await stored()).includes(id + 1), isStored);
      await end();
    });
  }
});

test('a plan is the same for the same seed, and comes round to every kind of fault', () => {
  const some = (seed: number) => planFaults(createChance(seed), 2).take(60).toArray();
  assert.deepEqual(some(5), some(5));
  assert.notDeepEqual(some(5), some(6));
  assert.equal(new Set(some(5).map((fault) => fault.kind)).size, 11);
});
