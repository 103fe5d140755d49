/** Asks a server: rows of text, such as `[{ fsync: 'on' }]`. */
export type DurabilityQuery = (sql: string) => Promise<readonly Readonly<Record<string, string>>[]>;

export type DurabilityCode = 'too_old' | 'fsync_off' | 'synchronous_commit_off' | 'full_page_writes_off' | 'not_told';

export interface DurabilityFinding {
  readonly code: DurabilityCode;
  /** One readable line that says what to do. */
  readonly message: string;
}

export interface DurabilityReport {
  /** With one of these a ping that we acknowledged can be lost: do not use the server. */
  readonly errors: readonly DurabilityFinding[];
  /** To be said loudly; there are machines on which it is right. */
  readonly warnings: readonly DurabilityFinding[];
}

export const OLDEST_SERVER_VERSION = 150_000;

const DURABILITY_SQL = `
  select current_setting('server_version_num') as version_number,
         current_setting('server_version') as version,
         current_setting('fsync') as fsync,
         current_setting('synchronous_commit') as synchronous_commit,
         current_setting('full_page_writes') as full_page_writes`;

/** The judgement on the settings of a server, as text. Missing ones count as wrong: we only believe what we see. */
export function judgeDurability(settings: Readonly<Record<string, string>>): DurabilityReport {
  const errors: DurabilityFinding[] = [];
  const warnings: DurabilityFinding[] = [];
  const { version_number, version, fsync, synchronous_commit, full_page_writes } = settings;
  if (!version_number || !fsync || !synchronous_commit || !full_page_writes) {
    const message =
      'The database server does not tell its version and how it writes to disk: use PostgreSQL 15 or newer.';
    return { errors: [{ code: 'not_told', message }], warnings };
  }
  if (!(Number(version_number) >= OLDEST_SERVER_VERSION)) {
    const message = `The database server is PostgreSQL ${version ?? version_number}: allswell needs 15 or newer.`;
    errors.push({ code: 'too_old', message });
  }
  if (fsync !== 'on') {
    const message =
      'The database server runs with fsync off, so that a power cut can lose or destroy the data: set fsync = on in postgresql.conf and reload it.';
    errors.push({ code: 'fsync_off', message });
  }
  // local, remote_write, on and remote_apply all flush here before they answer; they differ in what replicas did.
  if (synchronous_commit === 'off') {
    const message =
      'The database answers before it has written (synchronous_commit is off, for the server, this database or this user): run ALTER ROLE or ALTER DATABASE … SET synchronous_commit = on.';
    errors.push({ code: 'synchronous_commit_off', message });
  }
  if (full_page_writes !== 'on') {
    const message =
      'The database server runs with full_page_writes off: right only where the file system never tears a page (ZFS, Btrfs); elsewhere set it on.';
    warnings.push({ code: 'full_page_writes_off', message });
  }
  return { errors, warnings };
}

/** Asserts that what the server calls committed is on disk, on any server that we use, ours or not. */
export async function checkDurability(query: DurabilityQuery): Promise<DurabilityReport> {
  const rows = await query(DURABILITY_SQL);
  return judgeDurability(rows[0] ?? {});
}

/** What ends a statement or a transaction that hangs; a pooler does not let us ask for it, so the role has to have it. */
const LIMITS = { statement_timeout: '30s', idle_in_transaction_session_timeout: '5s' } as const;

/** Behind a pooler: the limits that are missing, each as the line that sets it. */
export async function missingLimits(query: DurabilityQuery): Promise<string[]> {
  const names = Object.keys(LIMITS) as (keyof typeof LIMITS)[];
  const columns = names.map((name) => `current_setting('${name}') as ${name}`);
  const [row = {}] = await query(`select ${columns.join(', ')}, quote_ident(current_user) as role`);
  return names
    .filter((name) => row[name] === '0')
    .map((name) => `ALTER ROLE ${row.role} SET ${name} = '${LIMITS[name]}'`);
}
