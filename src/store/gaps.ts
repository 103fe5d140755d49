import type { Gap } from '../core/cause.ts';
import type { Instant } from '../core/instant.ts';
import type { Queryable, Row, Transaction } from './database.ts';

export type GapKind = 'ingest' | 'watch' | 'clock';

export interface GapToSave extends Gap {
  readonly id: string;
  readonly kind: GapKind;
  readonly nodeId: string;
  readonly reason: string;
}

/** Gaps in which pings could be lost and that ended at or after `since`, oldest first. */
export async function readGaps(db: Queryable, since: Instant): Promise<Gap[]> {
  const rows = await db.query<{ from_at: number; to_at: number }>(
    {
      name: 'read_gaps',
      text: `SELECT from_at, to_at FROM gap WHERE to_at >= $1 AND kind IN ('ingest', 'clock') ORDER BY from_at, to_at`,
    },
    [since],
  );
  return rows.map((row) => ({ from: row.from_at, to: row.to_at }));
}

/**
 * Writes a gap. What several nodes say of the same time, or one node says on and on, is one gap: an untold one of the
 * same kind that touches it is widened. The caller holds the lock of store/nodes.ts.
 */
export async function recordGap(tx: Transaction, gap: GapToSave): Promise<void> {
  const widened = await tx.query(
    {
      name: 'widen_gap',
      text: `UPDATE gap SET from_at = least(from_at, $2), to_at = greatest(to_at, $3) WHERE id = (SELECT id FROM gap
        WHERE kind = $1 AND told_at IS NULL AND from_at <= $3 AND to_at >= $2 ORDER BY from_at, id LIMIT 1) RETURNING id`,
    },
    [gap.kind, gap.from, gap.to],
  );
  if (widened.length > 0) return;
  await tx.query(
    {
      name: 'insert_gap',
      text: 'INSERT INTO gap (id, kind, node_id, from_at, to_at, reason) VALUES ($1, $2, $3, $4, $5, $6)',
    },
    [gap.id, gap.kind, gap.nodeId, gap.from, gap.to, gap.reason],
  );
}

export interface GapRow extends Gap {
  readonly id: string;
  readonly kind: GapKind;
  readonly reason: string;
}

/** Every gap, the last one recorded first, those before the id `beforeId` where it is given. */
export function listGaps(db: Queryable, beforeId: string | null, limit: number): Promise<GapRow[]> {
  return db.query<GapRow & Row>(
    {
      name: 'list_gaps',
      text: `SELECT id, kind, from_at AS from, to_at AS to, reason FROM gap
        WHERE $1::uuid IS NULL OR id < $1 ORDER BY id DESC LIMIT $2`,
    },
    [beforeId, limit],
  );
}
