import {
  chmod,
  constants,
  copyFile,
  mkdir,
  open,
  readdir,
  readlink,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { join } from 'node:path';
import type { Random } from '../../platform/random.ts';
import { errorCode } from './errors.ts';

const PREFIX = 'postgres-binaries-';
const UNFINISHED = '.new-';

/** Libraries for compiling against; half of the files' size and of no use to a running server. */
const isSuperfluous = (name: string) => name.endsWith('.a') || name === 'pkgconfig';

async function copyFileDurably(from: string, to: string): Promise<void> {
  const { mode } = await stat(from);
  await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  // Readable by all, whatever the umask of the one who installed it: the reader is another user.
  await chmod(to, (mode & 0o100) !== 0 ? 0o755 : 0o644);
  const file = await open(to, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to);
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (isSuperfluous(entry.name)) continue;
    if (entry.isDirectory()) await copyTree(source, target);
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), target);
    else await copyFileDurably(source, target);
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/**
 * Copies the package's programs into the data folder, unless the copy of this version is there, and returns its
 * folder `native`. It appears whole or not at all: it is made beside, flushed, and renamed. The caller holds the data lock.
 */
export async function copyBinaries(
  root: string,
  version: string,
  dataDir: string,
  random: Random,
  finish: (copy: string) => Promise<void>,
): Promise<string> {
  const final = join(dataDir, PREFIX + version);
  // The list of links names them below `native`, so the copy keeps that name.
  if (await isFolder(final)) return join(final, 'native');
  const temporary = final + UNFINISHED + random.bytes(6).toString('hex');
  await mkdir(temporary);
  await chmod(temporary, 0o755);
  await copyTree(root, join(temporary, 'native'));
  await finish(join(temporary, 'native'));
  await rename(temporary, final);
  return join(final, 'native');
}

/** Takes away copies of other versions and unfinished ones. `inUse`: the folder of the programs that run now. */
export async function removeOtherCopies(dataDir: string, inUse: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    const path = join(dataDir, name);
    if (!name.startsWith(PREFIX) || inUse.startsWith(`${path}/`)) continue;
    await rm(path, { recursive: true, force: true });
  }
}
