import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from './errors.ts';

/*
 * "May this user enter that folder?" is answered from the mode bits of each folder on the way, not by starting a
 * program as that user: it costs microseconds, needs nothing to run, and names the folder that is closed. Access lists
 * and mandatory access control are not seen; there the server's own start fails, and says so.
 */

export interface FileMode {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/** Whether the account (its primary group only: that is all it gets) has these permissions, e.g. 0o1 to enter. */
export function permits(file: FileMode, account: { uid: number; gid: number }, bits: number): boolean {
  if (account.uid === 0) return true;
  if (file.uid === account.uid) return ((file.mode >> 6) & bits) === bits;
  if (file.gid === account.gid) return ((file.mode >> 3) & bits) === bits;
  return (file.mode & bits) === bits;
}

/** `/`, `/a`, `/a/b` for `/a/b`. */
export function pathChain(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [...pathChain(parent), path];
}

/** The first thing on the way to `path` (itself included) that is no folder, or null. */
export async function firstNonFolder(path: string): Promise<string | null> {
  for (const part of pathChain(path)) {
    try {
      if (!(await stat(part)).isDirectory()) return part;
    } catch (error) {
      // What is missing can be made; what is closed is told by whoever tries to enter it.
      if (errorCode(error) === 'ENOENT' || errorCode(error) === 'EACCES') return null;
      throw error;
    }
  }
  return null;
}

/** The path without symbolic links, of the nearest folder that exists. */
async function nearestExisting(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' || dirname(path) === path) throw error;
    return nearestExisting(dirname(path));
  }
}

/**
 * The first folder on the way to `path` (itself included) that the account may not enter, or null. What does not exist
 * yet is judged by its nearest existing parent. Meant for root, who can look at everything.
 */
export async function firstClosedFolder(path: string, account: { uid: number; gid: number }): Promise<string | null> {
  for (const folder of pathChain(await nearestExisting(path))) {
    if (!permits(await stat(folder), account, 0o1)) return folder;
  }
  return null;
}
