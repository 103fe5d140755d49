import type pg from 'pg';
import { type Instant, SECOND_MS } from '../../core/instant.ts';
import { MIGRATION_LOCK, type Migration } from '../migrate.ts';
import { quoteName } from './columns.ts';
import { TransferRefusal } from './outcome.ts';
import { readSchemaVersion } from './session.ts';
import { MIGRATION_TABLE, STAYING_TABLES, TRANSFER_TABLES } from './tables.ts';

/** A node that gave a sign of life more recently, and said no good-bye, is believed to run. */
export const ALIVE_WITHIN_MS = 15 * SECOND_MS;

export interface TargetRules {
  readonly replace: boolean;
  /** On the database's time line. */
  readonly now: Instant;
  readonly migrations: readonly Migration[];
}

/** Until the connection ends, no server can start on this database, and no other import. */
export async function lockTarget(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [
    MIGRATION_LOCK,
  ]);
  if (rows[0]?.locked === true) return;
  throw new TransferRefusal(
    'busy',
    'another import into this database is under way, or a server is just starting on it',
  );
}

async function existingTables(client: pg.ClientBase): Promise<string[]> {
  const names = [MIGRATION_TABLE, ...STAYING_TABLES, ...TRANSFER_TABLES.map((table) => table.name)];
  const { rows } = await client.query<{ name: string }>(
    'SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass(quote_ident(name)) IS NOT NULL',
    [names],
  );
  return rows.map((row) => row.name);
}

async function refuseRunning(client: pg.ClientBase, now: Instant): Promise<void> {
  const { rows } = await client.query<{ host: string; pid: number }>(
    'SELECT host, pid FROM node WHERE stopped_at IS NULL AND seen_at > $1 LIMIT 1',
    [now - ALIVE_WITHIN_MS],
  );
  const [node] = rows;
  if (node === undefined) return;
  const message = `a server runs on this database (process ${node.pid} on ${node.host}): stop it first; if it was killed, wait ${ALIVE_WITHIN_MS / SECOND_MS} seconds`;
  throw new TransferRefusal('in_use', message);
}

async function refuseFull(client: pg.ClientBase, replace: boolean): Promise<void> {
  if (replace) return;
  const { rows } = await client.query('SELECT FROM team LIMIT 1');
  if (rows.length === 0) return;
  const message =
    'this database is not empty: import into a new one, or give --replace, which drops everything that allswell has in it';
  throw new TransferRefusal('not_empty', message);
}

/**
 * Makes room, inside the caller's transaction: refuses a target that is in use, newer, or not empty (unless it is to be
 * replaced), and drops our tables, so that the file's own version of them can be made. Tables of others stay.
 */
export async function clearTarget(client: pg.ClientBase, rules: TargetRules): Promise<void> {
  const tables = await existingTables(client);
  if (tables.length === 0) return;
  if (!tables.includes(MIGRATION_TABLE)) {
    const message = `this database has a table "${tables[0]}" that is not of allswell: give allswell a database of its own`;
    throw new TransferRefusal('not_empty', message);
  }
  const version = await readSchemaVersion(client);
  const newest = rules.migrations.at(-1)?.number ?? 0;
  if (version > newest) {
    const message = `the database is at version ${version}, this program knows ${newest}: import with the newer program`;
    throw new TransferRefusal('newer', message);
  }
  if (tables.includes('node')) await refuseRunning(client, rules.now);
  if (tables.includes('team')) await refuseFull(client, rules.replace);
  await client.query(`DROP TABLE ${tables.map(quoteName).join(', ')}`);
}
