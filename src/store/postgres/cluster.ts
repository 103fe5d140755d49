import { spawn } from 'node:child_process';
import { lchown, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../platform/logger.ts';
import type { Random } from '../../platform/random.ts';
import { clusterFolder, type DatabaseAccount, spawnAs } from './account.ts';
import { type Binaries, serverEnvironment } from './binaries.ts';
import { errorCode, errorText, type Outcome, QUOTED_TEXT_LIMIT, refuse, refuseWrite, succeed } from './errors.ts';

/** The cluster's superuser, and its database. */
export const DATABASE_USER = 'allswell';
export const DATABASE_NAME = 'allswell';

/** What is kept of initdb's output, from its beginning. */
const OUTPUT_LIMIT = 64 * 1024;

const UNFINISHED = 'postgres.new-';

/** The builtin locale provider came with PostgreSQL 17; before it, the C library's C.UTF-8 sorts the same way. */
const FIRST_BUILTIN_LOCALE = 17;

export type ClusterState = 'none' | 'present';

/** Whether there is a cluster and whether this major version may open it. Errors: `other_major`, `not_a_cluster`. */
export async function inspectCluster(dataDir: string, major: number, user: string): Promise<Outcome<ClusterState>> {
  const path = clusterFolder(dataDir);
  try {
    const found = (await readFile(join(path, 'PG_VERSION'), 'utf8')).trim();
    if (found !== String(major)) return refuse('other_major', { path, found, wanted: String(major) });
    return succeed('present');
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') return refuseWrite(error, path, user);
  }
  try {
    return (await readdir(path)).length === 0 ? succeed('none') : refuse('not_a_cluster', { path });
  } catch (error) {
    return errorCode(error) === 'ENOENT' ? succeed('none') : refuseWrite(error, path, user);
  }
}

/**
 * How a cluster is made. Indexes must not depend on a sorting library that changes (ICU, glibc): code point order.
 *
 * `trust` is right here, and only here: the one way in is a UNIX socket in a folder of mode 0700 that belongs to the
 * account, so whoever can reach it is the account itself or root, and both could read the files anyway. `peer` would
 * shut out root, under whom the rest of allswell runs when the database runs as somebody else. TCP is off; should
 * anybody switch it on, `reject` answers.
 */
export function initdbArguments(folder: string, major: number): string[] {
  const locale =
    major >= FIRST_BUILTIN_LOCALE
      ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
      : ['--locale-provider=libc', '--locale=C.UTF-8', '--lc-messages=C'];
  const auth = ['--auth-local=trust', '--auth-host=reject'];
  // A new segment of the log is filled and flushed before it is used, and every commit waits for that: 4 MB instead of
  // 16 halves the 99th percentile of the answers.
  const log = ['--wal-segsize=4', '--data-checksums'];
  return ['-D', folder, '-U', DATABASE_USER, '-E', 'UTF8', ...locale, ...auth, ...log];
}

/** The one line of initdb's output that says what went wrong. */
export function initdbReason(output: string, ending: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const telling = lines.find((line) => /FATAL|PANIC|error:|No space left/.test(line)) ?? lines.at(-1) ?? ending;
  return telling.replace(/^.*?(FATAL|PANIC|error): */, '').slice(0, QUOTED_TEXT_LIMIT);
}

interface Ended {
  readonly ok: boolean;
  readonly output: string;
  readonly ending: string;
}

function runInitdb(binaries: Binaries, folder: string, account: DatabaseAccount, signal: AbortSignal): Promise<Ended> {
  return new Promise((resolve) => {
    // From a folder that everybody can enter: initdb gives up where it cannot say which one it is in.
    const options = {
      cwd: '/',
      env: serverEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'],
    };
    const program = join(binaries.binDir, 'initdb');
    // Its own session, so that Ctrl-C in the terminal does not reach it: we say when it ends.
    const child = spawn(program, initdbArguments(folder, binaries.major), {
      ...options,
      ...spawnAs(account),
      detached: true,
    });
    let output = '';
    const keep = (chunk: Buffer) => {
      if (output.length < OUTPUT_LIMIT) output += chunk.toString('utf8');
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const end = () => child.kill('SIGTERM');
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    const finish = (ok: boolean, ending: string) => {
      signal.removeEventListener('abort', end);
      resolve({ ok, output, ending });
    };
    child.on('error', (error) => finish(false, errorText(error)));
    child.on('close', (code, killedBy) => finish(code === 0, `initdb ended with ${killedBy ?? code}`));
  });
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Clusters that were being made when we were killed. The caller holds the data lock, so nobody works on them now. */
export async function removeUnfinished(dataDir: string, logger: Logger): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (!name.startsWith(UNFINISHED)) continue;
    await rm(join(dataDir, name), { recursive: true, force: true }).catch((error: unknown) => {
      // An initdb that survived us may still write there; the next start tries again.
      logger.warn('an unfinished database folder could not be removed yet', { name, error: errorText(error) });
    });
  }
}

export interface InitRequest {
  readonly dataDir: string;
  readonly binaries: Binaries;
  readonly account: DatabaseAccount;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/**
 * Makes the cluster beside its place, flushes it and renames it, so that a kill at any moment leaves either no cluster
 * or a whole one. Errors: `initdb_failed`, `disk_full`, `not_writable`, `cannot_change_user`, `cancelled`.
 */
export async function initCluster(request: InitRequest): Promise<Outcome<null>> {
  const { dataDir, binaries, account, random, signal } = request;
  const temporary = join(dataDir, UNFINISHED + random.bytes(6).toString('hex'));
  const fail = async (refusal: Outcome<null>) => {
    await rm(temporary, { recursive: true, force: true });
    return refusal;
  };
  try {
    await mkdir(temporary, { mode: 0o700 });
    if (account.switches) await lchown(temporary, account.uid, account.gid);
    const ended = await runInitdb(binaries, temporary, account, signal);
    if (signal.aborted) return await fail(refuse('cancelled'));
    if (!ended.ok) return await fail(explain(ended, request));
    await rename(temporary, clusterFolder(dataDir));
    await syncFolder(dataDir);
    return succeed(null);
  } catch (error) {
    return fail(refuseWrite(error, dataDir, account.name));
  }
}

function explain(ended: Ended, request: InitRequest): Outcome<null> {
  const reason = initdbReason(ended.output, ended.ending);
  const path = request.dataDir;
  if (/No space left|Disk quota/.test(ended.output)) return refuse('disk_full', { path });
  if (/^spawn .*EPERM/.test(ended.ending)) return refuse('cannot_change_user', { user: request.account.name, reason });
  // ENOENT for a file that is there: the loader that it names is not (Alpine).
  if (/^spawn|shared librar/.test(ended.ending + ended.output)) {
    return refuse('binaries_unusable', { path: request.binaries.binDir, reason });
  }
  return refuse('initdb_failed', { path, reason });
}
