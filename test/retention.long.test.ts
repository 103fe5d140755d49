/** What is kept and what goes, over 400 days of virtual time with the real store. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DAY_MS, HOUR_MS, type Instant } from '../src/core/instant.ts';
import { readBeatFacts } from '../src/store/beat-facts.ts';
import { DAYS_AHEAD } from '../src/store/partitions.ts';
import { listSignals } from '../src/store/signal-log.ts';
import { createDefinitionCache } from '../src/watch/definitions.ts';
import { createIngest, type Ingest } from '../src/watch/ingest.ts';
import { createUpkeep } from '../src/watch/upkeep.ts';
import { useDatabase } from './harness/database.ts';
import { createFixtures, pingOf, sql, type TestMonitor } from './harness/fixtures.ts';
import { open, testLogger } from './harness/postgres.ts';
import { createVirtualClock } from './harness/virtual-clock.ts';

const DAYS = 400;
const RETENTION_DAYS = 90;
/** The server is off for so long, from that day on. */
const OFF_FROM = 200;
const OFF_DAYS = 40;
const MONITORS = 4;
const FAILS_EVERY_DAYS = 7;
const DAILY = { periodSeconds: 86_400, graceSeconds: 3_600, startGraceSeconds: 3_600 } as const;
/** Looking at days that come and go is tried every so often; each look opens all of them. */
const READ_EVERY_DAYS = 4;
const PINGS_BESIDE_THE_DROP = 3;
/** Retention and what is made ahead fill the log after this; from then on it does not grow. */
const FULL_AFTER = RETENTION_DAYS + DAYS_AHEAD + 30;
/** What the server remembers of statements on one connection; those that name a day must not add up. */
const MAX_PREPARED = 100;

const db = useDatabase();
const clock = createVirtualClock();
const make = createFixtures(() => db.database, clock);

const dayOf = (at: Instant) => Math.floor(at / DAY_MS);
const nameOf = (day: number) => `signal_${new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '')}`;

function startIngest(database: ReturnType<typeof open>): Ingest {
  return createIngest({
    database,
    definitions: createDefinitionCache(),
    clock,
    newId: make.newId,
    nodeId: make.newId(),
    logger: testLogger,
    onRefused: () => undefined,
    unrecordedGap: () => null,
  });
}

async function partitions(): Promise<string[]> {
  const rows = await sql<{ name: string }>(
    db.database,
    `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'signal'::regclass ORDER BY 1`,
  );
  return rows.map(({ name }) => name).filter((name) => name !== 'signal_default');
}

async function count(from: string, values: readonly unknown[] = []): Promise<number> {
  const [row] = await sql<{ count: number }>(db.database, `SELECT count(*) FROM ${from}`, values);
  return row?.count ?? 0;
}

/** Pages of everything that holds signals. */
async function logBytes(): Promise<number> {
  const [row] = await sql<{ bytes: number }>(
    db.database,
    `SELECT sum(pg_total_relation_size(inhrelid))::bigint AS bytes FROM pg_inherits WHERE inhparent = 'signal'::regclass`,
  );
  return row?.bytes ?? 0;
}

/** As if every alarm were taken at once; answers how many there were. */
async function deliverAll(): Promise<number> {
  const sent = await sql(
    db.database,
    "UPDATE delivery SET state = 'sent', finished_at = $1 WHERE finished_at IS NULL RETURNING id",
    [clock.now()],
  );
  return sent.length;
}

/** As a node that starts again puts it down: what nobody could take is no silence. */
async function noteAbsence(from: Instant): Promise<void> {
  await sql(db.database, `INSERT INTO gap (id, kind, from_at, to_at, reason) VALUES ($1, 'ingest', $2, $3, 'off')`, [
    make.newId(),
    from,
    clock.now(),
  ]);
}

describe('400 days', () => {
  test('leave the signals and deliveries of the last 90, and every run and incident', async () => {
    const serving = open(db.connection, { maxConnections: 3 });
    // One connection, as old as the server: what is kept on it must not add up either.
    const keeping = open(db.connection, { maxConnections: 1 });
    const upkeep = createUpkeep({ database: keeping, clock, logger: testLogger, retentionDays: RETENTION_DAYS });
    const team = await make.team();
    const channel = await make.channel(team.id);
    const monitors: TestMonitor[] = [];
    for (let index = 0; index < MONITORS; index += 1) {
      monitors.push(await make.monitor(team.id, { ...DAILY, channels: [channel.id] }));
    }
    const job = await make.monitor(team.id, { ...DAILY, kind: 'process', maxRunSeconds: 3_600, channels: [] });
    const [failing] = monitors;
    assert.ok(failing);
    let ingest = startIngest(serving);
    const stored: Instant[] = [];
    const finished: Instant[] = [];
    let fails = 0;
    const ping = async (key: string, change: Parameters<typeof pingOf>[2] = {}) => {
      const answer = await ingest.accept(pingOf(key, clock.now(), change));
      assert.equal(answer.result, 'stored');
      stored.push(clock.now());
    };
    const read = async ({ id }: TestMonitor) => {
      const [log, facts] = await Promise.all([
        listSignals(serving, id, {}, 20),
        readBeatFacts(serving, team.id, [id], 40, clock.now()),
      ]);
      assert.ok(log.length > 0 && facts.has(id));
    };
    const workDay = async (day: number) => {
      await Promise.all(monitors.map(({ key }) => ping(key, { body: Buffer.from('all is well'), bodySize: 11 })));
      const runId = `run-${day}`;
      await ping(job.key, { kind: 'start', runId });
      await ping(job.key, { runId });
      if (day % FAILS_EVERY_DAYS !== 0) return;
      await ping(failing.key, { kind: 'fail' });
      fails += 1;
      const told = await deliverAll();
      await ping(failing.key);
      assert.deepEqual([told, await deliverAll()], [1, 1], 'the alarm and its end');
      finished.push(clock.now(), clock.now());
    };

    let expected = new Set<string>();
    let full: { tables: number; bytes: number } | null = null;
    let workDays = 0;
    for (let day = 0; day < DAYS; day += 1) {
      clock.advance(DAY_MS);
      if (day >= OFF_FROM && day < OFF_FROM + OFF_DAYS) continue;
      if (day === OFF_FROM + OFF_DAYS) {
        await noteAbsence(clock.now() - (OFF_DAYS + 1) * DAY_MS);
        ingest = startIngest(serving);
      }
      const today = dayOf(clock.now());
      const keepFrom = nameOf(dayOf(clock.now() - RETENTION_DAYS * DAY_MS));
      const ahead = Array.from({ length: DAYS_AHEAD + 2 }, (_, index) => nameOf(today - 1 + index));
      expected = new Set([...expected, ...ahead].filter((name) => name >= keepFrom));
      // Days come and go while jobs call and people read.
      const beside = Array.from({ length: PINGS_BESIDE_THE_DROP }, () => ping(failing.key));
      const looks = day > 0 && day % READ_EVERY_DAYS === 0 ? [read(failing), read(job)] : [];
      await Promise.all([upkeep.round(), ...beside, ...looks]);
      await workDay(day);
      workDays += 1;
      assert.deepEqual(await partitions(), [...expected].sort(), `on day ${day}`);
      assert.equal(await count('signal_default'), 0, `on day ${day} something has no day`);
      if (day === FULL_AFTER) full = { tables: await count('pg_class'), bytes: await logBytes() };
    }

    const keptFrom = dayOf(clock.now() - RETENTION_DAYS * DAY_MS) * DAY_MS;
    assert.equal(await count('signal'), stored.filter((at) => at >= keptFrom).length);
    assert.equal(
      await count(`signal WHERE tableoid::regclass::text <>
      'signal_' || to_char(to_timestamp(received_at / 1000) AT TIME ZONE 'UTC', 'YYYYMMDD')`),
      0,
      'each in its own day',
    );
    const [sum] = await sql<{ n: number }>(db.database, 'SELECT sum(signal_count)::bigint AS n FROM monitor_state');
    assert.equal(sum?.n, stored.length, 'what was dropped still counts');
    assert.equal(await count('run'), workDays, 'runs are kept');
    assert.equal(await count(`incident WHERE evidence <> '{}'`), fails, 'incidents are kept, with evidence');
    const keptDeliveries = finished.filter((at) => at >= clock.now() - RETENTION_DAYS * DAY_MS).length;
    assert.equal(await count('delivery'), keptDeliveries);
    assert.equal(await count('notice'), keptDeliveries);
    assert.ok(full);
    assert.equal(await count('pg_class'), full.tables, 'as many tables as on the day when it was full');
    assert.ok((await logBytes()) <= full.bytes * 1.1, `${await logBytes()} bytes, ${full.bytes} when it was full`);
    const prepared = await keeping.query<{ n: number }>({
      name: 'count_prepared',
      text: 'SELECT count(*) AS n FROM pg_prepared_statements',
    });
    assert.ok((prepared[0]?.n ?? 0) < MAX_PREPARED, `${prepared[0]?.n} statements are kept on one connection`);
    await Promise.all([serving.close(), keeping.close()]);
  });

  test('what came while no day could be made for weeks is moved to its days, and goes when they go', async () => {
    const upkeep = createUpkeep({ database: db.database, clock, logger: testLogger, retentionDays: RETENTION_DAYS });
    const monitor = await make.monitor((await make.team()).id, { channels: [] });
    const ingest = startIngest(open(db.connection));
    const WEEKS_DAYS = 30;
    for (let day = 0; day < WEEKS_DAYS; day += 1) {
      clock.advance(DAY_MS);
      assert.equal((await ingest.accept(pingOf(monitor.key, clock.now()))).result, 'stored');
    }
    assert.ok((await count('signal_default')) > WEEKS_DAYS - DAYS_AHEAD - 2);
    await upkeep.round();
    assert.equal(await count('signal_default'), 0);
    const kept = 'signal WHERE monitor_id = $1';
    assert.equal(await count(kept, [monitor.id]), WEEKS_DAYS);
    clock.advance((RETENTION_DAYS - 10) * DAY_MS + HOUR_MS);
    await upkeep.round();
    // The day that the limit lies in is kept as a whole.
    assert.equal(await count(kept, [monitor.id]), 11);
  });
});
