import type { CauseCode, Resolution } from '../core/cause.ts';
import type { Instant } from '../core/instant.ts';
import type { MonitorKind, Status } from '../core/monitor.ts';
import type { NotCountedReason, PingKind } from '../core/signal.ts';
import type { HoldOutcome, HoldReason } from '../core/sites.ts';
import type { Queryable, Row } from './database.ts';
import { builder, runBuilt } from './query-builder.ts';

/** An incident with the monitor that it is about, deleted ones too. */
export interface IncidentRow extends Row {
  readonly id: string;
  readonly monitor_id: string;
  readonly monitor_name: string;
  readonly monitor_kind: MonitorKind;
  readonly monitor_status: Status;
  readonly cause_code: CauseCode;
  readonly cause_data: unknown;
  readonly opened_at: Instant;
  readonly detected_at: Instant;
  readonly resolved_at: Instant | null;
  readonly resolution: Resolution | null;
  readonly missed_slots: number;
  readonly acknowledged_at: Instant | null;
  readonly acknowledged_by: string | null;
  readonly acknowledged_note: string | null;
  readonly snoozed_until: Instant | null;
  readonly reminders: number;
  /** Null: its alarm was never held. */
  readonly hold_reason: HoldReason | null;
  readonly hold_site_id: string | null;
  readonly hold_maintenance_id: string | null;
  readonly hold_since: Instant | null;
  readonly hold_until: Instant | null;
  readonly hold_ended_at: Instant | null;
  readonly hold_outcome: HoldOutcome | null;
}

/** What an incident keeps for ever, as openIncidents wrote it. */
export interface Evidence {
  readonly lastGoodRun?: { readonly startedAt: Instant | null; readonly endedAt: Instant } | null;
  readonly signals?: readonly {
    readonly n: number;
    readonly at: Instant;
    readonly kind: PingKind;
    readonly exitStatus: number | null;
    readonly runId: string | null;
    readonly notCounted: NotCountedReason | null;
  }[];
  /** Base64. */
  readonly outputTail?: string | null;
}

export interface IncidentNote {
  readonly at: Instant;
  readonly code: CauseCode;
  readonly data: unknown;
}

export interface IncidentDetailRow extends IncidentRow {
  readonly evidence: Evidence;
  readonly notes: readonly IncidentNote[];
}

export interface IncidentFilter {
  readonly monitorId?: string | undefined;
  readonly state?: 'open' | 'resolved' | undefined;
  readonly beforeId?: string | undefined;
}

function incidents(teamId: string) {
  return builder
    .selectFrom('incident as i')
    .innerJoin('monitor as m', 'm.id', 'i.monitor_id')
    .innerJoin('monitor_state as s', 's.monitor_id', 'i.monitor_id')
    .leftJoin('hold as h', 'h.incident_id', 'i.id')
    .select([
      'i.id',
      'i.monitor_id',
      'm.name as monitor_name',
      'm.kind as monitor_kind',
      's.status as monitor_status',
      'i.cause_code',
      'i.cause_data',
      'i.opened_at',
      'i.detected_at',
      'i.resolved_at',
      'i.resolution',
      'i.missed_slots',
      'i.acknowledged_at',
      'i.acknowledged_by',
      'i.acknowledged_note',
      'i.snoozed_until',
      'i.reminders',
      'h.reason as hold_reason',
      'h.site_id as hold_site_id',
      'h.maintenance_id as hold_maintenance_id',
      'h.since as hold_since',
      'h.until as hold_until',
      'h.ended_at as hold_ended_at',
      'h.outcome as hold_outcome',
    ])
    .where('i.team_id', '=', teamId);
}

/** A team's incidents, the last one detected first. */
export function listIncidents(
  db: Queryable,
  teamId: string,
  filter: IncidentFilter,
  limit: number,
): Promise<IncidentRow[]> {
  let query = incidents(teamId).orderBy('i.id', 'desc').limit(limit);
  if (filter.monitorId !== undefined) query = query.where('i.monitor_id', '=', filter.monitorId);
  if (filter.state !== undefined) query = query.where('i.resolved_at', filter.state === 'open' ? 'is' : 'is not', null);
  if (filter.beforeId !== undefined) query = query.where('i.id', '<', filter.beforeId);
  return runBuilt<IncidentRow>(db, 'list_incidents', query);
}

export async function findIncident(db: Queryable, teamId: string, id: string): Promise<IncidentDetailRow | null> {
  const query = incidents(teamId).select(['i.evidence', 'i.notes']).where('i.id', '=', id);
  const [row] = await runBuilt<IncidentDetailRow>(db, 'find_incident', query as never);
  return row ?? null;
}

/** How many incidents of a team are open. */
export async function countOpenIncidents(db: Queryable, teamId: string): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    {
      name: 'count_open_incidents',
      text: 'SELECT count(*) AS count FROM incident WHERE team_id = $1 AND resolved_at IS NULL',
    },
    [teamId],
  );
  return row?.count ?? 0;
}
