import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { systemClock } from '../../src/platform/clock.ts';
import type { Connection, Database, DatabaseOptions } from '../../src/store/database.ts';
import { readMigrations } from '../../src/store/migrate.ts';
import { heard } from '../harness/alert-rig.ts';
import { cloneTemplate, dropDatabase, useDatabase } from '../harness/database.ts';
import { createFixtures, sql, type TestMonitor } from '../harness/fixtures.ts';
import { startTestNode, type TestNode } from '../harness/node.ts';
import { open, type SocketConnection, testLogger } from '../harness/postgres.ts';
import { type HttpReceiver, startHttpReceiver } from '../harness/receivers/http-receiver.ts';
import { waitFor } from '../harness/wait-for.ts';
import { startClients } from './client.ts';

/** One way to run several nodes; everything has to hold in each. */
export interface Variant {
  readonly name: string;
  /** What the nodes do, in turn; each does everything when not given. */
  readonly roles?: readonly string[];
  readonly database?: Partial<DatabaseOptions>;
  /** What stands between the nodes and this database. */
  readonly reach?: (connection: SocketConnection) => Promise<Way>;
}

export interface Way {
  readonly connection: Connection;
  close(): Promise<void>;
}

/** Deadlines that pass at the same instant, told to channels of their own: more on one would be a storm. */
const DEADLINES = 40;
const PER_CHANNEL = 5;
const CLIENTS = 8;
const GROUPS = [2, 3, 5] as const;

/** The tests of several nodes on one database, run in one variant. */
export function testNodesTogether(variant: Variant): void {
  const db = useDatabase();
  let receiver: HttpReceiver;
  before(async () => {
    receiver = await startHttpReceiver();
  });
  after(() => receiver.close());

  /** Nodes that are gone when `work` is over, however it ends; it may put others in their places. */
  const withNodes = async (
    connection: SocketConnection,
    count: number,
    work: (nodes: TestNode[], startOne: (index: number) => Promise<TestNode>) => Promise<void>,
  ) => {
    const way = await variant.reach?.(connection);
    const { roles = [], database = {} } = variant;
    const startOne = (index: number) => {
      const role = roles[index % Math.max(1, roles.length)];
      return startTestNode(
        way?.connection ?? connection,
        role === undefined ? {} : { ALLSWELL_ROLES: role },
        testLogger,
        database,
      );
    };
    const nodes: TestNode[] = [];
    try {
      nodes.push(...(await Promise.all(Array.from({ length: count }, (_, index) => startOne(index)))));
      await work(nodes, startOne);
    } finally {
      await Promise.all(nodes.map((node) => node.end()));
      await way?.close();
    }
  };
  const takesPings = (index: number) => {
    const { roles = [] } = variant;
    return roles.length === 0 || (roles[index % roles.length] ?? '').includes('web');
  };

  describe(`several nodes, ${variant.name}`, () => {
    for (const count of GROUPS) {
      test(`${count} start together on an empty database: one schema, one first team, all of them run`, async () => {
        const empty = await cloneTemplate(db.connection, 'template0');
        const database = open(empty);
        try {
          await withNodes(empty, count, async (nodes) => {
            assert.equal(nodes.filter((node) => node.firstStart.isFirst).length, 1);
            assert.equal(new Set(nodes.map((node) => node.firstStart.team.id)).size, 1);
            assert.deepEqual(await factsOf(database), { teams: 1, migrations: (await readMigrations()).length });
            const alive = await sql(database, 'SELECT id FROM node WHERE stopped_at IS NULL');
            assert.equal(alive.length, count);
          });
        } finally {
          await database.close();
          await dropDatabase(empty);
        }
      });
    }

    test('a rolling restart under load loses no ping, and leaves neither a gap nor a false alarm', async () => {
      await sql(db.database, 'DELETE FROM gap');
      const make = createFixtures(() => db.database, systemClock);
      const team = await make.team();
      const monitors = await Promise.all(
        Array.from({ length: 4 }, () => make.monitor(team.id, { periodSeconds: 3_600 })),
      );
      await withNodes(db.connection, Math.max(2, variant.roles?.length ?? 0), async (nodes, startOne) => {
        const webNodes = () => nodes.filter((_, index) => takesPings(index)).map((node) => node.base);
        const load = startClients(monitors, webNodes, CLIENTS);
        try {
          for (const [index, node] of [...nodes].entries()) {
            const before = load.stored.length;
            await node.end();
            nodes[index] = await startOne(index);
            await waitFor('pings after the restart', () => load.stored.length > before + CLIENTS);
          }
        } finally {
          await load.stop();
        }
        assert.deepEqual(load.wrong, []);
        assert.deepEqual(await notCountedOnce(db.database, monitors, load.stored), []);
      });
      assert.deepEqual(await sql(db.database, 'SELECT reason FROM gap'), []);
      assert.deepEqual(await sql(db.database, 'SELECT id FROM incident WHERE team_id = $1', [team.id]), []);
    });

    test('what falls due at one instant is found by one of them each, and told once', async () => {
      const make = createFixtures(() => db.database, systemClock);
      const team = await make.team();
      await withNodes(db.connection, Math.max(3, variant.roles?.length ?? 0), async () => {
        const createdAt = Date.now();
        for (let group = 0; group < DEADLINES / PER_CHANNEL; group += 1) {
          const { id } = await make.channel(
            team.id,
            { url: `${receiver.url}/${variant.name}` },
            { destination: 'here' },
          );
          const options = { periodSeconds: 3, armed: true, createdAt, channels: [id] };
          await Promise.all(Array.from({ length: PER_CHANNEL }, () => make.monitor(team.id, options)));
        }
        await waitFor('all of them told', () => tellings(receiver, variant.name).length >= DEADLINES, 60_000);
        await waitFor('no delivery under way', async () => {
          const open = `SELECT id FROM delivery WHERE team_id = $1 AND state IN ('queued', 'sending', 'retry')`;
          return (await sql(db.database, open, [team.id])).length === 0;
        });
      });
      const told = tellings(receiver, variant.name);
      assert.equal(new Set(told).size, told.length, 'nobody is told of one incident twice');
      assert.equal(told.length, DEADLINES);
      const incidents = await sql(db.database, 'SELECT monitor_id FROM incident WHERE team_id = $1', [team.id]);
      assert.equal(incidents.length, DEADLINES);
      const repeated = `SELECT id FROM delivery WHERE team_id = $1 AND (attempts <> 1 OR fence <> 1)`;
      assert.deepEqual(await sql(db.database, repeated, [team.id]), [], 'each was claimed once');
    });
  });
}

async function factsOf(database: Database) {
  const [row] = await sql<{ teams: number; migrations: number }>(
    database,
    'SELECT (SELECT count(*) FROM team) AS teams, (SELECT count(*) FROM migration) AS migrations',
  );
  return { ...row };
}

/** The names of those that are not in the log once. */
async function notCountedOnce(database: Database, monitors: readonly TestMonitor[], names: readonly string[]) {
  const rows = await sql<{ name: string; count: number }>(
    database,
    'SELECT user_agent AS name, count(*) FROM signal WHERE monitor_id = ANY ($1) GROUP BY 1',
    [monitors.map((monitor) => monitor.id)],
  );
  const counted = new Map(rows.map((row) => [row.name, row.count]));
  return names.filter((name) => counted.get(name) !== 1);
}

/** The incidents that were told of at this path, singly or in a digest. */
function tellings(receiver: HttpReceiver, path: string): string[] {
  return receiver.requests
    .filter((request) => decodeURIComponent(request.path) === `/${path}`)
    .flatMap((request) => {
      const { incident, incidents = [] } = heard(request).data;
      return [...(incident === undefined ? [] : [incident.id]), ...incidents.map((one) => one.incident.id)];
    });
}
