import assert from 'node:assert/strict';
import { connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { useDatabase } from '../../test/harness/database.ts';
import { open } from '../../test/harness/postgres.ts';
import { waitFor } from '../../test/harness/wait-for.ts';
import { startFaultProxy } from '../../test/kill/fault-proxy.ts';
import { type Database, IDLE_TRANSACTION_MS, openDatabase, SILENT_SERVER_MS } from './database.ts';
import { isRetryable, isUnavailable } from './errors.ts';
import { socketPath } from './postgres/folders.ts';

const db = useDatabase();
const SHORT_MS = 1_000;
const SLEEPY = { name: 'sleepy', text: 'SELECT pg_sleep(0.05)' };

test('what a failed transaction wrote is gone, and its connection is good for the next one', async () => {
  const database = open(db.connection);
  await database.query({ name: 'make', text: 'CREATE TABLE kept (id integer PRIMARY KEY)' });
  const insert = { name: 'insert', text: 'INSERT INTO kept VALUES (1)' };
  await assert.rejects(
    database.transaction(async (tx) => {
      await tx.query(insert);
      throw new Error('changed its mind');
    }),
    /changed its mind/,
  );
  await assert.rejects(
    database.transaction((tx) => Promise.all([tx.query(insert), tx.query(insert)])),
    /duplicate key/,
  );
  assert.deepEqual(await database.query({ name: 'read', text: 'SELECT id FROM kept' }), []);
  await database.transaction((tx) => tx.query(insert));
  assert.equal((await database.query({ name: 'read', text: 'SELECT id FROM kept' })).length, 1);
  assert.equal(database.pool.totalCount, 1);
  await database.close();
});

test('a statement error that swallowed nobody’s promise does not commit the rest', async () => {
  const database = open(db.connection);
  await assert.rejects(
    database.transaction(async (tx) => {
      await tx.query({ name: 'broken', text: 'SELECT 1 / 0' }).catch(() => undefined);
      return 'it seems well';
    }),
    /rolled back/,
  );
  await database.close();
});

test('a server that falls silent in the middle is given up in bounded time, and a new connection is made', async () => {
  const sockets = new Set<Socket>();
  let isSilent = false;
  const proxy = createServer((client) => {
    const server = connect(socketPath(db.connection.host));
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes) => {
        if (!isSilent) to.write(bytes);
      });
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = proxy.address();
  assert.ok(typeof address === 'object' && address !== null);
  const database = openDatabase({
    connection: { ...db.connection, host: '127.0.0.1', port: address.port },
    maxConnections: 1,
    name: 'silent',
    statementTimeoutMs: 100,
    onIdleError: () => undefined,
  });
  const ask = { name: 'ask', text: 'SELECT 1 AS one' };
  await database.query(ask);
  await assert.rejects(
    database.transaction(async (tx) => {
      await tx.query(ask);
      isSilent = true;
      await Promise.all([tx.query(ask), tx.query(ask)]);
    }),
    (error) => isUnavailable(error) && !isRetryable(error),
  );
  isSilent = false;
  assert.deepEqual(await database.query(ask), [{ one: 1 }]);
  await database.close();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => proxy.close(resolve));
});

for (const [what, ask] of [
  ['a statement', (database: Database) => database.query(SLEEPY)],
  ['a transaction', (database: Database) => database.transaction((tx) => tx.query(SLEEPY))],
] as const) {
  test(`${what} on a connection that died without a word costs one wait, and takes the idle ones along`, async () => {
    const proxy = await startFaultProxy(() => ({ path: socketPath(db.connection.host) }));
    const database = openDatabase({
      connection: { ...db.connection, host: '127.0.0.1', port: proxy.port },
      maxConnections: 3,
      name: 'half open',
      statementTimeoutMs: SHORT_MS,
      onIdleError: () => undefined,
    });
    await Promise.all([1, 2, 3].map(() => database.transaction((tx) => tx.query(SLEEPY))));
    assert.equal(database.pool.idleCount, 3);
    proxy.blackhole();
    const begun = performance.now();
    await assert.rejects(ask(database), (error) => isUnavailable(error));
    const tookMs = performance.now() - begun;
    assert.ok(tookMs < 2 * (SHORT_MS + SILENT_SERVER_MS), `${tookMs} ms: it waited twice`);
    await waitFor('no dead connection in the pool', () => database.pool.totalCount === 0);
    await ask(database);
    await database.close();
    await proxy.close();
  });
}

test('who is frozen in the middle of a transaction loses its locks, and is told so', async () => {
  const [frozen, other] = [
    openDatabase({
      connection: db.connection,
      maxConnections: 1,
      name: 'frozen',
      statementTimeoutMs: 30_000,
      idleTransactionMs: 100,
      onIdleError: () => undefined,
    }),
    open(db.connection),
  ];
  await other.query({ name: 'make_held', text: 'CREATE TABLE held (id integer PRIMARY KEY, n integer)' });
  await other.query({ name: 'fill_held', text: 'INSERT INTO held VALUES (1, 0)' });
  const write = { name: 'write_held', text: 'UPDATE held SET n = n + 1 WHERE id = 1' };
  const thaw = Promise.withResolvers<void>();
  const freezing = frozen.transaction(async (tx) => {
    await tx.query(write);
    await thaw.promise;
    await tx.query(write);
  });
  freezing.catch(() => undefined);
  await waitFor('the lock', async () => (await other.query(locksOnHeld)).length > 0);
  await other.query(write);
  thaw.resolve();
  await assert.rejects(freezing, (error) => isUnavailable(error));
  assert.deepEqual(await frozen.query({ name: 'read_held', text: 'SELECT n FROM held' }), [{ n: 1 }]);
  await Promise.all([frozen.close(), other.close()]);
});

const locksOnHeld = {
  name: 'locks_on_held',
  text: `SELECT pid FROM pg_locks WHERE relation = 'held'::regclass AND mode = 'RowExclusiveLock' AND granted`,
};

test('every connection asks for the limits that nobody may do without', async () => {
  const database = open(db.connection);
  const [row] = await database.query({
    name: 'limits',
    text: `SELECT current_setting('idle_in_transaction_session_timeout') AS idle`,
  });
  assert.deepEqual(row, { idle: `${IDLE_TRANSACTION_MS / 1_000}s` });
  await database.close();
});

test('a server that says twice that it dies does not end the process', async () => {
  const database = open(db.connection);
  const client = await database.pool.connect();
  client.release(new Error('its statement failed'));
  // By now nobody works with the connection, and the pool has let go of it.
  client.emit('error', new Error('terminating connection due to unexpected postmaster exit'));
  await database.close();
});
