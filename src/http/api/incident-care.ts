import { z } from 'zod';
import { PING_KINDS } from '../../core/signal.ts';
import { readIncidentNotices } from '../../store/delivery-log.ts';
import { listResponses } from '../../store/incident-care.ts';
import { findIncident } from '../../store/incident-log.ts';
import { listSignalsBetween } from '../../store/signal-log.ts';
import { type Care, careForIncident, MAX_RESPONSES } from '../../watch/incident-care.ts';
import { invalid, Problem } from '../problems.ts';
import { callerName } from './caller.ts';
import {
  givenInstant,
  id,
  idParams,
  instant,
  instantOf,
  iso,
  LAST_GIVEN_INSTANT,
  named,
  notFound,
  teamOf,
} from './common.ts';
import { detailJson, MAX_SHOWN_NOTICES } from './incidents.ts';
import { causeAnswer, incidentDetailAnswer } from './incidents-schema.ts';
import { causeJson } from './monitor-json.ts';
import { viewerOf } from './monitors.ts';
import { type ApiContext, type ApiRequest, type Route, route } from './route.ts';

const tag = 'Incidents';
const MAX_NOTE_CHARACTERS = 2_000;
/** Signals shown in a timeline: the first ones, since they tell how it began. */
const MAX_TIMELINE_SIGNALS = 200;

const note = z.string().max(MAX_NOTE_CHARACTERS).default('');

/** Notes it and answers the incident as it is then. */
async function care(request: ApiRequest<{ readonly id: string }>, context: ApiContext, what: Care) {
  const team = await teamOf(request, context);
  const refused = await careForIncident(context, team.id, request.params.id, what);
  if (refused === 'over') return new Problem('incident_over', 'the incident is over: there is nothing to take on');
  if (refused === 'full') return new Problem('too_many_responses', `${MAX_RESPONSES} of them are there already`);
  const row = await findIncident(context.database, team.id, request.params.id);
  if (refused === 'not_found' || row === null) return notFound('incident');
  const notices = await readIncidentNotices(context.database, row.id, MAX_SHOWN_NOTICES);
  return { body: detailJson(row, notices, viewerOf(request, team, context)) };
}

const acknowledge = route({
  method: 'POST',
  path: '/api/v1/incidents/{id}/acknowledge',
  scope: 'write',
  tag,
  summary: 'Take an incident on',
  description: 'Says who and when, with a note; no reminders are sent from then on. Again: with another note.',
  params: idParams,
  body: named('Acknowledgement', z.strictObject({ note }).default({ note: '' })),
  example: { note: 'the disk is full, I am at it' },
  answer: incidentDetailAnswer,
  problems: ['not_found', 'incident_over', 'too_many_responses'],
  handle: (request, context) =>
    care(request, context, { kind: 'acknowledged', person: callerName(request.caller), note: request.body.note }),
});

const snooze = route({
  method: 'POST',
  path: '/api/v1/incidents/{id}/snooze',
  scope: 'write',
  tag,
  summary: 'Send no reminders of an incident for a while',
  params: idParams,
  body: named('Snooze', z.strictObject({ until: givenInstant, note })),
  example: { until: '2030-01-01T07:00:00Z' },
  answer: incidentDetailAnswer,
  problems: ['not_found', 'incident_over', 'too_many_responses'],
  async handle(request, context) {
    const until = instantOf(request.body.until);
    if (until <= context.clock.now() || until > LAST_GIVEN_INSTANT) {
      return invalid([{ field: 'until', message: 'must be in the future', given: request.body.until }]);
    }
    return care(request, context, {
      kind: 'snoozed',
      person: callerName(request.caller),
      note: request.body.note,
      until,
    });
  },
});

const EVENT_TYPES = ['opened', 'signal', 'cause', 'notice', 'acknowledged', 'snoozed', 'resolved'] as const;

const timelineAnswer = named(
  'Timeline',
  z.strictObject({
    events: z.array(
      z.strictObject({
        at: instant,
        type: z.enum(EVENT_TYPES),
        cause: causeAnswer.optional().meta({ description: 'Of `opened` and `cause` (what else happened).' }),
        signal: z
          .strictObject({
            n: z.int(),
            kind: z.enum(PING_KINDS),
            exit_status: z.int().nullable(),
            run_id: z.string().nullable(),
          })
          .optional(),
        notice: z
          .strictObject({
            kind: z.string(),
            channel: z.strictObject({ id, name: z.string() }),
            delivery_id: id,
            state: z.string(),
            reason: z.string().nullable(),
          })
          .optional(),
        by: z.string().optional().meta({ description: 'Who acknowledged or snoozed.' }),
        note: z.string().optional(),
        until: instant.optional(),
        resolution: z.string().optional(),
      }),
    ),
  }),
);
type TimelineEvent = z.input<typeof timelineAnswer>['events'][number];

const timeline = route({
  method: 'GET',
  path: '/api/v1/incidents/{id}/timeline',
  scope: 'read',
  tag,
  summary: 'All that happened about an incident, in order',
  description: `Signals up to its end (the first ${MAX_TIMELINE_SIGNALS}, as long as they are kept), notices, and what people did.`,
  params: idParams,
  answer: timelineAnswer,
  problems: ['not_found'],
  async handle(request, context) {
    const { database, clock } = context;
    const team = await teamOf(request, context);
    const row = await findIncident(database, team.id, request.params.id);
    if (row === null) return notFound('incident');
    const until = row.resolved_at ?? clock.now();
    const [notices, responses, heard] = await Promise.all([
      readIncidentNotices(database, row.id, MAX_SHOWN_NOTICES),
      listResponses(database, row.id, MAX_RESPONSES),
      listSignalsBetween(database, row.monitor_id, row.opened_at, until, MAX_TIMELINE_SIGNALS),
    ]);
    const viewer = viewerOf(request, team, context);
    const known = new Set(heard.map(({ n }) => n));
    const before = (row.evidence.signals ?? []).filter(({ n }) => !known.has(n));
    const signal = (
      at: number,
      n: number,
      kind: (typeof PING_KINDS)[number],
      exit: number | null,
      run: string | null,
    ) => {
      return { at: iso(at), type: 'signal' as const, signal: { n, kind, exit_status: exit, run_id: run } };
    };
    const events: TimelineEvent[] = [
      ...before.map((one) => signal(one.at, one.n, one.kind, one.exitStatus, one.runId)),
      ...heard.map((one) => signal(one.at, one.n, one.kind, one.exit_status, one.run_id)),
      { at: iso(row.opened_at), type: 'opened', cause: causeJson(row.cause_code, row.cause_data, viewer) },
      ...row.notes.map(({ at, code, data }) => {
        return { at: iso(at), type: 'cause' as const, cause: causeJson(code, data, viewer) };
      }),
      ...notices.map(({ kind, channelId, channelName, deliveryId, state, reason, createdAt, finishedAt }) => {
        const notice = { kind, channel: { id: channelId, name: channelName }, delivery_id: deliveryId, state, reason };
        return { at: iso(finishedAt ?? createdAt), type: 'notice' as const, notice };
      }),
      ...responses.map(({ kind, at, person, note: said, until: end }) => {
        return { at: iso(at), type: kind, by: person, note: said, ...(end === null ? {} : { until: iso(end) }) };
      }),
      ...(row.resolved_at === null || row.resolution === null
        ? []
        : [{ at: iso(row.resolved_at), type: 'resolved' as const, resolution: row.resolution }]),
    ];
    // Sorting is stable: what is of one instant stays in the order above.
    return { body: { events: events.sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0)) } };
  },
});

export const incidentCareRoutes: readonly Route[] = [acknowledge, snooze, timeline];
