import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CommandError } from '../output.ts';
import type { Tree } from './tree.ts';

/** Who a new file belongs to and who may read it. */
export interface Ownership {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** The files that discover changes, and the crontab of a user who can reach it by crontab(1) only. Texts are latin1. */
export interface Places {
  read(path: string): string | null;
  /** Puts a new text where `before` is now; a CommandError when something else is there. Owner and mode stay. */
  replace(path: string, before: string | null, after: string, ownership: Ownership): void;
  /** Also the folder, when this was all that was in it and its name ends in `.d`. */
  remove(path: string): void;
}

/** The path of the caller's own crontab, which is not a file for him. */
export const OWN_CRONTAB = 'crontab -l';
const CRONTAB_LIMIT_MS = 10_000;
const SHARED_FOLDER_MODE = 0o755;

function runCrontab(args: readonly string[], input?: string): string | null {
  const done = spawnSync('crontab', args, {
    encoding: 'latin1',
    timeout: CRONTAB_LIMIT_MS,
    ...(input === undefined ? {} : { input: Buffer.from(input, 'latin1') }),
  });
  return done.status === 0 ? done.stdout : null;
}

/** The caller's crontab; null when there is none. */
export const readOwnCrontab = (): string | null => runCrontab(['-l']);

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Writes a file so that there is the old one or the new one, whole, at any time. The name that it has until then begins
 * with a dot: cron and systemd pass it over.
 */
export function writeAtomically(place: string, content: string, { mode, uid, gid }: Ownership): void {
  const folder = dirname(place);
  const waiting = join(folder, `.allswell-${basename(place)}.${process.pid}`);
  rmSync(waiting, { force: true });
  const descriptor = openSync(waiting, 'wx', 0o600);
  try {
    writeFileSync(descriptor, Buffer.from(content, 'latin1'));
    if (uid !== process.geteuid?.() || gid !== process.getegid?.()) fchownSync(descriptor, uid, gid);
    fchmodSync(descriptor, mode);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(waiting, place);
  syncFolder(folder);
}

/** Makes a folder that all may enter, and those above it, whatever the umask; those that are there stay as they are. */
function makeFolders(folder: string): void {
  const first = mkdirSync(folder, { recursive: true, mode: SHARED_FOLDER_MODE });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) chmodSync(made, SHARED_FOLDER_MODE);
}

/** The nearest folder above a path that is there, wherever it leads. */
function nearestFolder(tree: Tree, path: string): string {
  const folder = dirname(path);
  return folder === '/' || existsSync(tree.at(folder)) ? folder : nearestFolder(tree, folder);
}

export function openPlaces(tree: Tree): Places {
  const read = (path: string) => (path === OWN_CRONTAB ? readOwnCrontab() : tree.text(path));
  return {
    read,
    replace(path, before, after, ownership) {
      if (read(path) !== before) throw new CommandError(`${path} was changed meanwhile; nothing was written to it`);
      if (path === OWN_CRONTAB) {
        if (runCrontab(['-'], after) === null) throw new CommandError('crontab did not take the new lines');
        return;
      }
      const file = tree.readPlain(path);
      if (before !== null && file === null) throw new CommandError(`${path} is a link or has several names`);
      const place = tree.at(path);
      // A link on the way could lead out of the root.
      if (!tree.has(nearestFolder(tree, path))) throw new CommandError(`${path} is not below ${tree.root}`);
      if (before === null) makeFolders(dirname(place));
      writeAtomically(place, after, file ?? ownership);
    },
    remove(path) {
      const folder = dirname(path);
      rmSync(tree.at(path));
      if (folder.endsWith('.d') && tree.list(folder).length === 0) rmdirSync(tree.at(folder));
    },
  };
}
