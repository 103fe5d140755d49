import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { useDatabase } from '../../test/harness/database.ts';
import { createFixtures, pingOf, sql } from '../../test/harness/fixtures.ts';
import { open, testLogger } from '../../test/harness/postgres.ts';
import { createVirtualClock } from '../../test/harness/virtual-clock.ts';
import { waitFor } from '../../test/harness/wait-for.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../core/instant.ts';
import { forgetDeletedHistories, forgetDeletedMonitors } from '../store/forget-monitors.ts';
import { DAYS_AHEAD } from '../store/partitions.ts';
import { createDefinitionCache } from './definitions.ts';
import { createIngest } from './ingest.ts';
import { RESTORABLE_MS } from './manage.ts';
import { createUpkeep } from './upkeep.ts';

const db = useDatabase();
const clock = createVirtualClock();
const make = createFixtures(() => db.database, clock);

const RETENTION_DAYS = 10;
const upkeep = (database = db.database) =>
  createUpkeep({ database, clock, logger: testLogger, retentionDays: RETENTION_DAYS });

function node() {
  return createIngest({
    nodeId: make.newId(),
    database: open(db.connection),
    definitions: createDefinitionCache(),
    clock,
    newId: make.newId,
    logger: testLogger,
    onRefused: () => undefined,
    unrecordedGap: () => null,
  });
}

async function days(): Promise<string[]> {
  const rows = await sql<{ name: string }>(
    db.database,
    `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'signal'::regclass ORDER BY 1`,
  );
  return rows.map((row) => row.name).filter((name) => name !== 'signal_default');
}

const nameOf = (at: number) => `signal_${new Date(at).toISOString().slice(0, 10).replaceAll('-', '')}`;

async function count(table: string): Promise<number> {
  const [row] = await sql<{ count: number }>(db.database, `SELECT count(*) FROM ${table}`);
  return row?.count ?? 0;
}

describe('the days of the signal log', () => {
  test('are made ahead; what came before its day was made is moved there', async () => {
    const monitor = await make.monitor((await make.team()).id);
    const ingest = node();
    await Promise.all(Array.from({ length: 20 }, () => ingest.accept(pingOf(monitor.key, clock.now()))));
    assert.equal(await count('signal_default'), 20);
    await upkeep().round();
    assert.equal(await count('signal_default'), 0);
    assert.equal(await count(nameOf(clock.now())), 20);
    const expected = Array.from({ length: DAYS_AHEAD + 2 }, (_, index) => nameOf(clock.now() + (index - 1) * DAY_MS));
    assert.deepEqual(await days(), expected);
    await upkeep().round();
    assert.deepEqual(await days(), expected, 'a second round finds all there');
  });

  test('several nodes make them at the same time without getting in each other’s way', async () => {
    clock.advance(3 * DAY_MS);
    await Promise.all([upkeep(open(db.connection)).round(), upkeep(open(db.connection)).round(), upkeep().round()]);
    assert.equal((await days()).length, DAYS_AHEAD + 2 + 3);
  });

  test('are made while pings that need them go on, and nothing is lost', async () => {
    clock.advance((DAYS_AHEAD + 5) * DAY_MS);
    const monitor = await make.monitor((await make.team()).id);
    const ingest = node();
    let isMade = false;
    let sent = 0;
    const pinging = (async () => {
      while (!isMade || sent < 50) {
        const answers = await Promise.all(
          Array.from({ length: 10 }, () => ingest.accept(pingOf(monitor.key, clock.now()))),
        );
        assert.ok(answers.every((answer) => answer.result === 'stored'));
        sent += answers.length;
      }
    })();
    await upkeep().round();
    isMade = true;
    await pinging;
    const [row] = await sql<{ log: number; state: number }>(
      db.database,
      `SELECT (SELECT count(*) FROM signal WHERE monitor_id = $1) AS log,
        (SELECT signal_count FROM monitor_state WHERE monitor_id = $1) AS state`,
      [monitor.id],
    );
    assert.deepEqual({ ...row }, { log: sent, state: sent });
    assert.equal(await count('signal_default'), 0);
  });

  test('are dropped when they are old, while pings go on', async () => {
    await upkeep().round();
    const monitor = await make.monitor((await make.team()).id);
    const ingest = node();
    clock.advance((RETENTION_DAYS + 2) * DAY_MS);
    await upkeep().round();
    const keepFrom = nameOf(clock.now() - RETENTION_DAYS * DAY_MS);
    const kept = await days();
    assert.equal(kept[0] !== undefined && kept[0] >= keepFrom, true, `${kept[0]} is older than ${keepFrom}`);
    clock.advance(3 * DAY_MS);
    const [, ...answers] = await Promise.all([
      upkeep().round(),
      ...Array.from({ length: 200 }, () => ingest.accept(pingOf(monitor.key, clock.now()))),
    ]);
    assert.ok(answers.every((answer) => answer?.result === 'stored'));
  });

  test('a long read keeps a day from being dropped, and no ping from being stored', async () => {
    const monitor = await make.monitor((await make.team()).id);
    const ingest = node();
    clock.advance(5 * DAY_MS);
    // A read that takes long, and not a node that is frozen in a transaction: that one would be ended.
    const reader = open(db.connection, { idleTransactionMs: HOUR_MS });
    const before = (await days()).length;
    await reader.transaction(async (tx) => {
      await tx.query({ name: 'long_read', text: 'SELECT count(*) FROM signal' });
      const round = upkeep().round();
      const answer = await ingest.accept(pingOf(monitor.key, clock.now()));
      assert.equal(answer.result, 'stored');
      await round;
      assert.ok((await days()).length >= before);
    });
    await upkeep().round();
    const [oldest] = await days();
    assert.ok((oldest ?? '') >= nameOf(clock.now() - RETENTION_DAYS * DAY_MS));
    await reader.close();
  });
});

describe('old rows', () => {
  test('finished deliveries, their notices, idempotency keys and dead nodes are forgotten; what is open stays', async () => {
    const team = await make.team();
    const channel = await make.channel(team.id);
    const monitor = await make.monitor(team.id);
    const delivery = async (finishedAt: number | null) => {
      const id = make.newId();
      await sql(
        db.database,
        `INSERT INTO delivery (id, team_id, channel_id, form, state, destination, created_at, finished_at)
          VALUES ($1, $2, $3, 'single', 'sent', 'x', 1, $4)`,
        [id, team.id, channel.id, finishedAt],
      );
      await sql(
        db.database,
        `INSERT INTO notice (id, team_id, channel_id, subject_type, subject_id, kind, delivery_id, created_at)
          VALUES ($1, $2, $3, 'test', $1, 'system', $4, 1)`,
        [make.newId(), team.id, channel.id, id],
      );
      return id;
    };
    const old = clock.now() - RETENTION_DAYS * DAY_MS - 1;
    await delivery(old);
    const kept = [await delivery(old + 2), await delivery(null)];
    for (const [key, at] of [
      ['old', clock.now() - DAY_MS - MINUTE_MS],
      ['young', clock.now() - HOUR_MS],
    ] as const) {
      await sql(db.database, 'INSERT INTO idempotency (monitor_id, key, at) VALUES ($1, $2, $3)', [
        monitor.id,
        key,
        at,
      ]);
    }
    await upkeep().round();
    const left = await sql<{ id: string }>(db.database, 'SELECT id FROM delivery ORDER BY created_at, id');
    assert.deepEqual(left.map((row) => row.id).sort(), kept.sort());
    assert.equal(await count('notice'), 2);
    const keys = await sql<{ key: string }>(db.database, 'SELECT key FROM idempotency');
    assert.deepEqual(
      keys.map((row) => row.key),
      ['young'],
    );
  });

  test('monitors that were deleted more than 30 days ago are forgotten with all that hangs on them', async () => {
    const team = await make.team();
    const deletedAt = async (at: number | null) => {
      const monitor = await make.monitor(team.id, { kind: 'process' });
      await node().accept(pingOf(monitor.key, clock.now(), { kind: 'start' }));
      await node().accept(pingOf(monitor.key, clock.now(), { kind: 'fail' }));
      await sql(db.database, 'UPDATE monitor SET deleted_at = $2 WHERE id = $1', [monitor.id, at]);
      return monitor.id;
    };
    await deletedAt(clock.now() - RESTORABLE_MS - 1);
    await deletedAt(clock.now() - RESTORABLE_MS - DAY_MS);
    const kept = [await deletedAt(clock.now() - RESTORABLE_MS), await deletedAt(null)];
    await upkeep().round();
    const left = await sql<{ id: string; runs: number; incidents: number }>(
      db.database,
      `SELECT m.id, (SELECT count(*) FROM run WHERE monitor_id = m.id) AS runs,
        (SELECT count(*) FROM incident WHERE monitor_id = m.id) AS incidents FROM monitor m WHERE team_id = $1`,
      [team.id],
    );
    assert.deepEqual(left.map((row) => row.id).sort(), kept.sort());
    assert.ok(left.every((row) => row.runs === 1 && row.incidents === 1));
    const orphans = await sql(db.database, 'SELECT 1 FROM run UNION ALL SELECT 1 FROM incident WHERE team_id = $1', [
      team.id,
    ]);
    assert.equal(orphans.length, 4);
  });

  test('histories are taken away piece by piece', async () => {
    const team = await make.team();
    const { id } = await make.monitor(team.id);
    await sql(db.database, 'UPDATE monitor SET deleted_at = 1 WHERE id = $1', [id]);
    await sql(
      db.database,
      `INSERT INTO status_change (monitor_id, at, status) SELECT $1, n, 'up' FROM generate_series(1, 5) AS n`,
      [id],
    );
    const pieces: number[] = [];
    for (let left = -1; left !== 0; pieces.push(left)) left = await forgetDeletedHistories(db.database, 2, 2);
    assert.deepEqual(pieces, [2, 2, 1, 0]);
    assert.deepEqual(
      [await forgetDeletedMonitors(db.database, 2, 1), await forgetDeletedMonitors(db.database, 2, 1)],
      [1, 0],
    );
  });

  test('the rounds go on every hour, also after one that failed', async () => {
    let rounds = 0;
    const own = createUpkeep({
      database: {
        ...db.database,
        query: () => {
          rounds += 1;
          return Promise.reject(new Error('not now'));
        },
      },
      clock,
      logger: testLogger,
      retentionDays: RETENTION_DAYS,
    });
    own.start();
    for (let hour = 1; hour <= 3; hour += 1) {
      await clock.waitForTimer(HOUR_MS);
      clock.advance(HOUR_MS);
      await waitFor('a round', () => rounds >= hour);
    }
    await own.stop();
  });
});
