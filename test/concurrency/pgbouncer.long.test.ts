import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../src/platform/clock.ts';
import { watchSilence } from '../../src/store/silence.ts';
import { useDatabase } from '../harness/database.ts';
import { open, testLogger } from '../harness/postgres.ts';
import { lacksPgbouncer, startPgbouncer } from './pgbouncer.ts';
import { testNodesTogether } from './suite.ts';

const reason = lacksPgbouncer();
if (reason !== false) test('several nodes behind PgBouncer', { skip: reason }, () => undefined);
else {
  testNodesTogether({
    name: 'behind PgBouncer in transaction mode',
    database: { pooled: true },
    reach: (connection) => startPgbouncer(connection, 'transaction'),
  });
  testNodesTogether({
    name: 'behind PgBouncer in session mode',
    reach: (connection) => startPgbouncer(connection, 'session'),
  });

  const db = useDatabase();
  test('a long statement is not taken for a dead connection behind a PgBouncer that numbers processes itself', async () => {
    const { connection, close } = await startPgbouncer(db.connection, 'session');
    const database = open(connection);
    const stopping = new AbortController();
    const options = { databases: [database], connection: () => connection, clock: systemClock, logger: testLogger };
    const watching = watchSilence({ ...options, lookEveryMs: 100 }, stopping.signal);
    assert.deepEqual(await database.query({ name: 'long', text: 'SELECT 1 AS one FROM pg_sleep(2)' }), [{ one: 1 }]);
    stopping.abort();
    await watching;
    await database.close();
    await close();
  });
}
