import { type SqlBool, sql } from 'kysely';
import type { Instant } from '../core/instant.ts';
import type { Queryable, Row, Transaction } from './database.ts';
import type { DeliveryForm, DeliveryState, NoticeKind, SubjectType } from './notices.ts';
import { builder, runBuilt } from './query-builder.ts';
import { wordArray } from './sql-array.ts';

/** A delivery as the log shows it. */
export interface DeliveryRow extends Row {
  readonly id: string;
  readonly channelId: string;
  readonly channelName: string;
  readonly channelKind: string;
  readonly form: DeliveryForm;
  readonly state: DeliveryState;
  readonly reason: string | null;
  readonly attempts: number;
  readonly nextAttemptAt: Instant | null;
  readonly providerId: string | null;
  readonly resendOf: string | null;
  readonly createdAt: Instant;
  readonly finishedAt: Instant | null;
}

export interface DeliveryFilter {
  readonly channelId?: string | undefined;
  readonly incidentId?: string | undefined;
  readonly state?: DeliveryState | undefined;
  readonly beforeId?: string | undefined;
}

function deliveries(teamId: string) {
  return builder
    .selectFrom('delivery as d')
    .innerJoin('channel as c', 'c.id', 'd.channel_id')
    .select([
      'd.id',
      'd.channel_id as channelId',
      'c.name as channelName',
      'c.kind as channelKind',
      'd.form',
      'd.state',
      'd.reason',
      'd.attempts',
      'd.next_attempt_at as nextAttemptAt',
      'd.provider_id as providerId',
      'd.resend_of as resendOf',
      'd.created_at as createdAt',
      'd.finished_at as finishedAt',
    ])
    .where('d.team_id', '=', teamId);
}

/** A team's deliveries, newest first. */
export function listDeliveries(
  db: Queryable,
  teamId: string,
  filter: DeliveryFilter,
  limit: number,
): Promise<DeliveryRow[]> {
  let query = deliveries(teamId).orderBy('d.id', 'desc').limit(limit);
  if (filter.channelId !== undefined) query = query.where('d.channel_id', '=', filter.channelId);
  if (filter.state !== undefined) query = query.where('d.state', '=', filter.state);
  if (filter.beforeId !== undefined) query = query.where('d.id', '<', filter.beforeId);
  if (filter.incidentId !== undefined) {
    const { incidentId } = filter;
    query = query.where(
      sql<SqlBool>`d.id IN (WITH RECURSIVE told (id) AS (
          SELECT n.delivery_id FROM notice n WHERE n.subject_id = ${incidentId} AND n.subject_type = 'incident'
          UNION SELECT p.resend_of FROM delivery p JOIN told ON told.id = p.id WHERE p.resend_of IS NOT NULL
        ) SELECT id FROM told)`,
    );
  }
  return runBuilt<DeliveryRow>(db, 'list_deliveries', query);
}

export async function findDelivery(db: Queryable, teamId: string, id: string): Promise<DeliveryRow | null> {
  const [row] = await runBuilt<DeliveryRow>(db, 'find_delivery', deliveries(teamId).where('d.id', '=', id));
  return row ?? null;
}

export interface AttemptRow extends Row {
  readonly deliveryId: string;
  readonly n: number;
  readonly startedAt: Instant;
  readonly endedAt: Instant;
  readonly ok: boolean;
  readonly status: number | null;
  readonly code: string;
  readonly answer: string;
}

/** The attempts of these deliveries in their order. */
export function readAttempts(db: Queryable, deliveryIds: readonly string[]): Promise<AttemptRow[]> {
  return db.query<AttemptRow>(
    {
      name: 'read_attempts',
      text: `SELECT delivery_id AS "deliveryId", n, started_at AS "startedAt", ended_at AS "endedAt", ok, status, code,
        answer FROM delivery_attempt WHERE delivery_id = ANY ($1::uuid[]) ORDER BY delivery_id, n`,
    },
    [wordArray(deliveryIds)],
  );
}

export interface NoticeRow extends Row {
  readonly id: string;
  readonly deliveryId: string;
  readonly subjectType: SubjectType;
  readonly subjectId: string;
  readonly kind: NoticeKind;
  /** The name of the monitor or channel that it is about. */
  readonly about: string | null;
}

/** What these deliveries carry, at most `limit` of each: a digest carries many. */
export function readCarriedNotices(db: Queryable, deliveryIds: readonly string[], limit: number): Promise<NoticeRow[]> {
  return db.query<NoticeRow>(
    {
      name: 'read_carried_notices',
      text: `SELECT n.*, coalesce(m.name, c.name) AS about
        FROM unnest($1::uuid[]) AS d (id) CROSS JOIN LATERAL (
          SELECT id, delivery_id AS "deliveryId", subject_type AS "subjectType", subject_id AS "subjectId", kind
          FROM notice WHERE delivery_id = d.id ORDER BY id LIMIT $2) n
        LEFT JOIN incident i ON n."subjectType" = 'incident' AND i.id = n."subjectId"
        LEFT JOIN monitor m ON m.id = coalesce(i.monitor_id, CASE WHEN n."subjectType" = 'monitor' THEN n."subjectId" END)
        LEFT JOIN channel c ON n."subjectType" = 'channel' AND c.id = n."subjectId"
        ORDER BY n.id`,
    },
    [wordArray(deliveryIds), limit],
  );
}

export interface IncidentNoticeRow extends Row {
  readonly id: string;
  readonly kind: NoticeKind;
  readonly channelId: string;
  readonly channelName: string;
  readonly deliveryId: string;
  readonly state: DeliveryState;
  readonly reason: string | null;
  readonly createdAt: Instant;
  readonly finishedAt: Instant | null;
}

/** Who was told of an incident, and whether it arrived. */
export function readIncidentNotices(db: Queryable, incidentId: string, limit: number): Promise<IncidentNoticeRow[]> {
  return db.query<IncidentNoticeRow>(
    {
      name: 'read_incident_notices',
      text: `SELECT n.id, n.kind, n.channel_id AS "channelId", c.name AS "channelName", n.delivery_id AS "deliveryId",
          d.state, d.reason, n.created_at AS "createdAt", d.finished_at AS "finishedAt"
        FROM notice n JOIN delivery d ON d.id = n.delivery_id JOIN channel c ON c.id = n.channel_id
        WHERE n.subject_id = $1 AND n.subject_type = 'incident' ORDER BY n.id LIMIT $2`,
    },
    [incidentId, limit],
  );
}

export type ResendResult =
  | { readonly deliveryId: string }
  | { readonly refused: 'not_found' | 'being_sent' | 'channel_gone' };

/**
 * Sends a delivery once more at a person's wish. One that waits is tried at once. One that is over gets a successor
 * under an id of its own, so that no receiver takes it for a repetition; it carries the notices from then on, and the
 * old one stays in the log with its attempts.
 */
export async function resendDelivery(
  tx: Transaction,
  teamId: string,
  id: string,
  newId: string,
  now: Instant,
): Promise<ResendResult> {
  const [row] = await tx.query<{ state: DeliveryState; gone: boolean }>(
    {
      name: 'lock_delivery',
      text: `SELECT d.state, c.deleted_at IS NOT NULL AS gone FROM delivery d JOIN channel c ON c.id = d.channel_id
        WHERE d.id = $1 AND d.team_id = $2 FOR UPDATE OF d`,
    },
    [id, teamId],
  );
  if (row === undefined) return { refused: 'not_found' };
  if (row.gone) return { refused: 'channel_gone' };
  if (row.state === 'sending') return { refused: 'being_sent' };
  // One that is held for its site as well: who asks for it by hand shall have it.
  if (row.state === 'suppressed' || row.state === 'queued' || row.state === 'retry') {
    await tx.query(
      {
        name: 'hasten_delivery',
        text: `UPDATE delivery SET next_attempt_at = $2, state = CASE state WHEN 'suppressed' THEN 'queued' ELSE state END,
          reason = CASE state WHEN 'suppressed' THEN NULL ELSE reason END WHERE id = $1`,
      },
      [id, now],
    );
    return { deliveryId: id };
  }
  await tx.query(
    {
      name: 'succeed_delivery',
      text: `INSERT INTO delivery (id, team_id, channel_id, form, state, destination, next_attempt_at, created_at, resend_of)
        SELECT $2, d.team_id, d.channel_id, d.form, 'queued', c.destination, $3, $3, d.id
        FROM delivery d JOIN channel c ON c.id = d.channel_id WHERE d.id = $1`,
    },
    [id, newId, now],
  );
  await tx.query(
    {
      name: 'move_notices',
      text: 'UPDATE notice SET delivery_id = $2, after_delivery_id = NULL WHERE delivery_id = $1',
    },
    [id, newId],
  );
  return { deliveryId: newId };
}
