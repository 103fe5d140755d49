import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { useDatabase } from '../../test/harness/database.ts';
import { createFixtures, pingOf, sql, type TestMonitor } from '../../test/harness/fixtures.ts';
import { open, testLogger } from '../../test/harness/postgres.ts';
import { createVirtualClock } from '../../test/harness/virtual-clock.ts';
import { waitFor } from '../../test/harness/wait-for.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../core/instant.ts';
import type { Database, Transaction } from '../store/database.ts';
import { oldestInJournal } from '../store/ping-journal.ts';
import { setStateVersion } from '../store/states.ts';
import { applyControl } from './act.ts';
import { createDefinitionCache } from './definitions.ts';
import { FOLD_AFTER_MS, MAX_UNFOLDED_PINGS } from './fold.ts';
import { createIngest, GATHER_MS } from './ingest.ts';
import type { Ping } from './ping.ts';
import { createWakeLoop } from './wake.ts';

const db = useDatabase();
const clock = createVirtualClock();
const make = createFixtures(() => db.database, clock);
const STORED = { result: 'stored', paused: false };

/** The ping side of one node on which every ping that may goes by the journal. */
function node(database: Database = db.database, journalFromPerSecond = 0) {
  const definitions = createDefinitionCache();
  const ingest = createIngest({
    database,
    definitions,
    clock,
    newId: make.newId,
    nodeId: make.newId(),
    logger: testLogger,
    onRefused: () => undefined,
    unrecordedGap: () => null,
    journalFromPerSecond,
  });
  const { oldestPendingAt, settleAll } = ingest;
  const shared = { database, definitions, clock, newId: make.newId, logger: testLogger };
  const watcher = createWakeLoop({ ...shared, canJudge: () => true, oldestPendingAt, settleAll });
  const ping = (monitor: TestMonitor, change: Partial<Ping> = {}) =>
    ingest.accept(pingOf(monitor.key, clock.now(), change));
  return { ingest, watcher, ping };
}

/** A database whose transactions wait while they are held. */
function gated() {
  let gate = Promise.resolve();
  const base = open(db.connection);
  const transaction = async <T>(work: (tx: Transaction) => Promise<T>) => {
    await gate;
    return base.transaction(work);
  };
  const hold = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    return resolve;
  };
  return { database: { ...base, transaction }, hold };
}

type Node = ReturnType<typeof node>;

/** A heartbeat that is up and that these nodes remember, so that its next pings go by their journals. */
async function known(nodes: readonly Node[], options: Parameters<typeof make.monitor>[1] = {}): Promise<TestMonitor> {
  const monitor = await make.monitor((await make.team()).id, options);
  for (const at of nodes) {
    // The first write to the journal learns which keys are known; what is remembered of them is read once more.
    for (let count = 0; count < 2; count += 1) {
      assert.deepEqual(await at.ping(monitor), STORED);
      await at.ingest.settle();
    }
  }
  return monitor;
}

async function counts({ id }: TestMonitor) {
  const [row] = await sql<{ state: number; log: number; numbers: number; status: string; expected: number }>(
    db.database,
    `SELECT s.signal_count AS state, s.status, s.expected_at AS expected, count(g.n) AS log,
      count(DISTINCT g.n) AS numbers FROM monitor_state s LEFT JOIN signal g ON g.monitor_id = s.monitor_id
    WHERE s.monitor_id = $1 GROUP BY 1, 2, 3`,
    [id],
  );
  assert.ok(row);
  return row;
}

const incidentsOf = ({ id }: TestMonitor) =>
  sql<{ cause_code: string; resolution: string | null }>(
    db.database,
    'SELECT cause_code, resolution FROM incident WHERE monitor_id = $1 ORDER BY id',
    [id],
  );

const journalRows = () => sql<{ fault: string | null }>(db.database, 'SELECT fault FROM ping_journal');

function control(monitor: TestMonitor, signal: Parameters<typeof applyControl>[3]) {
  const context = { now: clock.now(), newId: make.newId };
  return db.database.transaction((tx) => applyControl(tx, createDefinitionCache(), monitor.id, signal, context));
}

describe('a ping that is acknowledged from the journal', () => {
  test('is on disk there, and in state and log when it is folded by itself a moment later', async () => {
    const at = node();
    const monitor = await known([at]);
    const before = await counts(monitor);
    clock.advance(SECOND_MS);
    assert.deepEqual(await at.ping(monitor), STORED);
    assert.deepEqual(await counts(monitor), before);
    assert.equal(await oldestInJournal(db.database), clock.now());
    assert.equal(at.ingest.oldestPendingAt(), clock.now());
    assert.equal(at.ingest.unfolded, 1);
    clock.advance(FOLD_AFTER_MS);
    await waitFor('its fold', async () => at.ingest.unfolded === 0);
    const after = await counts(monitor);
    assert.deepEqual([after.state, after.log], [before.state + 1, before.log + 1]);
    assert.equal(after.expected, clock.now() - FOLD_AFTER_MS + HOUR_MS);
    assert.deepEqual(await journalRows(), []);
    assert.equal(at.ingest.oldestPendingAt(), null);
  });

  test('ends where the other way ends, whatever comes', async () => {
    const [short, long] = [node(), node(db.database, Number.POSITIVE_INFINITY)];
    const [one, other] = [await known([short], { failAfter: 3 }), await known([long], { failAfter: 3 })];
    const kinds = ['success', 'log', 'fail', 'success', 'success', 'fail', 'fail', 'log', 'success', 'log'] as const;
    for (const [index, kind] of kinds.entries()) {
      clock.advance(17 * SECOND_MS);
      const body = index % 3 === 0 ? Buffer.from([0, 1, 2, index]) : null;
      const change = { kind, body, bodySize: body?.length ?? 0, userAgent: `curl/${index}` };
      assert.deepEqual(await short.ping(one, change), STORED);
      assert.deepEqual(await long.ping(other, change), STORED);
      if (index % 4 === 0) await short.ingest.settle();
    }
    await short.ingest.settle();
    const states = await sql(
      db.database,
      `SELECT to_jsonb(s) - 'monitor_id' AS state FROM monitor_state s WHERE monitor_id = ANY ($1::uuid[])`,
      [[one.id, other.id]],
    );
    assert.deepEqual(states[0], states[1]);
    const logs = await sql(
      db.database,
      `SELECT jsonb_agg(to_jsonb(g) - 'monitor_id' ORDER BY n) AS log FROM signal g
        WHERE monitor_id = ANY ($1::uuid[]) GROUP BY monitor_id`,
      [[one.id, other.id]],
    );
    assert.equal(logs.length, 2);
    assert.deepEqual(logs[0], logs[1]);
  });

  test('counts exactly once, with several nodes and much at a time', async () => {
    const nodes = [node(), node(open(db.connection)), node(open(db.connection))];
    const monitors = [await known(nodes), await known(nodes), await known(nodes)];
    const before = await Promise.all(monitors.map(counts));
    for (let round = 0; round < 5; round += 1) {
      clock.advance(SECOND_MS);
      const rounds = nodes.flatMap((at) =>
        monitors.flatMap((monitor) => Array.from({ length: 40 }, () => at.ping(monitor))),
      );
      // At this rate they wait for company.
      clock.advance(GATHER_MS);
      const answers = await Promise.all(rounds);
      assert.ok(answers.every(({ result }) => result === 'stored'));
      if (round % 2 === 0) await Promise.all(nodes.map(({ ingest }) => ingest.settle()));
    }
    await Promise.all(nodes.map(({ ingest }) => ingest.drain()));
    for (const [index, monitor] of monitors.entries()) {
      const { state, log, numbers } = await counts(monitor);
      const expected = (before[index]?.state ?? 0) + 5 * nodes.length * 40;
      assert.deepEqual([state, log, numbers], [expected, expected, expected]);
    }
    assert.deepEqual(await journalRows(), []);
  });

  test('is decided anew where a person changed the monitor before its fold', async () => {
    const at = node();
    const monitor = await known([at]);
    const { state } = await counts(monitor);
    await at.ping(monitor);
    await control(monitor, { kind: 'pause', pause: { mode: 'until_success' } });
    assert.equal((await counts(monitor)).status, 'paused');
    clock.advance(SECOND_MS);
    await at.ping(monitor);
    await at.ingest.settle();
    const after = await counts(monitor);
    assert.deepEqual([after.state, after.log, after.status], [state + 2, state + 2, 'up']);
  });

  test('goes by no definition that was edited before its fold', async () => {
    const at = node();
    const monitor = await known([at]);
    clock.advance(SECOND_MS);
    await at.ping(monitor);
    await sql(db.database, 'UPDATE monitor SET period_seconds = 60, interval_ms = 60000, version = 2 WHERE id = $1', [
      monitor.id,
    ]);
    await db.database.transaction((tx) => setStateVersion(tx, monitor.id, 2));
    await at.ingest.settle();
    assert.equal((await counts(monitor)).expected, clock.now() + MINUTE_MS);
  });

  test('is judged at once where it comes behind a deadline', async () => {
    const at = node();
    const monitor = await known([at], { periodSeconds: 60, graceSeconds: 5 });
    clock.advance(2 * MINUTE_MS);
    assert.deepEqual(await at.ping(monitor), STORED);
    assert.equal(at.ingest.unfolded, 0);
    assert.deepEqual(await incidentsOf(monitor), [{ cause_code: 'missed', resolution: 'recovered' }]);
  });

  test('does not count by a key that ended on another node', async () => {
    const at = node();
    const monitor = await known([at]);
    await at.ping(monitor);
    await sql(db.database, `UPDATE monitor SET ping_key = 'another-key', version = version + 1 WHERE id = $1`, [
      monitor.id,
    ]);
    await sql(db.database, 'UPDATE monitor_state SET version = version + 1 WHERE monitor_id = $1', [monitor.id]);
    assert.deepEqual(await at.ping(monitor), { result: 'unknown' });
    assert.deepEqual(await at.ping({ ...monitor, key: 'another-key' }), STORED);
    await at.ingest.settle();
    assert.equal((await counts(monitor)).log, (await counts(monitor)).state);
  });

  test('is counted before a ping of its monitor that means more', async () => {
    const at = node();
    const monitor = await known([at]);
    await at.ping(monitor, { userAgent: 'first' });
    clock.advance(10);
    assert.deepEqual(await at.ping(monitor, { kind: 'fail', userAgent: 'second' }), STORED);
    const rows = await sql<{ user_agent: string }>(
      db.database,
      'SELECT user_agent FROM signal WHERE monitor_id = $1 ORDER BY n DESC LIMIT 2',
      [monitor.id],
    );
    assert.deepEqual(
      rows.map((row) => row.user_agent),
      ['second', 'first'],
    );
  });
});

describe('a ping that waits for the fold of others', () => {
  test('is not overtaken by one of its monitor that came later', async () => {
    const at = node();
    const monitor = await known([at], { failAfter: 3 });
    await at.ping(monitor, { userAgent: 'first' });
    await Promise.all([
      at.ping(monitor, { kind: 'fail', userAgent: 'second' }),
      at.ping(monitor, { userAgent: 'third' }),
    ]);
    await at.ingest.settle();
    const rows = await sql<{ user_agent: string }>(
      db.database,
      'SELECT user_agent FROM signal WHERE monitor_id = $1 ORDER BY n DESC LIMIT 3',
      [monitor.id],
    );
    assert.deepEqual(
      rows.map((row) => row.user_agent),
      ['third', 'second', 'first'],
    );
  });
});

describe('a deadline', () => {
  test('is not judged over what another node has acknowledged and not folded', async () => {
    const held = gated();
    const [here, there] = [node(held.database), node(open(db.connection))];
    const monitor = await known([here, there], { periodSeconds: 60, graceSeconds: 5 });
    const release = held.hold();
    clock.advance(60 * SECOND_MS);
    await here.ping(monitor);
    clock.advance(6 * SECOND_MS - 500);
    // Older than the deadline, and younger than what would be taken over.
    const rows = await sql(db.database, 'UPDATE ping_journal SET first_received_at = $1 RETURNING n', [
      clock.now() - 2_000,
    ]);
    assert.equal(rows.length, 1);
    clock.advance(500);
    await there.watcher.look();
    assert.deepEqual(await incidentsOf(monitor), []);
    release();
    await here.ingest.settle();
    await there.watcher.look();
    assert.deepEqual(await incidentsOf(monitor), []);
    assert.equal((await counts(monitor)).status, 'up');
  });

  test('of a node that is gone is judged by another one, which folds first what it left', async () => {
    const [gone, other] = [node(open(db.connection)), node()];
    const monitor = await known([gone, other], { periodSeconds: 60, graceSeconds: 5 });
    clock.advance(30 * SECOND_MS);
    await gone.ping(monitor);
    const before = await counts(monitor);
    clock.advance(40 * SECOND_MS);
    await other.watcher.look();
    assert.deepEqual(await incidentsOf(monitor), [], 'it was heard in time');
    assert.deepEqual(await journalRows(), []);
    assert.equal((await counts(monitor)).log, before.log + 1);
    clock.advance(MINUTE_MS);
    await other.watcher.look();
    assert.deepEqual(await incidentsOf(monitor), [{ cause_code: 'missed', resolution: null }]);
    await gone.ingest.settle();
    assert.equal((await counts(monitor)).log, before.log + 1, 'one that comes back folds nothing twice');
  });
});

describe('what a node has left', () => {
  test('overturns nothing that came after it', async () => {
    const [gone, other] = [node(open(db.connection)), node()];
    const monitor = await known([gone, other]);
    await gone.ping(monitor);
    clock.advance(SECOND_MS);
    await other.ping(monitor, { kind: 'fail' });
    assert.equal((await counts(monitor)).status, 'down');
    await other.ingest.settleAll(clock.now());
    const { status, state, log } = await counts(monitor);
    assert.equal(status, 'down');
    assert.equal(state, log);
    assert.deepEqual(await incidentsOf(monitor), [{ cause_code: 'failed', resolution: null }]);
  });

  test('is counted by the node that thaws only as far as nobody else did', async () => {
    const [frozen, other] = [node(open(db.connection)), node()];
    const monitor = await known([frozen, other]);
    const before = await counts(monitor);
    await frozen.ping(monitor);
    await other.ingest.settleAll(clock.now());
    clock.advance(SECOND_MS);
    await frozen.ping(monitor);
    await frozen.ingest.settle();
    const after = await counts(monitor);
    assert.deepEqual([after.state, after.log], [before.state + 2, before.log + 2]);
  });
});

describe('a fold that meets trouble', () => {
  /** A database whose folds fail as they are told to. */
  function troubled() {
    const trouble = { code: null as string | null };
    const base = open(db.connection);
    const transaction = <T>(work: (tx: Transaction) => Promise<T>) =>
      trouble.code === null
        ? base.transaction(work)
        : Promise.reject(Object.assign(new Error(`failed with ${trouble.code}`), { code: trouble.code }));
    return { trouble, database: { ...base, transaction } };
  }

  test('waits for a database that is away, and then counts everything once', async () => {
    const { trouble, database } = troubled();
    const at = node(database);
    const monitor = await known([at]);
    const before = await counts(monitor);
    trouble.code = '57P01';
    await at.ping(monitor);
    const settled = at.ingest.settle();
    await clock.waitForTimer(200);
    assert.equal(at.ingest.unfolded, 1);
    trouble.code = null;
    clock.advance(200);
    await settled;
    const after = await counts(monitor);
    assert.deepEqual([after.state, after.log], [before.state + 1, before.log + 1]);
  });

  test('is given up when the node stops, and left to whoever comes next', async () => {
    const { trouble, database } = troubled();
    const at = node(database);
    const monitor = await known([at]);
    const before = await counts(monitor);
    trouble.code = '08006';
    await at.ping(monitor);
    await at.ingest.drain();
    assert.equal((await journalRows()).length, 1);
    await node().ingest.settleAll(clock.now());
    assert.equal((await counts(monitor)).log, before.log + 1);
  });

  test('leaves a ping that cannot be counted in the journal, and counts all others', async () => {
    const at = node();
    const [good, bad] = [await known([at]), await known([at])];
    const before = await counts(good);
    await Promise.all([at.ping(good), at.ping(bad), at.ping(good)]);
    // Its count does not fit any more: storing one more ping fails for this monitor alone.
    await sql(db.database, 'UPDATE monitor_state SET signal_count = 9223372036854775807 WHERE monitor_id = $1', [
      bad.id,
    ]);
    await at.ingest.settle();
    assert.equal((await counts(good)).log, before.log + 2);
    assert.deepEqual(await journalRows(), [{ fault: 'its fold failed' }]);
    assert.equal(await oldestInJournal(db.database), null, 'it is in the way of no deadline');
    await sql(db.database, 'DELETE FROM ping_journal');
  });

  test('that takes long has a bound: beyond it pings wait, and are not lost', async () => {
    const { database, hold } = gated();
    const at = node(database);
    const monitor = await known([at]);
    const before = await counts(monitor);
    const release = hold();
    await Promise.all(Array.from({ length: MAX_UNFOLDED_PINGS }, () => at.ping(monitor)));
    const pings = [at.ping(monitor), at.ping(monitor), at.ping(monitor)];
    await waitFor('them to be held', async () => at.ingest.queued === 3);
    assert.equal(at.ingest.unfolded, MAX_UNFOLDED_PINGS);
    release();
    await Promise.all(pings);
    await at.ingest.drain();
    assert.equal((await counts(monitor)).log, before.log + MAX_UNFOLDED_PINGS + 3);
  });

  test('leaves nobody waiting while the database is away: who would have to wait for it is refused', async () => {
    const { trouble, database } = troubled();
    const at = node(database);
    const monitor = await known([at]);
    trouble.code = '57P01';
    await at.ping(monitor);
    assert.deepEqual(await at.ping(monitor, { kind: 'fail' }), { result: 'unavailable' });
    await at.ingest.drain();
    await sql(db.database, 'DELETE FROM ping_journal');
  });
});
