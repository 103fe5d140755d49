import { lchown, lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Random } from '../../platform/random.ts';
import type { DatabaseAccount } from './account.ts';
import { errorCode, type Outcome, refuse, succeed } from './errors.ts';
import { findServer } from './proc.ts';
import { PORT } from './settings.ts';

/** The longest path of a UNIX socket in bytes: sockaddr_un holds 108 with the closing zero. */
export const SOCKET_PATH_LIMIT = 107;

/** Logs older than this, or larger, are removed at a start: the server itself only begins a weekday's file afresh. */
export const LOG_AGE_LIMIT_MS = 8 * 24 * 3_600_000;
export const LOG_SIZE_LIMIT = 64 * 1024 * 1024;

export function socketPath(folder: string): string {
  return join(folder, `.s.PGSQL.${PORT}`);
}

export function fitsSocket(folder: string): boolean {
  return Buffer.byteLength(socketPath(folder)) <= SOCKET_PATH_LIMIT;
}

/**
 * Gives a folder of root's to the account. By the link's own name, never through it; the mode is right already, because
 * folders are made with 0700 and a umask can only take away.
 */
async function own(folder: string, account: DatabaseAccount): Promise<void> {
  if (account.switches) await lchown(folder, account.uid, account.gid);
}

/**
 * Makes a folder of the account's with mode 0700, or finds one. False when something else is in its place (a link, a
 * file, another's folder, one that others may enter): nobody can then have put a socket of theirs there. One that is
 * still root's was made by us a moment before we were killed.
 */
export async function makePrivate(folder: string, account: DatabaseAccount, mayBeSeen = false): Promise<boolean> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    const found = await lstat(folder);
    const ours = found.uid === account.uid || (account.switches && found.uid === 0);
    if (!found.isDirectory() || !ours || (!mayBeSeen && (found.mode & 0o077) !== 0)) return false;
    if (found.uid === account.uid) return true;
  }
  await own(folder, account);
  return true;
}

const memoFile = (dataDir: string) => join(dataDir, 'postgres-socket');

async function recall(dataDir: string): Promise<string | null> {
  try {
    const folder = (await readFile(memoFile(dataDir), 'utf8')).trim();
    return /^\/[^\n]+\/allswell-\w+$/.test(folder) && fitsSocket(folder) ? folder : null;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

async function remember(dataDir: string, folder: string, random: Random): Promise<void> {
  const temporary = `${memoFile(dataDir)}.${random.bytes(6).toString('hex')}`;
  await writeFile(temporary, `${folder}\n`, { flag: 'wx', mode: 0o644 });
  await rename(temporary, memoFile(dataDir));
}

async function makeShort(dataDir: string, account: DatabaseAccount, random: Random): Promise<Outcome<string>> {
  // /run stays until the machine stops, but only root may write there; /tmp is for everybody, and is swept.
  const places = account.switches ? ['/run', '/tmp'] : ['/tmp'];
  let reason = '';
  for (const place of places) {
    try {
      const folder = await mkdtemp(join(place, 'allswell-'));
      await own(folder, account);
      await remember(dataDir, folder, random);
      return succeed(folder);
    } catch (error) {
      reason = `${place}: ${errorCode(error)}`;
    }
  }
  return refuse('socket_folder', { path: places.join(' or '), reason });
}

/**
 * The folder for the server's socket: `postgres-run` in the data folder; where that path is too long for a socket, a
 * short private one elsewhere, remembered, checked again at each start, and made again (under the same name, while
 * nobody else took it) after somebody swept it away. Errors: `socket_folder`.
 */
export async function prepareSocketFolder(
  dataDir: string,
  account: DatabaseAccount,
  random: Random,
): Promise<Outcome<string>> {
  const inside = join(dataDir, 'postgres-run');
  if (fitsSocket(inside)) {
    if (await makePrivate(inside, account)) return succeed(inside);
    return refuse('socket_folder', { path: dataDir, reason: `${inside} belongs to somebody else` });
  }
  const known = await recall(dataDir);
  if (known !== null && (await makePrivate(known, account))) return succeed(known);
  return makeShort(dataDir, account, random);
}

/**
 * Removes the socket of a dead server whose number is taken by another process, or by its own uncollected remains:
 * PostgreSQL would believe it alive. What belongs to a living server of this cluster stays.
 */
export async function clearStaleSocket(folder: string, cluster: string): Promise<void> {
  const lock = `${socketPath(folder)}.lock`;
  try {
    const pid = Number((await readFile(lock, 'utf8')).split('\n')[0]);
    if (findServer(pid, cluster) !== null) return;
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    return;
  }
  await rm(socketPath(folder), { force: true });
  await rm(lock, { force: true });
}

/** After the server has stopped: a folder of ours outside the data folder is not left lying about. */
export async function removeShortSocketFolder(dataDir: string): Promise<void> {
  const known = await recall(dataDir);
  if (known === null) return;
  await rmdir(known).catch((error: unknown) => {
    // Swept away already, or something is still in it; the next start looks again.
    if (!['ENOENT', 'ENOTEMPTY', 'EACCES', 'EPERM', 'ENOTDIR'].includes(errorCode(error))) throw error;
  });
}

export const logFolder = (dataDir: string): string => join(dataDir, 'postgres-log');

/** Makes the folder for the server's logs and removes what is too old or too large. Errors: `wrong_owner`. */
export async function prepareLogFolder(
  dataDir: string,
  account: DatabaseAccount,
  now: number,
): Promise<Outcome<string>> {
  const folder = logFolder(dataDir);
  if (!(await makePrivate(folder, account, true))) {
    return refuse('wrong_owner', { path: folder, owner: 'another', user: account.name });
  }
  for (const name of await readdir(folder)) {
    if (!name.startsWith('postgresql-')) continue;
    const file = await lstat(join(folder, name));
    if (now - file.mtimeMs > LOG_AGE_LIMIT_MS || file.size > LOG_SIZE_LIMIT)
      await rm(join(folder, name), { force: true });
  }
  return succeed(folder);
}
