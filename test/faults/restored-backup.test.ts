import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/core/instant.ts';
import type { Database } from '../../src/store/database.ts';
import type { DatabaseClock } from '../../src/store/database-clock.ts';
import { createDefinitionCache } from '../../src/watch/definitions.ts';
import { flushPings } from '../../src/watch/flush.ts';
import { createLife } from '../../src/watch/life.ts';
import { createWakeLoop } from '../../src/watch/wake.ts';
import { cloneTemplate, dropDatabase, useDatabase } from '../harness/database.ts';
import { createFixtures, pingOf, sql } from '../harness/fixtures.ts';
import { open, testLogger } from '../harness/postgres.ts';
import { createVirtualClock } from '../harness/virtual-clock.ts';

const db = useDatabase();
/** A node as far as it judges, on one database. */
function nodeOn(database: Database, clock: DatabaseClock) {
  const make = createFixtures(() => database, clock);
  const shared = { database, clock, newId: make.newId, logger: testLogger };
  const node = { id: make.newId(), host: 'test', pid: 1, roles: ['web', 'watch', 'deliver'] } as const;
  const life = createLife({ ...shared, node });
  const definitions = createDefinitionCache();
  const { canJudge } = life;
  const watcher = createWakeLoop({
    ...shared,
    definitions,
    canJudge,
    oldestPendingAt: () => null,
    settleAll: async () => null,
  });
  const ping = (key: string, kind: 'success' | 'fail' = 'success') => {
    const context = { now: clock.now(), newId: make.newId, unrecordedGap: life.unrecordedGap() };
    return flushPings(database, definitions, [pingOf(key, clock.now(), { kind })], context);
  };
  return { make, life, watcher, ping };
}

/** The ids of its incidents, in their order. */
async function incidentsOf(database: Database): Promise<string[]> {
  const rows = await sql<{ id: string }>(database, 'SELECT id FROM incident ORDER BY id');
  return rows.map((row) => row.id);
}

test('a database that is put back as it was three hours ago has a gap, no storm, and gives no id a second time', async () => {
  const clock = createVirtualClock();
  const living = await cloneTemplate(db.connection);
  const database = open(living, { maxConnections: 2 });
  const first = nodeOn(database, clock);
  await first.life.begin();
  const team = await first.make.team();
  await first.make.channel(team.id);
  const hourly = { periodSeconds: 3_600, graceSeconds: 600 };
  const monitors = await Promise.all(Array.from({ length: 20 }, () => first.make.monitor(team.id, hourly)));
  const broken = await first.make.monitor(team.id, hourly);
  for (const { key } of monitors) await first.ping(key);
  await first.life.tick();

  // The backup. It knows nothing of what comes now: three hours in which everybody calls, and one fails.
  await database.close();
  const copy = `${living.database}_backup`;
  await sql(db.database, `CREATE DATABASE ${copy} TEMPLATE ${living.database}`);
  const takenAt = clock.now();
  const later = open(living, { maxConnections: 2 });
  const going = nodeOn(later, clock);
  for (let hour = 0; hour < 3; hour += 1) {
    clock.advance(HOUR_MS - MINUTE_MS);
    await going.life.tick();
    for (const { key } of monitors) await going.ping(key);
    await going.ping(broken.key, 'fail');
    await going.ping(broken.key);
    clock.advance(MINUTE_MS);
    await going.life.tick();
  }
  const lost = await incidentsOf(later);
  assert.equal(lost.length, 3);
  await later.close();

  const restored = open({ ...living, database: copy }, { maxConnections: 2 });
  try {
    clock.advance(5 * MINUTE_MS);
    const node = nodeOn(restored, clock);
    await node.life.begin();
    const [gap] = await sql<{ from_at: number; to_at: number }>(
      restored,
      `SELECT from_at, to_at FROM gap WHERE kind = 'ingest'`,
    );
    assert.deepEqual({ ...gap }, { from_at: takenAt, to_at: clock.now() });
    assert.ok((await node.watcher.look()) > 0);
    assert.deepEqual(await incidentsOf(restored), [], 'all that was due was due in the gap');

    // From then on it watches as ever: a failure is new, and who stays silent now is found.
    await node.ping(broken.key, 'fail');
    for (const { key } of monitors.slice(1)) await node.ping(key);
    for (let second = 0; second < 3; second += 1) {
      clock.advance(SECOND_MS);
      await node.life.tick();
    }
    clock.advance(hourly.periodSeconds * SECOND_MS);
    await sql(restored, 'UPDATE node SET seen_at = $1', [clock.now()]);
    clock.advance((hourly.graceSeconds + 2) * SECOND_MS);
    await sql(restored, 'UPDATE node SET seen_at = $1', [clock.now()]);
    await node.life.tick();
    await node.watcher.look();
    const found = await sql<{ id: string; monitor_id: string }>(restored, 'SELECT id, monitor_id FROM incident');
    assert.ok(found.some(({ monitor_id }) => monitor_id === monitors[0]?.id));
    assert.deepEqual(
      found.filter(({ id }) => lost.includes(id)),
      [],
    );
  } finally {
    await restored.close();
    await Promise.all([dropDatabase({ ...living, database: copy }), dropDatabase(living)]);
  }
});
