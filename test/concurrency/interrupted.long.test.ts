import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { systemClock } from '../../src/platform/clock.ts';
import type { Connection } from '../../src/store/database.ts';
import { socketPath } from '../../src/store/postgres/folders.ts';
import { heard } from '../harness/alert-rig.ts';
import { cloneTemplate, dropDatabase, useDatabase } from '../harness/database.ts';
import { createFixtures, sql } from '../harness/fixtures.ts';
import { startTestNode } from '../harness/node.ts';
import { open, type SocketConnection } from '../harness/postgres.ts';
import { type Reply, startHttpReceiver } from '../harness/receivers/http-receiver.ts';
import { waitFor } from '../harness/wait-for.ts';
import { type FaultProxy, startFaultProxy } from '../kill/fault-proxy.ts';

const db = useDatabase();
const make = createFixtures(() => db.database, systemClock);
/** More commits than a first start makes: the loop ends by itself, with a start that was not interrupted. */
const MAX_COMMITS = 60;
/** Every third is interrupted, before and after by turns: all of them would take a minute. */
const STEP = 3;
/** Longer than a lease, on a machine that is busy. */
const LEASE_OVER_WITHIN_MS = 40_000;

let socket = '';
before(async () => {
  await db.made;
  socket = socketPath(db.connection.host);
});

async function withProxy(work: (proxy: FaultProxy) => Promise<void>): Promise<void> {
  const proxy = await startFaultProxy(() => ({ path: socket }));
  try {
    await work(proxy);
  } finally {
    await proxy.close();
  }
}

const through = (proxy: FaultProxy, { database, user }: SocketConnection): Connection => ({
  host: '127.0.0.1',
  port: proxy.port,
  user,
  database,
});

/** A first start that loses its database for ever at its nth commit; false when it made fewer. */
async function startAndDie(proxy: FaultProxy, connection: SocketConnection, nth: number): Promise<boolean> {
  let hasDied = false;
  proxy.refuse(false);
  proxy.setTrap({
    nth,
    side: nth % 2 === 0 ? 'before_it_is_known' : 'before_it_is_asked_for',
    spring() {
      hasDied = true;
      proxy.refuse(true);
      proxy.cut();
    },
  });
  const started = await startTestNode(through(proxy, connection)).then(
    (node) => node,
    () => null,
  );
  proxy.setTrap(null);
  if (started !== null) {
    proxy.refuse(false);
    await started.end();
  }
  return hasDied;
}

describe('a first start', () => {
  test('that is interrupted at one of its commits is gone on with by the next one', async () => {
    await withProxy(async (proxy) => {
      let interrupted = 0;
      for (let nth = 1; nth <= MAX_COMMITS; nth += STEP) {
        const empty = await cloneTemplate(db.connection, 'template0');
        try {
          const hasDied = await startAndDie(proxy, empty, nth);
          const node = await startTestNode(empty);
          assert.equal((await fetch(`${node.base}/readyz`)).status, 200);
          const database = open(empty);
          const teams = await sql(database, 'SELECT id FROM team');
          assert.equal(teams.length, 1, `after dying at commit ${nth}`);
          await Promise.all([database.close(), node.end()]);
          if (!hasDied) break;
          interrupted += 1;
        } finally {
          await dropDatabase(empty);
        }
      }
      assert.ok(interrupted >= 4 && interrupted < MAX_COMMITS / STEP, `interrupted ${interrupted} times`);
    });
  });
});

describe('a node that is cut off for longer than its lease', () => {
  test('does no harm when it is back: another one has sent, and its own late word is not written', async () => {
    const receiver = await startHttpReceiver();
    const answer = Promise.withResolvers<Reply>();
    let asked = 0;
    receiver.setReply(() => {
      asked += 1;
      return asked === 1 ? answer.promise : { status: 200, body: 'ok' };
    });
    await withProxy(async (proxy) => {
      const frozen = await startTestNode(through(proxy, db.connection));
      try {
        const team = await make.team();
        await make.channel(team.id, { url: receiver.url }, { destination: 'fenced' });
        const monitor = await make.monitor(team.id);
        assert.equal((await fetch(`${frozen.base}/ping/${monitor.key}/fail`)).status, 200);
        await waitFor('its sending', () => asked === 1);
        proxy.stall(true);
        const other = await startTestNode(db.connection, { ALLSWELL_ROLES: 'watch,deliver' });
        try {
          await waitFor('the sending of the other one', () => asked === 2, LEASE_OVER_WITHIN_MS);
          await waitFor('its outcome', async () => (await deliveryOf(team.id))?.state === 'sent');
          const written = await deliveryOf(team.id);
          // Refused by a temporary error: what it would write now is "try again".
          answer.resolve({ status: 500 });
          proxy.stall(false);
          await waitFor('the first one back', async () => (await fetch(`${frozen.base}/readyz`)).ok);
          assert.deepEqual(await deliveryOf(team.id), written);
          assert.deepEqual(written, { state: 'sent', attempts: 2, fence: 2 });
          assert.equal(asked, 2);
          assert.equal(new Set(receiver.requests.map((request) => heard(request).id)).size, 1, 'one idempotency key');
        } finally {
          await other.end();
        }
      } finally {
        answer.resolve({ status: 200 });
        proxy.stall(false);
        await frozen.end();
        await receiver.close();
      }
    });
  });
});

async function deliveryOf(teamId: string) {
  const [row] = await sql<{ state: string; attempts: number; fence: number }>(
    db.database,
    'SELECT state, attempts, fence FROM delivery WHERE team_id = $1',
    [teamId],
  );
  return row === undefined ? undefined : { ...row };
}
