import type { CauseCode } from '../core/cause.ts';
import type { Instant } from '../core/instant.ts';
import type { Queryable, Row } from './database.ts';

export interface TeamCounts extends Row {
  readonly up: number;
  readonly down: number;
  readonly late: number;
  readonly new: number;
  readonly paused: number;
  readonly lastSignalAt: Instant | null;
}

/** How a team's living monitors stand, each counted once: who is late is not up or new as well. */
export async function countByState(db: Queryable, teamId: string, now: Instant): Promise<TeamCounts> {
  const late = `s.status IN ('new', 'up') AND s.expected_at IS NOT NULL AND s.expected_at <= $2`;
  const [row] = await db.query<TeamCounts>(
    {
      name: 'count_by_state',
      text: `SELECT count(*) FILTER (WHERE s.status = 'up' AND NOT (${late})) AS up,
          count(*) FILTER (WHERE s.status = 'down') AS down, count(*) FILTER (WHERE ${late}) AS late,
          count(*) FILTER (WHERE s.status = 'new' AND NOT (${late})) AS new,
          count(*) FILTER (WHERE s.status = 'paused') AS paused, max(s.last_signal_at) AS "lastSignalAt"
        FROM monitor m JOIN monitor_state s ON s.monitor_id = m.id WHERE m.team_id = $1 AND m.deleted_at IS NULL`,
    },
    [teamId, now],
  );
  return row ?? { up: 0, down: 0, late: 0, new: 0, paused: 0, lastSignalAt: null };
}

export interface DownMonitor extends Row {
  readonly id: string;
  readonly name: string;
  readonly since: Instant;
  readonly causeCode: CauseCode;
  readonly causeData: unknown;
}

/** What is down in a team, the last that fell first. */
export function listDown(db: Queryable, teamId: string, limit: number): Promise<DownMonitor[]> {
  return db.query<DownMonitor>(
    {
      name: 'list_down',
      text: `SELECT m.id, m.name, i.opened_at AS since, i.cause_code AS "causeCode", i.cause_data AS "causeData"
        FROM incident i JOIN monitor m ON m.id = i.monitor_id
        WHERE i.team_id = $1 AND i.resolved_at IS NULL AND m.deleted_at IS NULL ORDER BY i.id DESC LIMIT $2`,
    },
    [teamId, limit],
  );
}

/** The last time after `since` in which pings could be lost for `atLeastMs` or longer; null: none. */
export async function lastBlindTime(
  db: Queryable,
  since: Instant,
  atLeastMs: number,
): Promise<{ readonly from: Instant; readonly to: Instant } | null> {
  const [row] = await db.query<{ from: Instant; to: Instant }>(
    {
      name: 'last_blind_time',
      text: `SELECT from_at AS from, to_at AS to FROM gap
        WHERE to_at >= $1 AND kind IN ('ingest', 'clock') AND to_at - from_at >= $2 ORDER BY to_at DESC LIMIT 1`,
    },
    [since, atLeastMs],
  );
  return row ?? null;
}
