import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { Clock } from '../../platform/clock.ts';
import type { Connection } from '../database.ts';
import { readMigrations } from '../migrate.ts';
import type { Sealer } from '../seal.ts';
import { exportExpression, quoteName, readShape, type TableShape } from './columns.ts';
import { FORMAT, type Header, lineOf } from './file-format.ts';
import { asOutcome, type Progress, refuseIfAborted, type TransferOutcome, TransferRefusal } from './outcome.ts';
import { fingerprintOf, opens, SECRET_CHECK } from './secrets.ts';
import { onOwnConnection, readNow, readSchemaVersion, within } from './session.ts';
import { PARTS, TRANSFER_TABLES, type TransferTable } from './tables.ts';

/** Rows fetched at once: as many as make about TARGET_BYTES, going by the last ones. */
const TARGET_BYTES = 1024 * 1024;
const FIRST_FETCH_ROWS = 50;
/** Even when all of them carry the largest body: 500 × 134 kB = 67 MB. */
export const MAX_FETCH_ROWS = 500;

/** One moment of the whole database; a live server goes on meanwhile. */
const SNAPSHOT = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';

export interface ExportOptions {
  readonly connection: Connection;
  /** Also closed runs, signals, and every delivery. */
  readonly history: boolean;
  /** Of the key at hand; null when there is none. It is only named in the file. */
  readonly sealer: Sealer | null;
  /** Version of the program. */
  readonly product: string;
  readonly clock: Clock;
  /** Takes the file's text, piece by piece, in its own pace; a throw ends the export. */
  readonly write: (chunks: AsyncIterable<string>) => Promise<void>;
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
  /** The newest migration known; by default of this program. */
  readonly newestSchema?: number;
}

export interface ExportSummary {
  readonly header: Header;
  readonly rows: Readonly<Record<string, number>>;
  readonly sha256: string;
  /** Before packing. */
  readonly bytes: number;
  /** The database has secrets, and the key at hand does not open them. */
  readonly isKeyUnknown: boolean;
}

interface Reading {
  readonly table: TransferTable;
  readonly columns: readonly string[];
  readonly sql: string;
  readonly estimatedRows: number;
}

function selectSql(table: TransferTable, shape: TableShape, history: boolean): string {
  const values = shape.columns
    .filter((column) => !column.isIdentity)
    .map((column) => exportExpression(column, history ? undefined : table.currentColumns?.[column.name]));
  const condition = history || table.current === undefined ? '' : ` WHERE ${table.current}`;
  // Without a key (signals) as they lie on disk, which is nearly as they came; sorting them would cost a copy.
  const order = shape.key.length === 0 ? '' : ` ORDER BY ${shape.key.map((name) => `t.${quoteName(name)}`).join(', ')}`;
  return `SELECT json_build_array(${values.join(', ')})::text AS line FROM ${quoteName(table.name)} t${condition}${order}`;
}

/** What the planner thinks; exact numbers would cost a second look at everything. */
async function estimateRows(client: pg.ClientBase, sql: string): Promise<number> {
  const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: { readonly 'Plan Rows': number } }[] }>(
    `EXPLAIN (FORMAT JSON) ${sql}`,
  );
  return rows[0]?.['QUERY PLAN'][0]?.Plan['Plan Rows'] ?? 0;
}

async function planReadings(client: pg.ClientBase, history: boolean): Promise<Reading[]> {
  const readings: Reading[] = [];
  for (const table of TRANSFER_TABLES) {
    if (table.part === 'history' && !history) continue;
    const shape = await readShape(client, table.name);
    // A database that an earlier version made may not have it yet.
    if (shape === null) continue;
    const sql = selectSql(table, shape, history);
    const columns = shape.columns.filter((column) => !column.isIdentity).map((column) => column.name);
    readings.push({ table, columns, sql, estimatedRows: await estimateRows(client, sql) });
  }
  return readings;
}

/** Rows as lines, in pieces of about a megabyte, through a cursor: the table is never in memory. */
async function* readLines(client: pg.ClientBase, sql: string): AsyncGenerator<string[]> {
  await client.query(`DECLARE transfer NO SCROLL CURSOR FOR ${sql}`);
  let wanted = FIRST_FETCH_ROWS;
  for (;;) {
    const { rows } = await client.query<{ line: string }>(`FETCH ${wanted} FROM transfer`);
    if (rows.length === 0) break;
    const lines = rows.map((row) => row.line);
    yield lines;
    if (rows.length < wanted) break;
    const bytes = lines.reduce((sum, line) => sum + line.length, 0);
    wanted = Math.max(1, Math.min(MAX_FETCH_ROWS, Math.floor((TARGET_BYTES * lines.length) / bytes)));
  }
  await client.query('CLOSE transfer');
}

async function describeKey(client: pg.ClientBase, sealer: Sealer | null) {
  const { rows } = await client.query<{ value: string }>('SELECT value FROM install WHERE name = $1', [
    SECRET_CHECK.name,
  ]);
  const sealed = rows[0]?.value;
  if (sealed === undefined) return { fingerprint: null, isKeyUnknown: false };
  const isRight = sealer !== null && opens(sealer, Buffer.from(sealed, 'base64'), SECRET_CHECK.context);
  return { fingerprint: isRight ? fingerprintOf(sealer) : null, isKeyUnknown: !isRight };
}

async function readVersion(client: pg.ClientBase, newest: number): Promise<number> {
  const schema = await readSchemaVersion(client);
  if (schema === 0) throw new TransferRefusal('no_database', 'there is nothing of allswell in this database');
  if (schema <= newest) return schema;
  const message = `the database is at version ${schema}, this program knows ${newest}: export it with the newer program`;
  throw new TransferRefusal('newer', message);
}

/**
 * Writes the database as one file, as it was at one moment. Secrets stay sealed. Errors: `no_database`, `unreachable`,
 * `newer`, `aborted`; what `write` throws is passed on.
 */
export async function exportDatabase(options: ExportOptions): Promise<TransferOutcome<ExportSummary>> {
  const newest = options.newestSchema ?? (await readMigrations()).at(-1)?.number ?? 0;
  return asOutcome(() =>
    onOwnConnection(options.connection, (client) =>
      within(client, SNAPSHOT, async () => {
        const schema = await readVersion(client, newest);
        const { fingerprint, isKeyUnknown } = await describeKey(client, options.sealer);
        const header: Header = {
          allswell_export: FORMAT,
          schema,
          product: options.product,
          made_at: new Date(await readNow(client, options.clock)).toISOString(),
          parts: options.history ? PARTS : PARTS.filter((part) => part !== 'history'),
          secret_key: fingerprint,
        };
        const text = new FileText();
        await options.write(fileText(client, options, header, text));
        return { header, isKeyUnknown, ...text.summary() };
      }),
    ),
  );
}

/** Sums up what is written. */
class FileText {
  readonly #hash = createHash('sha256');
  readonly rows: Record<string, number> = {};
  #bytes = 0;
  #sha256 = '';

  add(text: string): string {
    this.#hash.update(text);
    this.#bytes += Buffer.byteLength(text);
    return text;
  }

  end(): string {
    this.#sha256 = this.#hash.digest('hex');
    const footer = lineOf({ end: true, rows: this.rows, sha256: this.#sha256 });
    this.#bytes += Buffer.byteLength(footer);
    return footer;
  }

  summary() {
    return { rows: this.rows, bytes: this.#bytes, sha256: this.#sha256 };
  }
}

async function* fileText(
  client: pg.ClientBase,
  options: ExportOptions,
  header: Header,
  text: FileText,
): AsyncGenerator<string> {
  const readings = await planReadings(client, options.history);
  const estimated = readings.reduce((sum, reading) => sum + reading.estimatedRows, 0);
  let rows = 0;
  yield text.add(lineOf(header));
  for (const { table, columns, sql } of readings) {
    yield text.add(lineOf({ table: table.name, columns }));
    text.rows[table.name] = 0;
    for await (const lines of readLines(client, sql)) {
      refuseIfAborted(options.signal);
      yield text.add(`${lines.join('\n')}\n`);
      rows += lines.length;
      text.rows[table.name] = (text.rows[table.name] ?? 0) + lines.length;
      // An estimate is only an estimate: the end is reached when it is reached.
      options.onProgress?.({ table: table.name, rows, share: Math.min(0.99, rows / Math.max(estimated, rows, 1)) });
    }
  }
  yield text.end();
}
