import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/platform/clock.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { type Connection, type DatabaseOptions, openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { startManagedPostgres } from '../../src/store/postgres/managed.ts';

/** Where the test runner tells its children which server to use. */
const SERVER_VARIABLE = 'ALLSWELL_TEST_SERVER';
export const TEMPLATE_DATABASE = 'allswell_template';

export type SocketConnection = Extract<Connection, { host: string }>;

export interface TestServer {
  readonly connection: SocketConnection;
  stop(): Promise<void>;
}

export const testLogger = createLogger({
  level: process.env.TEST_LOG === undefined ? 'silent' : 'debug',
  format: 'text',
  clock: systemClock,
  write: (line) => process.stderr.write(`${line}\n`),
});

/** A real PostgreSQL for tests, in a folder of its own. Nothing in it is meant to survive, so nothing is flushed. */
export async function startTestServer(): Promise<TestServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'allswell-test-'));
  // Started by root, the server runs as another user, who has to pass.
  await chmod(dataDir, 0o711);
  const started = await startManagedPostgres({
    dataDir,
    binDir: process.env.ALLSWELL_PG_BIN ?? null,
    logger: testLogger,
    clock: systemClock,
    random: systemRandom,
    parameters: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' },
  });
  if (!started.ok) throw new Error(started.error.message);
  const { postgres } = started;
  return {
    connection: postgres.connection,
    async stop() {
      await postgres.stop('immediate');
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Makes the template that every test database is cloned from. */
export async function makeTemplate(server: TestServer): Promise<void> {
  const admin = open(server.connection);
  await admin.query({ name: 'create_template', text: `CREATE DATABASE ${TEMPLATE_DATABASE}` });
  await admin.close();
  const template = open({ ...server.connection, database: TEMPLATE_DATABASE });
  const migrated = await migrate(template);
  await template.close();
  if (!migrated.ok) throw new Error(migrated.message);
}

export function open(connection: Connection, change: Partial<DatabaseOptions> = {}) {
  return openDatabase({
    connection,
    maxConnections: 10,
    name: 'allswell test',
    statementTimeoutMs: 30_000,
    onIdleError: () => undefined,
    ...change,
  });
}

/** For the runner: what its children need to find the server. */
export function serverEnvironment(server: TestServer): Record<string, string> {
  return { [SERVER_VARIABLE]: JSON.stringify(server.connection) };
}

/** The runner's server, or null when a test file is run by itself. */
export function sharedConnection(): SocketConnection | null {
  const text = process.env[SERVER_VARIABLE];
  return text === undefined ? null : JSON.parse(text);
}
