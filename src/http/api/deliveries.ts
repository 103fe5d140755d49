import { z } from 'zod';
import {
  type AttemptRow,
  type DeliveryRow,
  findDelivery,
  listDeliveries,
  type NoticeRow,
  readAttempts,
  readCarriedNotices,
  resendDelivery,
} from '../../store/delivery-log.ts';
import { Problem } from '../problems.ts';
import {
  cut,
  id,
  idParams,
  instant,
  iso,
  isoOrNull,
  maybeInstant,
  named,
  notFound,
  paging,
  readIdCursor,
  secondsBetween,
} from './common.ts';
import { type ApiContext, type Route, route } from './route.ts';

const tag = 'Deliveries';
const STATES = ['queued', 'sending', 'retry', 'sent', 'failed', 'cancelled'] as const;
/** A page shows at most this many notices; a digest may carry thousands. */
const MAX_SHOWN_NOTICES = 1_000;

const deliveryAnswer = named(
  'Delivery',
  z.strictObject({
    id: id.meta({ description: "Also the receiver's key for telling a repetition." }),
    channel: z.strictObject({ id, name: z.string(), kind: z.string() }),
    form: z.enum(['single', 'digest', 'test']),
    state: z.enum(STATES),
    reason: z.string().nullable().meta({ description: 'Why it failed or was cancelled, as a word.' }),
    resend_of: id.nullable().meta({ description: 'The delivery that this one repeats at a wish.' }),
    notices: z
      .array(z.strictObject({ subject: z.string(), subject_id: id, kind: z.string() }))
      .meta({ description: 'What it tells, about what. Empty once a repetition carries them.' }),
    attempts: z.array(
      z.strictObject({
        n: z.int(),
        started_at: instant,
        ended_at: instant,
        duration_seconds: z.number(),
        ok: z.boolean(),
        status: z.int().nullable(),
        code: z.string(),
        answer: z.string(),
      }),
    ),
    next_attempt_at: maybeInstant,
    latency_seconds: z.number().nullable().meta({ description: 'From its making to its end.' }),
    created_at: instant,
    finished_at: maybeInstant,
  }),
);

function attemptJson(attempt: AttemptRow) {
  return {
    n: attempt.n,
    started_at: iso(attempt.startedAt),
    ended_at: iso(attempt.endedAt),
    duration_seconds: secondsBetween(attempt.startedAt, attempt.endedAt) ?? 0,
    ok: attempt.ok,
    status: attempt.status,
    code: attempt.code,
    answer: attempt.answer,
  };
}

function deliveryJson(
  row: DeliveryRow,
  attempts: readonly AttemptRow[],
  notices: readonly NoticeRow[],
): z.input<typeof deliveryAnswer> {
  return {
    id: row.id,
    channel: { id: row.channelId, name: row.channelName, kind: row.channelKind },
    form: row.form,
    state: row.state,
    reason: row.reason,
    resend_of: row.resendOf,
    notices: notices.map((notice) => ({
      subject: notice.subjectType,
      subject_id: notice.subjectId,
      kind: notice.kind,
    })),
    attempts: attempts.map(attemptJson),
    next_attempt_at: isoOrNull(row.nextAttemptAt),
    latency_seconds: secondsBetween(row.createdAt, row.finishedAt),
    created_at: iso(row.createdAt),
    finished_at: isoOrNull(row.finishedAt),
  };
}

async function withDetails(rows: readonly DeliveryRow[], { database }: ApiContext) {
  const ids = rows.map((row) => row.id);
  const [attempts, notices] = await Promise.all([
    readAttempts(database, ids),
    readCarriedNotices(database, ids, MAX_SHOWN_NOTICES),
  ]);
  const attemptsOf = Map.groupBy(attempts, (attempt) => attempt.deliveryId);
  const noticesOf = Map.groupBy(notices, (notice) => notice.deliveryId);
  return rows.map((row) => deliveryJson(row, attemptsOf.get(row.id) ?? [], noticesOf.get(row.id) ?? []));
}

async function shown(teamId: string, deliveryId: string, context: ApiContext) {
  const row = await findDelivery(context.database, teamId, deliveryId);
  const [body] = row === null ? [] : await withDetails([row], context);
  return body === undefined ? notFound('delivery') : { body };
}

const list = route({
  method: 'GET',
  path: '/api/v1/deliveries',
  scope: 'read',
  tag,
  summary: 'List deliveries',
  description: 'What was sent to channels, newest first, with every attempt.',
  query: z.strictObject({
    channel: id.optional(),
    incident: id.optional(),
    state: z.enum(STATES).optional(),
    ...paging,
  }),
  answer: named(
    'DeliveryPage',
    z.strictObject({ deliveries: z.array(deliveryAnswer), next_cursor: z.string().nullable() }),
  ),
  async handle({ query, key }, context) {
    const beforeId = readIdCursor(query.cursor);
    if (beforeId instanceof Problem) return beforeId;
    const filter = { channelId: query.channel, incidentId: query.incident, state: query.state, beforeId };
    const found = await listDeliveries(context.database, key.teamId, filter, query.limit + 1);
    const { rows, nextCursor } = cut(found, query.limit, (row) => row.id);
    return { body: { deliveries: await withDetails(rows, context), next_cursor: nextCursor } };
  },
});

const read = route({
  method: 'GET',
  path: '/api/v1/deliveries/{id}',
  scope: 'read',
  tag,
  summary: 'Read a delivery',
  params: idParams,
  answer: deliveryAnswer,
  problems: ['not_found'],
  handle: ({ params, key }, context) => shown(key.teamId, params.id, context),
});

const resend = route({
  method: 'POST',
  path: '/api/v1/deliveries/{id}/resend',
  scope: 'write',
  tag,
  summary: 'Send a delivery again',
  description: 'One that waits is tried at once. One that is over is repeated under a new id, which is answered.',
  params: idParams,
  status: 202,
  answer: deliveryAnswer,
  problems: ['not_found', 'being_sent', 'channel_gone'],
  async handle({ params, key }, context) {
    const { database, clock, newId } = context;
    const result = await database.transaction((tx) => resendDelivery(tx, key.teamId, params.id, newId(), clock.now()));
    if ('deliveryId' in result) return shown(key.teamId, result.deliveryId, context);
    if (result.refused === 'not_found') return notFound('delivery');
    return result.refused === 'being_sent'
      ? new Problem('being_sent', 'an attempt is under way at this moment')
      : new Problem('channel_gone', 'its channel was deleted');
  },
});

export const deliveryRoutes: readonly Route[] = [list, read, resend];
