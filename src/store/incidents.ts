import type { Cause, Resolution } from '../core/cause.ts';
import { DAY_MS, type Instant } from '../core/instant.ts';
import type { Transaction } from './database.ts';
import { numberArray, textArray, wordArray } from './sql-array.ts';

/** Signals older than this are not looked for when an incident collects its evidence. */
const EVIDENCE_REACH_MS = 35 * DAY_MS;
const EVIDENCE_SIGNALS = 10;
const OUTPUT_TAIL_BYTES = 4_000;
/** Further causes kept with one incident. */
const MAX_NOTES = 100;

export interface IncidentToOpen {
  readonly id: string;
  readonly teamId: string;
  readonly monitorId: string;
  readonly cause: Cause;
  readonly openedAt: Instant;
  readonly detectedAt: Instant;
  /** How it ended, when that was decided in the same transaction. */
  readonly closing: Omit<IncidentToClose, 'id'> | null;
}

/**
 * Writes new incidents together with their own evidence (last good run, last signals, the end of the job's output):
 * signals are dropped in time, an incident is kept. Call it after the signals of the same transaction are written, and
 * after the incidents that it closes: a monitor has one open at a time.
 */
export async function openIncidents(
  tx: Transaction,
  incidents: readonly IncidentToOpen[],
  now: Instant,
): Promise<void> {
  if (incidents.length === 0) return;
  await tx.query(
    {
      name: 'open_incidents',
      text: `INSERT INTO incident (id, team_id, monitor_id, cause_code, cause_data, opened_at, detected_at, evidence,
          resolved_at, resolution, missed_slots)
        SELECT v.id, v.team_id, v.monitor_id, v.cause_code, v.cause_data::jsonb, v.opened_at, v.detected_at,
          jsonb_build_object('lastGoodRun', good.run, 'signals', coalesce(heard.signals, '[]'), 'outputTail', heard.tail),
          v.resolved_at, v.resolution, v.missed_slots
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $9::bigint[],
          $10::text[], $11::integer[]) AS v (id, team_id, monitor_id, cause_code, cause_data, opened_at, detected_at,
          resolved_at, resolution, missed_slots)
        JOIN monitor_state s ON s.monitor_id = v.monitor_id
        LEFT JOIN LATERAL (
          SELECT jsonb_build_object('startedAt', r.started_at, 'endedAt', r.ended_at) AS run FROM run r
          WHERE r.monitor_id = v.monitor_id AND r.state = 'succeeded' ORDER BY r.id DESC LIMIT 1
        ) good ON true
        LEFT JOIN LATERAL (
          SELECT jsonb_agg(jsonb_build_object('n', l.n, 'at', l.at, 'kind', l.kind, 'exitStatus', l.exit_status,
              'runId', l.run_id, 'notCounted', l.not_counted) ORDER BY l.n) AS signals,
            (array_agg(encode(substring(l.body FROM greatest(1, octet_length(l.body) - ${OUTPUT_TAIL_BYTES - 1})), 'base64')
              ORDER BY l.n DESC) FILTER (WHERE octet_length(l.body) > 0))[1] AS tail
          FROM (SELECT * FROM signal g WHERE g.monitor_id = v.monitor_id AND g.n > s.signal_count - ${EVIDENCE_SIGNALS}
              AND g.received_at >= $8 ORDER BY g.n DESC LIMIT ${EVIDENCE_SIGNALS}) l
        ) heard ON true`,
    },
    [
      wordArray(incidents.map((incident) => incident.id)),
      wordArray(incidents.map((incident) => incident.teamId)),
      wordArray(incidents.map((incident) => incident.monitorId)),
      wordArray(incidents.map((incident) => incident.cause.code)),
      textArray(incidents.map((incident) => JSON.stringify(incident.cause.data))),
      numberArray(incidents.map((incident) => incident.openedAt)),
      numberArray(incidents.map((incident) => incident.detectedAt)),
      now - EVIDENCE_REACH_MS,
      numberArray(incidents.map(({ closing }) => closing?.resolvedAt ?? null)),
      wordArray(incidents.map(({ closing }) => closing?.resolution ?? null)),
      numberArray(incidents.map(({ closing }) => closing?.missedSlots ?? 0)),
    ],
  );
}

export interface IncidentToExtend {
  readonly id: string;
  readonly cause: Cause;
  readonly at: Instant;
}

/** Adds what else happened while it was open; beyond MAX_NOTES nothing more is kept. */
export async function extendIncidents(tx: Transaction, extensions: readonly IncidentToExtend[]): Promise<void> {
  if (extensions.length === 0) return;
  const notes = extensions.map(({ cause, at }) => JSON.stringify({ at, code: cause.code, data: cause.data }));
  await tx.query(
    {
      name: 'extend_incidents',
      text: `UPDATE incident i SET notes = i.notes || (SELECT coalesce(jsonb_agg(u.note::jsonb ORDER BY u.place), '[]')
          FROM (SELECT note, place FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS a (id, note, place)
            WHERE a.id = i.id ORDER BY place LIMIT ${MAX_NOTES} - jsonb_array_length(i.notes)) u)
        WHERE i.id = ANY ($1::uuid[]) AND jsonb_array_length(i.notes) < ${MAX_NOTES}`,
    },
    [wordArray(extensions.map((extension) => extension.id)), textArray(notes)],
  );
}

export interface IncidentToClose {
  readonly id: string;
  readonly resolution: Resolution;
  readonly resolvedAt: Instant;
  readonly missedSlots: number;
}

export async function closeIncidents(tx: Transaction, closings: readonly IncidentToClose[]): Promise<void> {
  if (closings.length === 0) return;
  await tx.query(
    {
      name: 'close_incidents',
      text: `UPDATE incident i SET resolved_at = v.resolved_at, resolution = v.resolution, missed_slots = v.missed_slots
        FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::integer[]) AS v (id, resolution, resolved_at, missed_slots)
        WHERE i.id = v.id AND i.resolved_at IS NULL`,
    },
    [
      wordArray(closings.map((closing) => closing.id)),
      wordArray(closings.map((closing) => closing.resolution)),
      numberArray(closings.map((closing) => closing.resolvedAt)),
      numberArray(closings.map((closing) => closing.missedSlots)),
    ],
  );
}
