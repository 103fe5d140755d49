import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { addAbortSignal, Readable, type Writable } from 'node:stream';
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

interface Way {
  readonly isPacked: boolean;
  /** Whether the sink ends with the text; standard output is not ours to end. */
  readonly end: boolean;
  readonly signal: AbortSignal;
}

function write(chunks: AsyncIterable<string>, sink: Writable, { isPacked, end, signal }: Way): Promise<void> {
  const source = Readable.from(chunks, { objectMode: false });
  return isPacked ? pipeline(source, createGzip(), sink, { end, signal }) : pipeline(source, sink, { end, signal });
}

function directTarget(open: () => Writable, way: Way): ExportTarget {
  const nothing = async () => undefined;
  return { write: (chunks) => write(chunks, open(), way), keep: nothing, drop: nothing };
}

export interface TargetOptions {
  readonly random: Random;
  /** Standard output. */
  readonly output: Writable;
  readonly signal: AbortSignal;
}

/**
 * A file (readable by its owner only: it holds ping keys; packed when its name ends in .gz), a pipe, or standard output.
 * The file appears under its name, and on disk, when it is whole.
 */
export async function openTarget(path: string, options: TargetOptions): Promise<ExportTarget> {
  const { random, output, signal } = options;
  if (path === STREAM) return directTarget(() => output, { isPacked: false, end: false, signal });
  const way = { isPacked: path.endsWith('.gz'), end: true, signal };
  if (!(await isReplaceable(path))) return directTarget(() => createWriteStream(path), way);
  const temporary = `${path}.${random.bytes(6).toString('hex')}.part`;
  return {
    write: (chunks) => write(chunks, createWriteStream(temporary, { flags: 'wx', mode: 0o600, flush: true }), way),
    async keep() {
      await rename(temporary, path);
      const folder = await open(dirname(path), 'r');
      await folder.sync().finally(() => folder.close());
    },
    drop: () => rm(temporary, { force: true }),
  };
}

/** The bytes of a file, or of standard input; they end with an AbortError when the signal comes. */
export function readSource(path: string, input: Readable, signal: AbortSignal): AsyncIterable<Buffer> {
  return addAbortSignal(signal, path === STREAM ? input : createReadStream(path));
}

/** Whether the file can be read twice: once to see that it is whole, once to take it. */
export async function isReadableTwice(path: string): Promise<boolean> {
  return path !== STREAM && (await stat(path)).isFile();
}
