import { z } from 'zod';
import { resolutionSentence } from '../../core/language/resolution-sentence.ts';
import { type IncidentNoticeRow, readIncidentNotices } from '../../store/delivery-log.ts';
import {
  type Evidence,
  findIncident,
  type IncidentDetailRow,
  type IncidentFilter,
  type IncidentRow,
  listIncidents,
} from '../../store/incident-log.ts';
import { hasMonitor } from '../../store/monitors.ts';
import { Problem } from '../problems.ts';
import { cut, id, idParams, iso, isoOrNull, notFound, paging, readIdCursor, secondsBetween, teamOf } from './common.ts';
import { type incidentAnswer, incidentDetailAnswer, incidentsAnswer } from './incidents-schema.ts';
import { causeJson, type Viewer } from './monitor-json.ts';
import { viewerOf } from './monitors.ts';
import { type ApiContext, type ApiRequest, type Route, route } from './route.ts';

const tag = 'Incidents';
/** Notices shown with one incident; the deliveries list has them all. */
export const MAX_SHOWN_NOTICES = 250;

function incidentJson(row: IncidentRow, viewer: Viewer): z.input<typeof incidentAnswer> {
  const { resolution, resolved_at: resolvedAt, opened_at: openedAt } = row;
  const ending =
    resolution === null || resolvedAt === null
      ? null
      : { resolution, openedAt, resolvedAt, missedSlots: row.missed_slots };
  return {
    id: row.id,
    monitor: { id: row.monitor_id, name: row.monitor_name, kind: row.monitor_kind, status: row.monitor_status },
    cause: causeJson(row.cause_code, row.cause_data, viewer),
    state: resolvedAt === null ? 'open' : 'resolved',
    opened_at: iso(openedAt),
    detected_at: iso(row.detected_at),
    resolved_at: isoOrNull(resolvedAt),
    resolution,
    resolution_text: ending === null ? null : resolutionSentence(ending, viewer.language),
    duration_seconds: secondsBetween(openedAt, Math.max(openedAt, resolvedAt ?? viewer.now)) ?? 0,
    missed_slots: row.missed_slots,
    acknowledged: acknowledgedJson(row),
    snoozed_until: isoOrNull(row.snoozed_until),
    reminders: row.reminders,
    suppressed: suppressedJson(row),
  };
}

function acknowledgedJson({ acknowledged_at: at, acknowledged_by: by, acknowledged_note: note }: IncidentRow) {
  return at === null ? null : { at: iso(at), by: by ?? '', note: note ?? '' };
}

function suppressedJson(row: IncidentRow): z.input<typeof incidentAnswer>['suppressed'] {
  const { hold_reason: reason, hold_since: since } = row;
  if (reason === null || since === null) return null;
  return {
    site_id: row.hold_site_id,
    maintenance_id: row.hold_maintenance_id,
    reason,
    since: iso(since),
    until: isoOrNull(row.hold_until),
    ended_at: isoOrNull(row.hold_ended_at),
    outcome: row.hold_outcome,
  };
}

function evidenceJson({ lastGoodRun, signals, outputTail }: Evidence) {
  const good = lastGoodRun ?? null;
  const tail = outputTail ?? null;
  return {
    last_good_run:
      good === null
        ? null
        : {
            started_at: isoOrNull(good.startedAt),
            ended_at: iso(good.endedAt),
            duration_seconds: secondsBetween(good.startedAt, good.endedAt),
          },
    signals: (signals ?? []).map((signal) => ({
      n: signal.n,
      at: iso(signal.at),
      kind: signal.kind,
      counted: signal.notCounted === null,
      reason: signal.notCounted,
      exit_status: signal.exitStatus,
      run_id: signal.runId,
    })),
    output_tail: tail === null ? null : Buffer.from(tail, 'base64').toString('utf8'),
  };
}

function noticeJson(notice: IncidentNoticeRow) {
  return {
    id: notice.id,
    kind: notice.kind,
    channel: { id: notice.channelId, name: notice.channelName },
    delivery_id: notice.deliveryId,
    state: notice.state,
    reason: notice.reason,
    created_at: iso(notice.createdAt),
    finished_at: isoOrNull(notice.finishedAt),
  };
}

export function detailJson(row: IncidentDetailRow, notices: readonly IncidentNoticeRow[], viewer: Viewer) {
  return {
    ...incidentJson(row, viewer),
    evidence: evidenceJson(row.evidence),
    notes: row.notes.map((note) => ({ at: iso(note.at), cause: causeJson(note.code, note.data, viewer) })),
    notices: notices.map(noticeJson),
  };
}

async function pageOf(
  request: Pick<ApiRequest, 'key' | 'headers'>,
  filter: IncidentFilter,
  query: { readonly limit: number; readonly cursor?: string | undefined },
  context: ApiContext,
) {
  const beforeId = readIdCursor(query.cursor);
  if (beforeId instanceof Problem) return beforeId;
  const team = await teamOf(request, context);
  const found = await listIncidents(context.database, team.id, { ...filter, beforeId }, query.limit + 1);
  const { rows, nextCursor } = cut(found, query.limit, (row) => row.id);
  const viewer = viewerOf(request, team, context);
  return { body: { incidents: rows.map((row) => incidentJson(row, viewer)), next_cursor: nextCursor } };
}

const state = z.enum(['open', 'resolved']).optional();

const list = route({
  method: 'GET',
  path: '/api/v1/incidents',
  scope: 'read',
  tag,
  summary: 'List incidents',
  description: 'The last one detected first, those of deleted monitors too.',
  query: z.strictObject({ monitor: id.optional(), state, ...paging }),
  answer: incidentsAnswer,
  async handle(request, context) {
    const { monitor, state } = request.query;
    return pageOf(request, { monitorId: monitor, state }, request.query, context);
  },
});

const ofMonitor = route({
  method: 'GET',
  path: '/api/v1/monitors/{id}/incidents',
  scope: 'read',
  tag: 'Monitors',
  summary: 'List the incidents of a monitor',
  params: idParams,
  query: z.strictObject({ state, ...paging }),
  answer: incidentsAnswer,
  problems: ['not_found'],
  async handle(request, context) {
    const { params, query, key } = request;
    if (!(await hasMonitor(context.database, key.teamId, params.id))) return notFound('monitor');
    return pageOf(request, { monitorId: params.id, state: query.state }, query, context);
  },
});

const read = route({
  method: 'GET',
  path: '/api/v1/incidents/{id}',
  scope: 'read',
  tag,
  summary: 'Read an incident with its evidence',
  params: idParams,
  answer: incidentDetailAnswer,
  problems: ['not_found'],
  async handle(request, context) {
    const team = await teamOf(request, context);
    const row = await findIncident(context.database, team.id, request.params.id);
    if (row === null) return notFound('incident');
    const notices = await readIncidentNotices(context.database, row.id, MAX_SHOWN_NOTICES);
    return { body: detailJson(row, notices, viewerOf(request, team, context)) };
  },
});

export const incidentRoutes: readonly Route[] = [list, read, ofMonitor];
