import type { Instant } from '../core/instant.ts';
import type { Queryable, Row, Transaction } from './database.ts';

/** A batch of pings as it stands in the journal; what `pings` holds is known to watch/journal-record.ts. */
export interface JournalRow {
  readonly nodeId: string;
  /** Counted by each node for itself. */
  readonly n: number;
  /** Arrival of its oldest ping. */
  readonly firstReceivedAt: Instant;
  readonly pings: Buffer;
}

/** Appends a batch where no key has ended since `epoch`; false: one has, and nothing was written. */
export async function appendToJournal(db: Queryable, row: JournalRow, epoch: number): Promise<boolean> {
  const rows = await db.query(
    {
      name: 'append_to_journal',
      text: `INSERT INTO ping_journal (node_id, n, first_received_at, pings)
        SELECT $1::uuid, $2::bigint, $3::bigint, $4::bytea FROM key_epoch WHERE epoch = $5 RETURNING n`,
    },
    [row.nodeId, row.n, row.firstReceivedAt, row.pings, epoch],
  );
  return rows.length === 1;
}

export async function readKeyEpoch(db: Queryable): Promise<number> {
  const [row] = await db.query<{ epoch: number }>({ name: 'read_key_epoch', text: 'SELECT epoch FROM key_epoch' });
  if (row === undefined) throw new Error('key_epoch has no row');
  return row.epoch;
}

/** The monitors whose keys ended after `epoch`, and up to which epoch; null where that is not known any more. */
export async function readRetiredKeys(
  db: Queryable,
  epoch: number,
): Promise<{ readonly epoch: number; readonly monitorIds: readonly string[] | null }> {
  const rows = await db.query<{ now_at: number; epoch: number | null; monitor_id: string | null }>(
    {
      name: 'read_retired_keys',
      text: `SELECT e.epoch AS now_at, r.epoch, r.monitor_id FROM key_epoch e LEFT JOIN retired_key r ON r.epoch > $1
        ORDER BY r.epoch LIMIT 10000`,
    },
    [epoch],
  );
  const nowAt = rows[0]?.now_at ?? epoch;
  const known = rows.flatMap((row) => (row.monitor_id === null ? [] : [row.monitor_id]));
  const epochs = new Set(rows.map((row) => row.epoch));
  const isWhole = epochs.size === nowAt - epoch && rows.length < 10_000;
  return { epoch: nowAt, monitorIds: isWhole ? known : null };
}

/** Forgets whose keys ended long ago: all but the newest `keep` epochs, at most `limit` rows. */
export async function forgetRetiredKeys(db: Queryable, keep: number, limit: number): Promise<number> {
  const rows = await db.query(
    {
      name: 'forget_retired_keys',
      text: `DELETE FROM retired_key WHERE (epoch, monitor_id) IN (SELECT epoch, monitor_id FROM retired_key
        WHERE epoch <= (SELECT epoch FROM key_epoch) - $1 ORDER BY epoch LIMIT $2) RETURNING epoch`,
    },
    [keep, limit],
  );
  return rows.length;
}

/** Takes rows of this node out of the journal; answers the numbers of those that were still there. */
export async function takeFromJournal(tx: Transaction, nodeId: string, ns: readonly number[]): Promise<Set<number>> {
  const rows = await tx.query<{ n: number }>(
    {
      name: 'take_from_journal',
      text: 'DELETE FROM ping_journal WHERE node_id = $1 AND n = ANY ($2::bigint[]) RETURNING n',
    },
    [nodeId, `{${ns.join(',')}}`],
  );
  return new Set(rows.map((row) => row.n));
}

interface LeftoverRow extends Row {
  readonly node_id: string;
  readonly n: number;
  readonly first_received_at: Instant;
  readonly pings: Buffer;
}

/** Takes the oldest rows of whichever node out of the journal that hold pings from before `before`, in their order. */
export async function takeLeftovers(tx: Transaction, before: Instant, limit: number): Promise<JournalRow[]> {
  const rows = await tx.query<LeftoverRow>(
    {
      name: 'take_leftovers',
      text: `DELETE FROM ping_journal WHERE (node_id, n) IN (
          SELECT node_id, n FROM ping_journal WHERE fault IS NULL AND first_received_at <= $1
          ORDER BY first_received_at, n LIMIT $2 FOR UPDATE)
        RETURNING node_id, n, first_received_at, pings`,
    },
    [before, limit],
  );
  return rows
    .map((row) => ({ nodeId: row.node_id, n: row.n, firstReceivedAt: row.first_received_at, pings: row.pings }))
    .sort((a, b) => a.firstReceivedAt - b.firstReceivedAt || a.n - b.n);
}

/** When the oldest ping arrived that is acknowledged and not folded, on whichever node; null: there is none. */
export async function oldestInJournal(db: Queryable): Promise<Instant | null> {
  const [row] = await db.query<{ at: Instant }>({
    name: 'oldest_in_journal',
    text: `SELECT first_received_at AS at FROM ping_journal WHERE fault IS NULL ORDER BY first_received_at LIMIT 1`,
  });
  return row?.at ?? null;
}

/** Writes a row of pings that cannot be folded, for a reason of their own: it is in nobody's way. */
export async function putAsideInJournal(tx: Transaction, row: JournalRow, fault: string): Promise<void> {
  await tx.query(
    {
      name: 'put_aside_in_journal',
      text: `INSERT INTO ping_journal (node_id, n, first_received_at, pings, fault)
        VALUES ($1::uuid, $2::bigint, $3::bigint, $4::bytea, $5)`,
    },
    [row.nodeId, row.n, row.firstReceivedAt, row.pings, fault],
  );
}

/** What was put aside is tried once more. */
export async function clearJournalFaults(db: Queryable): Promise<void> {
  await db.query({
    name: 'clear_journal_faults',
    text: 'UPDATE ping_journal SET fault = NULL WHERE fault IS NOT NULL',
  });
}
