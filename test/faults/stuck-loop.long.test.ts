import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../src/platform/clock.ts';
import { useDatabase } from '../harness/database.ts';
import { createFixtures, sql } from '../harness/fixtures.ts';
import { startTestNode } from '../harness/node.ts';
import { open } from '../harness/postgres.ts';
import { startHttpReceiver } from '../harness/receivers/http-receiver.ts';
import { waitFor } from '../harness/wait-for.ts';

const db = useDatabase();
const make = createFixtures(() => db.database, systemClock);
/** A loop counts as stuck after 10 s. */
const NOTICED_WITHIN_MS = 30_000;

for (const [table, reason] of [
  ['monitor_state', 'deadlines are not being judged'],
  ['delivery', 'notices are not being sent'],
] as const) {
  test(`a node whose loop is held up by a lock on ${table} says so, and goes on by itself`, async () => {
    const receiver = await startHttpReceiver();
    const node = await startTestNode(db.connection);
    const locker = open(db.connection, { maxConnections: 1, idleTransactionMs: 2 * NOTICED_WITHIN_MS });
    const release = Promise.withResolvers<void>();
    try {
      const team = await make.team();
      await make.channel(team.id, { url: receiver.url });
      const monitor = await make.monitor(team.id);
      const locking = locker.transaction(async (tx) => {
        await tx.query({ name: 'hold', text: `LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE` });
        await release.promise;
      });
      const answer = await waitFor(
        'the node to say so',
        async () => {
          const response = await fetch(`${node.base}/readyz`);
          const text = await response.text();
          // The loops ask in one statement what is due: the other one may be held up as well, and be the first to say so.
          return text.includes(reason) ? { status: response.status } : null;
        },
        NOTICED_WITHIN_MS,
      );
      assert.equal(answer?.status, 503);
      release.resolve();
      await locking;
      await waitFor('readiness', async () => (await fetch(`${node.base}/readyz`)).ok);
      await waitFor('pings', async () => (await fetch(`${node.base}/ping/${monitor.key}/fail`)).ok);
      await receiver.waitForCount(1);
      assert.equal((await sql(db.database, 'SELECT id FROM incident WHERE team_id = $1', [team.id])).length, 1);
    } finally {
      release.resolve();
      await node.end();
      await locker.close();
      await receiver.close();
    }
  });
}
