import { lstatSync, readdirSync, readFileSync, readlinkSync, realpathSync, type Stats } from 'node:fs';
import { join, resolve, sep } from 'node:path';

/** A file of a host, as it is now. */
export interface HostFile {
  readonly content: Buffer;
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/**
 * The files of a host, below `root`. Paths are those that the host itself uses; a link that leads out of the root is as
 * if it were not there.
 */
export interface Tree {
  readonly root: string;
  /** Where a path of the host is for us. */
  at(path: string): string;
  /** Null where there is none, it may not be read, or it is too large for what we look for. */
  read(path: string): HostFile | null;
  /** As `read`, but not through a link: what may be replaced by a new file. */
  readPlain(path: string): HostFile | null;
  text(path: string): string | null;
  /** The names in a folder, in order; none where there is no such folder. */
  list(path: string): string[];
  link(path: string): string | null;
  has(path: string): boolean;
}

/** Larger files are no crontabs and no units. */
export const MAX_FILE_BYTES = 1_000_000;
const PERMISSIONS = 0o7777;

function quietly<T>(ask: () => T): T | null {
  try {
    return ask();
  } catch (error) {
    // Not there, not ours to read, not a folder: it does not take part.
    if (error instanceof Error && 'code' in error) return null;
    throw error;
  }
}

export function openTree(root: string): Tree {
  const top = realpathSync(resolve(root));
  const at = (path: string) => join(top, path);
  const isInside = (real: string) => real === top || real.startsWith(top === sep ? sep : top + sep);
  const real = (path: string) => {
    const found = quietly(() => realpathSync(at(path)));
    return found !== null && isInside(found) ? found : null;
  };
  const readAt = (place: string | null): HostFile | null => {
    if (place === null) return null;
    const stats: Stats | null = quietly(() => lstatSync(place));
    if (stats === null || !stats.isFile() || stats.size > MAX_FILE_BYTES) return null;
    const content = quietly(() => readFileSync(place));
    return content === null ? null : { content, mode: stats.mode & PERMISSIONS, uid: stats.uid, gid: stats.gid };
  };
  const read = (path: string) => readAt(real(path));
  return {
    root: top,
    at,
    read,
    readPlain(path) {
      const stats = quietly(() => lstatSync(at(path)));
      return stats?.isFile() && stats.nlink === 1 ? read(path) : null;
    },
    text: (path) => read(path)?.content.toString('latin1') ?? null,
    list(path) {
      const place = real(path);
      return place === null ? [] : (quietly(() => readdirSync(place)) ?? []).sort();
    },
    link: (path) => quietly(() => readlinkSync(at(path))),
    has: (path) => real(path) !== null,
  };
}
