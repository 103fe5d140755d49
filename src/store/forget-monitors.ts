import type { Instant } from '../core/instant.ts';
import type { Queryable } from './database.ts';

/** What hangs on a monitor and may be long: taken away first, so that no single statement takes long. */
const HISTORIES = ['run', 'incident', 'status_change', 'slot_note'] as const;

/** Deletes at most `limit` rows of the histories of monitors deleted before `before`; answers how many went. */
export async function forgetDeletedHistories(db: Queryable, before: Instant, limit: number): Promise<number> {
  for (const table of HISTORIES) {
    const [row] = await db.query<{ count: number }>(
      {
        name: `forget_deleted_${table}`,
        text: `WITH gone AS (DELETE FROM ${table} WHERE ctid = ANY (ARRAY (
            SELECT t.ctid FROM monitor m JOIN ${table} t ON t.monitor_id = m.id WHERE m.deleted_at < $1 LIMIT $2
          )) RETURNING 1)
          SELECT count(*) AS count FROM gone`,
      },
      [before, limit],
    );
    if (row !== undefined && row.count > 0) return row.count;
  }
  return 0;
}

/** Deletes at most `limit` monitors that were deleted before `before`, for good; answers how many went. */
export async function forgetDeletedMonitors(db: Queryable, before: Instant, limit: number): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    {
      name: 'forget_deleted_monitors',
      text: `WITH gone AS (DELETE FROM monitor WHERE id = ANY (ARRAY (
          SELECT id FROM monitor WHERE deleted_at < $1 ORDER BY deleted_at LIMIT $2 FOR UPDATE SKIP LOCKED
        )) RETURNING 1)
        SELECT count(*) AS count FROM gone`,
    },
    [before, limit],
  );
  return row?.count ?? 0;
}
