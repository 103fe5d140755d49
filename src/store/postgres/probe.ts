import pg from 'pg';
import { DATABASE_NAME, DATABASE_USER } from './cluster.ts';
import { errorCode, errorText } from './errors.ts';

/** How long one attempt to connect and ask may take. */
export const PROBE_LIMIT_MS = 2_000;

/** How long the making of our database may take: it copies a few megabytes and flushes them. */
export const CREATE_LIMIT_MS = 60_000;

export interface Address {
  /** The folder of the socket. */
  readonly host: string;
  readonly port: number;
}

/**
 * ready: it answers. no_database: it answers, and ours is yet to be made. starting, stopping: it says so itself.
 * failing: it answers with the error given. absent: there is no socket. silent: no answer, for the reason given.
 */
export type ProbeResult =
  | { readonly state: 'ready' | 'no_database' | 'starting' | 'stopping' }
  | { readonly state: 'failing' | 'silent' | 'absent'; readonly reason: string };

function connect(address: Address, database: string, answerLimitMs: number): Promise<pg.Client> {
  const client = new pg.Client({
    ...address,
    user: DATABASE_USER,
    database,
    ssl: false,
    connectionTimeoutMillis: PROBE_LIMIT_MS,
    query_timeout: answerLimitMs,
  });
  // The server may end under us; the query or the connecting says so, and this keeps it from ending us.
  client.on('error', () => undefined);
  return client.connect().then(() => client);
}

function judge(error: unknown): ProbeResult {
  const text = errorText(error);
  if (errorCode(error) === '3D000') return { state: 'no_database' };
  if (errorCode(error) === '57P03') return { state: text.includes('shutting down') ? 'stopping' : 'starting' };
  // All its connections are taken: it is well, and busy.
  if (errorCode(error) === '53300') return { state: 'ready' };
  if (error instanceof pg.DatabaseError) return { state: 'failing', reason: text };
  return { state: errorCode(error) === 'ENOENT' ? 'absent' : 'silent', reason: text };
}

/** Asks the server at this address how it is, over the protocol: the only answer that counts. Never rejects. */
export async function probe(address: Address): Promise<ProbeResult> {
  try {
    const client = await connect(address, DATABASE_NAME, PROBE_LIMIT_MS);
    try {
      await client.query('select 1');
    } finally {
      await client.end();
    }
    return { state: 'ready' };
  } catch (error) {
    return judge(error);
  }
}

/** There already, or made by another at this moment: one of ours was killed while it waited for the same answer. */
const EXISTS = new Set(['42P04', '23505']);

/** Makes our database, unless it is there. */
export async function createDatabase(address: Address): Promise<void> {
  const client = await connect(address, 'postgres', CREATE_LIMIT_MS);
  try {
    await client.query(`create database ${DATABASE_NAME}`);
  } catch (error) {
    if (!EXISTS.has(errorCode(error))) throw error;
  } finally {
    await client.end();
  }
}
