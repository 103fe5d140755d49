import { z } from 'zod';
import {
  type AttemptRow,
  type DeliveryRow,
  findDelivery,
  type NoticeRow,
  readAttempts,
  readCarriedNotices,
} from '../../store/delivery-log.ts';
import { id, instant, iso, isoOrNull, maybeInstant, named, secondsBetween } from './common.ts';
import type { ApiContext } from './route.ts';

export const DELIVERY_STATES = ['suppressed', 'queued', 'sending', 'retry', 'sent', 'failed', 'cancelled'] as const;
/** Of one delivery at most this many notices are shown; a digest may carry thousands. */
const MAX_SHOWN_NOTICES = 100;

export const deliveryFields = {
  id: id.meta({ description: "Also the receiver's key for telling a repetition." }),
  channel: z.strictObject({ id, name: z.string(), kind: z.string() }),
  form: z.enum(['single', 'digest', 'test']),
  state: z.enum(DELIVERY_STATES),
  reason: z
    .string()
    .nullable()
    .meta({ description: 'Why it failed, was cancelled or is suppressed, as a word; `site`: because of its site.' }),
  resend_of: id.nullable().meta({ description: 'The delivery that this one repeats at a wish.' }),
  notices: z
    .array(z.strictObject({ subject: z.string(), subject_id: id, kind: z.string(), about: z.string().nullable() }))
    .meta({
      description:
        'What it tells, about what; `about` is the name of the monitor or channel. Empty once a repetition carries them.',
    }),
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
};

export const deliveryAnswer = named('Delivery', z.strictObject(deliveryFields));

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
      about: notice.about,
    })),
    attempts: attempts.map(attemptJson),
    next_attempt_at: isoOrNull(row.nextAttemptAt),
    latency_seconds: secondsBetween(row.createdAt, row.finishedAt),
    created_at: iso(row.createdAt),
    finished_at: isoOrNull(row.finishedAt),
  };
}

/** Deliveries as the API shows them, with their notices and attempts. */
export async function deliveriesJson(rows: readonly DeliveryRow[], { database }: ApiContext) {
  const ids = rows.map((row) => row.id);
  const [attempts, notices] = await Promise.all([
    readAttempts(database, ids),
    readCarriedNotices(database, ids, MAX_SHOWN_NOTICES),
  ]);
  const attemptsOf = Map.groupBy(attempts, (attempt) => attempt.deliveryId);
  const noticesOf = Map.groupBy(notices, (notice) => notice.deliveryId);
  return rows.map((row) => deliveryJson(row, attemptsOf.get(row.id) ?? [], noticesOf.get(row.id) ?? []));
}

/** One delivery of a team as the API shows it; null when there is no such one. */
export async function findDeliveryJson(teamId: string, deliveryId: string, context: ApiContext) {
  const row = await findDelivery(context.database, teamId, deliveryId);
  return row === null ? null : ((await deliveriesJson([row], context))[0] ?? null);
}
