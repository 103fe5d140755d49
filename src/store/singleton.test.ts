import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { useDatabase } from '../../test/harness/database.ts';
import { createManualClock, type ManualClock } from '../../test/harness/manual-clock.ts';
import { testLogger } from '../../test/harness/postgres.ts';
import { createJournal } from '../../test/harness/receivers/journal.ts';
import { waitFor } from '../../test/harness/wait-for.ts';
import { systemClock } from '../platform/clock.ts';
import { createIdSource, systemRandom } from '../platform/random.ts';
import type { Database } from './database.ts';
import { claimLease, readLease, releaseLease } from './leases.ts';
import { createSingleton, RENEW_EVERY_MS, SINGLETON_LEASE_MS, type Singleton } from './singleton.ts';

const NAME = 'watch the clock';
const db = useDatabase();
let clock: ManualClock;
let log = createJournal<string>('beginning or end');
let running: Singleton[] = [];

beforeEach(async () => {
  clock = createManualClock();
  log = createJournal('beginning or end');
  await db.database.query({ name: 'empty_lease', text: 'DELETE FROM lease' });
});
afterEach(async () => {
  await Promise.all(running.map((singleton) => singleton.stop()));
  running = [];
});

const makeId = createIdSource(systemClock, systemRandom);

describe('a lease', () => {
  test('is taken once, prolonged by its holder, and taken over when it ran out, with a higher fence', async () => {
    const [a, b] = [makeId(), makeId()];
    assert.deepEqual(await claimLease(db.database, NAME, a, 0, 15), { nodeId: a, until: 15, fence: 1 });
    assert.deepEqual(await claimLease(db.database, NAME, b, 14, 29), { nodeId: a, until: 15, fence: 1 });
    assert.deepEqual(await claimLease(db.database, NAME, a, 10, 25), { nodeId: a, until: 25, fence: 1 });
    assert.deepEqual(await claimLease(db.database, NAME, b, 25, 40), { nodeId: b, until: 40, fence: 2 });
  });

  test('of a holder that let it run out has a new fence even if the same node takes it again', async () => {
    const a = makeId();
    await claimLease(db.database, NAME, a, 0, 15);
    assert.equal((await claimLease(db.database, NAME, a, 15, 30)).fence, 2);
  });

  test('is not given up by who lost it', async () => {
    const [a, b] = [makeId(), makeId()];
    const lost = await claimLease(db.database, NAME, a, 0, 15);
    await claimLease(db.database, NAME, b, 15, 30);
    await releaseLease(db.database, NAME, lost, 16);
    assert.deepEqual(await readLease(db.database, NAME), { nodeId: b, until: 30, fence: 2 });
  });

  test('goes to exactly one of many that ask at once', async () => {
    const nodes = Array.from({ length: 8 }, makeId);
    const answers = await Promise.all(nodes.map((node) => claimLease(db.database, NAME, node, 0, 15)));
    assert.equal(answers.filter((lease, index) => lease.nodeId === nodes[index]).length, 1);
  });
});

/** A database that can be taken away from one node. */
function breakable(database: Database): Database & { isAway: boolean } {
  const shaky: Database & { isAway: boolean } = {
    ...database,
    isAway: false,
    query: ((statement, values) =>
      shaky.isAway ? Promise.reject(new Error('away')) : database.query(statement, values)) as Database['query'],
  };
  return shaky;
}

function begin(who: string, database: Database = db.database): Singleton {
  const singleton = createSingleton({
    database,
    clock,
    logger: testLogger,
    nodeId: makeId(),
    name: NAME,
    work: {
      begin: () => log.add(`${who} begins`),
      end: async () => log.add(`${who} ends`),
    },
  });
  running.push(singleton);
  singleton.start();
  return singleton;
}

/** Every node sleeps: one timer each, and one more for the holder's own end. */
const areAsleep = () => clock.pending() === running.length + running.filter(({ isHeld }) => isHeld).length;

/** Moves time in small steps, so that each look at the lease has its answer before the next one is due. */
async function advance(ms: number, stepMs = 500): Promise<void> {
  await waitFor('all nodes asleep', areAsleep);
  for (let passed = 0; passed < ms; passed += stepMs) {
    clock.advance(stepMs);
    await waitFor('all nodes asleep', areAsleep);
  }
}

describe('of two nodes', () => {
  test('one works, for as long as it lives', async () => {
    const first = begin('first');
    await log.waitFor((entry) => entry === 'first begins');
    const second = begin('second');
    await advance(60_000);
    assert.deepEqual(log.entries, ['first begins']);
    assert.deepEqual([first.isHeld, second.isHeld], [true, false]);
  });

  test('the other one goes on within 15 s after the holder died', async () => {
    const shaky = breakable(db.database);
    begin('first', shaky);
    await log.waitFor((entry) => entry === 'first begins');
    begin('second');
    await advance(3 * RENEW_EVERY_MS);
    shaky.isAway = true;
    const diedAt = clock.monotonic();
    while (!log.entries.includes('second begins') && clock.monotonic() - diedAt < 60_000) await advance(500);
    assert.ok(clock.monotonic() - diedAt <= SINGLETON_LEASE_MS, `${clock.monotonic() - diedAt} ms`);
    // It cannot know that it died: it stops by itself, and before the other one begins.
    assert.deepEqual(log.entries, ['first begins', 'first ends', 'second begins']);
  });

  test('the other one goes on at its next look when the holder is stopped', async () => {
    const first = begin('first');
    await log.waitFor((entry) => entry === 'first begins');
    begin('second');
    await advance(0);
    running = running.filter((one) => one !== first);
    await first.stop();
    assert.deepEqual(log.entries, ['first begins', 'first ends']);
    await advance(RENEW_EVERY_MS);
    assert.deepEqual(log.entries.slice(2), ['second begins']);
  });

  test('one that could not renew for a moment keeps the work', async () => {
    const shaky = breakable(db.database);
    begin('first', shaky);
    await log.waitFor((entry) => entry === 'first begins');
    begin('second');
    shaky.isAway = true;
    await advance(2 * RENEW_EVERY_MS - 1_000);
    shaky.isAway = false;
    await advance(60_000);
    assert.deepEqual(log.entries, ['first begins']);
  });
});
