import assert from 'node:assert/strict';
import { after, beforeEach, describe, test } from 'node:test';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/core/instant.ts';
import { SINGLE_NOTICES_PER_WINDOW } from '../../src/core/storm.ts';
import type { Database } from '../../src/store/database.ts';
import { recordGap } from '../../src/store/gaps.ts';
import { createDefinitionCache } from '../../src/watch/definitions.ts';
import { createIngest } from '../../src/watch/ingest.ts';
import { createWakeLoop } from '../../src/watch/wake.ts';
import { useDatabase } from '../harness/database.ts';
import { createFixtures, pingOf, sql } from '../harness/fixtures.ts';
import { open, testLogger } from '../harness/postgres.ts';
import { createVirtualClock } from '../harness/virtual-clock.ts';

const db = useDatabase();
const clock = createVirtualClock();
const make = createFixtures(() => db.database, clock);
const other = { database: null as Database | null };
after(() => other.database?.close());
beforeEach(async () => {
  await sql(db.database, 'TRUNCATE team, signal CASCADE');
  await sql(db.database, 'DELETE FROM gap');
});

/** Heartbeats of one team that were heard an hour ago and are due at the same instant, made by SQL alone. */
async function crowd(teamId: string, count: number, dueAt: number): Promise<readonly string[]> {
  await sql(
    db.database,
    `WITH made AS (
        INSERT INTO monitor (id, team_id, kind, name, ping_key, schedule_type, period_seconds, interval_ms, grace_seconds,
          created_at, updated_at)
        SELECT md5($5 || i)::uuid, $1, 'heartbeat', 'job ' || i, $5 || i, 'period', 3600, 3600000, 60, $3, $3
        FROM generate_series(1, $2::integer) AS i RETURNING id)
      INSERT INTO monitor_state (monitor_id, status, ref_at, expected_at, expected_latest_at, due_at, last_signal_at,
        last_success_at, wake_at)
      SELECT id, 'up', $4::bigint - 3660000, $4::bigint - 60000, $4::bigint - 60000, $4, $4::bigint - 3660000,
        $4::bigint - 3660000, $4 FROM made`,
    [teamId, count, dueAt - 2 * HOUR_MS, dueAt, teamId],
  );
  return Array.from({ length: count }, (_, index) => `${teamId}${index + 1}`);
}

function watcher(database: Database) {
  const shared = { database, clock, newId: make.newId, logger: testLogger };
  const definitions = createDefinitionCache();
  return createWakeLoop({
    ...shared,
    definitions,
    canJudge: () => true,
    oldestPendingAt: () => null,
    settleAll: async () => null,
  });
}

function taker() {
  const refused: number[] = [];
  const ingest = createIngest({
    database: db.database,
    definitions: createDefinitionCache(),
    clock,
    newId: make.newId,
    nodeId: make.newId(),
    logger: testLogger,
    onRefused: (at) => refused.push(at),
    unrecordedGap: () => null,
  });
  return { ingest, refused };
}

async function count(what: string, values: readonly unknown[] = []): Promise<number> {
  const [row] = await sql<{ count: number }>(db.database, `SELECT count(*) FROM ${what}`, values);
  return row?.count ?? 0;
}

describe('deadlines that pass at one instant', () => {
  test('50,000 of them in a gap are excused, none is told of, and pings do not wait for that', async (t) => {
    const team = await make.team();
    await make.channel(team.id);
    const dueAt = clock.now() + 30 * MINUTE_MS;
    const keys = await crowd(team.id, 50_000, dueAt);
    const gap = { from: dueAt - 5 * MINUTE_MS, to: dueAt + 5 * MINUTE_MS };
    await db.database.transaction((tx) =>
      recordGap(tx, {
        ...gap,
        id: make.newId(),
        kind: 'ingest',
        nodeId: make.newId(),
        reason: 'no node could take pings',
      }),
    );
    clock.advance(gap.to + SECOND_MS - clock.now());
    const { ingest, refused } = taker();
    const begun = performance.now();
    let isOver = false;
    const looking = watcher(db.database)
      .look()
      .finally(() => {
        isOver = true;
      });
    let slowest = 0;
    for (let index = 0; !isOver; index += 1) {
      const sentAt = performance.now();
      const answer = await ingest.accept(pingOf(keys[index] ?? '', clock.now()));
      assert.equal(answer.result, 'stored');
      slowest = Math.max(slowest, performance.now() - sentAt);
    }
    const looked = await looking;
    t.diagnostic(
      `${looked} judged in ${Math.round(performance.now() - begun)} ms, slowest ping ${Math.round(slowest)} ms`,
    );
    assert.ok(looked > 49_000);
    assert.equal(await count('monitor_state WHERE wake_at <= $1', [clock.now()]), 0);
    assert.equal(await count('incident'), 0);
    assert.equal(await count('delivery'), 0);
    assert.deepEqual(refused, []);
  });

  test('10,000 of them are found once each by two nodes, and told in a few messages', async (t) => {
    const team = await make.team();
    const channel = await make.channel(team.id);
    const dueAt = clock.now() + 30 * MINUTE_MS;
    await crowd(team.id, 10_000, dueAt);
    clock.advance(dueAt + SECOND_MS - clock.now());
    other.database ??= open(db.connection);
    const begun = performance.now();
    const [one, two] = await Promise.all([watcher(db.database).look(), watcher(other.database).look()]);
    t.diagnostic(`${one} and ${two} judged in ${Math.round(performance.now() - begun)} ms`);
    assert.equal(one + two, 10_000);
    assert.equal(await count('incident WHERE resolved_at IS NULL'), 10_000);
    assert.equal(await count('notice WHERE channel_id = $1', [channel.id]), 10_000);
    const deliveries = await sql<{ form: string }>(db.database, 'SELECT form FROM delivery');
    const forms = deliveries.map(({ form }) => form).sort();
    assert.deepEqual(forms, ['digest', ...Array.from({ length: SINGLE_NOTICES_PER_WINDOW }, () => 'single')]);
  });
});

describe('pings that come at one instant', () => {
  test('5,000 to one monitor and one to each of 10,000 are all counted, and a deadline is found beside them', async (t) => {
    const team = await make.team();
    await make.channel(team.id);
    const keys = await crowd(team.id, 10_000, clock.now() + 30 * MINUTE_MS);
    const busy = await make.monitor(team.id);
    const silent = await make.monitor(team.id, { periodSeconds: 60, armed: true });
    clock.advance(2 * MINUTE_MS);
    const { ingest, refused } = taker();
    const watching = watcher(db.database);
    const begun = performance.now();
    const pings = [...Array.from({ length: 5_000 }, () => busy.key), ...keys];
    const answers = Promise.all(pings.map((key) => ingest.accept(pingOf(key, clock.now()))));
    assert.equal(await watching.look(), 1);
    const foundMs = performance.now() - begun;
    for (const answer of await answers) assert.equal(answer.result, 'stored');
    t.diagnostic(`found after ${Math.round(foundMs)} ms, all stored after ${Math.round(performance.now() - begun)} ms`);
    assert.ok(foundMs < performance.now() - begun, 'the deadline waited for all pings');
    assert.equal(await count('incident WHERE monitor_id = $1', [silent.id]), 1);
    assert.equal(await count('signal WHERE monitor_id = $1', [busy.id]), 5_000);
    assert.equal(await count('signal'), 15_000);
    assert.equal(await count('monitor_state WHERE signal_count = 1'), 10_000);
    assert.deepEqual(refused, []);
  });
});
