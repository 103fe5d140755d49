import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createAlertRig } from '../../test/harness/alert-rig.ts';
import { useDatabase } from '../../test/harness/database.ts';
import { sql } from '../../test/harness/fixtures.ts';
import { type HttpReceiver, type Reply, startHttpReceiver } from '../../test/harness/receivers/http-receiver.ts';
import { waitFor } from '../../test/harness/wait-for.ts';
import type { Database } from '../store/database.ts';
import { DEATHS_OF_A_SUSPECT } from '../store/deliveries.ts';
import { MAX_ATTEMPTS } from './backoff.ts';
import { LEASE_MS, STOP_WITHIN_MS } from './sender.ts';

const db = useDatabase();
const rig = createAlertRig(() => db.database);
const { clock, make } = rig;
const INNOCENTS = 12;
const POISON = '/poison';

let receiver: HttpReceiver;
before(async () => {
  receiver = await startHttpReceiver();
});
after(async () => {
  await rig.close();
  await receiver.close();
});

/** One life of a node: it sends until the poison reaches its receiver, and is dead from that moment on. */
async function live(): Promise<{ readonly died: boolean }> {
  let isDead = false;
  const never = Promise.withResolvers<Reply>();
  const refuse = () => Promise.reject(new Error('it is dead'));
  const mortal: Database = {
    ...db.database,
    query: (statement, values) => (isDead ? refuse() : db.database.query(statement, values)),
    transaction: (work) => (isDead ? refuse() : db.database.transaction(work)),
  };
  // Everybody answers when it is clear whether the node lives on: all that is under way dies with it.
  const answers = Promise.withResolvers<Reply>();
  let asked = 0;
  receiver.setReply(({ path }) => {
    asked += 1;
    if (path === POISON) isDead = true;
    return isDead ? never.promise : answers.promise;
  });
  const sender = rig.sender(mortal);
  const begun = await sender.look();
  await waitFor('all that it began', () => isDead || asked === begun || sender.underWay < begun);
  answers.resolve({ status: 200, body: 'ok' });
  if (!isDead) await waitFor('the end of its sendings', () => sender.underWay === 0);
  never.resolve({ status: 200, body: 'ok' });
  await waitFor('nothing under way', () => sender.underWay === 0);
  const stopping = sender.stop();
  clock.advance(STOP_WITHIN_MS);
  await stopping;
  return { died: isDead };
}

async function isOpen(): Promise<boolean> {
  const open = await sql(db.database, `SELECT id FROM delivery WHERE state IN ('queued', 'sending', 'retry') LIMIT 1`);
  return open.length > 0;
}

test('a delivery that kills whoever sends it takes the others along twice at the most, and is left alone in the end', async () => {
  const team = await make.team();
  const poisoned = await make.channel(team.id, { url: `${receiver.url}${POISON}` }, { destination: 'poison.test' });
  const channels = [poisoned];
  for (let count = 0; count < INNOCENTS; count += 1) {
    channels.push(await make.channel(team.id, { url: `${receiver.url}/${count}` }, { destination: `${count}.test` }));
  }
  for (const channel of channels) await rig.ping(await make.monitor(team.id, { channels: [channel.id] }), 'fail');

  let deaths = 0;
  for (let lives = 0; lives < INNOCENTS + 3 * MAX_ATTEMPTS && (await isOpen()); lives += 1) {
    const { died } = await live();
    if (died) deaths += 1;
    clock.advance(LEASE_MS);
  }
  const rows = await sql<{ channel_id: string; state: string; reason: string | null; attempts: number }>(
    db.database,
    'SELECT channel_id, state, reason, attempts FROM delivery',
  );
  const poison = rows.find((row) => row.channel_id === poisoned.id);
  const innocents = rows.filter((row) => row.channel_id !== poisoned.id);
  assert.deepEqual([poison?.state, poison?.reason], ['failed', 'gave_up']);
  assert.equal(deaths, MAX_ATTEMPTS);
  assert.equal(innocents.length, INNOCENTS);
  for (const { state, attempts } of innocents) {
    assert.equal(state, 'sent');
    assert.ok(attempts <= DEATHS_OF_A_SUSPECT + 1, `an innocent one was begun ${attempts} times`);
  }
});
