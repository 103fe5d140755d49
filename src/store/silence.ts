import { SECOND_MS } from '../core/instant.ts';
import { type Clock, sleep } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Client } from './client.ts';
import { type Connection, type OpenDatabase, openDatabase } from './database.ts';
import { numberArray } from './sql-array.ts';

/** Connections that wait for an answer are looked at this often. */
export const LOOK_EVERY_MS = SECOND_MS;
/** After so many looks without an answer the server is asked, over a connection of its own, whether it works on it. */
const ASK_AT_LOOK = 2;
/** The server answers that at once, or is away: then the time limits of the statements decide. */
const ASK_WITHIN_MS = 2 * SECOND_MS;

export interface SilenceOptions {
  readonly databases: readonly OpenDatabase[];
  readonly connection: () => Connection;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly lookEveryMs?: number;
}

interface Wait {
  readonly since: number;
  looks: number;
  /** The server does not work for it; if no answer has come at the next look, none will. */
  isInVain: boolean;
}

/**
 * Finds connections that died without a word (a firewall forgot them, a machine vanished) long before the time limits
 * of their statements: who waits for an answer while the server has nothing to do for it waits in vain. A statement
 * that takes long, or waits for a lock, is left alone. Resolves when it was told to stop and has.
 */
export async function watchSilence(options: SilenceOptions, stopping: AbortSignal): Promise<void> {
  const { databases, clock, logger, lookEveryMs = LOOK_EVERY_MS } = options;
  let waits = new Map<Client, Wait>();
  while (!stopping.aborted) {
    await sleep(clock, lookEveryMs, stopping);
    const next = new Map<Client, Wait>();
    for (const database of databases) {
      for (const client of database.waiting()) {
        const since = client.waitingSince;
        const known = waits.get(client);
        if (since === null) continue;
        if (known?.since !== since) next.set(client, { since, looks: 0, isInVain: false });
        else if (known.isInVain) {
          logger.warn('a database connection died without a word', { process: client.serverProcess });
          database.giveUp(client, 'the server no longer knows this connection');
        } else next.set(client, { ...known, looks: known.looks + 1 });
      }
    }
    waits = next;
    await findVain(options, waits).catch((error: unknown) => logger.debug('nobody tells who is waited for', { error }));
  }
}

/** Marks the waits of which the server knows nothing. Asked for at the 2nd, 4th, 8th, … look: a slow one costs little. */
async function findVain(options: SilenceOptions, waits: ReadonlyMap<Client, Wait>): Promise<void> {
  const suspects = [...waits].filter(
    ([{ serverProcess }, { looks }]) =>
      serverProcess !== null && looks >= ASK_AT_LOOK && Number.isInteger(Math.log2(looks)),
  );
  if (suspects.length === 0) return;
  const processes = suspects.flatMap(([client]) => client.serverProcess ?? []);
  const server = openDatabase({
    connection: options.connection,
    maxConnections: 1,
    name: 'allswell silence',
    statementTimeoutMs: ASK_WITHIN_MS,
    onIdleError: () => undefined,
  });
  try {
    const rows = await server.query<{ pid: number }>(BUSY, [numberArray(processes)]);
    const busy = new Set(rows.map((row) => row.pid));
    for (const [client, wait] of suspects) wait.isInVain = !busy.has(client.serverProcess ?? 0);
  } finally {
    await server.close();
  }
}

/** Those that work, and those of whom the server does not tell it. */
const BUSY = {
  name: 'busy_processes',
  text: `SELECT pid FROM pg_stat_activity WHERE pid = ANY ($1::integer[]) AND state NOT LIKE 'idle%'
    AND wait_event IS DISTINCT FROM 'ClientWrite'`,
};
