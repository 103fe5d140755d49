import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { useDatabase } from '../../test/harness/database.ts';
import { createFixtures, pingOf, sql, type TestMonitor } from '../../test/harness/fixtures.ts';
import { open, testLogger } from '../../test/harness/postgres.ts';
import { createVirtualClock } from '../../test/harness/virtual-clock.ts';
import { waitFor } from '../../test/harness/wait-for.ts';
import type { Gap } from '../core/cause.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../core/instant.ts';
import type { Transaction } from '../store/database.ts';
import { setStateVersion } from '../store/states.ts';
import { applyControl } from './act.ts';
import { createDefinitionCache } from './definitions.ts';
import { flushPings } from './flush.ts';
import { createIngest } from './ingest.ts';
import type { Ping } from './ping.ts';

const db = useDatabase();
const clock = createVirtualClock();
const make = createFixtures(() => db.database, clock);
const definitions = createDefinitionCache();

function flush(pings: readonly Ping[], unrecordedGap: Gap | null = null) {
  const context = { now: clock.now(), newId: make.newId, unrecordedGap };
  return flushPings(db.database, definitions, pings, context).then(({ answers }) => answers);
}

interface StateRow extends Record<string, unknown> {
  readonly status: string;
  readonly signal_count: number;
  readonly expected_at: number | null;
  readonly wake_at: number | null;
}

async function stateOf(monitorId: string): Promise<StateRow> {
  const [row] = await sql<StateRow>(db.database, 'SELECT * FROM monitor_state WHERE monitor_id = $1', [monitorId]);
  assert.ok(row);
  return row;
}

async function incidentsOf(monitorId: string) {
  const rows = await sql<{ cause_code: string; resolution: string | null }>(
    db.database,
    'SELECT cause_code, resolution FROM incident WHERE monitor_id = $1 ORDER BY opened_at, id',
    [monitorId],
  );
  return rows.map((row) => `${row.cause_code} ${row.resolution ?? 'open'}`);
}

/** Somebody waits for a row that another transaction holds. */
function somebodyWaits() {
  return waitFor('a transaction that waits', async () => {
    const [row] = await sql<{ count: number }>(
      db.database,
      `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return (row?.count ?? 0) > 0;
  });
}

/** Changes a monitor as the API does, and lets `meanwhile` run while its state is locked. */
async function changeWhileLocked(
  monitor: TestMonitor,
  change: (tx: Transaction) => Promise<unknown>,
  meanwhile: () => Promise<unknown>,
) {
  const editor = open(db.connection);
  let flushed: Promise<unknown> = Promise.resolve();
  await editor.transaction(async (tx) => {
    const [row] = await tx.query<{ version: number }>(
      { name: 'lock_it', text: 'SELECT version FROM monitor_state WHERE monitor_id = $1 FOR UPDATE' },
      [monitor.id],
    );
    const version = (row?.version ?? 0) + 1;
    flushed = meanwhile();
    flushed.catch(() => undefined);
    await somebodyWaits();
    await change(tx);
    await tx.query({ name: 'count_up', text: 'UPDATE monitor SET version = $2 WHERE id = $1' }, [monitor.id, version]);
    await setStateVersion(tx, monitor.id, version);
  });
  await editor.close();
  return flushed;
}

describe('a batch and a change of the monitor at the same time', () => {
  test('a rotated key is unknown at once, also when the flush waited for the lock', async () => {
    const monitor = await make.monitor((await make.team()).id);
    await flush([pingOf(monitor.key, clock.now())]);
    const answers = await changeWhileLocked(
      monitor,
      (tx) =>
        tx.query({ name: 'rotate', text: `UPDATE monitor SET ping_key = 'the-new-key' WHERE id = $1` }, [monitor.id]),
      () => flush([pingOf(monitor.key, clock.now())]),
    );
    assert.deepEqual(answers, [{ result: 'unknown' }]);
    assert.equal((await stateOf(monitor.id)).signal_count, 1);
    assert.deepEqual(await flush([pingOf('the-new-key', clock.now())]), [{ result: 'stored', paused: false }]);
  });

  test('a deleted monitor is unknown at once, and nothing wakes it again', async () => {
    const monitor = await make.monitor((await make.team()).id);
    await flush([pingOf(monitor.key, clock.now())]);
    const answers = await changeWhileLocked(
      monitor,
      async (tx) => {
        await tx.query({ name: 'delete', text: 'UPDATE monitor SET deleted_at = $2 WHERE id = $1' }, [
          monitor.id,
          clock.now(),
        ]);
        const context = { now: clock.now(), newId: make.newId };
        await applyControl(tx, createDefinitionCache(), monitor.id, { kind: 'deleted' }, context);
      },
      () => flush([pingOf(monitor.key, clock.now())]),
    );
    assert.deepEqual(answers, [{ result: 'unknown' }]);
    const state = await stateOf(monitor.id);
    assert.equal(state.signal_count, 1);
    assert.equal(state.wake_at, null);
  });

  test('a ping by name finds its monitor although the key changes under it', async () => {
    const team = await make.team();
    const monitor = await make.monitor(team.id);
    const ingest = createIngest({
      nodeId: make.newId(),
      database: db.database,
      definitions,
      clock,
      newId: make.newId,
      logger: testLogger,
      onRefused: () => undefined,
      unrecordedGap: () => null,
    });
    const answer = await changeWhileLocked(
      monitor,
      (tx) =>
        tx.query({ name: 'rotate_2', text: `UPDATE monitor SET ping_key = 'moved-key' WHERE id = $1` }, [monitor.id]),
      () => ingest.accept(pingOf(null, clock.now(), { name: { teamKey: team.pingKey, slug: monitor.slug } })),
    );
    assert.deepEqual(answer, { result: 'stored', paused: false });
    assert.equal((await stateOf(monitor.id)).signal_count, 1);
  });

  test('an edit that was saved while the flush waited decides: never the old definition', async () => {
    const monitor = await make.monitor((await make.team()).id, { periodSeconds: 3_600 });
    await flush([pingOf(monitor.key, clock.now())]);
    assert.equal((await stateOf(monitor.id)).expected_at, clock.now() + HOUR_MS);
    await changeWhileLocked(
      monitor,
      (tx) =>
        tx.query({ name: 'edit', text: 'UPDATE monitor SET period_seconds = 60, interval_ms = 60000 WHERE id = $1' }, [
          monitor.id,
        ]),
      () => flush([pingOf(monitor.key, clock.now())]),
    );
    assert.equal((await stateOf(monitor.id)).expected_at, clock.now() + MINUTE_MS);
  });
});

describe('one batch', () => {
  test('goes up and down and up and down again in the order of its pings', async () => {
    const monitor = await make.monitor((await make.team()).id);
    const at = (second: number) => clock.now() - 60_000 + second * SECOND_MS;
    const kinds = ['fail', 'success', 'fail', 'success', 'fail'] as const;
    await flush(kinds.map((kind, index) => pingOf(monitor.key, at(index), { kind })));
    assert.deepEqual(await incidentsOf(monitor.id), ['failed recovered', 'failed recovered', 'failed open']);
    assert.equal((await stateOf(monitor.id)).status, 'down');
    await flush([pingOf(monitor.key, at(10)), pingOf(monitor.key, at(11), { kind: 'fail' })]);
    assert.deepEqual(await incidentsOf(monitor.id), [
      'failed recovered',
      'failed recovered',
      'failed recovered',
      'failed open',
    ]);
  });

  test('a fail that disproves an overrun closes the one incident and opens the other at once', async () => {
    const monitor = await make.monitor((await make.team()).id, { kind: 'process', maxRunSeconds: 60 });
    const startedAt = clock.now();
    await flush([pingOf(monitor.key, startedAt, { kind: 'start' })]);
    clock.advance(62 * SECOND_MS);
    await flush([pingOf(monitor.key, clock.now(), { kind: 'log' })]);
    assert.deepEqual(await incidentsOf(monitor.id), ['overran open']);
    // Told afterwards: it had failed within its time.
    const late = { kind: 'fail', reportedAt: startedAt + 59 * SECOND_MS } as const;
    await flush([pingOf(monitor.key, clock.now(), late)]);
    assert.equal((await incidentsOf(monitor.id))[0], 'overran withdrawn');
  });

  test('an incident keeps no more notes than it may, however many fails one batch brings', async () => {
    const monitor = await make.monitor((await make.team()).id);
    const fail = () => pingOf(monitor.key, clock.now(), { kind: 'fail' });
    await flush(Array.from({ length: 90 }, fail));
    await flush(Array.from({ length: 90 }, fail));
    const [row] = await sql<{ count: number }>(
      db.database,
      'SELECT jsonb_array_length(notes) AS count FROM incident WHERE monitor_id = $1',
      [monitor.id],
    );
    assert.equal(row?.count, 100);
  });

  test('an incident has its evidence from the very batch that opened it', async () => {
    const monitor = await make.monitor((await make.team()).id);
    const at = (ms: number) => clock.now() - 1_000 + ms;
    await flush([
      ...Array.from({ length: 12 }, (_, index) => pingOf(monitor.key, at(index))),
      pingOf(monitor.key, at(20), { kind: 'log', body: Buffer.from('half of a Ж') }),
      pingOf(monitor.key, at(21), { kind: 'fail', exitStatus: 3 }),
    ]);
    const [row] = await sql<{ evidence: { signals: { n: number; kind: string }[]; outputTail: string } }>(
      db.database,
      'SELECT evidence FROM incident WHERE monitor_id = $1',
      [monitor.id],
    );
    assert.deepEqual(
      row?.evidence.signals.map((signal) => signal.n),
      [5, 6, 7, 8, 9, 10, 11, 12, 13, 14],
    );
    assert.equal(row?.evidence.signals.at(-1)?.kind, 'fail');
    assert.equal(Buffer.from(row?.evidence.outputTail ?? '', 'base64').toString(), 'half of a Ж');
  });

  test('a schedule that nobody understands any more still takes pings', async () => {
    const monitor = await make.monitor((await make.team()).id, { cron: '0 2 * * *' });
    await sql(db.database, `UPDATE monitor SET expression = 'nonsense', version = 2 WHERE id = $1`, [monitor.id]);
    await db.database.transaction((tx) => setStateVersion(tx, monitor.id, 2));
    assert.deepEqual(await flush([pingOf(monitor.key, clock.now())]), [{ result: 'stored', paused: false }]);
    assert.equal((await stateOf(monitor.id)).status, 'up');
  });
});

describe('a ping after we were blind', () => {
  test('does not find a deadline missed that passed in a gap which is not written yet', async () => {
    const monitor = await make.monitor((await make.team()).id, { periodSeconds: 60 });
    const armedAt = clock.now();
    await flush([pingOf(monitor.key, armedAt)]);
    clock.advance(3 * MINUTE_MS);
    await flush([pingOf(monitor.key, clock.now())], { from: armedAt + 30 * SECOND_MS, to: clock.now() });
    assert.deepEqual(await incidentsOf(monitor.id), []);
    assert.equal((await stateOf(monitor.id)).status, 'up');
  });

  test('finds it missed when we were well', async () => {
    const monitor = await make.monitor((await make.team()).id, { periodSeconds: 60 });
    await flush([pingOf(monitor.key, clock.now())]);
    clock.advance(3 * MINUTE_MS);
    await flush([pingOf(monitor.key, clock.now())]);
    assert.deepEqual(await incidentsOf(monitor.id), ['missed recovered']);
  });

  test('a deadline that the batch itself set knows the gaps that are written', async () => {
    const monitor = await make.monitor((await make.team()).id, { periodSeconds: 60 });
    const from = clock.now();
    clock.advance(5 * MINUTE_MS);
    await sql(db.database, `INSERT INTO gap (id, kind, from_at, to_at, reason) VALUES ($1, 'ingest', $2, $3, 'test')`, [
      make.newId(),
      from + 30 * SECOND_MS,
      clock.now() - SECOND_MS,
    ]);
    await flush([pingOf(monitor.key, from), pingOf(monitor.key, clock.now())]);
    assert.deepEqual(await incidentsOf(monitor.id), []);
  });
});
