import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { useDatabase } from '../../test/harness/database.ts';
import { open, testLogger } from '../../test/harness/postgres.ts';
import { waitFor } from '../../test/harness/wait-for.ts';
import { type FaultProxy, startFaultProxy } from '../../test/kill/fault-proxy.ts';
import { systemClock } from '../platform/clock.ts';
import type { OpenDatabase } from './database.ts';
import { isUnavailable } from './errors.ts';
import { socketPath } from './postgres/folders.ts';
import { watchSilence } from './silence.ts';

const db = useDatabase();
const LOOK_MS = 100;
/** Three looks, and room for a busy machine; the statement itself would wait for half a minute. */
const FOUND_WITHIN_MS = 5_000;
const ASK = { name: 'ask', text: 'SELECT 1 AS one' };
const THREE_SECONDS = { name: 'three_seconds', text: 'SELECT 1 AS one FROM pg_sleep(3)' };

const stopping = new AbortController();
let proxy: FaultProxy;
let database: OpenDatabase;
let watching: Promise<void>;
before(async () => {
  await db.made;
  proxy = await startFaultProxy(() => ({ path: socketPath(db.connection.host) }));
  const connection = { ...db.connection, host: '127.0.0.1', port: proxy.port };
  database = open(connection, { maxConnections: 4 });
  const options = { databases: [database], connection: () => connection, clock: systemClock, logger: testLogger };
  watching = watchSilence({ ...options, lookEveryMs: LOOK_MS }, stopping.signal);
});
after(async () => {
  stopping.abort();
  await watching;
  await database.close();
  await proxy.close();
});

for (const [what, ask] of [
  ['a statement', () => database.query(ASK)],
  ['a transaction', () => database.transaction((tx) => tx.query(ASK))],
] as const) {
  test(`${what} on a connection that died without a word is given up in seconds, and its idle neighbours too`, async () => {
    await Promise.all([1, 2, 3].map(() => database.transaction((tx) => tx.query(ASK))));
    proxy.blackhole();
    const begun = performance.now();
    await assert.rejects(ask(), (error) => isUnavailable(error));
    assert.ok(performance.now() - begun < FOUND_WITHIN_MS, `it took ${performance.now() - begun} ms`);
    await waitFor('no dead connection in the pool', () => database.pool.totalCount === 0);
    assert.deepEqual(await database.query(ASK), [{ one: 1 }]);
  });
}

test('a connection that dies in the middle of a transaction is given up as well', async () => {
  await assert.rejects(
    database.transaction(async (tx) => {
      await tx.query(ASK);
      proxy.blackhole();
      await tx.query(ASK);
    }),
    (error) => isUnavailable(error),
  );
});

test('a statement that takes its time, or waits for a lock, is left alone', async () => {
  await db.database.query({ name: 'make', text: 'CREATE TABLE held (id integer)' });
  const held = Promise.withResolvers<void>();
  const holding = db.database.transaction(async (tx) => {
    await tx.query({ name: 'hold', text: 'LOCK TABLE held IN ACCESS EXCLUSIVE MODE' });
    await held.promise;
  });
  const waiting = database.query({ name: 'wait', text: 'SELECT id FROM held' });
  assert.deepEqual(await database.query(THREE_SECONDS), [{ one: 1 }]);
  held.resolve();
  await holding;
  assert.deepEqual(await waiting, []);
});

test('while nothing passes for a while nothing is given up', async () => {
  await database.query(ASK);
  proxy.stall(true);
  const asking = database.query(ASK);
  setTimeout(() => proxy.stall(false), 10 * LOOK_MS);
  assert.deepEqual(await asking, [{ one: 1 }]);
});
