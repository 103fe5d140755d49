import type { Gap } from '../core/cause.ts';
import type { Instant } from '../core/instant.ts';
import type { Status } from '../core/monitor.ts';
import type { DownInterval, StatusChange } from '../core/uptime.ts';
import type { Queryable, Row } from './database.ts';

/** Changes of one monitor that are read for an uptime; a monitor that flaps more often is shown from there on. */
export const MAX_CHANGES = 100_000;

/**
 * The status changes of a monitor inside a window, oldest first, and the status it had when the window began (`new`
 * before its first change).
 */
export async function readStatusChanges(
  db: Queryable,
  monitorId: string,
  from: Instant,
  to: Instant,
): Promise<{ readonly statusAtFrom: Status; readonly changes: readonly StatusChange[] }> {
  const [before, changes] = await Promise.all([
    db.query<{ status: Status }>(
      {
        name: 'read_status_before',
        text: `SELECT status FROM status_change WHERE monitor_id = $1 AND at < $2 ORDER BY at DESC, id DESC LIMIT 1`,
      },
      [monitorId, from],
    ),
    db.query<StatusChange & Row>(
      {
        name: 'read_status_changes',
        text: `SELECT at, status AS to FROM status_change WHERE monitor_id = $1 AND at >= $2 AND at < $3
          ORDER BY at, id LIMIT $4`,
      },
      [monitorId, from, to, MAX_CHANGES],
    ),
  ]);
  return { statusAtFrom: before[0]?.status ?? 'new', changes };
}

/** The incidents of a monitor that touch a window and were not withdrawn. */
export function readDowns(db: Queryable, monitorId: string, from: Instant, to: Instant): Promise<DownInterval[]> {
  return db.query<DownInterval & Row>(
    {
      name: 'read_downs',
      text: `SELECT opened_at AS from, resolved_at AS to FROM incident
        WHERE monitor_id = $1 AND opened_at < $3 AND (resolved_at IS NULL OR resolved_at > $2)
          AND resolution IS DISTINCT FROM 'withdrawn' ORDER BY opened_at LIMIT $4`,
    },
    [monitorId, from, to, MAX_CHANGES],
  );
}

/** Times inside a window in which pings could be lost. */
export function readBlindTimes(db: Queryable, from: Instant, to: Instant): Promise<Gap[]> {
  return db.query<Gap & Row>(
    {
      name: 'read_blind_times',
      text: `SELECT from_at AS from, to_at AS to FROM gap
        WHERE to_at > $1 AND from_at < $2 AND kind IN ('ingest', 'clock') ORDER BY from_at LIMIT $3`,
    },
    [from, to, MAX_CHANGES],
  );
}
