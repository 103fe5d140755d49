import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Random } from '../platform/random.ts';
import { type Connection, type Database, openDatabase } from './database.ts';
import { migrate } from './migrate.ts';
import { checkDurability, missingLimits } from './postgres/durability.ts';
import { riskOfFileSystem } from './postgres/file-system.ts';
import { type ManagedPostgres, type StopMode, startManagedPostgres } from './postgres/managed.ts';
import { watchSilence } from './silence.ts';

/** Connections of one node. Pings and due work have their own, so that no slow page can keep them waiting. */
const INGEST_CONNECTIONS = 4;
const DUE_CONNECTIONS = 4;
export const OTHER_CONNECTIONS = 6;
const INGEST_STATEMENT_TIMEOUT_MS = 10_000;
const OTHER_STATEMENT_TIMEOUT_MS = 30_000;

export interface StoreOptions {
  readonly databaseUrl: string | null;
  readonly dataDir: string;
  /** A pooler with a connection per transaction stands before the database. */
  readonly pooler?: boolean;
  readonly pgBin: string | null;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
  /** Further parameters of the managed server. */
  readonly pgParameters?: Readonly<Record<string, string>>;
}

export interface Store {
  /** For pings alone. */
  readonly ingest: Database;
  /** For what falls due alone: deadlines, holds, deliveries. */
  readonly due: Database;
  /** For everything else. */
  readonly database: Database;
  /** What it is, for the ready line. */
  readonly description: string;
  close(mode: StopMode): Promise<void>;
}

export type StoreResult =
  | { readonly ok: true; readonly store: Store }
  | { readonly ok: false; readonly message: string };

/** Starts or reaches PostgreSQL, makes sure that it keeps its promises, and brings the schema up to date. */
export async function openStore(options: StoreOptions): Promise<StoreResult> {
  const { databaseUrl, logger } = options;
  const managed =
    databaseUrl === null
      ? await startManagedPostgres({ ...options, binDir: options.pgBin, parameters: options.pgParameters ?? {} })
      : null;
  if (managed !== null && !managed.ok) return { ok: false, message: managed.error.message };
  const server = managed?.postgres ?? null;
  const risk = server === null ? null : await riskOfFileSystem(options.dataDir);
  if (risk !== null) logger.warn(`the data folder ${options.dataDir} ${risk}`);
  const { ingest, due, database, closePools } = openPools(options, server);
  const close = async (mode: StopMode) => {
    await closePools();
    await server?.stop(mode);
  };
  try {
    const refused = await refuseUnsafe(database, logger);
    if (refused === null) return { ok: true, store: { ingest, due, database, description: describe(server), close } };
    await close('fast');
    return { ok: false, message: refused };
  } catch (error) {
    await close('fast');
    if (server !== null) throw error;
    return { ok: false, message: `DATABASE_URL: the database cannot be used: ${reasonOf(error)}` };
  }
}

/** The connections of a node by what they are for, and who watches over them. */
function openPools({ databaseUrl, logger, clock, ...options }: StoreOptions, server: ManagedPostgres | null) {
  const connection = () => connectionOf(databaseUrl, server);
  const pooled = databaseUrl !== null && options.pooler === true;
  const stopping = new AbortController();
  const open = (name: string, maxConnections: number, statementTimeoutMs: number, planOnce: boolean) =>
    openDatabase({
      connection,
      maxConnections,
      name,
      statementTimeoutMs,
      planOnce,
      pooled,
      onIdleError: (error) => {
        // Connections say goodbye for a moment after their pool has ended; the server may be faster.
        if (!stopping.signal.aborted) logger.warn('a database connection was lost', { error: error.message });
      },
    });
  const ingest = open('allswell pings', INGEST_CONNECTIONS, INGEST_STATEMENT_TIMEOUT_MS, true);
  const due = open('allswell due work', DUE_CONNECTIONS, OTHER_STATEMENT_TIMEOUT_MS, false);
  const database = open('allswell', OTHER_CONNECTIONS, OTHER_STATEMENT_TIMEOUT_MS, false);
  const databases = [ingest, due, database];
  // Behind a pooler one connection is served by many processes: there only the time limits of the statements hold.
  const watching = pooled ? null : watchSilence({ databases, connection, clock, logger }, stopping.signal);
  const closePools = async () => {
    stopping.abort();
    await watching;
    await Promise.allSettled(databases.map((one) => one.close()));
  };
  return { ingest, due, database, closePools };
}

/** A name with several addresses fails with several errors and no message of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error && error.message !== '' ? error.message.replaceAll(/\s*\n\s*/g, ' ') : String(error);
}

function connectionOf(databaseUrl: string | null, server: ManagedPostgres | null): Connection {
  if (databaseUrl !== null) return { connectionString: databaseUrl };
  if (server === null) throw new Error('there is no database to connect to');
  return server.connection;
}

function describe(server: ManagedPostgres | null): string {
  if (server === null) return 'your PostgreSQL';
  return `its own PostgreSQL ${server.major}${server.adopted ? ', found running' : ''}`;
}

/** Why this database must not be used, or null. */
async function refuseUnsafe(database: Database, logger: Logger): Promise<string | null> {
  const ask = async (sql: string) => (await database.pool.query<Record<string, string>>(sql)).rows;
  const report = await checkDurability(ask);
  for (const line of await missingLimits(ask)) {
    logger.warn(`The pooler keeps us from limiting how long a statement may hang: run ${line}.`);
  }
  for (const warning of report.warnings) logger.warn(warning.message);
  const [error] = report.errors;
  if (error !== undefined) return error.message;
  const migrated = await migrate(database);
  if (!migrated.ok) return migrated.message;
  if (migrated.applied.length > 0) logger.info('schema brought up to date', { applied: migrated.applied });
  return null;
}
