import { chmod, mkdir, stat } from 'node:fs/promises';
import { firstClosedFolder, firstNonFolder, pathChain } from './access.ts';
import { clusterFolder, type DatabaseAccount, findAccount } from './account.ts';
import { errorCode, type Outcome, refuse, refuseWrite, succeed } from './errors.ts';

/** Where the data goes when root starts us in a place that the database's user cannot enter (RULES §7). */
export const ROOT_DATA_DIR = '/var/lib/allswell';

export interface DataDirWish {
  /** Absolute. */
  readonly wanted: string;
  /** True when the user set ALLSWELL_DATA: then we obey or refuse, and never choose for them. */
  readonly explicit: boolean;
  /** For tests; ROOT_DATA_DIR. */
  readonly fallback?: string;
}

export interface DataDirChoice {
  readonly dataDir: string;
  /** What the ready line should say about it, or null. */
  readonly note: string | null;
}

/** The decision itself, on facts: which folder of which candidate is closed to the database's user. */
export function decideDataDir(
  wish: Required<DataDirWish>,
  user: string,
  closed: { readonly wanted: string | null; readonly fallback: string | null },
): Outcome<DataDirChoice> {
  if (closed.wanted === null) return succeed({ dataDir: wish.wanted, note: null });
  if (wish.explicit) return refuse('not_enterable', { user, folder: closed.wanted });
  if (closed.fallback !== null) return refuse('not_enterable', { user, folder: closed.fallback });
  return succeed({
    dataDir: wish.fallback,
    note: `data in ${wish.fallback}: started by root, and user ${user}, who runs PostgreSQL, cannot enter ${closed.wanted}`,
  });
}

/**
 * The data folder that is really used. Only root has a choice to make: everybody else runs PostgreSQL as themselves.
 * Errors: `not_enterable`, `not_a_folder`, `not_writable`.
 */
export async function chooseDataDir(wish: DataDirWish): Promise<Outcome<DataDirChoice>> {
  const fallback = wish.fallback ?? ROOT_DATA_DIR;
  const account = await findAccount(wish.wanted);
  try {
    if (!account.switches) return succeed({ dataDir: wish.wanted, note: null });
    const inTheWay = await firstNonFolder(wish.wanted);
    if (inTheWay !== null) return refuse('not_a_folder', { path: inTheWay });
    return decideDataDir({ ...wish, fallback }, account.name, {
      wanted: await firstClosedFolder(wish.wanted, account),
      fallback: await firstClosedFolder(fallback, await findAccount(fallback)),
    });
  } catch (error) {
    return refuseWrite(error, wish.wanted, account.name);
  }
}

async function makeFolder(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path);
    // Again, because the umask took its part: root's may be 077, and then the database's user could not pass.
    await chmod(path, mode);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error;
  }
}

/**
 * Makes the data folder and its parents where they are missing. Root's can be passed through by everybody (the
 * database's user needs it) but not listed; an ordinary user's is their own. Errors: `not_a_folder`, `not_writable`,
 * `not_enterable`, `wrong_owner`.
 */
export async function prepareDataDir(dataDir: string, account: DatabaseAccount): Promise<Outcome<null>> {
  try {
    const inTheWay = await firstNonFolder(dataDir);
    if (inTheWay !== null) return refuse('not_a_folder', { path: inTheWay });
    for (const parent of pathChain(dataDir).slice(1, -1)) await makeFolder(parent, 0o755);
    await makeFolder(dataDir, account.switches ? 0o711 : 0o700);
    const owner = await clusterOwner(dataDir);
    if (owner !== null && (owner === 0 || owner !== account.uid)) {
      return refuse('wrong_owner', { path: clusterFolder(dataDir), owner: `uid ${owner}`, user: account.name });
    }
  } catch (error) {
    return refuseWrite(error, dataDir, account.name);
  }
  if (!account.switches) return succeed(null);
  const folder = await firstClosedFolder(dataDir, account);
  return folder === null ? succeed(null) : refuse('not_enterable', { user: account.name, folder });
}

async function clusterOwner(dataDir: string): Promise<number | null> {
  try {
    return (await stat(clusterFolder(dataDir))).uid;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}
