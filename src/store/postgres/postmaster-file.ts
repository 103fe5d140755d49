import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { clusterFolder } from './account.ts';
import { errorCode } from './errors.ts';

/** What `postmaster.pid` in the cluster's folder says. */
export interface PostmasterFile {
  readonly pid: number;
  readonly port: number;
  /** The folder of its socket; empty while it is only beginning to start. */
  readonly socketFolder: string;
}

/** Lines: process, data folder, start time, port, socket folder, address, shared memory, status. Null: not understood. */
export function parsePostmasterFile(text: string): PostmasterFile | null {
  const [pid, , , port, socketFolder] = text.split('\n');
  const number = Number(pid?.trim());
  // A server in single-user mode writes its number with a minus.
  if (!Number.isInteger(number) || number === 0) return null;
  return { pid: Math.abs(number), port: Number(port ?? 0), socketFolder: socketFolder ?? '' };
}

const path = (dataDir: string) => join(clusterFolder(dataDir), 'postmaster.pid');

export async function readPostmasterFile(dataDir: string): Promise<PostmasterFile | null> {
  try {
    return parsePostmasterFile(await readFile(path(dataDir), 'utf8'));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Whether the file is there and says nothing: empty or cut, as a machine that lost its power leaves files. */
export async function isPostmasterFileBroken(dataDir: string): Promise<boolean> {
  try {
    return parsePostmasterFile(await readFile(path(dataDir), 'utf8')) === null;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/**
 * Removes the file of a server that is dead while its number belongs to another process by now; PostgreSQL would refuse
 * to start because "another server" lives. It still looks for left-over processes by the cluster's shared memory.
 */
export async function removePostmasterFile(dataDir: string): Promise<void> {
  await rm(path(dataDir), { force: true });
}
