import pg from 'pg';
import { Client } from './client.ts';
import { isUnavailable } from './errors.ts';

/** How to reach the server: a URL, or the managed server's socket. */
export type Connection =
  | { readonly connectionString: string }
  | { readonly host: string; readonly port: number; readonly user: string; readonly database: string };

export type Row = Readonly<Record<string, unknown>>;

/** The name of statements that will hardly be asked again, such as those that name a day: nothing is kept of them. */
export const ASKED_ONCE = '';

/**
 * One statement with a name: prepared once per connection, so there are only so many names (or ASKED_ONCE). Parameters
 * are `$1`, `$2`, …
 */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** Where statements can be run: a connection inside a transaction, or the database outside of any. */
export interface Queryable {
  query<R extends Row>(statement: Statement, values?: readonly unknown[]): Promise<R[]>;
}

export interface Transaction extends Queryable {
  /** Statements inside are sent without waiting for each other's answers; their order is kept. */
  readonly isTransaction: true;
  /**
   * Sends COMMIT right behind the statements sent so far, without waiting for their answers; nothing may be sent after
   * it. If one of them fails the server rolls back and `transaction` rejects, as it does otherwise.
   */
  commit(): void;
}

/** Runs `work` in a transaction so that, where it throws, only what it did itself is undone; the throw is passed on. */
export async function withinSavepoint<T>(tx: Transaction, work: () => Promise<T>): Promise<T> {
  await tx.query({ name: 'savepoint', text: 'SAVEPOINT part' });
  try {
    const result = await work();
    await tx.query({ name: 'release_savepoint', text: 'RELEASE SAVEPOINT part' });
    return result;
  } catch (error) {
    await tx.query({ name: 'rollback_to_savepoint', text: 'ROLLBACK TO SAVEPOINT part' });
    throw error;
  }
}

export interface Database extends Queryable {
  readonly pool: pg.Pool;
  /**
   * Runs `work` in one transaction (READ COMMITTED) and commits; a throw rolls back and is passed on. The commit is
   * known to be on disk when the promise resolves.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** A database together with its connections, for whoever watches over them (silence.ts). */
export interface OpenDatabase extends Database {
  /** The connections that wait for an answer just now. */
  waiting(): readonly Client[];
  /** Ends this connection and all idle ones: where one died without a word its neighbours mostly did as well. */
  giveUp(client: Client, why: string): void;
}

export interface DatabaseOptions {
  /** A function is asked anew for each connection: a managed server may have moved to another socket (see managed.ts). */
  readonly connection: Connection | (() => Connection);
  readonly maxConnections: number;
  /** Shown in pg_stat_activity. */
  readonly name: string;
  readonly statementTimeoutMs: number;
  /**
   * Every statement is planned once per connection and never again. Right for statements whose arguments are arrays of
   * keys: planned anew for each batch, as the server likes to, planning costs more than running them.
   */
  readonly planOnce?: boolean;
  /** How long a transaction may stand open with nothing asked; IDLE_TRANSACTION_MS when not given. */
  readonly idleTransactionMs?: number;
  /**
   * A pooler stands in between that gives a connection for one transaction only (PgBouncer in transaction mode): no
   * statement is prepared ahead, and nothing is set for a session. Limits then come from the role (docs/running).
   */
  readonly pooled?: boolean;
  /** Told about connections that failed while idle: the pool replaces them by itself. */
  readonly onIdleError: (error: Error) => void;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** The server ends a statement at its time-out; one that is silent for this much longer is not there any more. */
export const SILENT_SERVER_MS = 3_000;
/**
 * A node that is frozen in the middle of a transaction loses it, and its locks, after this long: pings for the same
 * monitors wait that long and not for ever. Between two statements of ours there is only arithmetic.
 */
export const IDLE_TRANSACTION_MS = 5_000;
const INT8_OID = 20;
const INT8_ARRAY_OID = 1016;

/**
 * All our bigints are counters and milliseconds, far below 2^53: as numbers they are exact, and much cheaper than
 * strings. Held per pool, not in pg's global table.
 */
function parsersWithNumbers(): pg.CustomTypesConfig {
  const parseNumbers = (text: string) =>
    text === '{}'
      ? []
      : text
          .slice(1, -1)
          .split(',')
          .map((item) => Number(item));
  const getTypeParser = (oid: number, format?: 'text' | 'binary') => {
    if (oid === INT8_OID) return Number;
    if (oid === INT8_ARRAY_OID) return parseNumbers;
    return pg.types.getTypeParser(oid, format ?? 'text');
  };
  return { getTypeParser } as pg.CustomTypesConfig;
}

function runner(client: Client, pooled: boolean): Queryable['query'] {
  return async <R extends Row>({ name, text }: Statement, values: readonly unknown[] = []) => {
    const result = await client.ask<R>({
      ...(pooled || name === ASKED_ONCE ? {} : { name }),
      text,
      values: [...values],
    });
    return result.rows;
  };
}

/** What is asked of the server for the life of a connection. */
function sessionSettings(options: DatabaseOptions): pg.PoolConfig {
  if (options.pooled === true) return {};
  return {
    statement_timeout: options.statementTimeoutMs,
    idle_in_transaction_session_timeout: options.idleTransactionMs ?? IDLE_TRANSACTION_MS,
    ...(options.planOnce === true ? { options: '-c plan_cache_mode=force_generic_plan' } : {}),
  };
}

/** What the driver says when a statement was not answered within `query_timeout`. */
function isSilence(error: unknown): error is Error {
  return error instanceof Error && error.message === 'Query read timeout';
}

/**
 * Answers a function that gives up every idle connection. Where one was silent for so long its neighbours mostly are
 * dead as well (a firewall forgot them), and each would cost the next statement the same wait.
 */
function trackIdle(pool: pg.Pool): (why: Error) => void {
  const idle = new Set<pg.PoolClient>();
  pool.on('acquire', (client) => void idle.delete(client));
  pool.on('remove', (client) => void idle.delete(client as pg.PoolClient));
  pool.on('release', (error: unknown, client) => {
    if (!error) idle.add(client);
  });
  return (why) => {
    // As if each had found out itself: the pool then removes it.
    for (const client of [...idle]) client.emit('error', new Error('the server is silent', { cause: why }));
  };
}

export function openDatabase(options: DatabaseOptions): OpenDatabase {
  const { connection, pooled = false } = options;
  const clients = new Set<Client>();
  class OwnClient extends Client {
    constructor(given?: string | pg.ClientConfig) {
      const config = typeof given === 'object' ? given : {};
      super(config, typeof connection === 'function' ? connection() : connection);
    }
  }
  const pool = new pg.Pool({
    Client: OwnClient,
    max: options.maxConnections,
    application_name: options.name,
    ...sessionSettings(options),
    // A connection whose other end vanished without a word is given up, with everything that waits on it.
    query_timeout: options.statementTimeoutMs + SILENT_SERVER_MS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: 0,
    keepAlive: true,
    types: parsersWithNumbers(),
    // Statements of one transaction are sent together where nothing has to be decided between them.
    pipeline: true,
    // With a connection per transaction there is no one process to a connection.
    ...(pooled ? {} : { onConnect: (client: Client) => client.introduce() }),
  } as pg.PoolConfig);
  pool.on('error', options.onIdleError);
  pool.on('connect', (client) => void clients.add(client as pg.PoolClient & Client));
  pool.on('remove', (client) => void clients.delete(client as pg.PoolClient & Client));
  const giveUpIdle = trackIdle(pool);
  const acquire = async () => (await pool.connect()) as pg.PoolClient & Client;
  const query: Queryable['query'] = async (statement, values) => {
    const client = await acquire();
    let failure: Error | undefined;
    try {
      return await runner(client, pooled)(statement, values);
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
      if (isSilence(error)) giveUpIdle(error);
      throw error;
    } finally {
      client.release(failure);
    }
  };
  const transaction = async <T>(work: (tx: Transaction) => Promise<T>): Promise<T> => {
    const client = await acquire();
    let broken: Error | undefined;
    // The pool listens to idle connections only; one that breaks while we hold it must not end the process.
    const onError = (error: Error) => {
      broken = error;
    };
    client.on('error', onError);
    try {
      const begun = client.ask('BEGIN');
      let committing: Promise<pg.QueryResult> | undefined;
      const commit = () => {
        if (committing !== undefined) return committing;
        committing = client.ask('COMMIT');
        // Where a statement before it failed nobody waits for it any more.
        committing.catch(() => undefined);
        return committing;
      };
      const working = work({ isTransaction: true, query: runner(client, pooled), commit });
      const [result] = await Promise.all([working, begun]);
      const committed = await commit();
      // A COMMIT after a failed statement answers ROLLBACK and no error.
      if (committed.command !== 'COMMIT') throw new Error('the transaction was rolled back by the server');
      return result;
    } catch (error) {
      if (isSilence(error)) giveUpIdle(error);
      // Who is gone or does not answer will not answer to ROLLBACK either; asking would only take as long again. The
      // server rolls back by itself what a connection leaves behind.
      if (isUnavailable(error) && error instanceof Error) broken ??= error;
      if (broken === undefined) await client.ask('ROLLBACK').catch(onError);
      throw error;
    } finally {
      client.off('error', onError);
      client.release(broken);
    }
  };
  return {
    pool,
    query,
    transaction,
    close: () => pool.end(),
    waiting: () => [...clients].filter((client) => client.waitingSince !== null),
    giveUp(client, why) {
      client.giveUp(why);
      giveUpIdle(new Error(why));
    },
  };
}
