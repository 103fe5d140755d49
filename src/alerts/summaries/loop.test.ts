import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { createAlertRig } from '../../../test/harness/alert-rig.ts';
import { useDatabase } from '../../../test/harness/database.ts';
import { sql } from '../../../test/harness/fixtures.ts';
import { open, testLogger } from '../../../test/harness/postgres.ts';
import { type HttpReceiver, startHttpReceiver } from '../../../test/harness/receivers/http-receiver.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../core/instant.ts';
import { nextTime, periodUntil } from '../../core/summary/timetable.ts';
import type { Database } from '../../store/database.ts';
import { type SummarySchedule, saveSummarySchedule } from '../../store/summary-schedules.ts';
import { gatherMissed, gatherSummary } from './gather.ts';
import { createSummaries, HOLD_MS } from './loop.ts';

const db = useDatabase();
const rig = createAlertRig(() => db.database);
const { clock, make } = rig;

let receiver: HttpReceiver;
before(async () => {
  receiver = await startHttpReceiver();
});
let from = 0;
beforeEach(async () => {
  await sql(db.database, 'TRUNCATE team CASCADE');
  from = receiver.requests.length;
});
after(async () => {
  await rig.close();
  await receiver.close();
});

interface HeardSummary {
  readonly type: string;
  readonly data: {
    readonly period: string;
    readonly from: string;
    readonly to: string;
    readonly success: { readonly good: number; readonly all: number };
    readonly incidents: { readonly total: number };
  };
}

const heard = () => receiver.requests.slice(from).map((request) => request.json() as HeardSummary);
const node = (database: Database = db.database) =>
  createSummaries({ database, clock, newId: make.newId, logger: testLogger });

async function teamWith(monitors = 1) {
  const team = await make.team();
  const channel = await make.channel(team.id, { url: receiver.url });
  for (let index = 0; index < monitors; index += 1) await make.monitor(team.id, { createdAt: clock.now() });
  return { team, channel };
}

async function subscribe(teamId: string, change: Partial<SummarySchedule> = {}): Promise<SummarySchedule> {
  const timetable = { kind: 'daily', weekday: null, time: '09:00', timezone: 'Europe/Berlin', ...change } as const;
  const schedule = { teamId, enabled: true, channelIds: null, nextAt: nextTime(timetable, clock.now()), ...timetable };
  await db.database.transaction((tx) => saveSummarySchedule(tx, schedule, clock.now()));
  return schedule;
}

const moveTo = (at: string | number) => clock.advance((typeof at === 'number' ? at : Date.parse(at)) - clock.now());

/** Lets a node make what is due, and everything be sent. */
async function pass(summaries = node()): Promise<number> {
  const made = await summaries.look();
  await rig.settle(rig.sender());
  return made;
}

describe('a daily summary', () => {
  test('comes at nine on the wall clock, before and after the clock is changed, about the time since the last', async () => {
    moveTo('2026-03-27T12:00:00Z');
    const { team } = await teamWith();
    await subscribe(team.id);
    for (const due of ['2026-03-28T08:00:00Z', '2026-03-29T07:00:00Z', '2026-03-30T07:00:00Z']) {
      moveTo(Date.parse(due) - 1);
      assert.equal(await pass(), 0, `too early for ${due}`);
      moveTo(due);
      assert.equal(await pass(), 1, due);
      assert.equal(await pass(), 0, `twice at ${due}`);
    }
    assert.deepEqual(
      heard().map(({ type, data }) => [type, data.period, data.from, data.to]),
      [
        ['summary', 'day', '2026-03-27T08:00:00.000Z', '2026-03-28T08:00:00.000Z'],
        ['summary', 'day', '2026-03-28T08:00:00.000Z', '2026-03-29T07:00:00.000Z'],
        ['summary', 'day', '2026-03-29T07:00:00.000Z', '2026-03-30T07:00:00.000Z'],
      ],
    );
  });

  test('after a long absence comes once, the latest one', async () => {
    const { team } = await teamWith();
    await subscribe(team.id, { timezone: 'UTC' });
    moveTo(clock.now() + 40 * DAY_MS);
    const last = Math.floor((clock.now() - 9 * HOUR_MS) / DAY_MS) * DAY_MS + 9 * HOUR_MS;
    assert.equal(await pass(), 1);
    assert.equal(await pass(), 0);
    assert.deepEqual(
      heard().map(({ data }) => data.to),
      [new Date(last).toISOString()],
    );
  });

  test('goes to the channels that were chosen, and to no broken or deleted one', async () => {
    const { team, channel } = await teamWith();
    const other = await make.channel(team.id, { url: `${receiver.url}/other` });
    const broken = await make.channel(team.id, { url: `${receiver.url}/broken` });
    await sql(db.database, `UPDATE channel SET state = 'broken' WHERE id = $1`, [broken.id]);
    await subscribe(team.id, { channelIds: [channel.id, broken.id] });
    moveTo(clock.now() + 2 * DAY_MS);
    await pass();
    const told = await sql<{ channel_id: string }>(db.database, 'SELECT channel_id FROM notice');
    assert.deepEqual(told, [{ channel_id: channel.id }]);
    await subscribe(team.id);
    moveTo(clock.now() + 2 * DAY_MS);
    await pass();
    assert.equal((await rig.deliveries(other.id)).length, 1);
    assert.equal((await rig.deliveries(broken.id)).length, 0);
  });

  test('is not sent to a team without monitors, nor while it is off', async () => {
    const empty = await teamWith(0);
    const off = await teamWith();
    await subscribe(empty.team.id);
    await subscribe(off.team.id, { enabled: false, nextAt: null });
    moveTo(clock.now() + 2 * DAY_MS);
    assert.equal(await pass(), 1);
    assert.deepEqual(heard(), []);
  });
});

describe('several nodes', () => {
  test('make each summary of each team once', async () => {
    const teams = await Promise.all(Array.from({ length: 6 }, () => teamWith()));
    for (const { team } of teams) {
      await subscribe(team.id);
      await subscribe(team.id, { kind: 'weekly', weekday: 'monday' });
    }
    const connections = [open(db.connection), open(db.connection), open(db.connection)];
    try {
      moveTo(clock.now() + 8 * DAY_MS);
      const made = await Promise.all(connections.map((database) => node(database).look()));
      assert.equal(
        made.reduce((sum, count) => sum + count, 0),
        12,
      );
      await rig.settle(rig.sender());
      assert.equal(heard().length, 12);
      const issues = await sql(db.database, 'SELECT DISTINCT team_id, kind, to_at FROM summary_issue');
      assert.equal(issues.length, 12);
    } finally {
      await Promise.all(connections.map((database) => database.close()));
    }
  });

  test('one that dies in the middle leaves nothing half made; another one makes it', async () => {
    const { team } = await teamWith();
    await subscribe(team.id);
    moveTo(clock.now() + 2 * DAY_MS);
    const dying = open(db.connection);
    try {
      // Its connection is cut after it has claimed the summary and written that it was made.
      const cut: Database = {
        ...dying,
        transaction: (work) =>
          dying.transaction((tx) =>
            work({
              ...tx,
              query: async (statement, values) => {
                if (statement.name === 'insert_notices') {
                  const [row] = await tx.query<{ pid: number }>({
                    name: 'pid',
                    text: 'SELECT pg_backend_pid() AS pid',
                  });
                  await sql(db.database, 'SELECT pg_terminate_backend($1)', [row?.pid]);
                }
                return tx.query(statement, values);
              },
            }),
          ),
      };
      await assert.rejects(node(cut).look());
    } finally {
      await dying.close();
    }
    assert.deepEqual(await sql(db.database, 'SELECT id FROM summary_issue'), []);
    assert.deepEqual(await sql(db.database, 'SELECT id FROM delivery'), []);
    assert.equal(await pass(), 1);
    assert.equal(heard().length, 1);
  });

  test('a node that dies before it could send leaves the sending to another, under the same key', async () => {
    const { team } = await teamWith();
    await subscribe(team.id);
    moveTo(clock.now() + 2 * DAY_MS);
    assert.equal(await node().look(), 1);
    const [delivery] = await rig.deliveries();
    await sql(
      db.database,
      `UPDATE delivery SET state = 'sending', next_attempt_at = NULL, lease_until = $1, attempts = 1`,
      [clock.now() + 15 * SECOND_MS],
    );
    clock.advance(16 * SECOND_MS);
    await rig.settle(rig.sender());
    assert.deepEqual(
      receiver.requests.slice(from).map(({ headers }) => headers['webhook-id']),
      [delivery?.id],
    );
  });
});

test('a summary that cannot be made is in nobody else’s way, and comes later', async () => {
  const [bad, good] = [await teamWith(), await teamWith()];
  await subscribe(bad.team.id, { time: '08:00' });
  await subscribe(good.team.id);
  await sql(db.database, `UPDATE summary_schedule SET timezone = 'Mars/Base' WHERE team_id = $1`, [bad.team.id]);
  moveTo(clock.now() + 2 * DAY_MS);
  assert.equal(await pass(), 2);
  assert.equal(heard().length, 1);
  assert.equal(await pass(), 0);
  await sql(db.database, `UPDATE summary_schedule SET timezone = 'UTC' WHERE team_id = $1`, [bad.team.id]);
  clock.advance(HOLD_MS);
  assert.equal(await pass(), 1);
  assert.equal(heard().length, 2);
});

describe('the numbers', () => {
  test('of real pings are those that a person would count', async () => {
    const { team, channel } = await teamWith(0);
    const start = clock.now();
    const job = await make.monitor(team.id, { kind: 'process', name: 'report', maxRunSeconds: 3_600 });
    const pulse = await make.monitor(team.id, { name: 'pulse', periodSeconds: 86_400 });
    await make.monitor(team.id, { name: 'forgotten' });
    const idle = await make.channel(team.id, { url: receiver.url });
    await sql(db.database, 'UPDATE monitor SET all_channels = false');
    await sql(db.database, 'INSERT INTO monitor_channel (monitor_id, channel_id) VALUES ($1, $2)', [
      job.id,
      channel.id,
    ]);
    await rig.ping(pulse, 'success');
    // Three good runs of two minutes, one failed, and a recovery half an hour later.
    for (let run = 0; run < 3; run += 1) {
      await rig.ping(job, 'start');
      clock.advance(2 * MINUTE_MS);
      await rig.ping(job, 'success');
      clock.advance(50 * MINUTE_MS);
    }
    await rig.ping(job, 'start');
    clock.advance(MINUTE_MS);
    await rig.ping(job, 'fail');
    clock.advance(30 * MINUTE_MS);
    await rig.ping(job, 'success');
    await rig.settle(rig.sender());
    moveTo(start + DAY_MS + MINUTE_MS);
    const summary = await gatherSummary(db.database, team.id, 'day', { from: start, to: clock.now() });
    assert.deepEqual(summary.monitors, { total: 3, new: 1, up: 2, down: 0, paused: 0 });
    assert.deepEqual(summary.success, { good: 4 + 1, all: 5 + 1, ratio: 5 / 6 });
    assert.deepEqual(
      summary.incidents.longest.map(({ name, lastedMs, isOpen }) => [name, lastedMs, isOpen]),
      [['report', 30 * MINUTE_MS, false]],
    );
    assert.equal(summary.uptime.downMs, 30 * MINUTE_MS);
    assert.deepEqual(
      summary.slowest.map(({ name, medianMs, runs }) => [name, medianMs, runs]),
      [['report', 2 * MINUTE_MS, 3]],
    );
    assert.deepEqual(
      summary.neverHeard.first.map(({ name }) => name),
      ['forgotten'],
    );
    assert.deepEqual(
      summary.unusedChannels.first.map(({ id }) => id),
      [idle.id],
    );
    assert.equal(summary.failingChannels.total, 0);
    const later = await gatherSummary(db.database, team.id, 'day', { from: clock.now(), to: clock.now() + DAY_MS });
    assert.equal(later.incidents.total, 0);
    assert.deepEqual(later.slowest, []);
  });

  test('see what grew against the four weeks before, and not what was before those', async () => {
    const { team } = await teamWith(0);
    const job = await make.monitor(team.id, { kind: 'process', name: 'export' });
    const to = clock.now();
    const runs = (fromDay: number, toDay: number, minutes: number) =>
      sql(
        db.database,
        `INSERT INTO run (id, monitor_id, state, started_at, ended_at)
          SELECT (lpad(to_hex(at), 12, '0') || substr(md5(at::text), 1, 20))::uuid, $1, 'succeeded', at, at + $5::bigint
          FROM (SELECT $2::bigint - d::bigint * 86400000 AS at FROM generate_series($3::int, $4::int) d) days`,
        [job.id, to - HOUR_MS, fromDay, toDay, minutes * MINUTE_MS],
      );
    await runs(0, 6, 12);
    await runs(8, 30, 8);
    await runs(40, 60, 90);
    const summary = await gatherSummary(db.database, team.id, 'week', periodUntil('week', to, 'UTC'));
    assert.deepEqual(
      summary.growing.map(({ name, medianMs, usualMs, runs: count }) => [name, medianMs, usualMs, count]),
      [['export', 12 * MINUTE_MS, 8 * MINUTE_MS, 7]],
    );
  });

  test('leave out what was withdrawn, deleted, or is another team’s', async () => {
    const [one, other] = [await teamWith(0), await teamWith(0)];
    const mine = await make.monitor(one.team.id, { name: 'mine' });
    const gone = await make.monitor(one.team.id, { name: 'gone' });
    const theirs = await make.monitor(other.team.id, { name: 'theirs' });
    for (const monitor of [mine, gone, theirs]) await rig.ping(monitor, 'fail');
    clock.advance(MINUTE_MS);
    await sql(db.database, 'UPDATE monitor SET deleted_at = $2 WHERE id = $1', [gone.id, clock.now()]);
    const period = periodUntil('day', clock.now(), 'UTC');
    const missed = await gatherMissed(db.database, one.team.id, clock.now(), 10);
    assert.deepEqual([missed.total, missed.first.map(({ name }) => name)], [1, ['mine']]);
    assert.equal((await gatherSummary(db.database, one.team.id, 'day', period)).incidents.total, 1);
    await sql(db.database, `UPDATE incident SET resolved_at = $1, resolution = 'withdrawn'`, [clock.now()]);
    assert.equal((await gatherSummary(db.database, one.team.id, 'day', period)).incidents.total, 0);
  });

  test('of ten thousand monitors take a few statements by index, none of them long', async () => {
    const { team } = await teamWith(0);
    await sql(
      db.database,
      `INSERT INTO monitor (id, team_id, kind, name, ping_key, schedule_type, period_seconds, interval_ms, created_at,
          updated_at)
        SELECT gen_random_uuid(), $1, CASE WHEN n % 2 = 0 THEN 'process' ELSE 'heartbeat' END, 'job ' || n, 'bulk-' || n,
          'period', 3600, 3600000, 0, 0 FROM generate_series(1, 10000) n`,
      [team.id],
    );
    const now = clock.now();
    await sql(
      db.database,
      `INSERT INTO monitor_state (monitor_id, status, signal_count) SELECT id, 'up', 1 FROM monitor`,
    );
    await sql(
      db.database,
      `INSERT INTO status_change (monitor_id, at, status) SELECT id, $1::bigint, 'up' FROM monitor`,
      [now - 30 * DAY_MS],
    );
    await sql(
      db.database,
      `INSERT INTO run (id, monitor_id, state, started_at, ended_at)
        SELECT (lpad(to_hex(at), 12, '0') || substr(md5(at::text || id), 1, 20))::uuid, id, 'succeeded', at, at + 60000
        FROM (SELECT m.id, $1::bigint - d * 21600000 AS at FROM monitor m, generate_series(1, 4) d WHERE kind = 'process') r`,
      [now],
    );
    const named = new Set<string>();
    const counting: Database = {
      ...db.database,
      query: (statement, values) => {
        named.add(statement.name);
        statements += 1;
        return db.database.query(statement, values);
      },
    };
    let statements = 0;
    const summary = await gatherSummary(counting, team.id, 'day', { from: now - DAY_MS, to: now });
    assert.equal(summary.monitors.total, 10_000);
    assert.deepEqual(summary.success, { good: 5_000 * 4 + 5_000 * 24, all: 5_000 * 4 + 5_000 * 24, ratio: 1 });
    assert.ok(statements <= 25, `${statements} statements`);
    assert.deepEqual([...named].sort(), ['read_blind_times', 'read_channel_facts', 'read_monitor_facts']);
  });
});
