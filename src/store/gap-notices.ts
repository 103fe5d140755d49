import type { Gap } from '../core/cause.ts';
import type { Instant } from '../core/instant.ts';
import type { Queryable, Transaction } from './database.ts';

export interface TellableGap extends Gap {
  readonly id: string;
}

/** A gap as one team has to be told of it. */
export interface GapStory {
  readonly teamId: string;
  /** Names of monitors with a slot in that time that nobody knows about, as many as fit. */
  readonly unknown: readonly string[];
  readonly total: number;
}

/** A note says of which gap its slot was a victim; the gap may have been widened since. */
const NOTES_OF_GAP = `n.note = 'unknown' AND n.gap_to BETWEEN g.from_at AND g.to_at`;
/** Teams without a working channel have nobody to tell, and those that were told are told once. */
const TO_BE_TOLD = `m.deleted_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM notice t WHERE t.subject_id = g.id AND t.team_id = m.team_id)
  AND EXISTS (SELECT 1 FROM channel c WHERE c.team_id = m.team_id AND c.state = 'ok' AND c.deleted_at IS NULL)`;

/**
 * Claims one gap that ended at or before `settledAt` and that somebody has to be told of: it is at least `longMs`
 * long, or a slot in it was found unknown by then. Null when there is none, or other nodes are at them.
 */
export async function claimTellableGap(
  tx: Transaction,
  settledAt: Instant,
  longMs: number,
): Promise<TellableGap | null> {
  const [row] = await tx.query<{ id: string; from_at: number; to_at: number }>(
    {
      name: 'claim_tellable_gap',
      text: `SELECT g.id, g.from_at, g.to_at FROM gap g
        WHERE g.told_at IS NULL AND g.kind IN ('ingest', 'clock') AND g.to_at <= $1
          AND (g.to_at - g.from_at >= $2 OR EXISTS (SELECT 1 FROM slot_note n JOIN monitor m ON m.id = n.monitor_id
            WHERE ${NOTES_OF_GAP} AND n.noted_at <= $1 AND ${TO_BE_TOLD}))
        ORDER BY g.to_at, g.id LIMIT 1 FOR UPDATE OF g SKIP LOCKED`,
    },
    [settledAt, longMs],
  );
  return row === undefined ? null : { id: row.id, from: row.from_at, to: row.to_at };
}

/**
 * What the teams that were not told yet have to hear, at most `limit` teams. Of a long gap every team with an armed
 * monitor hears, and slots that were due in it and are still open count as unknown; of a short one only teams with a
 * slot that was found unknown.
 */
export async function readGapStories(
  tx: Transaction,
  gap: TellableGap,
  isLong: boolean,
  maxNames: number,
  limit: number,
): Promise<GapStory[]> {
  const rows = await tx.query<{ team_id: string; names: string[] | null; total: number }>(
    {
      name: 'read_gap_stories',
      text: `WITH g AS (SELECT id, from_at, to_at FROM gap WHERE id = $1), unknown AS (
          SELECT m.team_id, m.id, m.name FROM g, slot_note n JOIN monitor m ON m.id = n.monitor_id
          WHERE ${NOTES_OF_GAP} AND ${TO_BE_TOLD}
          UNION
          SELECT m.team_id, m.id, m.name FROM g, monitor_state s JOIN monitor m ON m.id = s.monitor_id
          WHERE $2 AND s.status IN ('new', 'up') AND s.expected_at <= g.to_at AND s.due_at >= g.from_at AND ${TO_BE_TOLD}
        ), team AS (
          SELECT team_id FROM unknown
          UNION
          SELECT m.team_id FROM g, monitor_state s JOIN monitor m ON m.id = s.monitor_id
          WHERE $2 AND s.status <> 'paused' AND s.ref_at IS NOT NULL AND ${TO_BE_TOLD}
        ), chosen AS (SELECT team_id FROM team ORDER BY team_id LIMIT $4)
        SELECT c.team_id, (array_agg(u.name ORDER BY u.name, u.id) FILTER (WHERE u.id IS NOT NULL))[1:$3] AS names,
          count(u.id) AS total
        FROM chosen c LEFT JOIN unknown u ON u.team_id = c.team_id GROUP BY c.team_id ORDER BY c.team_id`,
    },
    [gap.id, isLong, maxNames, limit],
  );
  return rows.map((row) => ({ teamId: row.team_id, unknown: row.names ?? [], total: row.total }));
}

/** Everybody who had to hear of it did. */
export async function markGapTold(tx: Transaction, id: string, now: Instant): Promise<void> {
  await tx.query({ name: 'mark_gap_told', text: 'UPDATE gap SET told_at = $2 WHERE id = $1' }, [id, now]);
}

/** Gaps that ended before this were not worth a word. */
export async function closeOldGaps(db: Queryable, endedBefore: Instant, now: Instant): Promise<void> {
  await db.query({ name: 'close_old_gaps', text: 'UPDATE gap SET told_at = $2 WHERE told_at IS NULL AND to_at < $1' }, [
    endedBefore,
    now,
  ]);
}
