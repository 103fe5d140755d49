import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Random } from '../../platform/random.ts';
import { findAccount } from './account.ts';
import { findBinaries, makeRunnable } from './binaries.ts';
import { removeOtherCopies } from './binaries-copy.ts';
import { DATABASE_NAME, DATABASE_USER, initCluster, inspectCluster, removeUnfinished } from './cluster.ts';
import { prepareDataDir } from './data-dir.ts';
import { type ManagedPostgresError, type Outcome, refuse, succeed } from './errors.ts';
import { removeShortSocketFolder } from './folders.ts';
import { holdEventLoop } from './hold.ts';
import { type DataLock, lockDataDir, unlockDataDir } from './lock.ts';
import { type OpenRequest, openServer } from './open.ts';
import type { StopMode } from './postmaster.ts';
import { supervise } from './supervisor.ts';

export { chooseDataDir, type DataDirChoice, type DataDirWish } from './data-dir.ts';
export type { ManagedPostgresError, ManagedPostgresErrorCode } from './errors.ts';
export type { StopMode } from './postmaster.ts';

export interface ManagedPostgresOptions {
  /** ALLSWELL_DATA, absolute (see `chooseDataDir`); the cluster lives in `postgres` inside. */
  readonly dataDir: string;
  /** ALLSWELL_PG_BIN: the folder with initdb and postgres; null: the programs that came with npm. */
  readonly binDir: string | null;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
  /** Further server settings that win over ours (tests switch the flushing off). */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Calls a start off: nothing is left running. After the start it has no effect. */
  readonly signal?: AbortSignal;
}

export interface ManagedPostgres {
  /**
   * How to reach it with `pg`; host is the folder of its UNIX socket. Read it anew after a restart: a socket folder
   * that somebody swept away may have had to move.
   */
  readonly connection: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly database: string;
  };
  /** The server's major version, such as 18. */
  readonly major: number;
  /** The server's first process; while it is down, the last one. */
  readonly pid: number;
  /** It ran already when we came: an earlier allswell was killed. */
  readonly adopted: boolean;
  /**
   * Stops it: smart waits for clients to leave, fast ends them, immediate drops everything; each gets harder by itself
   * when its limit passes. Called again with a harder mode, that takes effect at once. Never rejects.
   */
  stop(mode: StopMode): Promise<void>;
}

export type ManagedPostgresStart =
  | { readonly ok: true; readonly postgres: ManagedPostgres }
  | { readonly ok: false; readonly error: ManagedPostgresError };

const NEVER = new AbortController().signal;

/** Everything between the lock and a server that answers. */
async function openLocked(options: ManagedPostgresOptions, request: Omit<OpenRequest, 'binaries'>) {
  const { dataDir, account, random, logger } = request;
  const signal = options.signal ?? NEVER;
  const found = await findBinaries(options.binDir, account);
  if (!found.ok) return found;
  const cluster = await inspectCluster(dataDir, found.value.major, account.name);
  if (!cluster.ok) return cluster;
  const binaries = await makeRunnable(found.value, { dataDir, account, random });
  if (!binaries.ok) return binaries;
  await removeUnfinished(dataDir, logger);
  if (cluster.value === 'none') {
    const made = await initCluster({ dataDir, binaries: binaries.value, account, random, signal });
    if (!made.ok) return made;
  }
  const complete: OpenRequest = { ...request, binaries: binaries.value };
  const opened = await openServer(complete, signal);
  if (!opened.ok) return opened;
  // An adopted server may still need the copy that it was started from.
  if (!opened.value.postmaster.adopted) await removeOtherCopies(dataDir, binaries.value.binDir);
  return succeed({ server: opened.value, request: complete });
}

function present(
  opened: { server: Parameters<typeof supervise>[0]; request: OpenRequest },
  lock: DataLock,
  release: () => void,
): ManagedPostgres {
  const { request } = opened;
  const supervisor = supervise(opened.server, request);
  const cleanUp = async () => {
    try {
      await removeShortSocketFolder(request.dataDir);
    } catch (error) {
      request.logger.warn('the socket folder of PostgreSQL could not be removed', { error });
    } finally {
      await unlockDataDir(request.dataDir, lock);
      release();
    }
  };
  let stopped: Promise<void> | null = null;
  return {
    get connection() {
      return { ...supervisor.server.address, user: DATABASE_USER, database: DATABASE_NAME };
    },
    major: request.binaries.major,
    get pid() {
      return supervisor.server.postmaster.pid;
    },
    adopted: opened.server.postmaster.adopted,
    stop(mode) {
      const ended = supervisor.stop(mode);
      stopped ??= ended.then(cleanUp);
      return stopped;
    },
  };
}

async function start(options: ManagedPostgresOptions, release: () => void): Promise<Outcome<ManagedPostgres>> {
  const { dataDir, logger, clock, random } = options;
  const account = await findAccount(dataDir);
  const prepared = await prepareDataDir(dataDir, account);
  if (!prepared.ok) return prepared;
  const lock = await lockDataDir(dataDir, account.name, random);
  if (!lock.ok) return lock;
  let opened: Awaited<ReturnType<typeof openLocked>> | null = null;
  try {
    const parameters = options.parameters ?? {};
    opened = await openLocked(options, { dataDir, account, parameters, logger, clock, random });
    return opened.ok ? succeed(present(opened.value, lock.value, release)) : opened;
  } finally {
    if (!opened?.ok) await unlockDataDir(dataDir, lock.value);
  }
}

/**
 * Starts the PostgreSQL of this data folder, or takes over the one that an allswell before us left running, and keeps
 * it running until `stop`. Expected failures are values (see errors.ts); only one allswell at a time uses a folder.
 */
export async function startManagedPostgres(options: ManagedPostgresOptions): Promise<ManagedPostgresStart> {
  if (process.platform !== 'linux') return refuse('unsupported_platform', { platform: process.platform });
  const release = holdEventLoop();
  let started: Outcome<ManagedPostgres> | null = null;
  try {
    started = await start(options, release);
  } finally {
    if (!started?.ok) release();
  }
  return started.ok ? { ok: true, postgres: started.value } : started;
}
