import pg from 'pg';
import type { Instant } from '../../core/instant.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Connection, Row, Statement, Transaction } from '../database.ts';
import { createDatabaseClock } from '../database-clock.ts';
import { TransferRefusal } from './outcome.ts';

/** How long a table may stay locked by somebody else before we give up. */
const LOCK_TIMEOUT = '10s';

/** A transfer takes as long as it takes: none of the server's limits for ordinary work ends it in the middle. */
const UNLIMITED = ['statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout'];

/** How long the server may take to let us in. */
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Runs `work` on a connection of its own, outside of any pool and of the limits that pools have. Throws TransferRefusal
 * `unreachable` when there is no server, or it does not let us in.
 */
export async function onOwnConnection<T>(connection: Connection, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    ...connection,
    application_name: 'allswell transfer',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  });
  // A connection that breaks fails the question under way; the event itself must not end the process.
  client.on('error', ignoreBroken);
  try {
    await client.connect();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TransferRefusal('unreachable', `the database does not let us in: ${why}`);
  }
  try {
    await client.query('SELECT set_config(name, $2, false) FROM pg_settings WHERE name = ANY ($1)', [UNLIMITED, '0']);
    await client.query(`SET lock_timeout = '${LOCK_TIMEOUT}'`);
    return await work(client);
  } finally {
    await client.end().catch(ignoreBroken);
  }
}

function ignoreBroken(): void {
  // See onOwnConnection: whoever asks next is told.
}

/** For functions of the store that ask by `Queryable`. */
export function asTransaction(client: pg.ClientBase): Transaction {
  return {
    isTransaction: true,
    // `within` begins and commits.
    commit: () => undefined,
    query: async <R extends Row>({ text }: Statement, values: readonly unknown[] = []) =>
      (await client.query<R>(text, [...values])).rows,
  };
}

/** Now, on the database's time line. */
export async function readNow(client: pg.ClientBase, base: Clock): Promise<Instant> {
  const clock = createDatabaseClock(base);
  await clock.sample(asTransaction(client));
  return clock.now();
}

/** Runs `work` in a transaction begun with `begin`; a throw rolls back. */
export async function within<T>(client: pg.ClientBase, begin: string, work: () => Promise<T>): Promise<T> {
  await client.query(begin);
  try {
    const result = await work();
    const committed = await client.query('COMMIT');
    if (committed.command !== 'COMMIT') throw new Error('the transaction was rolled back by the server');
    return result;
  } catch (error) {
    // Where the connection is gone, so is the transaction.
    await client.query('ROLLBACK').catch(ignoreBroken);
    throw error;
  }
}

/** The newest migration of the database, 0 when it has none. */
export async function readSchemaVersion(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query<{ there: boolean }>(`SELECT to_regclass('migration') IS NOT NULL AS there`);
  if (rows[0]?.there !== true) return 0;
  const { rows: versions } = await client.query<{ version: number | null }>(
    'SELECT max(number) AS version FROM migration',
  );
  return versions[0]?.version ?? 0;
}
