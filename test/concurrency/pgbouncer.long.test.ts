import { test } from 'node:test';
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
}
