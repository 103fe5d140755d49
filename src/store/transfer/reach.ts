import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Random } from '../../platform/random.ts';
import type { Connection } from '../database.ts';
import { checkDurability } from '../postgres/durability.ts';
import { findRunning, hasCluster } from '../postgres/left.ts';
import { startManagedPostgres } from '../postgres/managed.ts';
import { asOutcome, type TransferOutcome, TransferRefusal } from './outcome.ts';
import { onOwnConnection } from './session.ts';

export interface ReachOptions {
  readonly databaseUrl: string | null;
  readonly dataDir: string;
  readonly pgBin: string | null;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal?: AbortSignal;
}

/** A database for the time of one command. */
export interface Reached {
  readonly connection: Connection;
  /** For people: what it is. */
  readonly description: string;
  /** Stops what was started for it. Never rejects. */
  close(): Promise<void>;
}

const nothingToClose = async () => undefined;

async function start(options: ReachOptions) {
  const { dataDir, pgBin, logger, clock, random, signal } = options;
  return startManagedPostgres({
    dataDir,
    binDir: pgBin,
    logger,
    clock,
    random,
    ...(signal === undefined ? {} : { signal }),
  });
}

type Managed = Extract<Awaited<ReturnType<typeof start>>, { ok: true }>['postgres'];

function describeManaged(postgres: Managed, dataDir: string): Reached {
  return {
    connection: postgres.connection,
    description: `PostgreSQL ${postgres.major} in ${dataDir}, ${postgres.adopted ? 'found running' : 'started for this'}`,
    close: () => postgres.stop('fast'),
  };
}

/**
 * The database to read from: DATABASE_URL, the managed server that runs, or the managed server started for the time.
 * A data folder without a database is left as it is. Errors: `no_database`, `unreachable`.
 */
export function reachSource(options: ReachOptions): Promise<TransferOutcome<Reached>> {
  return asOutcome(async () => {
    const { databaseUrl, dataDir } = options;
    if (databaseUrl !== null) return ownDatabase(databaseUrl);
    if (!(await hasCluster(dataDir))) {
      throw new TransferRefusal('no_database', `there is no database in ${dataDir}: set ALLSWELL_DATA or DATABASE_URL`);
    }
    const started = await start(options);
    if (started.ok) return describeManaged(started.postgres, dataDir);
    if (started.error.code !== 'data_in_use') throw new TransferRefusal('unreachable', started.error.message);
    const connection = await findRunning(dataDir);
    if (connection === null) throw new TransferRefusal('unreachable', started.error.message);
    return { connection, description: `the running database in ${dataDir}`, close: nothingToClose };
  });
}

/**
 * The database to write to: DATABASE_URL, or the managed server of the data folder, made where there is none. One that
 * a server uses, and one that does not keep what it acknowledged, is refused: `in_use`, `unreachable`, `unsafe`.
 */
export function reachTarget(options: ReachOptions): Promise<TransferOutcome<Reached>> {
  return asOutcome(async () => {
    const { databaseUrl, dataDir, logger } = options;
    if (databaseUrl !== null) {
      const reached = ownDatabase(databaseUrl);
      await onOwnConnection(reached.connection, async (client) => {
        const report = await checkDurability(async (sql) => (await client.query<Record<string, string>>(sql)).rows);
        for (const warning of report.warnings) logger.warn(warning.message);
        const [error] = report.errors;
        if (error !== undefined) throw new TransferRefusal('unsafe', error.message);
      });
      return reached;
    }
    const started = await start(options);
    if (started.ok) return describeManaged(started.postgres, dataDir);
    throw new TransferRefusal(started.error.code === 'data_in_use' ? 'in_use' : 'unreachable', started.error.message);
  });
}

function ownDatabase(databaseUrl: string): Reached {
  return {
    connection: { connectionString: databaseUrl },
    description: 'the database of DATABASE_URL',
    close: nothingToClose,
  };
}
