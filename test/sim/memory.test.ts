import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { initialState } from '../../src/core/monitor.ts';
import type { Database, Statement, Transaction } from '../../src/store/database.ts';
import { readDueTimes } from '../../src/store/due-work.ts';
import { createGuardedMoves, saveGuardedMoves } from '../../src/store/guarded-moves.ts';
import { saveStates } from '../../src/store/states.ts';
import { useDatabase } from '../harness/database.ts';
import { createFixtures, sql } from '../harness/fixtures.ts';
import { createVirtualClock } from '../harness/virtual-clock.ts';
import { createMemory } from './memory.ts';

const db = useDatabase();
const clock = createVirtualClock();
const make = createFixtures(() => db.database, clock);

/** A memory over a database that remembers what it was asked. */
function scene() {
  const asked: string[] = [];
  const database: Database = {
    ...db.database,
    query(statement, values) {
      asked.push(statement.name);
      return db.database.query(statement, values);
    },
  };
  const memory = createMemory();
  const over = memory.over(database);
  return { memory, over, database, count: (name: string) => asked.filter((one) => one === name).length };
}

const SET_WAKE: Statement = { name: 'set_wake', text: 'UPDATE monitor_state SET wake_at = $2 WHERE monitor_id = $1' };
const MARK_SEEN: Statement = { name: 'mark_seen', text: 'UPDATE node SET seen_at = $2 WHERE id = $1' };

async function state(wakeAt: number) {
  const { id } = await make.monitor((await make.team()).id, { periodSeconds: 60, armed: true });
  await db.database.query(SET_WAKE, [id, wakeAt]);
  return id;
}

/** What a ping writes: the same state, and another time to wake. */
async function move(tx: Transaction, monitorId: string, wakeAt: number) {
  const before = plain;
  await saveStates(tx, [{ monitorId, before, state: { ...before, wakeAt } }]);
}
const plain = { ...initialState(), status: 'up' as const };

describe('the memory of a simulation', () => {
  test('asks what is due once, until something is written that may change it', async () => {
    const { over, count } = scene();
    const now = clock.now();
    const id = await state(now + 5_000);
    for (let looks = 0; looks < 3; looks += 1) assert.equal((await readDueTimes(over, now)).wakeAt, now + 5_000);
    await over.query(MARK_SEEN, [id, now]);
    await readDueTimes(over, now);
    assert.equal(count('read_due_times'), 1);
    await over.query(SET_WAKE, [id, now + 3_000]);
    assert.equal((await readDueTimes(over, now)).wakeAt, now + 3_000);
    assert.equal(count('read_due_times'), 2);
    // From then on other times are past.
    await readDueTimes(over, now + 3_000);
    assert.equal(count('read_due_times'), 3);
    await sql(db.database, 'UPDATE monitor_state SET wake_at = NULL');
  });

  test('knows when monitors wake from what is written of them', async () => {
    const { memory, over, count } = scene();
    const now = clock.now();
    const id = await state(now + 5_000);
    const next = () => memory.nextDue(over, now);
    assert.equal(await next(), now + 5_250);
    await over.transaction((tx) => move(tx, id, now + 60_000));
    assert.equal(await next(), now + 60_250);
    await over.transaction((tx) => move(tx, id, now + 2_000));
    assert.equal(await next(), now + 2_250);
    assert.equal(count('sim_next_work'), 1);
    await sql(db.database, 'UPDATE monitor_state SET wake_at = NULL');
  });

  test('does not believe what was not committed', async () => {
    const { memory, over, count } = scene();
    const now = clock.now();
    const id = await state(now + 5_000);
    assert.equal(await memory.nextDue(over, now), now + 5_250);
    const failing = over.transaction(async (tx) => {
      await move(tx, id, now + 60_000);
      throw new Error('cut off');
    });
    await assert.rejects(failing, /cut off/);
    assert.equal(await memory.nextDue(over, now), now + 5_250);
    // A guarded move of a row that somebody else has changed.
    const lost = createGuardedMoves();
    lost.pushMove(id, { ...plain, wakeAt: now + 60_000 }, 1);
    assert.deepEqual((await saveGuardedMoves(over, lost.values())).lost, [id]);
    assert.equal(await memory.nextDue(over, now), now + 5_250);
    assert.equal(count('sim_next_work'), 3);
    await sql(db.database, 'UPDATE monitor_state SET wake_at = NULL');
  });

  test('finds out that it was gone around', async () => {
    const { memory, over } = scene();
    const now = clock.now();
    const id = await state(now + 5_000);
    await memory.nextDue(over, now);
    await db.database.query(SET_WAKE, [id, now + 1_000]);
    await assert.rejects(async () => {
      for (let asks = 0; asks < 100; asks += 1) await memory.nextDue(over, now);
    }, /nothing was known of it/);
    await sql(db.database, 'UPDATE monitor_state SET wake_at = NULL');
  });
});
