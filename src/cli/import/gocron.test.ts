import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { TEST_START } from '../../../test/harness/api.ts';
import { useDatabase } from '../../../test/harness/database.ts';
import { sql } from '../../../test/harness/fixtures.ts';
import { GOCRON_PAGE_ROWS } from '../../store/gocron-source.ts';
import { EXIT } from '../output.ts';
import { useImports } from './testing/scene.ts';

const scene = useImports();
const db = useDatabase();
const TABLE = `CREATE TABLE gocron(cronName varchar, account varchar, email varchar, ipaddress varchar, frequency integer,
  lastruntime integer, alerted boolean, site boolean, PRIMARY KEY(cronname, account))`;

before(async () => {
  await db.made;
  await sql(db.database, TABLE);
});

function address(database = db.connection.database): string {
  const { host, port, user } = db.connection;
  return `postgres:///${database}?host=${encodeURIComponent(host)}&port=${port}&user=${encodeURIComponent(user)}`;
}

const request = (more = {}) => ({ from: 'gocron', address: address(), ...more });
const seconds = (at: number) => Math.floor(at / 1_000);

async function fill(rows: readonly (readonly unknown[])[]): Promise<void> {
  await sql(db.database, 'TRUNCATE gocron');
  for (const row of rows) await sql(db.database, 'INSERT INTO gocron VALUES ($1, $2, $3, $4, $5, $6, $7, $8)', row);
}

describe("gocron's table", () => {
  test('comes over with frequencies and last runs, and again without a change', async () => {
    const team = await scene.api.team();
    await fill([
      ['backup', 'acct', 'ops@example.com', '10.0.0.1', 3_600, seconds(TEST_START - 600_000), false, false],
      ['backup', 'other', 'ops@example.com', '10.0.0.2', 60, seconds(TEST_START - 86_400_000), true, false],
      ['gateway', 'acct', 'net@example.com', '10.0.0.3', 300, seconds(TEST_START), false, true],
      ['nothing', 'acct', null, null, null, null, null, null],
    ]);
    const { code, text } = await scene.import(team, request());
    assert.equal(code, EXIT.failed, 'one of them has no frequency');
    assert.match(text, /nothing: schedule\.seconds/);
    const monitors = await scene.monitors(team);
    const [first, missed, gateway] = monitors;
    assert.equal(monitors.length, 3);
    assert.deepEqual(
      [first.kind, first.name, first.schedule.seconds, first.grace_seconds, first.status],
      ['heartbeat', 'backup', 3_600, 0, 'up'],
    );
    assert.equal(first.due_at, new Date(TEST_START - 600_000 + 3_600_000).toISOString());
    assert.deepEqual([missed.status, missed.incident, gateway.status], ['new', null, 'up']);
    assert.equal((await scene.report(team, request())).counts.unchanged, 3);
    assert.deepEqual(await scene.monitors(team), monitors);
  });

  test('comes over with addresses and gateways, and goes on by its own check-ins', async () => {
    const team = await scene.api.team();
    await fill([
      ['backup', 'acct', 'ops@example.com', '', 3_600, seconds(TEST_START), false, false],
      ['gateway', 'acct', 'root@localhost', '', 300, seconds(TEST_START), false, true],
      ['report', 'acct', 'no address', '', 300, seconds(TEST_START), false, false],
    ]);
    const { text } = await scene.import(team, request());
    assert.match(text, /report: its address "no address", which is none/);
    const facts = () =>
      sql<{ name: string; mail: string | null; gateway: boolean; sited: boolean }>(
        scene.api.database,
        `SELECT m.name, c.name AS mail, EXISTS (SELECT 1 FROM site WHERE gateway_monitor_id = m.id) AS gateway,
          EXISTS (SELECT 1 FROM site_member s WHERE s.monitor_id = m.id) AS sited
        FROM monitor m LEFT JOIN monitor_channel mc ON mc.monitor_id = m.id AND mc.from_origin
        LEFT JOIN channel c ON c.id = mc.channel_id WHERE m.team_id = $1 ORDER BY m.name`,
        [team.teamId],
      );
    const expected = [
      { name: 'backup', mail: 'ops@example.com', gateway: false, sited: true },
      { name: 'gateway', mail: 'root@localhost', gateway: true, sited: false },
      { name: 'report', mail: null, gateway: false, sited: true },
    ];
    assert.deepEqual(await facts(), expected);
    await scene.import(team, request());
    assert.deepEqual(await facts(), expected, 'the second import changes nothing');
    const { drop_in_url: url } = (await team.call('GET', '/api/v1/team')).json;
    const query = 'cronname=backup&account=acct&email=ops@example.com&frequency=3600';
    const answer = await team.call('GET', `${new URL(url).pathname}/?${query}`, undefined, null);
    assert.equal(answer.status, 201);
    const monitors = await scene.monitors(team);
    assert.equal(monitors.length, 3);
    assert.equal(monitors.find((one: { name: string }) => one.name === 'backup').signal_count, 1);
  });

  test('comes over page by page, in whatever alphabet', async () => {
    const team = await scene.api.team();
    await sql(db.database, 'TRUNCATE gocron');
    const total = GOCRON_PAGE_ROWS + 1;
    await sql(
      db.database,
      `INSERT INTO gocron SELECT 'Job "' || n || '" ключ', CASE WHEN n % 2 = 0 THEN 'a''b' ELSE '' END,
        'x@example.com', '', 60, $2, false, false FROM generate_series(1, $1) AS n`,
      [total, seconds(TEST_START)],
    );
    const { counts } = await scene.report(team, request({ check: true }));
    assert.equal(counts.created, total);
    assert.deepEqual(await scene.monitors(team), []);
  });

  test('that cannot be read is told why, without the password', async () => {
    const team = await scene.api.team();
    const fails = async (more: object, code: number, words: RegExp) => {
      const result = await scene.import(team, request(more));
      assert.equal(result.code, code, result.error);
      assert.match(result.error, words);
      assert.doesNotMatch(result.error, /hunter2/);
    };
    await fails({ address: address('template1') }, EXIT.failed, /no table "gocron"/);
    await fails({ address: address('not_there') }, EXIT.unreachable, /not_there/);
    await fails({ address: 'postgres://u:hunter2@127.0.0.1:1/gocron' }, EXIT.unreachable, /ECONNREFUSED|refused/);
    await fails({ address: 'mysql://host/gocron' }, EXIT.misused, /postgres:\/\/USER@HOST/);
  });
});
