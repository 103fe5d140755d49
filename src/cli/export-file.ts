import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Random } from '../platform/random.ts';

/** What stands for standard output and input in place of a file's name. */
export const STREAM = '-';

/** Where an export goes: nowhere until `keep`, so that a file is there whole or not at all. */
export interface ExportTarget {
  write(chunks: AsyncIterable<string>): Promise<void>;
  keep(): Promise<void>;
  /** After `keep`, nothing is left to drop. */
  drop(): Promise<void>;
}

/** A pipe or a device cannot be replaced by a file; what does not exist, or is a file, can. */
async function isReplaceable(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return true;
    throw error;
  }
}

function write(chunks: AsyncIterable<string>, isPacked: boolean, sink: Writable, end: boolean): Promise<void> {
  const source = Readable.from(chunks, { objectMode: false });
  return isPacked ? pipeline(source, createGzip(), sink, { end }) : pipeline(source, sink, { end });
}

function directTarget(open: () => Writable, isPacked: boolean, end: boolean): ExportTarget {
  const nothing = async () => undefined;
  return { write: (chunks) => write(chunks, isPacked, open(), end), keep: nothing, drop: nothing };
}

/**
 * A file (readable by its owner only: it holds ping keys; packed when its name ends in .gz), a pipe, or standard output.
 * The file appears under its name, and on disk, when it is whole.
 */
export async function openTarget(path: string, random: Random, output: Writable): Promise<ExportTarget> {
  if (path === STREAM) return directTarget(() => output, false, false);
  const isPacked = path.endsWith('.gz');
  if (!(await isReplaceable(path))) return directTarget(() => createWriteStream(path), isPacked, true);
  const temporary = `${path}.${random.bytes(6).toString('hex')}.part`;
  return {
    write: (chunks) =>
      write(chunks, isPacked, createWriteStream(temporary, { flags: 'wx', mode: 0o600, flush: true }), true),
    async keep() {
      await rename(temporary, path);
      const folder = await open(dirname(path), 'r');
      await folder.sync().finally(() => folder.close());
    },
    drop: () => rm(temporary, { force: true }),
  };
}

/** The bytes of a file, or of standard input. */
export function readSource(path: string, input: Readable): AsyncIterable<Buffer> {
  return path === STREAM ? input : createReadStream(path);
}

/** Whether the file can be read twice: once to see that it is whole, once to take it. */
export async function isReadableTwice(path: string): Promise<boolean> {
  return path !== STREAM && (await stat(path)).isFile();
}
