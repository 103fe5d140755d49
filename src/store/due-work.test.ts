import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { useDatabase } from '../../test/harness/database.ts';
import { createFixtures, sql } from '../../test/harness/fixtures.ts';
import { createVirtualClock } from '../../test/harness/virtual-clock.ts';
import { SECOND_MS } from '../core/instant.ts';
import type { Database } from './database.ts';
import { createDueWork, type DueTimes } from './due-work.ts';
import { appendToJournal, readKeyEpoch } from './ping-journal.ts';

const db = useDatabase();
const clock = createVirtualClock();
const make = createFixtures(() => db.database, clock);
const never = new AbortController().signal;

/** Due work over a database that counts what it is asked. */
function counted(change: Partial<Database> = {}) {
  const count = { asked: 0 };
  const query: Database['query'] = (statement, values) => {
    count.asked += 1;
    return db.database.query(statement, values);
  };
  return { count, due: createDueWork({ database: { ...db.database, query, ...change }, clock }) };
}

describe('what is due', () => {
  test('is asked once for all who wait, when the first of them wants to know', async () => {
    const { count, due } = counted();
    const answers = [500, 300, 400].map((pauseMs) => due.times(pauseMs, never));
    assert.equal(clock.pending(), 1);
    clock.advance(299);
    assert.equal(count.asked, 0);
    clock.advance(1);
    await Promise.all(answers);
    assert.equal(count.asked, 1);
    assert.equal(clock.pending(), 0);
  });

  test('is asked at once for who does not want to wait, and for the others along with it', async () => {
    const { count, due } = counted();
    const waiting = due.times(500, never);
    await Promise.all([due.times(0, never), waiting]);
    assert.equal(count.asked, 1);
    assert.equal(clock.pending(), 0);
  });

  test('is not asked for who gave up; the others are answered in their time', async () => {
    const { count, due } = counted();
    const [first, second] = [new AbortController(), new AbortController()];
    const early = due.times(100, first.signal);
    const late = due.times(400, second.signal);
    first.abort();
    assert.equal(await early, null);
    clock.advance(399);
    assert.equal(count.asked, 0);
    second.abort();
    assert.equal(await late, null);
    assert.equal(await due.times(0, second.signal), null);
    assert.equal(clock.pending(), 0);
    assert.equal(count.asked, 0);
  });

  test('all who wait hear of it when the database does not answer, and can ask again', async () => {
    let isAway = true;
    const query: Database['query'] = (statement, values) =>
      isAway ? Promise.reject(new Error('away')) : db.database.query(statement, values);
    const { due } = counted({ query });
    const answers = [due.times(500, never), due.times(0, never)];
    for (const answer of answers) await assert.rejects(answer, /away/);
    isAway = false;
    assert.notEqual(await due.times(0, never), null);
  });

  test('is the earliest of each kind, past or to come', async () => {
    const { due } = counted();
    const ask = async () => ({ ...((await due.times(0, never)) as DueTimes) });
    const none = { wakeAt: null, journaledAt: null, holdAt: null, deliveryAt: null, laterDeliveryAt: null };
    assert.deepEqual(await ask(), none);
    const now = clock.now();
    const team = await make.team();
    const { id: channel } = await make.channel(team.id, {});
    const [one, other] = [await make.monitor(team.id), await make.monitor(team.id)];
    const wake = 'UPDATE monitor_state SET wake_at = $2 WHERE monitor_id = $1';
    await sql(db.database, wake, [one.id, now + SECOND_MS]);
    await sql(db.database, wake, [other.id, now - SECOND_MS]);
    assert.deepEqual(await ask(), { ...none, wakeAt: now - SECOND_MS });
    const row = { nodeId: make.newId(), n: 1, firstReceivedAt: now - 9, pings: Buffer.alloc(1) };
    await appendToJournal(db.database, row, await readKeyEpoch(db.database));
    assert.deepEqual(await ask(), { ...none, wakeAt: now - SECOND_MS, journaledAt: now - 9 });
    await sql(db.database, 'DELETE FROM ping_journal');
    await sql(db.database, 'UPDATE monitor_state SET wake_at = NULL');

    const delivery = async (state: string, times: { next?: number; lease?: number }) =>
      sql(
        db.database,
        `INSERT INTO delivery (id, team_id, channel_id, form, state, destination, next_attempt_at, lease_until, created_at)
          VALUES ($1, $2, $3, 'single', $4, 'a.test', $5, $6, $7)`,
        [make.newId(), team.id, channel, state, times.next ?? null, times.lease ?? null, now],
      );
    await delivery('queued', { next: now - 2 * SECOND_MS });
    await delivery('retry', { next: now + 4 * SECOND_MS });
    await delivery('sending', { lease: now + 3 * SECOND_MS });
    const deliveries = { deliveryAt: now - 2 * SECOND_MS, laterDeliveryAt: now + 3 * SECOND_MS };
    assert.deepEqual(await ask(), { ...none, ...deliveries });
    await sql(db.database, `UPDATE delivery SET lease_until = $1 WHERE state = 'sending'`, [now - 3 * SECOND_MS]);
    assert.deepEqual(await ask(), { ...none, deliveryAt: now - 3 * SECOND_MS, laterDeliveryAt: now + 4 * SECOND_MS });
  });
});
