import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useDatabase } from '../../test/harness/database.ts';
import { createFixtures, type MonitorOptions, pingOf, sql } from '../../test/harness/fixtures.ts';
import { testLogger } from '../../test/harness/postgres.ts';
import { createVirtualClock } from '../../test/harness/virtual-clock.ts';
import { HOUR_MS } from '../core/instant.ts';
import { writeInstall } from '../store/install.ts';
import { createDefinitionCache } from './definitions.ts';
import { flushPings } from './flush.ts';
import { followZoneRules, ZONE_RULES } from './zone-rules.ts';

const db = useDatabase();
const clock = createVirtualClock();
const make = createFixtures(() => db.database, clock);
const context = { now: clock.now(), newId: make.newId, unrecordedGap: null };

const follow = (version: string) =>
  followZoneRules({
    database: db.database,
    definitions: createDefinitionCache(),
    logger: testLogger,
    context,
    version,
  });

/** A monitor in a zone of its own whose slot was counted by rules under which its clocks were an hour behind. */
async function countedBefore(timezone: string, options: MonitorOptions, isDown = false) {
  const monitor = await make.monitor((await make.team()).id, options);
  if (options.cron !== undefined)
    await sql(db.database, 'UPDATE monitor SET timezone = $2 WHERE id = $1', [monitor.id, timezone]);
  await flushPings(
    db.database,
    createDefinitionCache(),
    [pingOf(monitor.key, clock.now(), { kind: isDown ? 'fail' : 'success' })],
    context,
  );
  const right = await slotOf(monitor.id);
  await sql(
    db.database,
    `UPDATE monitor_state SET expected_at = expected_at + $2, expected_latest_at = expected_latest_at + $2,
      due_at = due_at + $2, wake_at = wake_at + $2 WHERE monitor_id = $1`,
    [monitor.id, HOUR_MS],
  );
  return { id: monitor.id, right, wrong: await slotOf(monitor.id) };
}

async function slotOf(id: string) {
  const [row] = await sql<Record<string, number | null>>(
    db.database,
    'SELECT expected_at, expected_latest_at, due_at, wake_at, ref_at FROM monitor_state WHERE monitor_id = $1',
    [id],
  );
  return { ...row };
}

test('what was counted by old rules of a time zone is counted again, once, and nothing else is', async () => {
  await writeInstall(db.database, ZONE_RULES, '2019a');
  const daily = { cron: '0 2 * * *', graceSeconds: 600 };
  const moved = await countedBefore('Europe/Berlin', daily);
  const down = await countedBefore('Europe/Berlin', daily, true);
  const universal = await countedBefore('UTC', daily);
  const periodic = await countedBefore('UTC', { periodSeconds: 3_600 });
  assert.notDeepEqual(moved.wrong, moved.right);

  assert.equal(await follow('2026c'), 1);
  assert.deepEqual(await slotOf(moved.id), moved.right);
  for (const other of [down, universal, periodic]) assert.deepEqual(await slotOf(other.id), other.wrong);
  assert.deepEqual(await sql(db.database, `SELECT id FROM incident WHERE monitor_id = $1`, [moved.id]), []);

  const again = await countedBefore('Europe/Berlin', daily);
  assert.equal(await follow('2026c'), 0, 'these rules are known');
  assert.deepEqual(await slotOf(again.id), again.wrong);
});

test('a first start notes its rules and counts nothing', async () => {
  await sql(db.database, 'DELETE FROM install WHERE name = $1', [ZONE_RULES]);
  const monitor = await countedBefore('Europe/Berlin', { cron: '0 2 * * *' });
  assert.equal(await follow('2026c'), 0);
  assert.deepEqual(await slotOf(monitor.id), monitor.wrong);
  const [noted] = await sql(db.database, 'SELECT value FROM install WHERE name = $1', [ZONE_RULES]);
  assert.deepEqual({ ...noted }, { value: '2026c' });
});
