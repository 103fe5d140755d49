import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { systemClock } from '../src/platform/clock.ts';
import { heard } from './harness/alert-rig.ts';
import { useDatabase } from './harness/database.ts';
import { createFixtures, sql } from './harness/fixtures.ts';
import { startTestNode, type TestNode } from './harness/node.ts';
import { type HttpReceiver, type Reply, startHttpReceiver } from './harness/receivers/http-receiver.ts';
import { waitFor } from './harness/wait-for.ts';

const db = useDatabase();
const make = createFixtures(() => db.database, systemClock);

let receiver: HttpReceiver;
before(async () => {
  receiver = await startHttpReceiver();
});
after(() => receiver.close());

async function withNodes(count: number, work: (nodes: readonly TestNode[]) => Promise<void>) {
  const nodes = await Promise.all(Array.from({ length: count }, () => startTestNode(db.connection)));
  try {
    await work(nodes);
  } finally {
    await Promise.all(nodes.map((node) => node.end()));
  }
}

const call = async (url: string, init: RequestInit = {}) => (await fetch(url, { ...init, keepalive: false })).status;

describe('whole nodes on one database', () => {
  test('a job that stops calling is told of once, within a second of its deadline, and its return as well', async () => {
    await withNodes(2, async ([one, two]) => {
      const team = await make.team();
      await make.channel(team.id, { url: receiver.url });
      const monitor = await make.monitor(team.id, { periodSeconds: 1, graceSeconds: 1 });
      assert.equal(await call(`${one?.base}/ping/${monitor.key}`), 200);
      await receiver.waitForCount(1);
      assert.equal(await call(`${two?.base}/ping/${monitor.key}`), 200);
      await receiver.waitForCount(2);
      assert.deepEqual(
        receiver.requests.map((request) => heard(request).type),
        ['incident.opened', 'incident.resolved'],
      );
      const [incident] = await sql<{ late: number; told: number }>(
        db.database,
        `SELECT i.detected_at - i.opened_at AS late, min(a.started_at) - i.detected_at AS told FROM incident i
          JOIN notice n ON n.subject_id = i.id AND n.kind = 'opened' JOIN delivery_attempt a USING (delivery_id)
          WHERE i.monitor_id = $1 GROUP BY i.id`,
        [monitor.id],
      );
      assert.ok((incident?.late ?? 9_999) <= 1_000, `found ${incident?.late} ms after the deadline`);
      assert.ok((incident?.told ?? 9_999) <= 1_000, `told ${incident?.told} ms after that`);
    });
  });

  test('pings to several nodes under load are all counted, and a stop in between loses none', async () => {
    const team = await make.team();
    const monitor = await make.monitor(team.id);
    let stored = 0;
    await withNodes(3, async (nodes) => {
      const target = (index: number) => `${nodes[index % nodes.length]?.base}/ping/${monitor.key}`;
      const one = async (index: number) => {
        const status = await call(target(index), { method: 'POST', body: `call ${index}` }).catch(() => 0);
        if (status === 200) stored += 1;
      };
      const first = Array.from({ length: 150 }, (_, index) => one(index));
      await Promise.race(first);
      await Promise.all([...first, nodes[0]?.stop()]);
      await Promise.all(Array.from({ length: 30 }, (_, index) => one(index * nodes.length + 1)));
    });
    assert.ok(stored >= 30);
    const [row] = await sql<{ log: number; state: number }>(
      db.database,
      `SELECT (SELECT count(*) FROM signal WHERE monitor_id = $1) AS log,
        (SELECT signal_count FROM monitor_state WHERE monitor_id = $1) AS state`,
      [monitor.id],
    );
    assert.deepEqual({ ...row }, { log: row?.state, state: row?.log });
    assert.equal(row?.log, stored, 'every 200 is on disk, and nothing else');
  });

  test('a node that stops while a receiver hangs says at once that it takes no pings', async () => {
    await sql(db.database, 'DELETE FROM gap');
    const team = await make.team();
    await make.channel(team.id, { url: `${receiver.url}/hang` });
    const monitor = await make.monitor(team.id);
    const answer = Promise.withResolvers<Reply>();
    let isAsked = false;
    receiver.setReply(() => {
      isAsked = true;
      return answer.promise;
    });
    await withNodes(1, async ([node]) => {
      assert.ok(node);
      await call(`${node.base}/ping/${monitor.key}/fail`);
      await waitFor('the hanging request', () => isAsked);
      const seenAt = async () => {
        const [row] = await sql<{ stopped_at: number | null }>(
          db.database,
          'SELECT stopped_at FROM node ORDER BY started_at DESC, id DESC LIMIT 1',
        );
        return row?.stopped_at ?? null;
      };
      let isStopped = false;
      const stopping = node.stop().then(() => {
        isStopped = true;
      });
      await waitFor('its last sign of life', seenAt, 5_000);
      assert.equal(isStopped, false, 'the sending is still given its time');
      answer.resolve({ status: 200, body: 'ok' });
      await stopping;
    });
    receiver.setReply({ status: 200, body: 'ok' });
  });
});
