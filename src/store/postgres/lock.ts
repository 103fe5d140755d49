import { lchown, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Random } from '../../platform/random.ts';
import { errorCode, errorText, type Outcome, refuse, refuseWrite, succeed } from './errors.ts';
import { isAlive, type ProcessIdentity, readProcess } from './proc.ts';

/*
 * One allswell per data folder. Node offers no file locks of its own, and a file with a process number in it can be
 * stale, copied, raced for by two who both found it stale, or mean a process of another container. So the lock is one
 * that the system itself gives back when its holder dies, however it dies: SQLite's exclusive lock (fcntl) on an empty
 * file that is never written. `postgres.holder` beside it only says who it is; nothing is decided by it.
 *
 * Such a lock is lost when the holding process opens and closes the same file by another way: nothing in this program
 * may read `postgres.lock`.
 */

export const LOCK_FILE = 'postgres.lock';
export const HOLDER_FILE = 'postgres.holder';

const SQLITE_BUSY = 5;
const SQLITE_READONLY = 8;
const SQLITE_CANTOPEN = 14;

export interface DataLock {
  release(): void;
}

function sqliteCode(error: unknown): number {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0;
  // The low byte is the kind, the rest its details.
  return code & 0xff;
}

function lockExclusively(path: string): DataLock {
  const file = new DatabaseSync(path);
  try {
    // Without a journal beside it: the lock is all that is wanted, and a kill leaves no second file.
    file.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    file.close();
    throw error;
  }
  return { release: () => file.close() };
}

async function readHolder(dataDir: string): Promise<string> {
  const text = await readFile(join(dataDir, HOLDER_FILE), 'utf8').catch((error: unknown) => errorCode(error));
  const [pid, startTicks] = text.trim().split(' ');
  const holder: ProcessIdentity = { pid: Number(pid), startTicks: startTicks ?? '' };
  // Not alive here: it wrote its name a moment after this look, or it lives in another container.
  return Number.isInteger(holder.pid) && isAlive(holder)
    ? `process ${holder.pid}`
    : 'its process is not visible from here';
}

async function writeHolder(dataDir: string, random: Random): Promise<void> {
  const temporary = join(dataDir, `${HOLDER_FILE}.${random.bytes(6).toString('hex')}`);
  await writeFile(temporary, `${process.pid} ${readProcess(process.pid)?.startTicks ?? ''}\n`, {
    flag: 'wx',
    mode: 0o644,
  });
  await rename(temporary, join(dataDir, HOLDER_FILE));
}

/**
 * Locks the data folder for this process until `release`, or until the process ends in any way.
 * Errors: `data_in_use` (names the holder), `lock_failed`, `not_writable`, `disk_full`.
 */
export async function lockDataDir(dataDir: string, user: string, random: Random): Promise<Outcome<DataLock>> {
  const path = join(dataDir, LOCK_FILE);
  let lock: DataLock;
  try {
    lock = lockExclusively(path);
  } catch (error) {
    const code = sqliteCode(error);
    if (code === SQLITE_BUSY) return refuse('data_in_use', { path: dataDir, holder: await readHolder(dataDir) });
    const reason = errorText(error);
    if (code === SQLITE_READONLY || code === SQLITE_CANTOPEN) return refuse('not_writable', { path, user, reason });
    return refuse('lock_failed', { path: dataDir, reason });
  }
  try {
    if (process.getuid?.() === 0) {
      // A folder that an ordinary user owns stays usable by them after root was here once.
      const { uid, gid } = await stat(dataDir);
      await lchown(path, uid, gid);
    }
    await writeHolder(dataDir, random);
    return succeed(lock);
  } catch (error) {
    lock.release();
    return refuseWrite(error, dataDir, user);
  }
}

/** Ends the lock and takes our name away; called after the server has stopped. */
export async function unlockDataDir(dataDir: string, lock: DataLock): Promise<void> {
  // The name first: once the lock is free, the file belongs to the next one.
  try {
    await rm(join(dataDir, HOLDER_FILE), { force: true });
  } finally {
    lock.release();
  }
}
