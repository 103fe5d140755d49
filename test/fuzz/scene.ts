import assert from 'node:assert/strict';
import { dropInSecret } from '../../src/accounts/drop-in.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { randomBase62, systemRandom } from '../../src/platform/random.ts';
import { type ApiScope, hashApiKey, insertApiKey } from '../../src/store/api-keys.ts';
import type { Database } from '../../src/store/database.ts';
import { findFirstTeam } from '../../src/store/teams.ts';
import { cloneTemplate, dropDatabase } from '../harness/database.ts';
import { createFixtures, sql, testSealer } from '../harness/fixtures.ts';
import { open, type SocketConnection } from '../harness/postgres.ts';
import { type NodeProcess, startNodeProcess } from './node-process.ts';
import type { Places } from './requests.ts';

/** A node with three teams: the one that requests are made for, one that must not notice, one that pings all along. */
export interface Scene {
  readonly node: NodeProcess;
  readonly database: Database;
  /** New things for the first team: what is there gets deleted, renamed and rotated. */
  renew(): Promise<Places>;
  /** Everything of the team that must not notice, as one text. */
  bystander(): Promise<string>;
  /** One ping of the team that pings all along. */
  ping(): Promise<Response>;
  /** How many of those pings are on disk. */
  pings(): Promise<number>;
  end(): Promise<void>;
}

const DIALECTS = 'cronsentry,cronflow,gocron';
const CALL_WITHIN_MS = 30_000;

interface Team {
  readonly id: string;
  readonly key: string;
  readonly readKey: string;
}

async function makeKeys(database: Database, id: string, newId: () => string): Promise<Team> {
  const make = async (scope: ApiScope) => {
    const key = `aw_${randomBase62(systemRandom, 40)}`;
    const row = { id: newId(), teamId: id, name: scope, scope, createdAt: systemClock.now(), expiresAt: null };
    await insertApiKey(database, row, hashApiKey(key));
    return key;
  };
  return { id, key: await make('write'), readKey: await make('read') };
}

/** What a team has, as the API answers it. */
interface Things {
  readonly monitor: string;
  readonly pingKey: string;
  readonly slug: string;
  readonly channel: string;
  readonly site: string;
  readonly key: string;
  readonly job: string;
}

/** Calls in the name of a team. */
function caller(base: string, key: string) {
  return async (method: string, path: string, body?: object) => {
    const response = await fetch(base + path, {
      method,
      headers: { 'x-api-key': key, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(CALL_WITHIN_MS),
    });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  };
}

async function makeThings(base: string, key: string, secret: string | null): Promise<Things> {
  const call = caller(base, key);
  const slug = `job-${randomBase62(systemRandom, 12).toLowerCase()}`;
  const schedule = { type: 'period', seconds: 3_600 };
  const monitor = await call('POST', '/api/v1/monitors', { kind: 'process', name: 'report', slug, schedule });
  const gateway = await call('POST', '/api/v1/monitors', { kind: 'heartbeat', name: 'gateway', schedule });
  const site = await call('POST', '/api/v1/sites', { name: `site ${slug}`, gateway_monitor_id: gateway.id });
  const channel = await call('POST', '/api/v1/channels', {
    kind: 'webhook',
    name: 'ops',
    config: { url: 'http://127.0.0.1:9/hook' },
  });
  const given = await call('POST', '/api/v1/keys', { name: 'ci', scope: 'read' });
  const job =
    secret === null ? null : await call('POST', `/in/${secret}/api/jobs`, { name: slug, schedule: '0 3 * * *' });
  return {
    monitor: monitor.id,
    pingKey: monitor.ping_url.split('/').at(-1),
    slug,
    channel: channel.id,
    site: site.id,
    key: given.id,
    job: job?.id ?? monitor.id,
  };
}

const UNKNOWN = '01936f0e-7b1c-7c3a-9f60-2f1d0a4b5c6d';

/** What requests may name: what is ours, what is the bystander's, and what is nobody's. */
function placesOf(ours: Things, theirs: Things, team: Team, secret: string, teamPing: string): Places {
  const all = (of: (things: Things) => string) => [of(ours), of(ours), of(theirs), UNKNOWN];
  return {
    keys: [team.key, team.key, team.key, team.readKey, `aw_${'x'.repeat(40)}`],
    values: {
      monitors: all((things) => things.monitor),
      monitor: all((things) => things.monitor),
      channels: all((things) => things.channel),
      channel: all((things) => things.channel),
      sites: all((things) => things.site),
      keys: all((things) => things.key),
      incidents: [UNKNOWN],
      deliveries: [UNKNOWN],
      job: [ours.job, theirs.monitor, UNKNOWN],
      ping: [ours.pingKey, ours.pingKey, UNKNOWN],
      team_ping: [teamPing],
      slug: [ours.slug, 'backup', 'start'],
      exit: ['0', '1', '255', '256', '00001', '9'.repeat(400)],
      secret: [secret, secret, 'x'.repeat(secret.length)],
      name: ['backup', 'report', 'a%2Fb', '%D0%B8%D0%BC%D1%8F'],
      kind: ['daily', 'weekly', 'missed'],
      n: ['1', '0', '99999999999999999999'],
      file: ['swagger-ui.css', 'start.js', '..%2f..%2fpackage.json'],
      token: ['x', 'y'.repeat(43), '..'],
    },
    known: {
      schedule: [
        { type: 'period', seconds: 60 },
        { type: 'cron', expression: '0 3 * * *', timezone: 'Europe/Moscow' },
        { type: 'oncalendar', expression: 'Mon *-*-* 03:00:00' },
      ],
      timezone: ['UTC', 'America/New_York'],
      config: [{ url: 'http://127.0.0.1:9/hook' }, { to: ['a@example.test'] }, { chat_id: '1', token: 'x' }],
      gateway_monitor_id: [ours.monitor, theirs.monitor, UNKNOWN],
      monitor_ids: [[ours.monitor], [theirs.monitor], []],
      channel_ids: [[ours.channel], [theirs.channel], []],
      channels: [[ours.channel], [theirs.channel], []],
      site_id: [ours.site, theirs.site, null],
      site: [ours.site, theirs.site, null],
    },
  };
}

async function rowsOf(database: Database, teamId: string): Promise<string> {
  const tables = await sql<{ table_name: string; column_name: string }>(
    database,
    `SELECT c.table_name, c.column_name FROM information_schema.columns c JOIN pg_class p ON p.relname = c.table_name
      WHERE c.table_schema = 'public' AND c.column_name IN ('team_id', 'monitor_id') AND NOT p.relispartition ORDER BY 1, 2`,
  );
  const lines: string[] = [];
  for (const { table_name: table, column_name: column } of tables) {
    const ours = column === 'team_id' ? '$1' : 'ANY (SELECT id FROM monitor WHERE team_id = $1)';
    const rows = await sql<{ row: string }>(
      database,
      `SELECT row_to_json(t)::text AS row FROM ${table} t WHERE ${column} = ${ours} ORDER BY 1`,
      [teamId],
    );
    lines.push(...rows.map(({ row }) => `${table} ${row}`));
  }
  const team = await sql<{ row: string }>(database, 'SELECT row_to_json(t)::text AS row FROM team t WHERE id = $1', [
    teamId,
  ]);
  return [...lines, ...team.map(({ row }) => `team ${row}`)].join('\n');
}

export async function createScene(server: SocketConnection): Promise<Scene> {
  const connection = await cloneTemplate(server);
  const node = await startNodeProcess(connection, {
    ALLSWELL_OPEN_DIALECTS: DIALECTS,
    // Whatever addresses channels get, nothing on this machine is called.
    ALLSWELL_PRIVATE_TARGETS: 'no',
  });
  const database = open(connection);
  const base = `http://127.0.0.1:${node.port}`;
  const make = createFixtures(() => database, systemClock);
  const first = await findFirstTeam(database);
  assert.ok(first, 'the first start makes a team');
  const team = await makeKeys(database, first.id, make.newId);
  const quiet = await makeKeys(database, (await make.team('bystander')).id, make.newId);
  const theirs = await makeThings(base, quiet.key, null);
  const caring = await make.team('caring');
  const heartbeat = await make.monitor(caring.id);
  return {
    node,
    database,
    async renew() {
      const secret = await dropInSecret({ database, sealer: testSealer, random: systemRandom }, team.id);
      assert.ok(secret);
      const ours = await makeThings(base, team.key, secret);
      const { ping_key: teamPing } = await caller(base, team.key)('GET', '/api/v1/team');
      return placesOf(ours, theirs, team, secret, teamPing ?? 'x'.repeat(22));
    },
    bystander: () => rowsOf(database, quiet.id),
    ping: () => fetch(`${base}/ping/${heartbeat.key}`, { signal: AbortSignal.timeout(CALL_WITHIN_MS) }),
    async pings() {
      const [row] = await sql<{ count: number }>(database, 'SELECT count(*) FROM signal WHERE monitor_id = $1', [
        heartbeat.id,
      ]);
      return row?.count ?? 0;
    },
    async end() {
      await node.end();
      await database.close();
      await dropDatabase(connection);
    },
  };
}
