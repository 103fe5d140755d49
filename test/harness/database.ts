import { randomBytes } from 'node:crypto';
import { after, before } from 'node:test';
import type { Database } from '../../src/store/database.ts';
import {
  makeTemplate,
  open,
  type SocketConnection,
  sharedConnection,
  startTestServer,
  TEMPLATE_DATABASE,
  type TestServer,
} from './postgres.ts';

export interface TestDatabase {
  readonly database: Database;
  readonly connection: SocketConnection;
  /** Resolves when it is there: hooks of one file do not wait for each other. */
  readonly made: Promise<void>;
}

/**
 * A fresh, migrated database for the tests of one file, gone after them. Call it at the top of the file or of a
 * `describe`; the answer is filled when the first test runs.
 */
export function useDatabase(): TestDatabase {
  let server: TestServer | null = null;
  let connection: SocketConnection | undefined;
  let database: Database | undefined;
  const made = Promise.withResolvers<void>();
  before(async () => {
    const shared = sharedConnection();
    if (shared === null) {
      server = await startTestServer();
      await makeTemplate(server);
    }
    const base = shared ?? server?.connection;
    if (base === undefined) throw new Error('there is no test server');
    connection = await cloneTemplate(base);
    database = open(connection);
    made.resolve();
  });
  after(async () => {
    await database?.close();
    if (connection !== undefined) await dropDatabase(connection);
    await server?.stop();
  });
  const ready = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('the test database is there only while tests run');
    return value;
  };
  return {
    made: made.promise,
    get database() {
      return ready(database);
    },
    get connection() {
      return ready(connection);
    },
  };
}

/** Makes a database of its own; several may be wanted in one file. From `template0` it has nothing in it. */
export async function cloneTemplate(
  base: SocketConnection,
  template: typeof TEMPLATE_DATABASE | 'template0' = TEMPLATE_DATABASE,
): Promise<SocketConnection> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const admin = open({ ...base, database: 'postgres' });
  await admin.query({ name: `create_${name}`, text: `CREATE DATABASE ${name} TEMPLATE ${template}` });
  await admin.close();
  return { ...base, database: name };
}

export async function dropDatabase(connection: SocketConnection): Promise<void> {
  const admin = open({ ...connection, database: 'postgres' });
  const { database } = connection;
  await admin.query({ name: `drop_${database}`, text: `DROP DATABASE IF EXISTS ${database} WITH (FORCE)` });
  await admin.close();
}
