import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Random } from '../../platform/random.ts';
import { clusterFolder, findAccount } from './account.ts';
import { DATABASE_NAME, DATABASE_USER } from './cluster.ts';
import { errorCode, type Outcome, refuse, succeed } from './errors.ts';
import { removeShortSocketFolder } from './folders.ts';
import { holdEventLoop } from './hold.ts';
import { lockDataDir, unlockDataDir } from './lock.ts';
import { adoptPostmaster, type StopMode, stopPostmaster } from './postmaster.ts';
import { readPostmasterFile } from './postmaster-file.ts';
import { findServer } from './proc.ts';

/*
 * For commands that come to a data folder from outside: is there a database, does its server run, stop what a killed
 * allswell left running.
 */

/** Whether the data folder holds a database, of whatever version. Rejects when the folder may not be looked into. */
export async function hasCluster(dataDir: string): Promise<boolean> {
  try {
    await stat(clusterFolder(dataDir));
    return (await readVersionFile(dataDir)) !== null;
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return false;
    throw error;
  }
}

async function readVersionFile(dataDir: string): Promise<number | null> {
  try {
    return (await stat(join(clusterFolder(dataDir), 'PG_VERSION'))).size;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** How to reach the server that somebody else runs on this folder; null when none runs. */
export async function findRunning(dataDir: string) {
  const file = await readPostmasterFile(dataDir);
  if (file === null || file.socketFolder === '' || findServer(file.pid, clusterFolder(dataDir)) === null) return null;
  return { host: file.socketFolder, port: file.port, user: DATABASE_USER, database: DATABASE_NAME };
}

export interface StopLeftOptions {
  readonly dataDir: string;
  readonly mode: StopMode;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Stops the PostgreSQL that a killed allswell left running; answers its process, or null when none ran. It needs no
 * programs and no fitting version, only the folder. Errors: `data_in_use` while an allswell holds the folder,
 * `lock_failed`, `not_writable`, `foreign_server` when it cannot be stopped.
 */
export async function stopLeftPostgres(options: StopLeftOptions): Promise<Outcome<{ readonly pid: number | null }>> {
  const { dataDir, mode, logger, clock, random } = options;
  if (!(await hasCluster(dataDir))) return succeed({ pid: null });
  const release = holdEventLoop();
  try {
    const account = await findAccount(dataDir);
    const lock = await lockDataDir(dataDir, account.name, random);
    if (!lock.ok) return lock;
    try {
      const file = await readPostmasterFile(dataDir);
      const identity = file === null ? null : findServer(file.pid, clusterFolder(dataDir));
      if (identity === null) return succeed({ pid: null });
      const postmaster = adoptPostmaster(identity, clock);
      await stopPostmaster(postmaster, mode, clock, logger).done;
      if (postmaster.ending() === null) {
        return refuse('foreign_server', { pid: String(identity.pid), path: clusterFolder(dataDir) });
      }
      await removeShortSocketFolder(dataDir);
      return succeed({ pid: identity.pid });
    } finally {
      await unlockDataDir(dataDir, lock.value);
    }
  } finally {
    release();
  }
}
