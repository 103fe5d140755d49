import type { Instant } from '../core/instant.ts';
import type { Queryable, Row, Transaction } from './database.ts';
import { textArray } from './sql-array.ts';

/** What an import last took over of a monitor, field by field as the API names them. */
export interface Imported {
  /** As the other system said it: what differs from this was changed there. */
  readonly given: Readonly<Record<string, unknown>>;
  /** As it was written here: what differs from this was changed by a person. */
  readonly kept: Readonly<Record<string, unknown>>;
}

/** A monitor that has this origin, with what decides whether an import has anything to do. */
export interface OriginRow extends Row {
  readonly origin_key: string;
  readonly id: string;
  readonly imported: Imported | null;
  readonly is_deleted: boolean;
  readonly signal_count: number;
  readonly last_signal_at: Instant | null;
}

/**
 * The monitors of a team that came from these places; of several (one deleted, one living) the living one, else the one
 * deleted last.
 */
export async function findByOrigins(
  db: Queryable,
  teamId: string,
  dialect: string,
  keys: readonly string[],
): Promise<Map<string, OriginRow>> {
  const rows = await db.query<OriginRow>(
    {
      name: 'find_by_origins',
      text: `SELECT DISTINCT ON (m.origin_key) m.origin_key, m.id, m.imported, m.deleted_at IS NOT NULL AS is_deleted,
          s.signal_count, s.last_signal_at
        FROM monitor m JOIN monitor_state s ON s.monitor_id = m.id
        WHERE m.team_id = $1 AND m.origin_dialect = $2 AND m.origin_key = ANY ($3::text[])
        ORDER BY m.origin_key, m.deleted_at DESC NULLS FIRST`,
    },
    [teamId, dialect, textArray(keys)],
  );
  return new Map(rows.map((row) => [row.origin_key, row]));
}

/** Notes what was taken over of a monitor. The caller holds the lock of its state, or has made it. */
export async function setImported(tx: Transaction, monitorId: string, imported: Imported): Promise<void> {
  await tx.query({ name: 'set_imported', text: 'UPDATE monitor SET imported = $2 WHERE id = $1' }, [
    monitorId,
    JSON.stringify(imported),
  ]);
}
