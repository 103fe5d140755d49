import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { useDatabase } from '../../../test/harness/database.ts';
import { createFixtures, pingOf, sql } from '../../../test/harness/fixtures.ts';
import { testLogger } from '../../../test/harness/postgres.ts';
import { createVirtualClock } from '../../../test/harness/virtual-clock.ts';
import { HOUR_MS, MINUTE_MS } from '../../core/instant.ts';
import { createDefinitionCache } from '../../watch/definitions.ts';
import { createIngest } from '../../watch/ingest.ts';
import { createLife } from '../../watch/life.ts';
import { createWakeLoop } from '../../watch/wake.ts';
import type { Database } from '../database.ts';
import { exportExpression, importExpression, readShape } from './columns.ts';
import { MAX_FETCH_ROWS } from './export.ts';
import { onOwnConnection } from './session.ts';
import { anotherDatabase, exportText, importText } from './testing/scene.ts';

const db = useDatabase();

/** One node's parts on a database, under a clock of the test's. */
function node(database: Database, clock: ReturnType<typeof createVirtualClock>) {
  const make = createFixtures(() => database, clock);
  const identity = { id: make.newId(), host: 'here', pid: 1, roles: ['web', 'watch', 'deliver'] as const };
  const parts = { database, definitions: createDefinitionCache(), clock, newId: make.newId, logger: testLogger };
  const life = createLife({ ...parts, node: identity });
  return {
    make,
    life,
    ingest: createIngest({
      nodeId: make.newId(),
      ...parts,
      onRefused: life.noteRefused,
      unrecordedGap: life.unrecordedGap,
    }),
    wake: createWakeLoop({ ...parts, canJudge: () => true, oldestPendingAt: () => null, settleAll: async () => null }),
  };
}

test('an export is one moment of a server that goes on taking pings', async (t) => {
  const source = await anotherDatabase(t, db.connection);
  const clock = createVirtualClock();
  const { make, ingest } = node(source.database, clock);
  const team = await make.team();
  const monitors = [await make.monitor(team.id), await make.monitor(team.id), await make.monitor(team.id)];
  const ping = () => Promise.all(monitors.map(({ key }) => ingest.accept(pingOf(key, clock.now()))));
  // More than one fetch, so that the export is in the middle of its tables while pings go on.
  for (let round = 0; round < MAX_FETCH_ROWS; round += 1) await ping();
  let text = '';
  const { outcome } = await exportText(source.connection, {
    write: async (chunks) => {
      for await (const chunk of chunks) {
        text += chunk;
        await ping();
      }
    },
  });
  assert.ok(outcome.ok);

  const target = await anotherDatabase(t, db.connection, true);
  assert.ok((await importText(target.connection, text)).ok);
  const counts = `SELECT s.signal_count AS counted, (SELECT count(*) FROM signal g WHERE g.monitor_id = s.monitor_id) AS stored
    FROM monitor_state s`;
  const rows = await sql<{ counted: number; stored: number }>(target.database, counts);
  assert.equal(rows.length, monitors.length);
  assert.ok(rows.every(({ counted }) => counted >= MAX_FETCH_ROWS));
  for (const { counted, stored } of rows) assert.equal(counted, stored);
  const later = await sql<{ counted: number }>(source.database, counts);
  assert.ok((later[0]?.counted ?? 0) > (rows[0]?.counted ?? 0), 'pings went on meanwhile');
});

test('after an import the time since the export is a gap, and nobody is called missing for it', async (t) => {
  const source = await anotherDatabase(t, db.connection);
  const clock = createVirtualClock();
  const before = node(source.database, clock);
  await before.life.begin();
  const team = await before.make.team();
  await before.make.channel(team.id);
  const monitor = await before.make.monitor(team.id, { periodSeconds: 600, graceSeconds: 60 });
  await before.ingest.accept(pingOf(monitor.key, clock.now()));
  await before.life.tick();
  const lastSign = clock.now();
  const { text } = await exportText(source.connection, { history: false });

  const target = await anotherDatabase(t, db.connection, true);
  assert.ok((await importText(target.connection, text)).ok);
  clock.advance(HOUR_MS);
  const after = node(target.database, clock);
  await after.life.begin();
  assert.deepEqual(await sql(target.database, 'SELECT kind, from_at, to_at FROM gap'), [
    { kind: 'ingest', from_at: lastSign, to_at: clock.now() },
  ]);
  const incidents = async () => (await sql(target.database, 'SELECT FROM incident')).length;
  clock.advance(MINUTE_MS);
  await after.wake.look();
  assert.equal(await incidents(), 0);
  // The watch goes on: what stays silent afterwards is found.
  clock.advance(HOUR_MS);
  await after.wake.look();
  assert.equal(await incidents(), 1);
});

test('every value of every type of column comes back as it was', async (t) => {
  const { connection, database } = await anotherDatabase(t, db.connection);
  await sql(
    database,
    `CREATE TABLE zoo (id integer PRIMARY KEY, t text, b bytea, n bigint, f double precision, yes boolean, u uuid,
      words text[], numbers bigint[], data jsonb NOT NULL, maybe jsonb, j json, at timestamptz, "odd ""name" numeric(12, 3))`,
  );
  const text = fc.string({ unit: 'binary', maxLength: 60 }).map((given) => given.toWellFormed().replaceAll('\0', ''));
  const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null });
  // What a json column takes is what JSON.stringify gives, without the NUL that PostgreSQL has no room for.
  const json = fc.jsonValue().map((value) => JSON.stringify(value).replaceAll('\\u0000', '').toWellFormed());
  const noNull = json.filter((value) => value !== 'null');
  const row = fc.tuple(
    maybe(text),
    maybe(fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes))),
    maybe(fc.maxSafeInteger().map((value) => String(BigInt(value) * 1_023n))),
    maybe(fc.double({ noNaN: true, noDefaultInfinity: true })),
    maybe(fc.boolean()),
    maybe(fc.uuid()),
    maybe(fc.array(maybe(text), { maxLength: 4 })),
    maybe(fc.array(fc.maxSafeInteger(), { maxLength: 4 })),
    json,
    maybe(noNull),
    maybe(noNull.map((value) => `\n${value}`)),
    maybe(fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true })),
    maybe(fc.integer({ min: -999_999, max: 999_999 })),
  );
  const rows = fc.sample(row, { numRuns: 300, seed: 20_261_121 });
  const places = Array.from({ length: 14 }, (_, index) => `$${index + 1}`).join(', ');
  for (const [id, values] of rows.entries()) {
    await sql(database, `INSERT INTO zoo VALUES (${places})`, [id, ...values]);
  }
  await onOwnConnection(connection, async (client) => {
    const shape = await readShape(client, 'zoo');
    assert.ok(shape);
    assert.deepEqual(shape.key, ['id']);
    const given = shape.columns.map((column) => exportExpression(column, undefined)).join(', ');
    const lines = await client.query<{ line: string }>(`SELECT json_build_array(${given})::text AS line FROM zoo t`);
    assert.ok(lines.rows.every(({ line }) => !line.includes('\n')));
    await client.query('CREATE TABLE copy (LIKE zoo)');
    const taken = shape.columns.map(importExpression).join(', ');
    const all = `[${lines.rows.map(({ line }) => line).join(',')}]`;
    await client.query(`INSERT INTO copy SELECT ${taken} FROM jsonb_array_elements($1::jsonb) AS r (v)`, [all]);
    // json keeps its spaces, which are no part of its value.
    const text = (table: string) =>
      `SELECT (to_jsonb(t) || jsonb_build_object('b', t.b::text))::text AS row FROM ${table} t`;
    const missing = await client.query(
      `(${text('zoo')} EXCEPT ${text('copy')}) UNION ALL (${text('copy')} EXCEPT ${text('zoo')})`,
    );
    assert.deepEqual(missing.rows, []);
  });
});
