import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { useDatabase } from '../../test/harness/database.ts';
import { createFixtures, type MonitorOptions, sql } from '../../test/harness/fixtures.ts';
import { open, testLogger } from '../../test/harness/postgres.ts';
import { createVirtualClock } from '../../test/harness/virtual-clock.ts';
import { waitFor } from '../../test/harness/wait-for.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../core/instant.ts';
import type { Database } from '../store/database.ts';
import { createDefinitionCache } from './definitions.ts';
import { createGapNotices, MAX_TEAMS_PER_BATCH, MAX_UNKNOWN_NAMES, SETTLED_AFTER_MS } from './gap-notices.ts';
import { createWakeLoop } from './wake.ts';

const db = useDatabase();
const clock = createVirtualClock();
const make = createFixtures(() => db.database, clock);

beforeEach(() => sql(db.database, 'TRUNCATE team, gap CASCADE'));

function teller(database: Database = db.database) {
  return createGapNotices({ database, clock, newId: make.newId, logger: testLogger });
}

function judge(): Promise<number> {
  const wake = createWakeLoop({
    database: db.database,
    definitions: createDefinitionCache(),
    clock,
    newId: make.newId,
    logger: testLogger,
    canJudge: () => true,
    oldestPendingAt: () => null,
    settleAll: async () => null,
  });
  return wake.look();
}

/** Blind for so long until now. */
async function blindFor(ms: number, kind = 'ingest') {
  clock.advance(ms);
  const gap = { id: make.newId(), from: clock.now() - ms, to: clock.now() };
  await sql(db.database, `INSERT INTO gap (id, kind, from_at, to_at, reason) VALUES ($1, $2, $3, $4, 'test')`, [
    gap.id,
    kind,
    gap.from,
    gap.to,
  ]);
  return gap;
}

interface Told extends Record<string, unknown> {
  readonly team_id: string;
  readonly channel_id: string;
  readonly subject_id: string;
  readonly data: { readonly from: number; readonly to: number; readonly unknown: string[]; readonly total: number };
}

function told(): Promise<Told[]> {
  return sql<Told>(
    db.database,
    `SELECT n.team_id, n.channel_id, n.subject_id, n.data FROM notice n JOIN delivery d ON d.id = n.delivery_id
      WHERE n.kind = 'system' AND n.subject_type = 'gap' AND d.state = 'queued' ORDER BY n.created_at, n.id`,
  );
}

async function watchedTeam(options: MonitorOptions = { armed: true, periodSeconds: 7_200 }) {
  const team = await make.team();
  const channel = await make.channel(team.id);
  const monitor = await make.monitor(team.id, options);
  return { team, channel, monitor };
}

describe('a gap of a minute or more', () => {
  test('is told once to every team with an armed monitor, when it is over', async () => {
    const [one, two] = [await watchedTeam(), await watchedTeam()];
    const second = await make.channel(one.team.id);
    const gap = await blindFor(18 * MINUTE_MS);
    assert.equal(await teller().look(), 0, 'not while it may go on');
    clock.advance(SETTLED_AFTER_MS);
    assert.equal(await teller().look(), 2);
    const notices = await told();
    assert.deepEqual(
      new Set(notices.map((notice) => notice.channel_id)),
      new Set([one.channel.id, second.id, two.channel.id]),
    );
    assert.equal(notices.length, 3);
    assert.deepEqual(notices[0]?.data, { from: gap.from, to: gap.to, unknown: [], total: 0 });
    assert.equal(notices[0]?.subject_id, gap.id);
    assert.equal(await teller().look(), 0);
  });

  test('names what was due in it and is not known, judged or not yet', async () => {
    const { team } = await watchedTeam({ name: 'A judged', armed: true, periodSeconds: 300 });
    await make.monitor(team.id, { name: 'B within grace', armed: true, periodSeconds: 300, graceSeconds: 3_600 });
    await make.monitor(team.id, { name: 'C not due', armed: true, periodSeconds: 86_400 });
    await make.monitor(team.id, { name: 'D never armed', periodSeconds: 300 });
    await blindFor(10 * MINUTE_MS);
    clock.advance(SETTLED_AFTER_MS);
    await judge();
    await teller().look();
    const [notice] = await told();
    assert.deepEqual(notice?.data.unknown, ['A judged', 'B within grace']);
    assert.equal(notice?.data.total, 2);
  });

  test('is told once, however many nodes look at the same time', async () => {
    await Promise.all([watchedTeam(), watchedTeam(), watchedTeam()]);
    await blindFor(HOUR_MS);
    clock.advance(SETTLED_AFTER_MS);
    const bases = Array.from({ length: 4 }, () => open(db.connection));
    const teams = await Promise.all(bases.map((database) => teller(database).look()));
    assert.equal(
      teams.reduce((sum, count) => sum + count, 0),
      3,
    );
    assert.equal((await told()).length, 3);
    await Promise.all(bases.map((database) => database.close()));
  });

  test('nobody is told who has nothing armed, only pauses, or no channel that works', async () => {
    await watchedTeam({ periodSeconds: 300 });
    const paused = await watchedTeam();
    await sql(db.database, `UPDATE monitor_state SET status = 'paused', pause_mode = 'by_hand' WHERE monitor_id = $1`, [
      paused.monitor.id,
    ]);
    const broken = await watchedTeam();
    await sql(db.database, `UPDATE channel SET state = 'broken' WHERE id = $1`, [broken.channel.id]);
    const deleted = await watchedTeam();
    await sql(db.database, 'UPDATE monitor SET deleted_at = 1 WHERE id = $1', [deleted.monitor.id]);
    await blindFor(HOUR_MS);
    clock.advance(SETTLED_AFTER_MS);
    assert.equal(await teller().look(), 0);
    const [gap] = await sql<{ told_at: number | null }>(db.database, 'SELECT told_at FROM gap');
    assert.equal(gap?.told_at, clock.now(), 'it is done with all the same');
  });

  test('a hole in the judging alone excuses nothing and is not told', async () => {
    await watchedTeam();
    await blindFor(HOUR_MS, 'watch');
    clock.advance(SETTLED_AFTER_MS);
    assert.equal(await teller().look(), 0);
  });

  test('a list of names has a bound, the rest is counted', async () => {
    const { team } = await watchedTeam({ name: 'job 000', armed: true, periodSeconds: 60 });
    for (let index = 1; index < MAX_UNKNOWN_NAMES + 5; index += 1) {
      await make.monitor(team.id, { name: `job ${String(index).padStart(3, '0')}`, armed: true, periodSeconds: 60 });
    }
    await blindFor(10 * MINUTE_MS);
    clock.advance(SETTLED_AFTER_MS);
    await teller().look();
    const [notice] = await told();
    assert.equal(notice?.data.unknown.length, MAX_UNKNOWN_NAMES);
    assert.equal(notice?.data.unknown.at(-1), `job 0${MAX_UNKNOWN_NAMES - 1}`);
    assert.equal(notice?.data.total, MAX_UNKNOWN_NAMES + 5);
  });

  test('more teams than one batch takes are all told', async () => {
    const count = MAX_TEAMS_PER_BATCH + 7;
    await sql(
      db.database,
      `WITH t AS (INSERT INTO team (id, name, ping_key, created_at)
          SELECT gen_random_uuid(), 'team', 'key ' || i, 1 FROM generate_series(1, $1) i RETURNING id),
        c AS (INSERT INTO channel (id, team_id, kind, name, config_sealed, destination, created_at, updated_at)
          SELECT gen_random_uuid(), id, 'webhook', 'hook', '', 'hook', 1, 1 FROM t),
        m AS (INSERT INTO monitor (id, team_id, kind, name, ping_key, schedule_type, period_seconds, created_at, updated_at)
          SELECT gen_random_uuid(), id, 'heartbeat', 'job', 'job ' || id, 'period', 60, 1, 1 FROM t RETURNING id)
        INSERT INTO monitor_state (monitor_id, status, ref_at) SELECT id, 'down', 1 FROM m`,
      [count],
    );
    await blindFor(HOUR_MS);
    clock.advance(SETTLED_AFTER_MS);
    assert.equal(await teller().look(), count);
    assert.equal((await told()).length, count);
  });
});

describe('a shorter gap', () => {
  test('is told to those teams that have a slot unknown by it, each when that is found', async () => {
    const soon = await watchedTeam({ name: 'soon', armed: true, periodSeconds: 60 });
    const later = await watchedTeam({ name: 'later', armed: true, periodSeconds: 60, graceSeconds: 1_800 });
    await watchedTeam();
    clock.advance(55 * SECOND_MS);
    await blindFor(20 * SECOND_MS);
    clock.advance(SETTLED_AFTER_MS);
    assert.equal(await teller().look(), 0);
    await judge();
    clock.advance(SETTLED_AFTER_MS);
    assert.equal(await teller().look(), 1);
    assert.deepEqual(
      (await told()).map((notice) => [notice.team_id, notice.data.unknown]),
      [[soon.team.id, ['soon']]],
    );
    clock.advance(30 * MINUTE_MS);
    await judge();
    clock.advance(SETTLED_AFTER_MS);
    assert.equal(await teller().look(), 1);
    assert.deepEqual((await told()).at(-1)?.team_id, later.team.id);
    assert.equal(await teller().look(), 0);
  });

  test('without such a slot it is not worth a word, and forgotten in time', async () => {
    await watchedTeam();
    await blindFor(20 * SECOND_MS);
    clock.advance(9 * DAY_MS);
    assert.equal(await teller().look(), 0);
    const [gap] = await sql<{ told_at: number | null }>(db.database, 'SELECT told_at FROM gap');
    assert.equal(gap?.told_at, clock.now());
  });
});

test('the teller works by itself until it is told to stop', async () => {
  await watchedTeam();
  await blindFor(HOUR_MS);
  const loop = teller();
  loop.start();
  for (let steps = 0; steps < 3; steps += 1) {
    await clock.waitForTimer();
    clock.advance(SETTLED_AFTER_MS / 2);
  }
  await waitFor('the notice', async () => (await told()).length === 1);
  await loop.stop();
});
