import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type pg from 'pg';
import type { Database } from './database.ts';

const MIGRATIONS_DIR = new URL('./migrations/', import.meta.url);
/** A migration may wait and work as long as it takes; the pool's own limit on silence does not hold for it. */
const UNHURRIED_MS = 2_147_483_647;
/** Any number of our own: nodes that start together migrate one after another, and wait for an import to end. */
export const MIGRATION_LOCK = 7_225_931_447;

export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

export type MigrateResult =
  | { readonly ok: true; readonly applied: readonly string[]; readonly version: number }
  | { readonly ok: false; readonly code: 'newer_schema' | 'changed_migration'; readonly message: string };

export async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(MIGRATIONS_DIR)).filter((name) => /^\d{4}_.+\.sql$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, MIGRATIONS_DIR), 'utf8');
      return { number: Number(name.slice(0, 4)), name, sql, sha256: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/** Makes the table of applied migrations where it is missing. */
export async function prepareMigrations(client: pg.ClientBase): Promise<void> {
  await client.query(
    'CREATE TABLE IF NOT EXISTS migration (number integer PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL)',
  );
}

async function appliedMigrations(client: pg.ClientBase): Promise<Map<number, string>> {
  await prepareMigrations(client);
  const { rows } = await client.query<{ number: number; sha256: string }>('SELECT number, sha256 FROM migration');
  return new Map(rows.map((row) => [row.number, row.sha256]));
}

function findMismatch(
  migrations: readonly Migration[],
  applied: Map<number, string>,
): Extract<MigrateResult, { ok: false }> | null {
  const newest = migrations.at(-1)?.number ?? 0;
  const beyond = [...applied.keys()].find((number) => number > newest);
  if (beyond !== undefined) {
    const message = `the database is at version ${beyond}, this program knows ${newest}: start the newer program`;
    return { ok: false, code: 'newer_schema', message };
  }
  const changed = migrations.find(
    (migration) => (applied.get(migration.number) ?? migration.sha256) !== migration.sha256,
  );
  if (changed === undefined) return null;
  return { ok: false, code: 'changed_migration', message: `${changed.name} is not what this database was made with` };
}

/**
 * Brings the schema up to what this program knows: each file in a transaction of its own, one at a time under one lock,
 * so that any number of nodes may start together. A schema newer than this program is refused (V10).
 */
export async function migrate(database: Database, migrations?: readonly Migration[]): Promise<MigrateResult> {
  const wanted = migrations ?? (await readMigrations());
  const client = await database.pool.connect();
  // A connection that breaks fails the statement under way; the event itself must not end the process.
  client.on('error', () => undefined);
  const applied: string[] = [];
  try {
    for (;;) {
      const step = await applyNext(client, wanted);
      if ('ok' in step) return step;
      if (step.applied === null) return { ok: true, applied, version: wanted.at(-1)?.number ?? 0 };
      applied.push(step.applied);
    }
  } finally {
    client.release(true);
  }
}

/** Whatever belongs to the lock is the transaction's, not the session's: a pooler may change the session in between. */
const BEGIN_MIGRATION = `BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0`;

/** Applies the next file that is missing; answers its name, null where none is, or why nothing may be applied. */
async function applyNext(
  client: pg.ClientBase,
  wanted: readonly Migration[],
): Promise<{ readonly applied: string | null } | Extract<MigrateResult, { ok: false }>> {
  let next: Migration | undefined;
  try {
    await client.query(BEGIN_MIGRATION);
    await client.query(unhurried('SELECT pg_advisory_xact_lock($1)'), [MIGRATION_LOCK]);
    const applied = await appliedMigrations(client);
    const mismatch = findMismatch(wanted, applied);
    next = wanted.find((migration) => !applied.has(migration.number));
    if (mismatch === null && next !== undefined) await applyMigration(client, next);
    await client.query(mismatch === null ? 'COMMIT' : 'ROLLBACK');
    return mismatch ?? { applied: next?.name ?? null };
  } catch (error) {
    // The connection is closed after this, and what it began goes with it.
    if (next === undefined) throw error;
    // Its reason too: a database that somebody else uses is told apart from one that is broken.
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`migration ${next.name} failed: ${reason}`, { cause: error });
  }
}

function unhurried(text: string): pg.QueryConfig {
  return { text, query_timeout: UNHURRIED_MS } as pg.QueryConfig;
}

/** Applies and notes one migration; the caller holds a transaction and the lock. */
export async function applyMigration(client: pg.ClientBase, migration: Migration): Promise<void> {
  await client.query('INSERT INTO migration (number, name, sha256) VALUES ($1, $2, $3)', [
    migration.number,
    migration.name,
    migration.sha256,
  ]);
  await client.query(unhurried(migration.sql));
}
