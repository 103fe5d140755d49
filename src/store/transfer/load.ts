import type pg from 'pg';
import { makeDays } from '../partitions.ts';
import { type Column, importExpression, quoteName, readShape } from './columns.ts';
import { TransferRefusal } from './outcome.ts';
import type { Resealer } from './secrets.ts';
import { asTransaction } from './session.ts';

/** The column by which a partitioned table is cut into days. */
const DAY_COLUMN = 'received_at';

/** Puts rows of one table in. */
export interface Loader {
  /** Sends the rows and answers before they are in; an error comes with the next call, or with `finish`. */
  add(rows: readonly string[], line: number): Promise<void>;
  finish(): Promise<void>;
}

async function findColumns(client: pg.ClientBase, table: string, names: readonly string[]) {
  const shape = await readShape(client, table);
  if (shape === null)
    throw new TransferRefusal('damaged', `the file has a table "${table}" that its version did not have`);
  const columns = names.map((name) => {
    const column = shape.columns.find((one) => one.name === name && !one.isIdentity);
    if (column === undefined) {
      throw new TransferRefusal('damaged', `the file has a column "${table}.${name}" that its version did not have`);
    }
    return column;
  });
  return { columns, isPartitioned: shape.isPartitioned };
}

function insertSql(table: string, columns: readonly Column[]): string {
  const names = columns.map((column) => quoteName(column.name)).join(', ');
  const values = columns.map(importExpression).join(', ');
  return `INSERT INTO ${quoteName(table)} (${names}) SELECT ${values}
    FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS r (v, place) ORDER BY r.place`;
}

/** SQLSTATE classes that say: these values do not fit. */
const MISFIT = new Set(['22', '23']);

function explain(error: unknown, table: string, line: number): unknown {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (!(error instanceof Error) || !MISFIT.has(code.slice(0, 2))) return error;
  return new TransferRefusal(
    'damaged',
    `the file does not fit, in table "${table}" from line ${line} on: ${error.message}`,
  );
}

/** Makes the days of these signals, which come with their rows. */
function createDayMaker(client: pg.ClientBase, names: readonly string[]) {
  const column = names.indexOf(DAY_COLUMN);
  const tx = asTransaction(client);
  return async (rows: readonly string[]) => {
    const instants = rows.map((row) => Number((JSON.parse(row) as unknown[])[column]));
    if (instants.some((instant) => !Number.isSafeInteger(instant))) {
      throw new TransferRefusal('damaged', `the file has a signal without a time of arrival`);
    }
    await makeDays(tx, instants);
  };
}

/** A loader for a table that the file names. Throws TransferRefusal `damaged`, also from its functions. */
export async function createLoader(
  client: pg.ClientBase,
  table: string,
  names: readonly string[],
  resealer: Resealer,
): Promise<Loader> {
  const { columns, isPartitioned } = await findColumns(client, table, names);
  const sql = insertSql(table, columns);
  const makeDaysOf = isPartitioned && names.includes(DAY_COLUMN) ? createDayMaker(client, names) : null;
  const hasSecrets = resealer.tables.has(table);
  let sent: Promise<unknown> = Promise.resolve();
  const insert = async (rows: readonly string[], line: number) => {
    try {
      const ready = hasSecrets ? rows.map((row) => resealer.reseal(table, names, row)) : rows;
      if (makeDaysOf !== null) await makeDaysOf(ready);
      await client.query(sql, [`[${ready.join(',')}]`]);
    } catch (error) {
      throw explain(error, table, line);
    }
  };
  return {
    async add(rows, line) {
      // One piece is on its way while the next is read; its failure is told here.
      await sent;
      sent = insert(rows, line);
      sent.catch(toldLater);
    },
    async finish() {
      await sent;
    },
  };
}

function toldLater(): void {
  // The same promise is awaited by the next call.
}
