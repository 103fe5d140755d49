import type { CauseCode } from '../core/cause.ts';
import type { Instant } from '../core/instant.ts';
import type { Status } from '../core/monitor.ts';
import type { Queryable, Row } from './database.ts';
import type { MonitorView } from './monitors.ts';
import { wordArray } from './sql-array.ts';

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

/** Of a monitor, what a list of many shows. */
export type MonitorRow = Pick<
  MonitorView,
  | 'id'
  | 'kind'
  | 'name'
  | 'slug'
  | 'description'
  | 'tags'
  | 'schedule_type'
  | 'period_seconds'
  | 'expression'
  | 'timezone'
  | 'status'
  | 'pause_mode'
  | 'pause_until'
  | 'expected_at'
  | 'last_signal_at'
  | 'incident_id'
  | 'cause_code'
  | 'cause_data'
  | 'opened_at'
  | 'site_id'
  | 'is_running'
  | 'channel_ids'
>;

/** The living monitors of a team in the order of their ids, at most `limit`; `statuses` null: all of them. */
export function listRows(
  db: Queryable,
  teamId: string,
  statuses: readonly Status[] | null,
  afterId: string | null,
  limit: number,
): Promise<MonitorRow[]> {
  return db.query<MonitorRow & Row>(
    {
      name: 'list_rows',
      text: `SELECT m.id, m.kind, m.name, m.slug, m.description, m.tags, m.schedule_type, m.period_seconds, m.expression,
          m.timezone, s.status, s.pause_mode, s.pause_until, s.expected_at, s.last_signal_at, s.incident_id, i.cause_code,
          i.cause_data, i.opened_at, sm.site_id, s.waiting_runs > 0 AND EXISTS (SELECT 1 FROM run r
            WHERE r.monitor_id = m.id AND r.awaits_end AND r.state = 'open') AS is_running,
          CASE WHEN NOT m.all_channels THEN ARRAY (SELECT mc.channel_id FROM monitor_channel mc
            JOIN channel c ON c.id = mc.channel_id AND c.deleted_at IS NULL
            WHERE mc.monitor_id = m.id ORDER BY 1) END AS channel_ids
        FROM monitor m JOIN monitor_state s ON s.monitor_id = m.id
          LEFT JOIN incident i ON i.id = s.incident_id
          LEFT JOIN site_member sm ON sm.monitor_id = m.id
        WHERE m.team_id = $1 AND m.deleted_at IS NULL AND ($2::text[] IS NULL OR s.status = ANY ($2))
          AND ($3::uuid IS NULL OR m.id > $3)
        ORDER BY m.id LIMIT $4`,
    },
    [teamId, statuses === null ? null : wordArray(statuses), afterId, limit],
  );
}
