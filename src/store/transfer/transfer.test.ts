import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { useDatabase } from '../../../test/harness/database.ts';
import { createFixtures, sql, testSealer } from '../../../test/harness/fixtures.ts';
import { createVirtualClock } from '../../../test/harness/virtual-clock.ts';
import { waitFor } from '../../../test/harness/wait-for.ts';
import { dropInSecret } from '../../accounts/drop-in.ts';
import { isSecretKeyRight } from '../../accounts/first-start.ts';
import { systemClock } from '../../platform/clock.ts';
import { systemRandom } from '../../platform/random.ts';
import type { Database } from '../database.ts';
import { findTeamByDropIn, hashDropIn } from '../drop-in.ts';
import { type Migration, migrate, readMigrations } from '../migrate.ts';
import { markStopped, registerNode } from '../nodes.ts';
import { createSealer, type Sealer } from '../seal.ts';
import type { TransferOutcome } from './outcome.ts';
import { fingerprintOf } from './secrets.ts';
import { MIGRATION_TABLE, STAYING_TABLES, TRANSFER_TABLES } from './tables.ts';
import { anotherDatabase, contents, exportText, importText, live } from './testing/scene.ts';

// Before the database's own hook, which ends its server: hooks run in the order of their making.
const ends: (() => Promise<void>)[] = [];
after(async () => {
  for (const end of ends) await end();
});
const db = useDatabase();
const NEWEST = (await readMigrations()).at(-1)?.number ?? 0;

function resultOf<T>(outcome: TransferOutcome<T>): T {
  assert.ok(outcome.ok, outcome.ok ? '' : `${outcome.code}: ${outcome.message}`);
  return outcome.value;
}

function assertRefused(outcome: TransferOutcome<unknown>, code: string, words: RegExp): void {
  assert.ok(!outcome.ok, 'it was not refused');
  assert.equal(outcome.code, code);
  assert.match(outcome.message, words);
  assert.doesNotMatch(outcome.message, /\n/);
}

test('every table of the schema travels, or is known to stay', async () => {
  const rows = await sql<{ name: string }>(
    db.database,
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
      AND NOT relispartition ORDER BY relname`,
  );
  const listed = [MIGRATION_TABLE, ...STAYING_TABLES, ...TRANSFER_TABLES.map((table) => table.name)].sort();
  assert.deepEqual(
    rows.map((row) => row.name),
    listed,
    'list new tables in transfer/tables.ts',
  );
});

/** What the lives of the scene do not always come to. */
const MAY_BE_EMPTY = new Set(['channel_flow', 'slot_note', 'delivery_attempt', 'monitor_channel']);

describe('a round trip', () => {
  for (const seed of [11, 20_261_121, 777_777]) {
    test(`with the history brings every table back as it was (seed ${seed})`, async (t) => {
      const source = await anotherDatabase(t, db.connection);
      await live(source.database, createVirtualClock(), seed);
      await sql(source.database, 'UPDATE node SET stopped_at = seen_at');
      const { text, outcome } = await exportText(source.connection);
      const exported = resultOf(outcome);
      const before = await contents(source.database);
      const empty = TRANSFER_TABLES.filter(({ name }) => before[name]?.length === 0).map(({ name }) => name);
      assert.deepEqual(
        empty.filter((name) => !MAY_BE_EMPTY.has(name)),
        [],
        'this seed tells nothing about them',
      );

      const target = await anotherDatabase(t, db.connection, true);
      const imported = resultOf(await importText(target.connection, seed % 2 === 1 ? gzipSync(text) : text));
      assert.deepEqual(await contents(target.database), before);
      assert.deepEqual(imported.rows, exported.rows);
      assert.equal(imported.unreadableSecrets, 0);
      // What comes out of the copy is the same file again, but for the order of what has no key.
      const again = await exportText(target.connection);
      const withoutHeader = (file: string) => file.split('\n').slice(1, -2).sort();
      assert.deepEqual(withoutHeader(again.text), withoutHeader(text));
      // Signals lie in their days, not in what was meant for latecomers.
      assert.deepEqual(await sql(target.database, 'SELECT FROM signal_default'), []);
    });
  }
});

let small: Awaited<ReturnType<typeof anotherDatabase>> | undefined;
/** A small life, lived once, for tests that look at files. They leave it as it is. */
async function smallExport(history = true) {
  if (small === undefined) {
    small = await anotherDatabase({ after: (end) => ends.push(end) }, db.connection);
    await live(small.database, createVirtualClock(), 4_711, 4);
  }
  const { text, outcome } = await exportText(small.connection, { history });
  return { ...small, text, summary: resultOf(outcome) };
}

describe('without the history', () => {
  test('what is over stays behind, and what something still depends on comes along', async (t) => {
    const source = await anotherDatabase(t, db.connection);
    await live(source.database, createVirtualClock(), 99);
    // One incident was told and is open; one was told and is over.
    await sql(source.database, `UPDATE delivery SET state = 'sent', finished_at = 1, next_attempt_at = NULL`);
    const { text, outcome } = await exportText(source.connection, { history: false });
    const { rows } = resultOf(outcome);
    assert.equal(rows.signal, undefined);
    assert.deepEqual(resultOf(outcome).header.parts, ['configuration', 'states', 'incidents']);

    const target = await anotherDatabase(t, db.connection, true);
    resultOf(await importText(target.connection, text));
    const [before, after] = [await contents(source.database), await contents(target.database)];
    for (const { name, current, part } of TRANSFER_TABLES) {
      if (current === undefined && part !== 'history') assert.deepEqual(after[name], before[name], name);
    }
    const one = async (text: string) => (await sql<{ count: number }>(target.database, text))[0]?.count;
    assert.equal(await one(`SELECT count(*) FROM run WHERE state <> 'open' AND NOT awaits_end`), 0);
    const openTold = await sql<{ count: number }>(
      source.database,
      `SELECT count(*) FROM notice n JOIN incident i ON i.id = n.subject_id
        WHERE n.kind = 'opened' AND i.resolved_at IS NULL`,
    );
    assert.ok((openTold[0]?.count ?? 0) > 0);
    assert.equal(
      await one(`SELECT count(*) FROM notice n JOIN incident i ON i.id = n.subject_id JOIN delivery d ON d.id = n.delivery_id
        WHERE n.kind = 'opened' AND i.resolved_at IS NULL AND d.state = 'sent'`),
      openTold[0]?.count,
    );
    assert.ok((rows.delivery ?? 0) < (before.delivery ?? []).length, 'closed incidents leave their deliveries behind');
  });
});

describe('a file that is not as it was written', () => {
  // Every cut and every change of a byte: read-file.test.ts. Here: that nothing of it stays.
  test('is refused, and the target stays empty', async (t) => {
    const { text } = await smallExport();
    const target = await anotherDatabase(t, db.connection, true);
    const withoutFooter = text.slice(0, text.lastIndexOf('{"end"'));
    assertRefused(await importText(target.connection, withoutFooter), 'damaged', /ends in the middle/);
    const altered = text.replace(/"job 0 /, '"job 1 ');
    assert.notEqual(altered, text);
    assertRefused(await importText(target.connection, altered), 'damaged', /not as it was written/);
    const misfit = text.replace(/\["([0-9a-f-]{36})", "([0-9a-f-]{36})", "heartbeat"/, '["$1", "$2", "teapot"');
    assert.notEqual(misfit, text);
    assertRefused(await importText(target.connection, misfit), 'damaged', /in table "monitor" from line \d+ on: /);
    assert.deepEqual(
      await sql(target.database, `SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace`),
      [],
    );
  });

  test('is refused when it asks for tables that are not ours, or that others look like', async (t) => {
    const { text } = await smallExport(false);
    const target = await anotherDatabase(t, db.connection, true);
    const foreign = text.replace('"table":"gap"', '"table":"pg_class"');
    assertRefused(await importText(target.connection, foreign), 'damaged', /./);
    const column = text.replace(
      '"columns":["id","kind","node_id"',
      '"columns":["id","kind); DROP TABLE x; --","node_id"',
    );
    assert.notEqual(column, text);
    assertRefused(await importText(target.connection, column), 'damaged', /./);
  });
});

describe('secrets', () => {
  const other = createSealer('quite another secret key', systemRandom);
  const sealedWith = async (database: Database, sealer: Sealer) => {
    const rows = await sql<{ id: string; config_sealed: Buffer }>(database, 'SELECT id, config_sealed FROM channel');
    return rows.map((row) => sealer.unseal(row.config_sealed, `channel:${row.id}`));
  };

  test('stay sealed in the file, which names the key and does not tell it', async () => {
    const { text, summary } = await smallExport();
    assert.equal(summary.header.secret_key, fingerprintOf(testSealer));
    assert.doesNotMatch(text, /hook\.test\/|127\.0\.0\.1:9|all is well/);
    assert.notEqual(fingerprintOf(testSealer), fingerprintOf(other));
  });

  test('are refused without the key they were sealed with', async (t) => {
    const { text } = await smallExport();
    const target = await anotherDatabase(t, db.connection, true);
    const attempt = (current: Sealer | null, old: Sealer | null = null, file = text) =>
      importText(target.connection, file, { keys: { current, old } });
    assertRefused(await attempt(other), 'wrong_key', /another secret key .*--old-secret-key-file/);
    assertRefused(await attempt(null), 'no_key', /there is none here/);
    assertRefused(await attempt(testSealer, other), 'wrong_key', /the old one is not the file's key/);
    assert.deepEqual(await sql(target.database, `SELECT FROM pg_class WHERE relname = 'team'`), []);
  });

  test('are refused by what is sealed, too, where the file could not name the key', async (t) => {
    const source = await anotherDatabase(t, db.connection);
    await live(source.database, createVirtualClock(), 5, 2);
    const { text, outcome } = await exportText(source.connection, { sealer: null });
    assert.equal(resultOf(outcome).isKeyUnknown, true);
    assert.equal(resultOf(outcome).header.secret_key, null);
    const target = await anotherDatabase(t, db.connection, true);
    assertRefused(await importText(target.connection, text, { keys: { current: other, old: null } }), 'wrong_key', /./);
    assertRefused(await importText(target.connection, text, { keys: { current: null, old: null } }), 'no_key', /./);
    resultOf(await importText(target.connection, text));
  });

  test('are sealed again with the new key when the old one is given', async (t) => {
    const { text, database } = await smallExport();
    const target = await anotherDatabase(t, db.connection, true);
    const imported = resultOf(await importText(target.connection, text, { keys: { current: other, old: testSealer } }));
    assert.equal(imported.unreadableSecrets, 0);
    const plain = await sealedWith(database, testSealer);
    assert.deepEqual((await sealedWith(target.database, other)).sort(), plain.sort());
    assert.equal(await isSecretKeyRight(target.database, other), true);
    assert.equal(await isSecretKeyRight(target.database, testSealer), false);
  });

  test('of the bases of other systems as well: their addresses stay the same', async (t) => {
    const source = await anotherDatabase(t, db.connection);
    await live(source.database, createVirtualClock(), 7, 2);
    const [team] = await sql<{ id: string }>(source.database, 'SELECT id FROM team ORDER BY id LIMIT 1');
    const read = (database: Database, sealer: Sealer) =>
      dropInSecret({ database, sealer, random: systemRandom }, team?.id ?? '');
    const secret = await read(source.database, testSealer);
    const { text } = await exportText(source.connection);
    assert.ok(secret !== null && !text.includes(secret));
    const target = await anotherDatabase(t, db.connection, true);
    const imported = resultOf(await importText(target.connection, text, { keys: { current: other, old: testSealer } }));
    assert.equal(imported.unreadableSecrets, 0);
    assert.equal(await read(target.database, other), secret);
    assert.equal((await findTeamByDropIn(target.database, hashDropIn(secret)))?.id, team?.id);
  });

  test('that the old key does not open stay as they are, and are counted', async (t) => {
    const { connection, database } = await anotherDatabase(t, db.connection);
    await live(database, createVirtualClock(), 6, 2);
    await sql(database, `UPDATE channel SET config_sealed = '\\x0102' WHERE id = (SELECT id FROM channel LIMIT 1)`);
    const { text } = await exportText(connection);
    const target = await anotherDatabase(t, db.connection, true);
    const imported = resultOf(await importText(target.connection, text, { keys: { current: other, old: testSealer } }));
    assert.equal(imported.unreadableSecrets, 1);
  });
});

describe('the target', () => {
  test('may be empty, or migrated and unused', async (t) => {
    const { text, summary } = await smallExport();
    const target = await anotherDatabase(t, db.connection);
    assert.deepEqual(resultOf(await importText(target.connection, text)).rows, summary.rows);
  });

  test('is refused when it is in use, unless it is to be replaced; then what was there is gone', async (t) => {
    const { text, database } = await smallExport();
    const target = await anotherDatabase(t, db.connection);
    await live(target.database, createVirtualClock(), 31, 2);
    await sql(target.database, 'CREATE TABLE of_somebody_else AS SELECT 1 AS one');
    assertRefused(await importText(target.connection, text), 'not_empty', /--replace/);
    resultOf(await importText(target.connection, text, { replace: true }));
    assert.deepEqual(await contents(target.database), await contents(database));
    assert.deepEqual(await sql(target.database, 'SELECT one FROM of_somebody_else'), [{ one: 1 }]);
  });

  test('keeps what it had when a replacing import fails in the middle', async (t) => {
    const { text } = await smallExport();
    const target = await anotherDatabase(t, db.connection);
    await live(target.database, createVirtualClock(), 32, 2);
    const before = await contents(target.database);
    assertRefused(await importText(target.connection, text.slice(0, -200), { replace: true }), 'damaged', /./);
    assert.deepEqual(await contents(target.database), before);
  });

  test('is refused while a server runs on it', async (t) => {
    const { text } = await smallExport();
    const target = await anotherDatabase(t, db.connection);
    await createFixtures(() => target.database).team();
    const node = { id: systemRandom.uuid(), host: 'other-host', pid: 4_242, roles: ['web'] as const };
    await target.database.transaction((tx) => registerNode(tx, node, systemClock.now()));
    assertRefused(
      await importText(target.connection, text, { replace: true }),
      'in_use',
      /a server runs on this database \(process 4242 on other-host\): stop it first/,
    );
    await markStopped(target.database, node.id, systemClock.now());
    resultOf(await importText(target.connection, text, { replace: true }));
  });

  test('is refused while another import has it, and a server that starts waits for the end', async (t) => {
    const { text } = await smallExport();
    const target = await anotherDatabase(t, db.connection, true);
    const halfway = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const slowly = async function* () {
      yield Buffer.from(text.slice(0, text.length / 2));
      halfway.resolve();
      await goOn.promise;
      yield Buffer.from(text.slice(text.length / 2));
    };
    const first = importText(target.connection, text, { input: slowly() });
    await halfway.promise;
    assertRefused(await importText(target.connection, text), 'busy', /another import/);
    const starting = migrate(target.database);
    const waits = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
    await waitFor('the starting server waits', async () => (await sql(target.database, waits)).length === 1);
    goOn.resolve();
    resultOf(await first);
    assert.deepEqual(await starting, { ok: true, applied: [], version: NEWEST });
  });

  test('with tables of another program under our names is refused', async (t) => {
    const { text } = await smallExport();
    const target = await anotherDatabase(t, db.connection, true);
    await sql(target.database, 'CREATE TABLE team (member text)');
    assertRefused(
      await importText(target.connection, text, { replace: true }),
      'not_empty',
      /"team" that is not of allswell/,
    );
  });

  test('that does not answer is a sentence', async () => {
    const nowhere = { host: '/nonexistent', port: 5432, user: 'x', database: 'x' };
    assertRefused((await exportText(nowhere)).outcome, 'unreachable', /does not let us in/);
    assertRefused(await importText(nowhere, ''), 'unreachable', /does not let us in/);
  });
});

describe('versions', () => {
  const ahead = new RegExp(`at version ${NEWEST + 1}, this program knows ${NEWEST}`);
  const later: Migration = {
    number: NEWEST + 1,
    name: 'plan.sql',
    sql: `ALTER TABLE team ADD COLUMN plan text; UPDATE team SET plan = 'of ' || name; ALTER TABLE team ALTER plan SET NOT NULL;
      CREATE TABLE plan (id uuid PRIMARY KEY)`,
    sha256: 'for this test',
  };

  test('a file of an earlier schema is loaded as it was, and brought up to date with its data', async (t) => {
    const { text } = await smallExport();
    const target = await anotherDatabase(t, db.connection, true);
    const migrations = [...(await readMigrations()), later];
    const imported = resultOf(await importText(target.connection, text, { migrations }));
    assert.equal(imported.schema, NEWEST + 1);
    const teams = await sql<{ name: string; plan: string }>(target.database, 'SELECT name, plan FROM team');
    assert.ok(teams.length > 0);
    for (const team of teams) assert.equal(team.plan, `of ${team.name}`);
    assert.deepEqual(await migrate(target.database, migrations), { ok: true, applied: [], version: NEWEST + 1 });
  });

  test('a file, a source and a target of a later schema are refused', async (t) => {
    const { text } = await smallExport();
    const newer = await anotherDatabase(t, db.connection);
    await migrate(newer.database, [...(await readMigrations()), later]);
    assertRefused((await exportText(newer.connection)).outcome, 'newer', ahead);
    assertRefused(await importText(newer.connection, text, { replace: true }), 'newer', ahead);
    const target = await anotherDatabase(t, db.connection, true);
    const file = resultOf((await exportText(newer.connection, { newestSchema: NEWEST + 1 })).outcome);
    assert.equal(file.header.schema, NEWEST + 1);
    const laterText = text.replace(`"schema":${NEWEST}`, `"schema":${NEWEST + 1}`);
    assertRefused(await importText(target.connection, laterText), 'newer', /use the newer program/);
    const otherFormat = text.replace('"allswell_export":1', '"allswell_export":9');
    assertRefused(await importText(target.connection, otherFormat), 'unreadable', /format 9, this program reads 1/);
  });

  test('an empty database has nothing to export', async (t) => {
    const empty = await anotherDatabase(t, db.connection, true);
    assertRefused((await exportText(empty.connection)).outcome, 'no_database', /nothing of allswell/);
  });
});
