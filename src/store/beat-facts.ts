import type { BeatFacts, BeatIncident, BeatRun, BeatSignal } from '../core/beats.ts';
import { DAY_MS, type Instant, SECOND_MS } from '../core/instant.ts';
import type { Queryable, Row } from './database.ts';
import { wordArray } from './sql-array.ts';

/** Of a body so many bytes are looked at for its first line. */
const MAX_HEAD_BYTES = 300;
const MAX_LINE_CHARACTERS = 200;
/** Signals are kept in days; only the days that the last results can be in are opened. */
const MAX_DAYS = 90;

interface FactsRow extends Row {
  readonly id: string;
  readonly kind: BeatFacts['kind'];
  readonly status: BeatFacts['status'];
  readonly status_since: Instant | null;
  readonly expected_at: Instant | null;
  readonly period_seconds: number | null;
  readonly signals: readonly (Omit<BeatSignal, 'firstLine'> & { readonly head: string | null })[] | null;
  readonly runs: readonly BeatRun[] | null;
  readonly incidents: readonly BeatIncident[] | null;
  readonly unknown_slots: readonly Instant[] | null;
}

/** The first line with something in it, without control characters. */
export function firstLineOf(head: Buffer): string | null {
  // A character that the limit cut in two is not shown.
  const text = head.toString('utf8').replace(/\uFFFD$/, '');
  const line = text.split(/\r?\n/).find((one) => /[^\p{C}\p{Z}]/u.test(one));
  return line === undefined
    ? null
    : line
        .replaceAll(/\p{Cc}+/gu, ' ')
        .trim()
        .slice(0, MAX_LINE_CHARACTERS)
        .toWellFormed();
}

/** What the last `count` results of these monitors of a team follow from, in one statement; unknown ids are left out. */
export async function readBeatFacts(
  db: Queryable,
  teamId: string,
  monitorIds: readonly string[],
  count: number,
  now: Instant,
): Promise<Map<string, BeatFacts>> {
  const rows = await db.query<FactsRow>(
    {
      name: 'read_beat_facts',
      text: `SELECT m.id, m.kind, s.status, s.status_since, s.expected_at, m.period_seconds,
          heard.rows AS signals, ran.rows AS runs, fell.rows AS incidents, blind.rows AS unknown_slots
        FROM monitor m JOIN monitor_state s ON s.monitor_id = m.id
        LEFT JOIN LATERAL (
          SELECT jsonb_agg(jsonb_build_object('at', g.at, 'kind', g.kind, 'isPaused', g.not_counted IS NOT NULL,
            'exitStatus', g.exit_status, 'runId', g.run_id, 'head', encode(substr(g.body, 1, ${MAX_HEAD_BYTES}), 'base64'))) AS rows
          FROM (
            SELECT * FROM signal WHERE monitor_id = m.id AND kind IN ('success', 'fail')
              AND (not_counted IS NULL OR not_counted = 'paused')
              AND received_at >= least($4, s.last_signal_at)
                - least(greatest(coalesce(m.interval_ms, ${MAX_DAYS * DAY_MS}) * 2 * $3::bigint, ${DAY_MS}), ${MAX_DAYS * DAY_MS})
            ORDER BY n DESC LIMIT $3
          ) g
        ) heard ON true
        LEFT JOIN LATERAL (
          SELECT jsonb_agg(jsonb_build_object('runId', r.run_id, 'state', r.state, 'startedAt', r.started_at,
            'endedAt', r.ended_at, 'deadlineAt', r.deadline_at, 'exitStatus', r.exit_status)) AS rows
          FROM (SELECT * FROM run WHERE monitor_id = m.id ORDER BY id DESC LIMIT $3) r
        ) ran ON true
        LEFT JOIN LATERAL (
          SELECT jsonb_agg(jsonb_build_object('code', i.cause_code, 'openedAt', i.opened_at,
            'resolvedAt', i.resolved_at)) AS rows
          FROM (SELECT * FROM incident WHERE monitor_id = m.id AND resolution IS DISTINCT FROM 'withdrawn'
            ORDER BY id DESC LIMIT $3) i
        ) fell ON true
        LEFT JOIN LATERAL (
          SELECT jsonb_agg(o.slot_at) AS rows
          FROM (SELECT slot_at FROM slot_note WHERE monitor_id = m.id AND note = 'unknown'
            ORDER BY slot_at DESC LIMIT $3) o
        ) blind ON true
        WHERE m.team_id = $1 AND m.id = ANY ($2::uuid[]) AND m.deleted_at IS NULL`,
    },
    [teamId, wordArray(monitorIds), count, now],
  );
  return new Map(rows.map((row) => [row.id, factsOf(row)]));
}

/** They are read newest first; of one instant the order of their ids is the order of events. */
function oldestFirst<T>(rows: readonly T[] | null): T[] {
  return (rows ?? []).toReversed();
}

function factsOf(row: FactsRow): BeatFacts {
  return {
    kind: row.kind,
    status: row.status,
    statusSince: row.status_since,
    expectedAt: row.expected_at,
    periodMs: row.period_seconds === null ? null : row.period_seconds * SECOND_MS,
    signals: oldestFirst(row.signals).map(({ head, ...signal }) => ({
      ...signal,
      firstLine: head === null ? null : firstLineOf(Buffer.from(head, 'base64')),
    })),
    runs: oldestFirst(row.runs),
    incidents: oldestFirst(row.incidents),
    unknownSlots: oldestFirst(row.unknown_slots),
  };
}
