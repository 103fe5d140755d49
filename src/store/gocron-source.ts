import pg from 'pg';

/** Rows that are read at a time. */
export const GOCRON_PAGE_ROWS = 250;
const CONNECT_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 30_000;

/** A row of gocron's only table. Columns may be null: it never said that they may not. */
export interface GocronRow {
  readonly cronname: string;
  readonly account: string;
  readonly email: string | null;
  readonly frequency: number | null;
  /** UNIX seconds. */
  readonly lastruntime: number | null;
  readonly alerted: boolean | null;
  readonly site: boolean | null;
}

/** Why gocron's table cannot be read, in readable words. `isAway`: no server let us in. */
export class GocronFault extends Error {
  readonly isAway: boolean;

  constructor(message: string, isAway: boolean) {
    super(message);
    this.isAway = isAway;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  '42P01': 'there is no table "gocron" in this database',
  '42703': 'its table "gocron" has not the columns of gocron',
  '42501': 'this user may not read the table "gocron"',
};

function faultOf(error: unknown, isAway: boolean): GocronFault {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const message = error instanceof Error ? error.message : String(error);
  return new GocronFault(REASONS[code] ?? `the database of gocron: ${message}`, isAway);
}

/**
 * Reads gocron's table page by page in the order of its key, without changing or locking anything there. The
 * connection is one of a URL; what it does not say comes from PGPASSWORD and its like.
 */
export async function* readGocronTable(connectionString: string): AsyncGenerator<GocronRow[]> {
  const client = new pg.Client({
    connectionString,
    application_name: 'allswell import',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS + 5_000,
  });
  // A connection that breaks fails the question under way; the event itself must not end the process.
  client.on('error', ignoreBroken);
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(ignoreBroken);
    throw faultOf(error, true);
  }
  try {
    await client.query('SET default_transaction_read_only = on');
    yield* readPages(client);
  } catch (error) {
    throw faultOf(error, false);
  } finally {
    await client.end().catch(ignoreBroken);
  }
}

async function* readPages(client: pg.Client): AsyncGenerator<GocronRow[]> {
  let rows = await readPage(client, null, null);
  while (rows.length > 0) {
    yield rows;
    const last = rows.at(-1);
    if (rows.length < GOCRON_PAGE_ROWS || last === undefined) return;
    rows = await readPage(client, last.cronname, last.account);
  }
}

/** The rows behind this key: rows that come and go meanwhile shift nothing. */
async function readPage(client: pg.Client, cronname: string | null, account: string | null): Promise<GocronRow[]> {
  const { rows } = await client.query<GocronRow>(
    `SELECT cronname, account, email, frequency, lastruntime, alerted, site FROM gocron
      WHERE $1::varchar IS NULL OR (cronname, account) > ($1::varchar, $2::varchar)
      ORDER BY cronname, account LIMIT $3`,
    [cronname, account, GOCRON_PAGE_ROWS],
  );
  return rows;
}

function ignoreBroken(): void {
  // See readGocronTable: whoever asks next is told.
}
