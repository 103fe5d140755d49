import type { Instant } from '../core/instant.ts';
import type { Queryable } from './database.ts';

/** What waits to be done, over all nodes. */
export interface Backlog {
  readonly overdueDeadlines: number;
  readonly dueDeliveries: number;
  readonly oldestDueMs: number;
  readonly openIncidents: number;
}

export async function readBacklog(db: Queryable, now: Instant): Promise<Backlog> {
  const [row] = await db.query<{ overdue: number; due: number; oldest: number | null; open: number }>(
    {
      name: 'read_backlog',
      text: `SELECT (SELECT count(*) FROM monitor_state WHERE wake_at < $1) AS overdue, d.due, d.oldest,
          (SELECT count(*) FROM incident WHERE resolved_at IS NULL) AS open
        FROM (SELECT count(*) AS due, min(next_attempt_at) AS oldest FROM delivery
          WHERE state IN ('queued', 'retry') AND next_attempt_at <= $1) d`,
    },
    [now],
  );
  return {
    overdueDeadlines: row?.overdue ?? 0,
    dueDeliveries: row?.due ?? 0,
    oldestDueMs: row?.oldest == null ? 0 : now - row.oldest,
    openIncidents: row?.open ?? 0,
  };
}
