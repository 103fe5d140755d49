/* What discover did to a host, and how to take it back: a manifest and the files as they were before. */
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from '../output.ts';
import { writeAtomically } from './places.ts';
import type { FileChange, LineChange } from './plan.ts';

export interface RecordedChange {
  readonly path: string;
  /** The name of the file's copy in the state folder; null: there was no such file. */
  readonly backup: string | null;
  readonly before_sha256: string | null;
  readonly after_sha256: string;
  /** latin1, as everything that comes from a crontab. */
  readonly lines: readonly LineChange[];
}

export interface RecordedMonitor {
  readonly id: string;
  readonly slug: string;
}

export interface Manifest {
  readonly version: 1;
  /** In the order in which they were made. */
  readonly changes: readonly RecordedChange[];
  /** Monitors that these lines report to. */
  readonly monitors: readonly RecordedMonitor[];
}

export interface StateFolder {
  readonly path: string;
  read(): Manifest;
  /** Keeps copies of what is going to be changed, and then says in the manifest that it is. */
  record(changes: readonly FileChange[], monitors: readonly RecordedMonitor[]): void;
  /** The text of a file as it was; a CommandError when the copy is not what was put there. */
  backupOf(change: RecordedChange): string;
  /** What is still to be taken back; nothing: the folder is emptied. */
  keep(manifest: Manifest): void;
}

const MANIFEST = 'manifest.json';
const EMPTY: Manifest = { version: 1, changes: [], monitors: [] };

export function sha256(latin1: string): string {
  return createHash('sha256').update(latin1, 'latin1').digest('hex');
}

function ownFile() {
  return { mode: 0o600, uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
}

function parseManifest(path: string): Manifest {
  try {
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
    if (manifest.version === 1 && Array.isArray(manifest.changes)) return manifest;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new CommandError(`${path} is not a manifest of allswell discover`);
}

export function openState(path: string): StateFolder {
  const at = (name: string) => join(path, name);
  const read = () => (existsSync(at(MANIFEST)) ? parseManifest(at(MANIFEST)) : EMPTY);
  const write = (name: string, latin1: string) => writeAtomically(at(name), latin1, ownFile());
  const save = (manifest: Manifest) => {
    write(MANIFEST, Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`, 'utf8').toString('latin1'));
  };
  return {
    path,
    read,
    record(changes, monitors) {
      mkdirSync(path, { recursive: true, mode: 0o700 });
      chmodSync(path, 0o700);
      const recorded = changes.map(({ path: changed, before, after, lines }): RecordedChange => {
        const hash = before === null ? null : sha256(before);
        const backup = hash === null ? null : `${hash}.backup`;
        if (backup !== null && before !== null) write(backup, before);
        return { path: changed, backup, before_sha256: hash, after_sha256: sha256(after), lines };
      });
      const { changes: earlier, monitors: known } = read();
      const added = monitors.filter(({ id }) => known.every((other) => other.id !== id));
      save({ version: 1, changes: [...earlier, ...recorded], monitors: [...known, ...added] });
    },
    backupOf({ backup, before_sha256, path: changed }) {
      const text = readFileSync(at(backup ?? ''), 'latin1');
      if (sha256(text) === before_sha256) return text;
      throw new CommandError(`the copy of ${changed} in ${path} is not what was put there`);
    },
    keep(manifest) {
      if (manifest.changes.length > 0) save(manifest);
      else rmSync(path, { recursive: true, force: true });
    },
  };
}
