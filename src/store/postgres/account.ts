import { readFile, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { errorCode } from './errors.ts';

/** The system's user that owns the database's files and runs the server. */
export interface DatabaseAccount {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
  /** True when we are root and have to become this user, because PostgreSQL refuses to run as root. */
  readonly switches: boolean;
}

interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** The folder of the cluster inside the data folder. */
export function clusterFolder(dataDir: string): string {
  return join(dataDir, 'postgres');
}

export function parsePasswd(text: string): PasswdEntry[] {
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    if (!name || !uid || !gid || !/^\d+$/.test(uid) || !/^\d+$/.test(gid)) return [];
    return [{ name, uid: Number(uid), gid: Number(gid) }];
  });
}

/**
 * Who runs the server when we are root: the owner of a database that is there already (so that a user `postgres` that
 * was added later does not lock us out), else `postgres`, else `nobody`.
 */
export function pickAccount(users: readonly PasswdEntry[], owner: { uid: number; gid: number } | null): PasswdEntry {
  if (owner && owner.uid !== 0) {
    return users.find((user) => user.uid === owner.uid) ?? { ...owner, name: `uid ${owner.uid}` };
  }
  const named = (name: string) => users.find((user) => user.name === name && user.uid !== 0);
  return named('postgres') ?? named('nobody') ?? { name: 'nobody', uid: 65534, gid: 65534 };
}

async function ownerOf(path: string): Promise<{ uid: number; gid: number } | null> {
  try {
    const { uid, gid } = await stat(path);
    return { uid, gid };
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'ENAMETOOLONG', 'ELOOP'].includes(errorCode(error))) return null;
    throw error;
  }
}

function ownName(uid: number): string {
  try {
    return userInfo().username;
  } catch (error) {
    // A container may run us under a uid without a name.
    if (errorCode(error) === 'ERR_SYSTEM_ERROR') return `uid ${uid}`;
    throw error;
  }
}

async function readUsers(): Promise<PasswdEntry[]> {
  try {
    return parsePasswd(await readFile('/etc/passwd', 'utf8'));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** The account for a data folder: ourselves, or, when we are root, somebody who is not. */
export async function findAccount(dataDir: string): Promise<DatabaseAccount> {
  const uid = process.getuid?.() ?? -1;
  if (uid !== 0) return { uid, gid: process.getgid?.() ?? -1, name: ownName(uid), switches: false };
  const [users, owner] = await Promise.all([readUsers(), ownerOf(clusterFolder(dataDir))]);
  return { ...pickAccount(users, owner), switches: true };
}

/** What `spawn` needs to start a program as the account; it drops root's supplementary groups as well. */
export function spawnAs(account: DatabaseAccount): { uid?: number; gid?: number } {
  return account.switches ? { uid: account.uid, gid: account.gid } : {};
}
