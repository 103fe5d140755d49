import type { Instant } from '../core/instant.ts';
import type { Queryable, Row } from './database.ts';
import { wordArray } from './sql-array.ts';

/** What a change can be about. Signals have no line of their own: they are seen in the states (`readRecentSignals`). */
export type ChangeType = 'monitor' | 'incident' | 'signal' | 'channel' | 'delivery';

/** Something of a team is not as it was. */
export interface Change {
  readonly teamId: string;
  readonly type: ChangeType;
  readonly id: string;
  readonly monitorId: string | null;
}

/** What can be seen now; changes that come later are told apart by it. */
export async function readSnapshot(db: Queryable): Promise<string> {
  const [row] = await db.query<{ snapshot: string }>({
    name: 'read_snapshot',
    text: 'SELECT pg_current_snapshot()::text AS snapshot',
  });
  return row?.snapshot ?? '';
}

interface ChangeRow extends Row {
  readonly snapshot: string;
  readonly team_id: string | null;
  readonly type: ChangeType;
  readonly subject_id: string;
  readonly monitor_id: string | null;
}

/**
 * The changes of these teams that became visible after `snapshot`, each of them once in the life of a reader however
 * their transactions overlapped, and the snapshot to go on from. At most `limit` of them; more than that are lost.
 */
export async function readChanges(
  db: Queryable,
  snapshot: string,
  teamIds: readonly string[],
  limit: number,
): Promise<{ readonly snapshot: string; readonly changes: readonly Change[] }> {
  const rows = await db.query<ChangeRow>(
    {
      name: 'read_changes',
      text: `SELECT pg_current_snapshot()::text AS snapshot, c.team_id, c.type, c.subject_id, c.monitor_id
        FROM (VALUES (1)) one LEFT JOIN (
          SELECT team_id, type, subject_id, monitor_id FROM change
          WHERE xid >= pg_snapshot_xmin($1::pg_snapshot) AND NOT pg_visible_in_snapshot(xid, $1::pg_snapshot)
            AND team_id = ANY ($2::uuid[]) LIMIT $3
        ) c ON true`,
    },
    [snapshot, wordArray(teamIds), limit],
  );
  const changes = rows.flatMap((row): Change[] =>
    row.team_id === null
      ? []
      : [{ teamId: row.team_id, type: row.type, id: row.subject_id, monitorId: row.monitor_id }],
  );
  return { snapshot: rows[0]?.snapshot ?? snapshot, changes };
}

/** A monitor that was heard, or became late, a moment ago. */
export interface RecentSignal extends Row {
  readonly teamId: string;
  readonly monitorId: string;
  /** How many signals it has had: the number of the newest one. */
  readonly signalCount: number;
  readonly isLate: boolean;
}

/** The monitors of these teams that were heard since `since`, or became late since then. */
export function readRecentSignals(
  db: Queryable,
  teamIds: readonly string[],
  since: Instant,
  now: Instant,
  limit: number,
): Promise<RecentSignal[]> {
  return db.query<RecentSignal>(
    {
      name: 'read_recent_signals',
      text: `SELECT m.team_id AS "teamId", m.id AS "monitorId", s.signal_count AS "signalCount",
          s.status IN ('new', 'up') AND s.expected_at IS NOT NULL AND s.expected_at <= $3 AS "isLate"
        FROM monitor m JOIN monitor_state s ON s.monitor_id = m.id
        WHERE m.team_id = ANY ($1::uuid[]) AND m.deleted_at IS NULL
          AND (s.last_signal_at >= $2 OR (s.status IN ('new', 'up') AND s.expected_at > $2 AND s.expected_at <= $3))
        LIMIT $4`,
    },
    [wordArray(teamIds), since, now, limit],
  );
}

/** The number of the newest change; null when there is none. */
export async function newestChange(db: Queryable): Promise<number | null> {
  const [row] = await db.query<{ id: number | null }>({
    name: 'newest_change',
    text: 'SELECT max(id) AS id FROM change',
  });
  return row?.id ?? null;
}

/** Forgets changes up to this number, at most `limit` at a time; answers how many. */
export async function forgetChanges(db: Queryable, upTo: number, limit: number): Promise<number> {
  const rows = await db.query(
    {
      name: 'forget_changes',
      text: `DELETE FROM change WHERE id IN (SELECT id FROM change WHERE id <= $1 ORDER BY id LIMIT $2) RETURNING id`,
    },
    [upTo, limit],
  );
  return rows.length;
}
