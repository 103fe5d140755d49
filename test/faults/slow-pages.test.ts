import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { systemClock } from '../../src/platform/clock.ts';
import { OTHER_CONNECTIONS } from '../../src/store/open-store.ts';
import { useDatabase } from '../harness/database.ts';
import { createFixtures, sql } from '../harness/fixtures.ts';
import { startTestNode } from '../harness/node.ts';
import { open } from '../harness/postgres.ts';
import { startHttpReceiver } from '../harness/receivers/http-receiver.ts';
import { waitFor } from '../harness/wait-for.ts';

const db = useDatabase();
const make = createFixtures(() => db.database, systemClock);

test('pages that wait for the database keep no ping waiting, no deadline unjudged and no notice unsent', async () => {
  const receiver = await startHttpReceiver();
  const node = await startTestNode(db.connection, {}, undefined, { maxConnections: OTHER_CONNECTIONS });
  const locker = open(db.connection, { maxConnections: 1, idleTransactionMs: 60_000 });
  const release = Promise.withResolvers<void>();
  try {
    const team = await make.team();
    await make.channel(team.id, { url: receiver.url });
    const monitor = await make.monitor(team.id, { periodSeconds: 2 });
    const locking = locker.transaction(async (tx) => {
      await tx.query({ name: 'lock_audit', text: 'LOCK TABLE audit IN ACCESS EXCLUSIVE MODE' });
      await release.promise;
    });
    const key = (await readFile(node.firstStart.keyFile, 'utf8')).trim();
    const pages = Array.from({ length: 3 * OTHER_CONNECTIONS }, async () => {
      const response = await fetch(`${node.base}/api/v1/audit`, { headers: { authorization: `Bearer ${key}` } });
      await response.arrayBuffer();
      return response.status;
    });
    await waitFor('pages on every connection that they have', async () => {
      const [row] = await sql<{ count: number }>(
        db.database,
        `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return row?.count === OTHER_CONNECTIONS;
    });

    const calledAt = performance.now();
    assert.equal((await fetch(`${node.base}/ping/${monitor.key}`)).status, 200);
    assert.ok(performance.now() - calledAt < 1_000, 'a ping waited for pages');
    await receiver.waitForCount(1);
    const found = await waitFor('the outcome of the sending', async () => {
      const [incident] = await sql<{ late: number; told: number }>(
        db.database,
        `SELECT i.detected_at - i.opened_at AS late, min(a.started_at) - i.detected_at AS told FROM incident i
          JOIN notice n ON n.subject_id = i.id AND n.kind = 'opened' JOIN delivery_attempt a USING (delivery_id)
          WHERE i.monitor_id = $1 GROUP BY i.id`,
        [monitor.id],
      );
      return incident;
    });
    assert.ok((found?.late ?? 9_999) <= 1_000, `found ${found?.late} ms after the deadline`);
    assert.ok((found?.told ?? 9_999) <= 1_000, `told ${found?.told} ms after that`);
    assert.equal((await fetch(`${node.base}/readyz`)).status, 200);

    release.resolve();
    await locking;
    // Those that waited too long for a connection were told to come back.
    for (const status of await Promise.all(pages)) assert.ok(status === 200 || status === 503, String(status));
  } finally {
    release.resolve();
    await node.end();
    await locker.close();
    await receiver.close();
  }
});
