import type pg from 'pg';
import type { Clock } from '../../platform/clock.ts';
import type { Connection } from '../database.ts';
import { applyMigration, type Migration, prepareMigrations, readMigrations } from '../migrate.ts';
import { quoteName, readShape } from './columns.ts';
import type { Header } from './file-format.ts';
import { createLoader, type Loader } from './load.ts';
import { asOutcome, type Progress, refuseIfAborted, type TransferOutcome, TransferRefusal } from './outcome.ts';
import { type FileItem, readExport } from './read-file.ts';
import { createResealer, type Keys, type Resealer, refuseOtherKey } from './secrets.ts';
import { onOwnConnection, readNow, within } from './session.ts';
import { clearTarget, lockTarget } from './target.ts';

export interface ImportOptions {
  readonly connection: Connection;
  /** The file's bytes, packed or not. */
  readonly input: AsyncIterable<Buffer>;
  readonly keys: Keys;
  /** Drop what allswell has in the target; otherwise it must be empty. */
  readonly replace: boolean;
  readonly clock: Clock;
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
  /** Those of this program, unless given. */
  readonly migrations?: readonly Migration[];
}

export interface ImportSummary {
  readonly header: Header;
  readonly rows: Readonly<Record<string, number>>;
  /** The schema as it is now. */
  readonly schema: number;
  /** Channel settings that the old key did not open; they have to be given anew. */
  readonly unreadableSecrets: number;
}

/**
 * Puts an export into a database, all of it or nothing: one transaction makes the tables of the file's version, fills
 * them, compares the checksum and brings the schema up to this program's. Until it commits nobody sees any of it, and
 * a server that starts meanwhile waits. Errors: every code of outcome.ts but `no_database`.
 */
export async function importDatabase(options: ImportOptions): Promise<TransferOutcome<ImportSummary>> {
  const migrations = options.migrations ?? (await readMigrations());
  return asOutcome(() =>
    onOwnConnection(options.connection, async (client) => {
      await lockTarget(client);
      const summary = await within(client, 'BEGIN', () => load(client, options, migrations));
      await analyze(client, Object.keys(summary.rows));
      return summary;
    }),
  );
}

function refuseNewer(header: Header, migrations: readonly Migration[]): void {
  const newest = migrations.at(-1)?.number ?? 0;
  if (header.schema <= newest) return;
  const message = `the file was made at version ${header.schema} of the schema (allswell ${header.product}), this program knows ${newest}: use the newer program`;
  throw new TransferRefusal('newer', message);
}

async function load(
  client: pg.ClientBase,
  options: ImportOptions,
  migrations: readonly Migration[],
): Promise<ImportSummary> {
  const items = readExport(options.input);
  const first = await items.next();
  if (first.done || first.value.type !== 'header') throw new TransferRefusal('unreadable', 'the file is empty');
  const { header } = first.value;
  refuseNewer(header, migrations);
  refuseOtherKey(options.keys, header.secret_key);
  const resealer = createResealer(options.keys);
  const now = await readNow(client, options.clock);
  await clearTarget(client, { replace: options.replace, now, migrations });
  await client.query("SELECT set_config('allswell.quiet', 'on', true)");
  await prepareMigrations(client);
  for (const migration of migrations.filter((one) => one.number <= header.schema)) {
    await applyMigration(client, migration);
  }
  const rows = await fill(client, items, resealer, options);
  for (const migration of migrations.filter((one) => one.number > header.schema)) {
    await applyMigration(client, migration);
  }
  // Those who gave a sign of life where the file comes from do not live here.
  await client.query('UPDATE node SET stopped_at = seen_at WHERE stopped_at IS NULL');
  if (options.keys.old !== null && options.keys.current !== null) await forgetSecondFactors(client);
  refuseIfAborted(options.signal);
  const schema = migrations.at(-1)?.number ?? 0;
  return { header, rows, schema, unreadableSecrets: resealer.unreadable };
}

/**
 * The secrets of second factors are encrypted by the identity library, with a key made from the old one: nobody's code
 * would ever be right again. Those people sign in with their password and set it up anew.
 */
async function forgetSecondFactors(client: pg.ClientBase): Promise<void> {
  await client.query('DELETE FROM auth_two_factor');
  await client.query('UPDATE auth_user SET "twoFactorEnabled" = false WHERE "twoFactorEnabled"');
}

async function fill(
  client: pg.ClientBase,
  items: AsyncIterable<FileItem>,
  resealer: Resealer,
  options: ImportOptions,
): Promise<Readonly<Record<string, number>>> {
  let loader: Loader | null = null;
  let table = '';
  let rows = 0;
  for await (const item of items) {
    refuseIfAborted(options.signal);
    if (item.type === 'footer') {
      await loader?.finish();
      return item.footer.rows;
    }
    if (item.type === 'table') {
      await loader?.finish();
      table = item.table;
      loader = await createLoader(client, table, item.columns, resealer);
    }
    if (item.type === 'rows') {
      await loader?.add(item.rows, item.line);
      rows += item.rows.length;
      options.onProgress?.({ table, rows, share: null });
    }
  }
  throw new TransferRefusal('damaged', 'the file has no end');
}

/** The planner knows nothing of tables that were just filled; the first questions would be slow. */
async function analyze(client: pg.ClientBase, tables: readonly string[]): Promise<void> {
  for (const table of tables) {
    // A later version may do without it.
    if ((await readShape(client, table)) !== null) await client.query(`ANALYZE ${quoteName(table)}`);
  }
}
