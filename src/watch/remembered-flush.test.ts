import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { useDatabase } from '../../test/harness/database.ts';
import { createFixtures, pingOf, sql, type TestMonitor } from '../../test/harness/fixtures.ts';
import { open } from '../../test/harness/postgres.ts';
import { createVirtualClock } from '../../test/harness/virtual-clock.ts';
import { waitFor } from '../../test/harness/wait-for.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../core/instant.ts';
import { initialState } from '../core/monitor.ts';
import type { Database, Queryable } from '../store/database.ts';
import { PLAIN, saveGuardedMoves } from '../store/guarded-moves.ts';
import { setStateVersion } from '../store/states.ts';
import { applyControl } from './act.ts';
import { createDefinitionCache } from './definitions.ts';
import { flushPings } from './flush.ts';
import type { Ping } from './ping.ts';
import { flushRemembered } from './remembered-flush.ts';
import { createStateMemory } from './state-memory.ts';

const db = useDatabase();
const clock = createVirtualClock();
const make = createFixtures(() => db.database, clock);
const STORED = { result: 'stored', paused: false };

/** One node's ways of storing pings, with the names of the statements that the short way sent. */
function node(database: Database = db.database) {
  const definitions = createDefinitionCache();
  const memory = createStateMemory();
  const sent: string[] = [];
  const recording: Queryable['query'] = (statement, values) => {
    sent.push(statement.name);
    return database.query(statement, values);
  };
  const context = () => ({ now: clock.now(), newId: make.newId });
  return {
    memory,
    sent,
    short: (pings: readonly Ping[]) =>
      flushRemembered({ ...database, query: recording }, definitions, memory, pings, context()),
    long: (pings: readonly Ping[]) => flushPings(database, definitions, pings, { ...context(), unrecordedGap: null }),
  };
}

const ping = (monitor: TestMonitor, change: Partial<Ping> = {}) => pingOf(monitor.key, clock.now(), change);

async function counts({ id }: TestMonitor) {
  const [row] = await sql<{ state: number; log: number; expected: number }>(
    db.database,
    `SELECT signal_count AS state, expected_at AS expected,
      (SELECT count(DISTINCT n) FROM signal WHERE monitor_id = $1) AS log
    FROM monitor_state WHERE monitor_id = $1`,
    [id],
  );
  assert.ok(row);
  return row;
}

/** A monitor that is up, and known to this node. */
async function known(at: ReturnType<typeof node>, options: Parameters<typeof make.monitor>[1] = {}) {
  const monitor = await make.monitor((await make.team()).id, options);
  assert.deepEqual(await at.long([ping(monitor)]), [STORED]);
  return monitor;
}

describe('the short way of a batch', () => {
  test('reads a state once, and from then on writes it by one statement', async () => {
    const at = node();
    const monitor = await known(at);
    clock.advance(SECOND_MS);
    assert.deepEqual(await at.short([ping(monitor), ping(monitor, { kind: 'log' })]), [STORED, STORED]);
    clock.advance(SECOND_MS);
    assert.deepEqual(await at.short([ping(monitor)]), [STORED]);
    assert.deepEqual(at.sent, ['read_plain_states', 'save_guarded_moves', 'save_guarded_moves']);
    assert.deepEqual(await counts(monitor), { state: 4, log: 4, expected: clock.now() + HOUR_MS });
  });

  test('reads again where another node pinged meanwhile, and stores on top of that', async () => {
    const [here, there] = [node(), node(open(db.connection))];
    const [one, other] = [await known(here), await known(here)];
    await here.short([ping(one), ping(other)]);
    await there.long([ping(one)]);
    here.sent.length = 0;
    assert.deepEqual(await here.short([ping(one), ping(other), ping(one)]), [STORED, STORED, STORED]);
    assert.deepEqual(here.sent, ['save_guarded_moves', 'read_plain_states', 'save_guarded_moves']);
    assert.deepEqual(await counts(one), { state: 5, log: 5, expected: clock.now() + HOUR_MS });
    assert.equal((await counts(other)).log, 3);
  });

  test('gives up on a state that somebody else keeps changing, and stores nothing of it', async () => {
    const there = node();
    let isRacing = false;
    const racing: Database = {
      ...db.database,
      async query(statement, values) {
        if (isRacing && statement.name === 'save_guarded_moves') await there.long([ping(monitor)]);
        return db.database.query(statement, values);
      },
    };
    const here = node(racing);
    const monitor = await known(here);
    isRacing = true;
    assert.deepEqual(await here.short([ping(monitor)]), [null]);
    assert.equal((await counts(monitor)).log, 3, 'its own first one and the two of the other');
  });

  test('waits for whoever holds the row, and then stores nothing on top of the change', async () => {
    const at = node();
    const monitor = await known(at);
    await at.short([ping(monitor)]);
    const editor = open(db.connection);
    let storing: Promise<unknown> = Promise.resolve();
    await editor.transaction(async (tx) => {
      await applyControl(
        tx,
        createDefinitionCache(),
        monitor.id,
        { kind: 'pause', pause: { mode: 'by_hand' } },
        {
          now: clock.now(),
          newId: make.newId,
        },
      );
      storing = at.short([ping(monitor)]);
      await waitFor('the write to wait for the row', async () => {
        const [row] = await sql<{ count: number }>(
          db.database,
          `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return (row?.count ?? 0) > 0;
      });
    });
    await editor.close();
    assert.deepEqual(await storing, [null]);
    assert.equal((await counts(monitor)).log, 2);
    assert.deepEqual(await at.long([ping(monitor)]), [{ result: 'stored', paused: true }]);
  });

  test('stores anyway where the one who held the row took it back', async () => {
    const at = node();
    const monitor = await known(at);
    await at.short([ping(monitor)]);
    const editor = open(db.connection);
    await assert.rejects(
      editor.transaction(async (tx) => {
        await setStateVersion(tx, monitor.id, 2);
        throw new Error('never mind');
      }),
      /never mind/,
    );
    await editor.close();
    assert.deepEqual(await at.short([ping(monitor)]), [STORED]);
  });

  test('goes by no definition that was edited since', async () => {
    const at = node();
    const monitor = await known(at);
    await at.short([ping(monitor)]);
    await sql(db.database, 'UPDATE monitor SET period_seconds = 60, interval_ms = 60000, version = 2 WHERE id = $1', [
      monitor.id,
    ]);
    await db.database.transaction((tx) => setStateVersion(tx, monitor.id, 2));
    assert.deepEqual(await at.short([ping(monitor)]), [null]);
    assert.deepEqual(await at.long([ping(monitor)]), [STORED]);
    assert.equal((await counts(monitor)).expected, clock.now() + MINUTE_MS);
    assert.deepEqual(await at.short([ping(monitor)]), [STORED]);
  });

  test('leaves the long way what means more than a move', async () => {
    const at = node();
    const monitor = await known(at);
    const process = await known(at, { kind: 'process' });
    const fresh = await make.monitor((await make.team()).id);
    const runId = '6f1c6a6e-8f4a-4b0a-9d0e-1f2a3b4c5d6e';
    const more: readonly Ping[] = [
      ping(monitor, { kind: 'fail' }),
      ping(monitor, { kind: 'start' }),
      ping(monitor, { runId }),
      ping(monitor, { idempotencyKey: 'once' }),
      ping(monitor, { reportedAt: clock.now() - SECOND_MS }),
      ping(process),
      ping(fresh),
      pingOf(null, clock.now(), { name: { teamKey: 'any', slug: 'any' } }),
      pingOf('nobody-has-this-key', clock.now()),
    ];
    for (const one of more) assert.deepEqual(await at.short([one]), [null]);
    assert.equal((await counts(monitor)).log, 1);
    assert.deepEqual(await at.short([ping(monitor), ping(monitor, { runId })]), [null, null], 'all of it, in order');
  });

  test('judges no deadline', async () => {
    const at = node();
    const monitor = await known(at, { periodSeconds: 60 });
    clock.advance(MINUTE_MS);
    assert.deepEqual(await at.short([ping(monitor)]), [null]);
  });

  test('ends where the long way ends, whatever comes', async () => {
    const at = node();
    const [short, long] = [await known(at, { failAfter: 3 }), await known(at, { failAfter: 3 })];
    const kinds = ['success', 'log', 'fail', 'success', 'fail', 'fail', 'success', 'log'] as const;
    for (const kind of kinds) {
      clock.advance(17 * SECOND_MS);
      assert.deepEqual(await at.short([ping(short, { kind })]), [STORED]);
      await at.long([ping(long, { kind })]);
    }
    const states = await sql(
      db.database,
      'SELECT to_jsonb(s) - $2 AS state FROM monitor_state s WHERE monitor_id = ANY ($1::uuid[])',
      [[short.id, long.id], 'monitor_id'],
    );
    assert.deepEqual(states[0], states[1]);
    const logs = await sql(
      db.database,
      `SELECT jsonb_agg(to_jsonb(g) - 'monitor_id' ORDER BY n) AS log FROM signal g
        WHERE monitor_id = ANY ($1::uuid[]) GROUP BY monitor_id`,
      [[short.id, long.id]],
    );
    assert.equal(logs.length, 2);
    assert.deepEqual(logs[0], logs[1]);
  });

  test('a write of nothing but lost rows stores no signal', async () => {
    const at = node();
    const monitor = await known(at);
    const state = { ...initialState(), ...PLAIN, signalCount: 9 };
    const move = { monitorId: monitor.id, before: state, state, guard: 1 };
    assert.deepEqual((await saveGuardedMoves(db.database, [move], [])).lost, [monitor.id]);
    assert.equal((await counts(monitor)).state, 1);
  });
});

describe('the memory of states', () => {
  const remembered = (signalCount: number) => ({
    state: { ...initialState(), ...PLAIN, signalCount, refAt: 1_750_000_000_000 + signalCount, silenceTold: true },
    version: 3,
    guard: 4_294_967_295,
  });

  test('gives back what it was given', () => {
    const memory = createStateMemory(2);
    memory.keep('a', remembered(7));
    memory.keep('a', remembered(8));
    assert.deepEqual(memory.recall('a'), remembered(8));
    assert.equal(memory.recall('b'), undefined);
  });

  test('forgets what it was given longest ago when it is full, and nothing else', () => {
    const memory = createStateMemory(3);
    for (const [index, id] of ['a', 'b', 'c'].entries()) memory.keep(id, remembered(index));
    memory.forget('a');
    memory.keep('a', remembered(10));
    assert.deepEqual(memory.recall('a'), remembered(10));
    memory.keep('d', remembered(11));
    memory.keep('e', remembered(12));
    assert.deepEqual(
      ['a', 'b', 'c', 'd', 'e'].filter((id) => memory.recall(id) !== undefined),
      ['a', 'd', 'e'],
    );
    memory.clear();
    assert.equal(memory.recall('a'), undefined);
    memory.keep('f', remembered(13));
    assert.deepEqual(memory.recall('f'), remembered(13));
  });
});
