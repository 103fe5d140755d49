import type { Instant } from '../core/instant.ts';
import type { Queryable, Row } from './database.ts';

/** What a monitor with a calendar expects next, and what that was counted from. */
export interface ExpectedSlot extends Row {
  readonly monitor_id: string;
  readonly version: number;
  readonly ref_at: Instant;
  readonly expected_at: Instant | null;
}

/** The next monitors, in the order of ids, whose next slot was counted by the rules of a time zone. */
export function listExpectedSlots(db: Queryable, afterId: string | null, limit: number): Promise<ExpectedSlot[]> {
  return db.query<ExpectedSlot>(
    {
      name: 'list_expected_slots',
      text: `SELECT s.monitor_id, s.version, s.ref_at, s.expected_at
        FROM monitor_state s JOIN monitor m ON m.id = s.monitor_id
        WHERE ($1::uuid IS NULL OR s.monitor_id > $1) AND m.deleted_at IS NULL AND m.schedule_type <> 'period'
          AND m.timezone <> 'UTC' AND s.status IN ('new', 'up') AND s.ref_at IS NOT NULL AND NOT s.excused
        ORDER BY s.monitor_id LIMIT $2`,
    },
    [afterId, limit],
  );
}
