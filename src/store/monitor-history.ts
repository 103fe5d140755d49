import { DAY_MS, type Instant, SECOND_MS } from '../core/instant.ts';
import type { MonitorKind } from '../core/monitor.ts';
import type { HistoryFacts, HistoryIncident, PartCount, PartLength } from '../core/monitor-history.ts';
import type { Queryable, Row } from './database.ts';
import { MAX_CHANGES, readBlindTimes, readStatusChanges } from './uptime-facts.ts';

/** A late report arrives up to so long after the time that it speaks of (RULES §6). */
const MAX_REPORT_AGE_MS = 7 * DAY_MS;
/** A run that took longer than this is not looked for: ids are in the order of beginnings, and only those are searched. */
const MAX_RUN_MS = 60 * DAY_MS;
const MAX_SLOTS = 100_000;

/** Which monitor, which time and how many parts. */
export interface HistoryWindow {
  readonly monitorId: string;
  readonly from: Instant;
  readonly to: Instant;
  readonly parts: number;
}

interface Watched extends Row {
  readonly kind: MonitorKind;
  readonly period_seconds: number | null;
}

const PART = (at: string) => `((${at} - $2::bigint) * $4::bigint / ($3::bigint - $2::bigint))::integer`;

function countSignals(db: Queryable, { monitorId, from, to, parts }: HistoryWindow): Promise<PartCount[]> {
  return db.query<PartCount & Row>(
    {
      name: 'count_signals_by_part',
      text: `SELECT ${PART('at')} AS part, count(*) FILTER (WHERE kind = 'success')::integer AS good,
          count(*) FILTER (WHERE kind = 'fail')::integer AS failed, 0 AS lost, 0 AS running
        FROM signal WHERE monitor_id = $1 AND kind IN ('success', 'fail') AND not_counted IS NULL
          AND received_at >= $2 AND received_at < $3::bigint + ${MAX_REPORT_AGE_MS} AND at >= $2 AND at < $3
        GROUP BY 1`,
    },
    [monitorId, from, to, parts],
  );
}

/** The lowest id that something begun at an instant can have (UUID v7). */
const FIRST_ID = `(lpad(to_hex(greatest($2::bigint - ${MAX_RUN_MS}, 0)), 12, '0') || repeat('0', 20))::uuid`;
const RUN_AT = `coalesce(ended_at, CASE WHEN state = 'timed_out' THEN deadline_at END, started_at)`;

interface RunRow extends PartCount, Row {
  readonly median_ms: number | null;
  /** The line about the whole time. */
  readonly is_total: boolean;
}

/** Runs of each part by how they ended, how long the good ones took, and how long they took in the whole time. */
async function readRuns(db: Queryable, { monitorId, from, to, parts }: HistoryWindow) {
  const rows = await db.query<RunRow>(
    {
      name: 'count_runs_by_part',
      text: `SELECT coalesce(part, -1) AS part, grouping(part) = 1 AS is_total,
          count(*) FILTER (WHERE state = 'succeeded')::integer AS good,
          count(*) FILTER (WHERE state IN ('failed', 'timed_out'))::integer AS failed,
          count(*) FILTER (WHERE state IN ('abandoned', 'unknown'))::integer AS lost,
          count(*) FILTER (WHERE state = 'open')::integer AS running,
          percentile_cont(0.5) WITHIN GROUP (ORDER BY ended_at - started_at) FILTER (WHERE state = 'succeeded') AS median_ms
        FROM (SELECT *, ${PART(RUN_AT)} AS part FROM run
          WHERE monitor_id = $1 AND id >= ${FIRST_ID} AND ${RUN_AT} >= $2 AND ${RUN_AT} < $3) r
        GROUP BY GROUPING SETS ((part), ())`,
    },
    [monitorId, from, to, parts],
  );
  const byPart = rows.filter(({ is_total: isTotal }) => !isTotal);
  const lengths: PartLength[] = byPart.flatMap(({ part, median_ms: medianMs }) =>
    medianMs === null ? [] : [{ part, medianMs }],
  );
  return { counts: byPart, lengths, usualMs: rows.find(({ is_total: isTotal }) => isTotal)?.median_ms ?? null };
}

function readIncidents(db: Queryable, { monitorId, from, to }: HistoryWindow): Promise<HistoryIncident[]> {
  return db.query<HistoryIncident & Row>(
    {
      name: 'read_history_incidents',
      text: `SELECT cause_code AS code, opened_at AS from, resolved_at AS to FROM incident
        WHERE monitor_id = $1 AND opened_at < $3 AND (resolved_at IS NULL OR resolved_at > $2)
          AND resolution IS DISTINCT FROM 'withdrawn' ORDER BY opened_at LIMIT $4`,
    },
    [monitorId, from, to, MAX_CHANGES],
  );
}

async function readUnknownSlots(db: Queryable, { monitorId, from, to }: HistoryWindow): Promise<Instant[]> {
  const rows = await db.query<{ slot_at: Instant }>(
    {
      name: 'read_unknown_slots',
      text: `SELECT slot_at FROM slot_note WHERE monitor_id = $1 AND note = 'unknown' AND slot_at >= $2 AND slot_at < $3
        LIMIT $4`,
    },
    [monitorId, from, to, MAX_SLOTS],
  );
  return rows.map((row) => row.slot_at);
}

/** What `historyParts` follows from, and the usual length of a run in that time; null where the team has no such monitor. */
export async function readHistory(
  db: Queryable,
  teamId: string,
  window: HistoryWindow,
): Promise<{ readonly facts: HistoryFacts; readonly usualMs: number | null } | null> {
  const { monitorId, from, to } = window;
  const [watched] = await db.query<Watched>(
    {
      name: 'read_history_monitor',
      text: 'SELECT kind, period_seconds FROM monitor WHERE id = $1 AND team_id = $2 AND deleted_at IS NULL',
    },
    [monitorId, teamId],
  );
  if (watched === undefined) return null;
  const [signals, runs, incidents, unknownSlots, history, gaps] = await Promise.all([
    watched.kind === 'process' ? [] : countSignals(db, window),
    readRuns(db, window),
    readIncidents(db, window),
    readUnknownSlots(db, window),
    readStatusChanges(db, monitorId, from, to),
    readBlindTimes(db, from, to),
  ]);
  const periodMs = watched.period_seconds === null ? null : watched.period_seconds * SECOND_MS;
  const counts = watched.kind === 'process' ? runs.counts : signals;
  const facts = { from, to, periodMs, counts, lengths: runs.lengths, incidents, unknownSlots, gaps, ...history };
  return { facts, usualMs: runs.usualMs };
}
