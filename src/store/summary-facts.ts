import type { CauseCode } from '../core/cause.ts';
import { DAY_MS, type Instant } from '../core/instant.ts';
import type { MonitorKind, Status } from '../core/monitor.ts';
import type { ChannelFacts, MonitorFacts, Period } from '../core/summary/facts.ts';
import type { MissedMonitor } from '../core/summary/missed.ts';
import type { Queryable, Row } from './database.ts';

/** Of one monitor at most so much of a period is looked at, the newest of it. */
export const MAX_CHANGES_COUNTED = 1_000;
export const MAX_INCIDENTS_COUNTED = 1_000;
export const MAX_RUNS_COUNTED = 1_000;
/** What is usual is learned from so many good runs of the four weeks before the period, the newest ones. */
export const MAX_USUAL_RUNS = 100;
const USUAL_MS = 28 * DAY_MS;
/** Runs and deliveries are found by the time of their making: those that took longer than this are not counted. */
export const MAX_RUN_COUNTED_MS = 7 * DAY_MS;
export const MAX_DELIVERIES_COUNTED = 1_000;
const MAX_CHANNELS_LOOKED_AT = 200;

/** The smallest id that was made at `at` or later: ids begin with the time of their making. */
export function firstIdAt(at: Instant): string {
  const hex = Math.max(0, Math.floor(at)).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-0000-0000-000000000000`;
}

interface FactsRow extends Row {
  readonly id: string;
  readonly name: string;
  readonly kind: MonitorKind;
  readonly status: Status;
  readonly interval_ms: number | null;
  readonly created_at: number;
  readonly is_heard: boolean;
  readonly status_at_from: Status | null;
  readonly changes: readonly (readonly [number, Status])[] | null;
  readonly incidents: readonly (readonly [string, CauseCode, number, number | null, number, number])[] | null;
  readonly good: number;
  readonly bad: number;
  readonly timed: number;
  readonly median_ms: number | null;
  readonly usual_runs: number;
  readonly usual_ms: number | null;
}

function factsOf(row: FactsRow): MonitorFacts {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    status: row.status,
    intervalMs: row.interval_ms,
    createdAt: row.created_at,
    isHeard: row.is_heard,
    statusAtFrom: row.status_at_from ?? 'new',
    changes: (row.changes ?? []).map(([at, to]) => ({ at, to })),
    incidents: (row.incidents ?? []).map(([id, code, openedAt, resolvedAt, missedSlots, furtherCauses]) => ({
      id,
      code,
      openedAt,
      resolvedAt,
      missedSlots,
      furtherCauses,
    })),
    goodRuns: row.good,
    badRuns: row.bad,
    durations: { runs: row.timed, medianMs: row.median_ms },
    usual: { runs: row.usual_runs, medianMs: row.usual_ms },
  };
}

const MEDIAN = `percentile_cont(0.5) WITHIN GROUP (ORDER BY r.ended_at - r.started_at)`;
const TIMED = `r.state = 'succeeded' AND r.started_at IS NOT NULL`;

/** The living monitors of a team after the id `afterId`, at most `limit`, each with what a summary needs of it. */
export async function readMonitorFacts(
  db: Queryable,
  teamId: string,
  { from, to }: Period,
  afterId: string | null,
  limit: number,
): Promise<MonitorFacts[]> {
  const rows = await db.query<FactsRow>(
    {
      name: 'read_monitor_facts',
      text: `WITH page AS MATERIALIZED (
          SELECT id, name, kind, interval_ms, created_at FROM monitor
          WHERE team_id = $1 AND deleted_at IS NULL AND ($4::uuid IS NULL OR id > $4) ORDER BY id LIMIT $5
        )
        SELECT m.id, m.name, m.kind, m.interval_ms, m.created_at, s.status, s.signal_count > 0 AS is_heard,
          before.status AS status_at_from, changes.list AS changes, incidents.list AS incidents,
          runs.good, runs.bad, runs.timed, runs.median_ms, usual.runs AS usual_runs, usual.median_ms AS usual_ms
        FROM page m JOIN monitor_state s ON s.monitor_id = m.id
        LEFT JOIN LATERAL (SELECT c.status FROM status_change c WHERE c.monitor_id = m.id AND c.at < $2
          ORDER BY c.at DESC, c.id DESC LIMIT 1) before ON true
        CROSS JOIN LATERAL (SELECT json_agg(json_build_array(c.at, c.status) ORDER BY c.at, c.id) AS list FROM (
            SELECT at, status, id FROM status_change WHERE monitor_id = m.id AND at >= $2 AND at < $3
            ORDER BY at, id LIMIT $6) c) changes
        CROSS JOIN LATERAL (SELECT json_agg(json_build_array(i.id, i.cause_code, i.opened_at, i.resolved_at,
            i.missed_slots, jsonb_array_length(i.notes)) ORDER BY i.opened_at, i.id) AS list FROM (
            (SELECT * FROM incident WHERE monitor_id = m.id AND resolved_at IS NULL AND opened_at < $3)
            UNION ALL
            (SELECT * FROM incident WHERE monitor_id = m.id AND resolved_at > $2 AND opened_at < $3
              AND resolution <> 'withdrawn' ORDER BY resolved_at DESC LIMIT $7)) i) incidents
        CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE r.state = 'succeeded') AS good,
            count(*) FILTER (WHERE r.state IN ('failed', 'timed_out')) AS bad,
            count(*) FILTER (WHERE ${TIMED}) AS timed, ${MEDIAN} FILTER (WHERE ${TIMED}) AS median_ms FROM (
            SELECT state, started_at, ended_at FROM run WHERE monitor_id = m.id AND id >= $8::uuid
              AND ended_at >= $2 AND ended_at < $3 ORDER BY id DESC LIMIT $9) r) runs
        CROSS JOIN LATERAL (SELECT count(*) AS runs, ${MEDIAN} AS median_ms FROM (
            SELECT r.started_at, r.ended_at FROM run r WHERE r.monitor_id = m.id AND r.id >= $10::uuid
              AND ${TIMED} AND r.ended_at < $2 ORDER BY r.id DESC LIMIT $11) r) usual
        ORDER BY m.id`,
    },
    [
      teamId,
      from,
      to,
      afterId,
      limit,
      MAX_CHANGES_COUNTED,
      MAX_INCIDENTS_COUNTED,
      firstIdAt(from - MAX_RUN_COUNTED_MS),
      MAX_RUNS_COUNTED,
      firstIdAt(from - USUAL_MS),
      MAX_USUAL_RUNS,
    ],
  );
  return rows.map(factsOf);
}

/** The living channels of a team, with what became of the messages to them in a period. */
export async function readChannelFacts(db: Queryable, teamId: string, { from, to }: Period): Promise<ChannelFacts[]> {
  return db.query<ChannelFacts & Row>(
    {
      name: 'read_channel_facts',
      text: `SELECT c.id, c.name, c.kind, c.state, d.sent, d.failed,
          (NOT c.from_environment AND NOT c.only_chosen AND EXISTS (SELECT 1 FROM monitor m
            WHERE m.team_id = $1 AND m.deleted_at IS NULL AND m.all_channels))
          OR EXISTS (SELECT 1 FROM monitor_channel mc JOIN monitor m ON m.id = mc.monitor_id
            WHERE mc.channel_id = c.id AND m.deleted_at IS NULL)
          OR EXISTS (SELECT 1 FROM summary_channel sc WHERE sc.channel_id = c.id) AS "isUsed"
        FROM channel c CROSS JOIN LATERAL (
          SELECT count(*) FILTER (WHERE state = 'sent') AS sent, count(*) FILTER (WHERE state = 'failed') AS failed FROM (
            SELECT state FROM delivery WHERE channel_id = c.id AND id >= $4::uuid AND form <> 'test'
              AND finished_at >= $2 AND finished_at < $3 ORDER BY id DESC LIMIT $5) ended) d
        WHERE c.team_id = $1 AND c.deleted_at IS NULL ORDER BY c.state = 'broken' DESC, d.failed DESC, c.id LIMIT $6`,
    },
    [teamId, from, to, firstIdAt(from - MAX_RUN_COUNTED_MS), MAX_DELIVERIES_COUNTED, MAX_CHANNELS_LOOKED_AT],
  );
}

/** The monitors of a team that are down now, those first that have been for longest. */
export async function readMissedNow(db: Queryable, teamId: string, limit: number): Promise<MissedMonitor[]> {
  return db.query<MissedMonitor & Row>(
    {
      name: 'read_missed_now',
      text: `SELECT m.id, m.name, i.id AS "incidentId", i.opened_at AS "openedAt",
          jsonb_build_object('code', i.cause_code, 'data', i.cause_data) AS cause
        FROM incident i JOIN monitor m ON m.id = i.monitor_id
        WHERE i.team_id = $1 AND i.resolved_at IS NULL AND m.deleted_at IS NULL
        ORDER BY i.opened_at, i.id LIMIT $2`,
    },
    [teamId, limit],
  );
}
