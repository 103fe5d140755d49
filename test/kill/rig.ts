import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/platform/clock.ts';
import { findFreePort } from '../../src/platform/free-port.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { type ManagedPostgres, startManagedPostgres } from '../../src/store/postgres/managed.ts';
import { sql, TEST_SECRET } from '../harness/fixtures.ts';
import { testLogger } from '../harness/postgres.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { type NodeProcess, spawnNode } from './node-process.ts';
import type { Timeline } from './timeline.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const HOST = '127.0.0.1';
const READY_WITHIN_MS = 60_000;
/** A node that was told to stop and has not by then is stuck (V9): its senders get 10 s, its statements 30 s. */
const STOP_WITHIN_MS = 45_000;
const AUDIT_CONNECTIONS = 4;
const AUDIT_TIMEOUT_MS = 30_000;

/** A node and what stands between it and its database. */
export interface RigNode {
  readonly name: string;
  readonly base: string;
  readonly proxy: FaultProxy;
  readonly process: NodeProcess | null;
  /** Starts it; resolves when it is ready. */
  start(): Promise<void>;
  /** SIGKILL: at once, from within any callback. */
  killNow(): void;
  /** Waits for the end of what was killed, and lets the database know of it. */
  bury(): Promise<void>;
  /** SIGTERM, and waits; a violation if it does not end in order and in time. */
  stop(): Promise<void>;
}

/** PostgreSQL with everything flushed, nodes as processes, proxies between them. Everything is gone after `end`. */
export interface Rig {
  readonly nodes: readonly RigNode[];
  /** Straight to the database, past the proxies; it finds the way again after each restart. */
  readonly database: Database;
  /** How often a node or PostgreSQL was ended without being asked. */
  readonly kills: number;
  stopDatabase(): Promise<void>;
  startDatabase(): Promise<void>;
  end(): Promise<void>;
}

export interface RigOptions {
  readonly nodes: number;
  readonly timeline: Timeline;
  /** Further settings of a node. */
  readonly env?: (index: number) => Readonly<Record<string, string>>;
  readonly roles?: readonly string[];
}

export async function createRig({ nodes: count, timeline, env = () => ({}), roles = [] }: RigOptions): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'allswell-kill-'));
  // Started by root, PostgreSQL runs as another user, who has to pass.
  await chmod(folder, 0o711);
  const living = new Set<NodeProcess>();
  let postgres: ManagedPostgres | null = null;
  let path = '';
  let isEnding = false;
  let kills = 0;

  const refuseAtEnd = () => {
    if (isEnding) throw new Error('the test is being ended');
  };

  const startDatabase = async () => {
    refuseAtEnd();
    const started = await startManagedPostgres({
      dataDir: folder,
      binDir: process.env.ALLSWELL_PG_BIN ?? null,
      logger: testLogger,
      clock: systemClock,
      random: systemRandom,
      parameters: { max_connections: '150' },
    });
    if (!started.ok) throw new Error(started.error.message);
    postgres = started.postgres;
    if (isEnding) await stopDatabase();
    refuseAtEnd();
    const { host, port } = postgres.connection;
    path = join(host, `.s.PGSQL.${port}`);
  };

  const stopDatabase = async () => {
    const stopping = postgres;
    postgres = null;
    if (stopping === null) return;
    kills += 1;
    await stopping.stop('immediate');
  };

  const makeNode = async (index: number): Promise<RigNode> => {
    const name = `node ${index}`;
    const proxy = await startFaultProxy(() => ({ path }));
    const port = await findFreePort(HOST);
    const dataDir = join(folder, `node-${index}`);
    let current: NodeProcess | null = null;
    let isExpected = false;
    return {
      name,
      base: `http://${HOST}:${port}`,
      proxy,
      get process() {
        return current;
      },
      async start() {
        refuseAtEnd();
        const { process: started, ready } = spawnNode({
          command: [join(ROOT, 'bin/allswell'), 'serve', ...(roles[index] ? ['--roles', roles[index]] : [])],
          cwd: folder,
          readyWithinMs: READY_WITHIN_MS,
          env: {
            PATH: process.env.PATH ?? '',
            HOME: folder,
            HOST,
            PORT: String(port),
            DATABASE_URL: `postgres://allswell@${HOST}:${proxy.port}/allswell`,
            ALLSWELL_DATA: dataDir,
            ALLSWELL_SECRET_KEY: TEST_SECRET,
            ALLSWELL_PRIVATE_TARGETS: 'yes',
            NODE_COMPILE_CACHE: join(folder, 'compile-cache'),
            LOG_LEVEL: 'warn',
            ...env(index),
          },
        });
        current = started;
        isExpected = false;
        living.add(started);
        void started.ended.then((how) => {
          living.delete(started);
          if (isExpected || isEnding) return;
          timeline.violation(`${name} ended by itself with ${how}: ${started.printed().slice(-5).join(' | ')}`);
        });
        await ready.catch(async (error: Error) => {
          throw new Error(`${name} did not start: ${error.message}\n${await activityOf(database)}`);
        });
      },
      killNow() {
        isExpected = true;
        if (current?.isAlive) kills += 1;
        current?.signal('SIGKILL');
      },
      async bury() {
        await current?.ended;
        proxy.cut();
      },
      async stop() {
        isExpected = true;
        const stopping = current;
        if (stopping === null) return;
        stopping.signal('SIGTERM');
        const timer = setTimeout(() => {
          timeline.violation(`${name} did not stop within ${STOP_WITHIN_MS} ms of SIGTERM`);
          stopping.signal('SIGKILL');
        }, STOP_WITHIN_MS);
        const how = await stopping.ended;
        clearTimeout(timer);
        if (how !== 0 && how !== 'SIGKILL') timeline.violation(`${name} ended with ${how} after SIGTERM`);
      },
    };
  };

  await startDatabase();
  const database = openDatabase({
    connection: () => {
      if (postgres === null) throw new Error('the database is stopped');
      return postgres.connection;
    },
    maxConnections: AUDIT_CONNECTIONS,
    name: 'kill test',
    statementTimeoutMs: AUDIT_TIMEOUT_MS,
    onIdleError: () => undefined,
  });
  const nodes = await Promise.all(Array.from({ length: count }, (_, index) => makeNode(index)));
  return {
    nodes,
    startDatabase,
    database,
    get kills() {
      return kills;
    },
    stopDatabase,
    async end() {
      isEnding = true;
      const processes = [...living];
      for (const process of processes) process.signal('SIGKILL');
      await Promise.all(processes.map((process) => process.ended));
      await Promise.all(nodes.map((node) => node.proxy.close()));
      await database.close().catch(() => undefined);
      await stopDatabase();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What the server is doing just now, for whoever has to find out why a node waits. */
async function activityOf(database: Database): Promise<string> {
  const rows = await sql<{ line: string }>(
    database,
    `SELECT concat_ws(' ', pid, application_name, state, wait_event_type, wait_event, left(query, 100),
        'blocked by', array_to_string(pg_blocking_pids(pid), ' ')) AS line
      FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle' ORDER BY backend_start`,
  ).catch((error: Error) => [{ line: `the database does not say: ${error.message}` }]);
  return rows.map((row) => row.line).join('\n');
}
