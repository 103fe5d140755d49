import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { useDatabase } from '../../test/harness/database.ts';
import { createFixtures, type MonitorOptions, pingOf, sql } from '../../test/harness/fixtures.ts';
import { open, testLogger } from '../../test/harness/postgres.ts';
import { createVirtualClock } from '../../test/harness/virtual-clock.ts';
import { waitFor } from '../../test/harness/wait-for.ts';
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS, SECOND_MS } from '../core/instant.ts';
import { JUDGE_AFTER_MS } from '../core/step.ts';
import type { Database } from '../store/database.ts';
import { applyControl } from './act.ts';
import { createDefinitionCache } from './definitions.ts';
import { flushPings } from './flush.ts';
import { createWakeLoop, MAX_WAKES_PER_BATCH, type WakeLoop } from './wake.ts';

const db = useDatabase();
const clock = createVirtualClock();
const make = createFixtures(() => db.database, clock);
const definitions = createDefinitionCache();

const standing = { canJudge: true, oldestPendingAt: null as Instant | null };
afterEach(async () => {
  standing.canJudge = true;
  standing.oldestPendingAt = null;
  await sql(db.database, 'UPDATE monitor_state SET wake_at = NULL');
});

function watcher(database: Database = db.database): WakeLoop {
  return createWakeLoop({
    database,
    definitions: createDefinitionCache(),
    clock,
    newId: make.newId,
    logger: testLogger,
    canJudge: () => standing.canJudge,
    oldestPendingAt: () => standing.oldestPendingAt,
    settleAll: async () => null,
  });
}

/** A monitor that was heard just now. */
async function armed(options: MonitorOptions = {}) {
  const monitor = await make.monitor((await make.team()).id, { periodSeconds: 60, ...options });
  await ping(monitor.key);
  return monitor;
}

function ping(key: string, change: Parameters<typeof pingOf>[2] = {}) {
  const context = { now: clock.now(), newId: make.newId, unrecordedGap: null };
  return flushPings(db.database, definitions, [pingOf(key, clock.now(), change)], context);
}

async function incidentsOf(monitorId: string) {
  const rows = await sql<{ cause_code: string; resolution: string | null; opened_at: number; detected_at: number }>(
    db.database,
    'SELECT cause_code, resolution, opened_at, detected_at FROM incident WHERE monitor_id = $1 ORDER BY id',
    [monitorId],
  );
  return rows.map((row) => ({ ...row }));
}

async function stateOf(monitorId: string) {
  const [row] = await sql<{ status: string; fault: string | null; wake_at: number | null; expected_at: number }>(
    db.database,
    'SELECT status, fault, wake_at, expected_at FROM monitor_state WHERE monitor_id = $1',
    [monitorId],
  );
  assert.ok(row);
  return { ...row };
}

describe('the wake loop', () => {
  test('finds a missed deadline a quarter of a second after it, and not before', async () => {
    const monitor = await armed({ graceSeconds: 10 });
    const due = clock.now() + 70 * SECOND_MS;
    clock.advance(70 * SECOND_MS + JUDGE_AFTER_MS - 1);
    assert.equal(await watcher().look(), 0);
    clock.advance(1);
    assert.equal(await watcher().look(), 1);
    assert.deepEqual(await incidentsOf(monitor.id), [
      { cause_code: 'missed', resolution: null, opened_at: due, detected_at: due + JUDGE_AFTER_MS },
    ]);
    assert.equal(await watcher().look(), 0, 'it is found once');
  });

  test('does not judge past a ping that this node accepted and has not stored yet', async () => {
    const monitor = await armed();
    const due = clock.now() + MINUTE_MS;
    clock.advance(MINUTE_MS + 10 * SECOND_MS);
    standing.oldestPendingAt = due - 1;
    assert.equal(await watcher().look(), 0);
    standing.oldestPendingAt = due + JUDGE_AFTER_MS;
    assert.equal(await watcher().look(), 1);
    assert.equal((await stateOf(monitor.id)).status, 'down');
  });

  test('judges nothing while it is not sure that pings could be taken', async () => {
    const monitor = await armed();
    clock.advance(2 * MINUTE_MS);
    standing.canJudge = false;
    assert.equal(await watcher().look(), 0);
    assert.equal((await stateOf(monitor.id)).status, 'up');
  });

  test('a ping that arrived before the deadline and is stored after the down takes the incident back', async () => {
    const monitor = await armed();
    clock.advance(MINUTE_MS + SECOND_MS);
    await watcher().look();
    const context = { now: clock.now(), newId: make.newId, unrecordedGap: null };
    await flushPings(db.database, definitions, [pingOf(monitor.key, clock.now() - 2 * SECOND_MS)], context);
    const [incident] = await incidentsOf(monitor.id);
    assert.equal(incident?.resolution, 'withdrawn');
    assert.equal((await stateOf(monitor.id)).status, 'up');
  });

  test('says once, after 24 hours, that a new monitor was never heard from', async () => {
    const team = await make.team();
    const channel = await make.channel(team.id);
    const monitor = await make.monitor(team.id);
    clock.advance(DAY_MS);
    assert.equal(await watcher().look(), 0);
    clock.advance(JUDGE_AFTER_MS);
    assert.equal(await watcher().look(), 1);
    clock.advance(DAY_MS);
    assert.equal(await watcher().look(), 0);
    const notices = await sql(db.database, 'SELECT kind, subject_id, channel_id FROM notice WHERE subject_id = $1', [
      monitor.id,
    ]);
    assert.deepEqual(
      notices.map((notice) => ({ ...notice })),
      [{ kind: 'warning', subject_id: monitor.id, channel_id: channel.id }],
    );
    assert.deepEqual(await incidentsOf(monitor.id), []);
  });

  test('ends a pause at its time, and counts from there', async () => {
    const monitor = await armed();
    const until = clock.now() + 3 * HOUR_MS;
    const context = { now: clock.now(), newId: make.newId };
    const pause = { kind: 'pause', pause: { mode: 'until', until } } as const;
    await db.database.transaction((tx) => applyControl(tx, definitions, monitor.id, pause, context));
    clock.advance(2 * HOUR_MS);
    assert.equal(await watcher().look(), 0);
    clock.advance(HOUR_MS + JUDGE_AFTER_MS);
    assert.equal(await watcher().look(), 1);
    const { status, expected_at } = await stateOf(monitor.id);
    assert.deepEqual({ status, expected_at }, { status: 'new', expected_at: until + MINUTE_MS });
  });

  test('a run that overran opens its incident, and the deadline of the slot is still judged', async () => {
    const monitor = await armed({ kind: 'process', periodSeconds: 7_200, maxRunSeconds: 600 });
    await ping(monitor.key, { kind: 'start' });
    clock.advance(601 * SECOND_MS);
    await watcher().look();
    assert.deepEqual(
      (await incidentsOf(monitor.id)).map((incident) => incident.cause_code),
      ['overran'],
    );
  });
});

describe('several nodes', () => {
  test('judge each monitor once, a batch at a time, beside each other', async () => {
    const team = await make.team();
    const count = MAX_WAKES_PER_BATCH + 300;
    await sql(
      db.database,
      `WITH made AS (
        INSERT INTO monitor (id, team_id, kind, name, ping_key, schedule_type, period_seconds, interval_ms, created_at, updated_at)
        SELECT gen_random_uuid(), $1, 'heartbeat', 'many ' || i, gen_random_uuid()::text, 'period', 60, 60000, $2, $2
        FROM generate_series(1, $3) i RETURNING id
      ) INSERT INTO monitor_state (monitor_id, status, ref_at, expected_at, expected_latest_at, due_at, wake_at)
        SELECT id, 'up', $2, $2 + 60000, $2 + 60000, $2 + 60000, $2 + 60000 FROM made`,
      [team.id, clock.now(), count],
    );
    clock.advance(MINUTE_MS + SECOND_MS);
    const bases = [open(db.connection), open(db.connection), open(db.connection)];
    const looked = await Promise.all(bases.map((database) => watcher(database).look()));
    assert.equal(
      looked.reduce((sum, some) => sum + some, 0),
      count,
    );
    const [row] = await sql<{ incidents: number; monitors: number; down: number }>(
      db.database,
      `SELECT count(*) AS incidents, count(DISTINCT i.monitor_id) AS monitors,
        count(*) FILTER (WHERE s.status = 'down') AS down
        FROM incident i JOIN monitor_state s ON s.monitor_id = i.monitor_id WHERE i.team_id = $1`,
      [team.id],
    );
    assert.deepEqual({ ...row }, { incidents: count, monitors: count, down: count });
    await Promise.all(bases.map((database) => database.close()));
  });

  test('what another node is judging is left to it', async () => {
    const monitor = await armed();
    clock.advance(MINUTE_MS + SECOND_MS);
    const other = open(db.connection);
    await other.transaction(async (tx) => {
      await tx.query({ name: 'hold', text: 'SELECT 1 FROM monitor_state WHERE monitor_id = $1 FOR UPDATE' }, [
        monitor.id,
      ]);
      assert.equal(await watcher().look(), 0);
    });
    assert.equal(await watcher().look(), 1);
    await other.close();
  });
});

describe('a monitor that cannot be judged', () => {
  test('is marked and tried again later, and the others are judged', async () => {
    const bad = await armed();
    const good = await armed();
    await sql(
      db.database,
      `UPDATE monitor SET schedule_type = 'cron', period_seconds = NULL, expression = 'nonsense', timezone = 'UTC',
        version = 9 WHERE id = $1`,
      [bad.id],
    );
    await sql(db.database, 'UPDATE monitor_state SET version = 9 WHERE monitor_id = $1', [bad.id]);
    clock.advance(MINUTE_MS + SECOND_MS);
    await watcher().look();
    assert.equal((await stateOf(good.id)).status, 'down');
    const state = await stateOf(bad.id);
    assert.equal(state.status, 'up');
    assert.match(state.fault ?? '', /./);
    assert.ok((state.wake_at ?? 0) > clock.now(), 'it is looked at again later');
    assert.equal(await watcher().look(), 0, 'and in nobody’s way until then');
  });

  test('is found out when the database refuses the whole batch because of it', async () => {
    const before = await armed();
    const bad = await armed();
    const after = await armed();
    // An incident that its state knows nothing of: opening another one breaks a promise, and the database says so.
    await sql(
      db.database,
      `INSERT INTO incident (id, team_id, monitor_id, cause_code, cause_data, opened_at, detected_at)
        VALUES ($1, $2, $3, 'missed', '{}', 1, 1)`,
      [make.newId(), bad.teamId, bad.id],
    );
    clock.advance(MINUTE_MS + SECOND_MS);
    await watcher().look();
    assert.equal((await stateOf(before.id)).status, 'down');
    assert.equal((await stateOf(after.id)).status, 'down');
    assert.match((await stateOf(bad.id)).fault ?? '', /incident_open/);
    assert.equal(await watcher().look(), 0);
  });
});

describe('the loop by itself', () => {
  test('looks again when the next deadline is due, and ends when told', async () => {
    const monitor = await armed({ periodSeconds: 1 });
    const loop = watcher();
    loop.start();
    await clock.waitForTimer();
    for (let steps = 0; steps < 10; steps += 1) {
      clock.advance(SECOND_MS / 4);
      await clock.waitForTimer();
    }
    await waitFor('the incident', async () => (await stateOf(monitor.id)).status === 'down');
    await loop.stop();
    assert.equal(clock.pending(), 0);
  });

  test('goes on after the database was away', async () => {
    const monitor = await armed({ periodSeconds: 1 });
    let failures = 3;
    const loop = watcher({
      ...db.database,
      transaction: (work) => {
        failures -= 1;
        if (failures >= 0) return Promise.reject(Object.assign(new Error('away'), { code: '57P01' }));
        return db.database.transaction(work);
      },
    });
    loop.start();
    for (let steps = 0; steps < 20; steps += 1) {
      await clock.waitForTimer();
      clock.advance(SECOND_MS / 2);
    }
    await waitFor('the incident', async () => (await stateOf(monitor.id)).status === 'down');
    await loop.stop();
  });
});
