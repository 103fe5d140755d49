import { constants, open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { QUOTED_TEXT_LIMIT } from './errors.ts';
import { logFolder } from './folders.ts';

/** How much of the log's end is looked through for the reason of a failed start. */
export const LOG_TAIL_LIMIT = 64 * 1024;

/** What the server says to whoever asks too early is no reason of its end. */
const ANSWERS = /the database system is|database "\w+" does not exist/;

/** The last line of the server's output that says why it ended, without its time and process; or null. */
export function startReason(output: string): string | null {
  const isTelling = (line: string) => /(FATAL|PANIC):|shared librar/.test(line) && !ANSWERS.test(line);
  const telling = output.split('\n').findLast(isTelling);
  return telling?.replace(/^.*?(FATAL|PANIC): */, '').slice(0, QUOTED_TEXT_LIMIT) ?? null;
}

/** The part of a log that the server with this first process wrote; empty when it is not in there. */
export function logOf(text: string, pid: number): string {
  const begin = text.lastIndexOf(`[${pid}] LOG:  starting PostgreSQL`);
  return begin < 0 ? '' : text.slice(begin);
}

/**
 * What stands in the way for a moment only. server: another one of the same cluster just began (ours, if we were killed
 * right after starting it), and perhaps has not yet written into its lock file. leftovers: the earlier one is dead, and some of its processes are not yet.
 */
export function passingObstacle(reason: string): 'server' | 'leftovers' | null {
  if (/lock file .* (already exists|is empty)/.test(reason)) return 'server';
  return /pre-existing shared memory block/.test(reason) ? 'leftovers' : null;
}

async function readTail(path: string): Promise<string> {
  // The folder is the database's user's: a link put there is not followed.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read({
      buffer: Buffer.alloc(LOG_TAIL_LIMIT),
      position: Math.max(0, size - LOG_TAIL_LIMIT),
    });
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

async function readNewestLog(dataDir: string): Promise<string> {
  const names = (await readdir(logFolder(dataDir))).filter((name) => name.startsWith('postgresql-'));
  const files = await Promise.all(
    names.map(async (name) => {
      const path = join(logFolder(dataDir), name);
      return { path, changed: (await stat(path)).mtimeMs };
    }),
  );
  const newest = files.toSorted((a, b) => b.changed - a.changed)[0];
  return newest ? readTail(newest.path) : '';
}

/** Why the server with this first process ended: from its first output, or, once it logged to its file, from there. */
export async function readStartReason(dataDir: string, outputFile: string, pid: number): Promise<string | null> {
  return startReason(await readFile(outputFile, 'utf8')) ?? startReason(logOf(await readNewestLog(dataDir), pid));
}
