import type { Cause, Resolution } from '../core/cause.ts';
import type { Instant } from '../core/instant.ts';
import type { Language } from '../core/language/language.ts';
import type { MonitorKind, Status } from '../core/monitor.ts';
import type { QuietHours } from '../core/quiet-hours.ts';
import type { Database, Queryable, Transaction } from './database.ts';
import type { DeliveryForm, DeliveryState, NoticeKind, SubjectType } from './notices.ts';
import { QUIET_SQL } from './quiet-hours.ts';
import { numberArray, textArray, wordArray } from './sql-array.ts';

/** A delivery that this node holds a lease on. */
export interface ClaimedDelivery {
  readonly id: string;
  readonly teamId: string;
  readonly channelId: string;
  readonly form: DeliveryForm;
  readonly destination: string;
  /** Attempts begun, this one included. */
  readonly attempts: number;
  readonly fence: number;
  readonly createdAt: Instant;
  /** Why it waited, where it did. */
  readonly reason: string | null;
  /** Whoever sent it died at it, more than once: it may have been the reason. */
  readonly isSuspect: boolean;
}

/** Senders that died at a delivery before it counts as a suspect. One may be killed at any time for any reason. */
export const DEATHS_OF_A_SUSPECT = 2;

export interface ClaimOptions {
  readonly now: Instant;
  readonly leaseUntil: Instant;
  readonly limit: number;
  /** How many are under way at this node, per destination. */
  readonly busy: ReadonlyMap<string, number>;
  readonly maxPerDestination: number;
  /** Ids under way at this node: it goes on with them, even where their lease ran out while the database was away. */
  readonly held: readonly string[];
  /** A suspect is under way at this node: no second one is claimed. */
  readonly hasSuspect: boolean;
}

/**
 * Claims deliveries that are due, and those whose sender died: state `sending`, lease, fence and attempt are written
 * before anything is sent, so a crash is visible. A delivery that must not overtake another waits until that one is
 * over; a destination that is busy at this node gets no more than its share. Of those whose senders keep dying one
 * is under way at a time, the one that has waited longest: one that kills its sender takes no others along again.
 */
export async function claimDeliveries(database: Database, options: ClaimOptions): Promise<ClaimedDelivery[]> {
  const rows = await database.query<{
    id: string;
    team_id: string;
    channel_id: string;
    form: DeliveryForm;
    destination: string;
    attempts: number;
    fence: number;
    created_at: number;
    reason: string | null;
    suspect: boolean;
  }>(
    {
      name: 'claim_deliveries',
      text: `WITH due AS (
          SELECT d.id, d.destination, coalesce(d.next_attempt_at, d.lease_until) AS at,
            d.state = 'sending' AND d.attempts - (SELECT count(*) FROM delivery_attempt a WHERE a.delivery_id = d.id)
              >= $8 AS suspect
          FROM delivery d
          WHERE ((d.state IN ('queued', 'retry') AND d.next_attempt_at <= $1)
              OR (d.state = 'sending' AND d.lease_until <= $1))
            AND d.id <> ALL ($7::uuid[])
            AND NOT EXISTS (SELECT 1 FROM notice n JOIN delivery p ON p.id = n.after_delivery_id
              WHERE n.delivery_id = d.id AND p.id <> d.id AND p.state IN ('queued', 'sending', 'retry'))
        ), turned AS (
          SELECT due.*, row_number() OVER (PARTITION BY suspect ORDER BY at, id) AS turn FROM due
        ), ranked AS (
          SELECT t.id, t.at, t.suspect, row_number() OVER (PARTITION BY t.destination ORDER BY t.at, t.id)
            + coalesce(busy.count, 0) AS place
          FROM turned t LEFT JOIN unnest($4::text[], $5::integer[]) AS busy (destination, count)
            ON busy.destination = t.destination
          WHERE NOT t.suspect OR (t.turn = 1 AND NOT $9)
        ), chosen AS (
          SELECT d.id, r.suspect FROM delivery d JOIN ranked r ON r.id = d.id WHERE r.place <= $6
            AND d.state IN ('queued', 'retry', 'sending')
          ORDER BY r.at, r.id LIMIT $3 FOR UPDATE OF d SKIP LOCKED
        )
        UPDATE delivery d SET state = 'sending', attempts = d.attempts + 1, fence = d.fence + 1, lease_until = $2,
          next_attempt_at = NULL
        FROM chosen WHERE d.id = chosen.id AND (d.state <> 'sending' OR d.lease_until <= $1)
        RETURNING d.id, d.team_id, d.channel_id, d.form, d.destination, d.attempts, d.fence, d.created_at, d.reason,
          chosen.suspect`,
    },
    [
      options.now,
      options.leaseUntil,
      options.limit,
      textArray([...options.busy.keys()]),
      numberArray([...options.busy.values()]),
      options.maxPerDestination,
      wordArray(options.held),
      DEATHS_OF_A_SUSPECT,
      options.hasSuspect,
    ],
  );
  return rows.map((row) => ({
    id: row.id,
    teamId: row.team_id,
    channelId: row.channel_id,
    form: row.form,
    destination: row.destination,
    attempts: row.attempts,
    fence: row.fence,
    createdAt: row.created_at,
    reason: row.reason,
    isSuspect: row.suspect,
  }));
}

/** Prolongs the leases of deliveries that are still being sent; a lost one is not taken back. */
export async function renewLeases(
  db: Queryable,
  held: readonly { readonly id: string; readonly fence: number }[],
  leaseUntil: Instant,
): Promise<void> {
  await db.query(
    {
      name: 'renew_leases',
      text: `UPDATE delivery d SET lease_until = $3 FROM unnest($1::uuid[], $2::integer[]) AS v (id, fence)
        WHERE d.id = v.id AND d.fence = v.fence AND d.state = 'sending'`,
    },
    [wordArray(held.map((delivery) => delivery.id)), numberArray(held.map((delivery) => delivery.fence)), leaseUntil],
  );
}

/**
 * From now on nothing more is put into this digest. Waits for transactions that are putting something in; call it
 * before reading the notices, in the same transaction.
 */
export async function closeDigest(tx: Transaction, deliveryId: string): Promise<void> {
  await tx.query(
    {
      name: 'close_digest',
      text: 'UPDATE channel_flow SET digest_id = NULL, digest_at = NULL WHERE digest_id = $1',
    },
    [deliveryId],
  );
}

/** Locks the delivery against everybody else who would change it; false when the lease was lost meanwhile. */
export async function lockClaimed(tx: Transaction, delivery: ClaimedDelivery): Promise<boolean> {
  const rows = await tx.query(
    {
      name: 'lock_claimed',
      text: `SELECT id FROM delivery WHERE id = $1 AND fence = $2 AND state = 'sending' FOR UPDATE`,
    },
    [delivery.id, delivery.fence],
  );
  return rows.length > 0;
}

/**
 * What is over before it was told is told together: the endings of this delivery's openings come along with it, as far
 * as nobody has begun to send them. Deliveries that have nothing left to tell are cancelled. Where the lease was lost
 * nothing happens: it may be sent right behind `lockClaimed`, whose answer says so.
 */
export async function absorbEndings(tx: Transaction, { id, fence }: ClaimedDelivery, now: Instant): Promise<void> {
  await tx.query(
    {
      name: 'absorb_endings',
      text: `WITH moved AS (
          UPDATE notice r SET delivery_id = $1 FROM delivery d, notice o, incident i
          WHERE o.delivery_id = $1 AND o.kind = 'opened' AND o.subject_type = 'incident'
            AND r.subject_id = o.subject_id AND r.channel_id = o.channel_id AND r.kind = 'resolved'
            AND r.delivery_id <> $1 AND d.id = r.delivery_id AND d.state IN ('queued', 'retry')
            AND i.id = o.subject_id AND i.resolution = 'recovered'
            AND EXISTS (SELECT 1 FROM delivery c WHERE c.id = $1 AND c.fence = $3 AND c.state = 'sending')
          RETURNING d.id, r.id AS notice_id
        )
        UPDATE delivery d SET state = 'cancelled', reason = 'merged', next_attempt_at = NULL, finished_at = $2
        WHERE d.id IN (SELECT id FROM moved) AND d.state IN ('queued', 'retry') AND d.form = 'single'`,
    },
    [id, now, fence],
  );
}

/** A notice with everything that is needed to put it into words. */
export interface NoticeFacts {
  readonly id: string;
  readonly kind: NoticeKind;
  readonly subjectType: SubjectType;
  readonly subjectId: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** State of the sending that must have come first, `cancelled` where it left this out; null where there is none. */
  readonly afterState: DeliveryState | null;
  readonly afterProviderId: string | null;
  /** Its incident was held for a site: until when (null: it still is), and whether a darkness explained it. */
  readonly held: { readonly until: Instant | null; readonly wasDark: boolean } | null;
  readonly monitor: {
    readonly id: string;
    readonly name: string;
    readonly kind: MonitorKind;
    readonly status: Status;
    readonly tags: readonly string[];
    readonly createdAt: Instant;
  } | null;
  readonly incident: {
    readonly id: string;
    readonly cause: Cause;
    readonly openedAt: Instant;
    readonly detectedAt: Instant;
    readonly resolvedAt: Instant | null;
    readonly resolution: Resolution | null;
    readonly missedSlots: number;
    readonly evidence: {
      readonly lastGoodRun: { readonly startedAt: Instant | null; readonly endedAt: Instant } | null;
      readonly outputTail: string | null;
    };
  } | null;
}

/** An incident as notices read it; all null but its id where there is none. */
export interface NoticeIncidentRow extends Record<string, unknown> {
  readonly incident_id: string | null;
  readonly cause_code: string;
  readonly cause_data: unknown;
  readonly opened_at: number;
  readonly detected_at: number;
  readonly resolved_at: number | null;
  readonly resolution: Resolution | null;
  readonly missed_slots: number;
  readonly evidence: { lastGoodRun: { startedAt: number | null; endedAt: number } | null; outputTail: string | null };
}

interface NoticeFactsRow extends NoticeIncidentRow {
  readonly id: string;
  readonly kind: NoticeKind;
  readonly subject_type: SubjectType;
  readonly subject_id: string;
  readonly data: Record<string, unknown>;
  readonly after_state: DeliveryState | null;
  readonly after_provider_id: string | null;
  readonly monitor_id: string | null;
  readonly monitor_name: string;
  readonly monitor_kind: MonitorKind;
  readonly monitor_status: Status;
  readonly monitor_tags: string[];
  readonly monitor_created_at: number;
  readonly is_held: boolean;
  readonly held_until: number | null;
  readonly was_dark: boolean | null;
}

/** The notices of a delivery in the order of their making, at most `limit`; and how many there are in all. */
export async function readNoticeFacts(
  db: Queryable,
  deliveryId: string,
  limit: number,
): Promise<{ readonly notices: NoticeFacts[]; readonly total: number }> {
  const [rows, counted] = await Promise.all([
    db.query<NoticeFactsRow>(
      {
        name: 'read_notice_facts',
        text: `SELECT n.id, n.kind, n.subject_type, n.subject_id, n.data,
            CASE WHEN EXISTS (SELECT 1 FROM notice o WHERE o.delivery_id = p.id AND o.subject_id = n.subject_id
              AND o.kind = 'opened' AND o.data ? 'leftOut') THEN 'cancelled' ELSE p.state END AS after_state,
            p.provider_id AS after_provider_id, m.id AS monitor_id, m.name AS monitor_name, m.kind AS monitor_kind,
            s.status AS monitor_status, m.tags AS monitor_tags, m.created_at AS monitor_created_at,
            i.id AS incident_id, i.cause_code, i.cause_data, i.opened_at, i.detected_at, i.resolved_at, i.resolution,
            i.missed_slots, i.evidence, h.incident_id IS NOT NULL AS is_held, h.ended_at AS held_until,
            h.darkness_id IS NOT NULL AS was_dark
          FROM notice n
          LEFT JOIN delivery p ON p.id = n.after_delivery_id
          LEFT JOIN incident i ON n.subject_type = 'incident' AND i.id = n.subject_id
          LEFT JOIN hold h ON h.incident_id = i.id
          LEFT JOIN monitor m ON m.id = coalesce(i.monitor_id, CASE WHEN n.subject_type = 'monitor' THEN n.subject_id END)
          LEFT JOIN monitor_state s ON s.monitor_id = m.id
          WHERE n.delivery_id = $1 ORDER BY n.created_at, n.id LIMIT $2`,
      },
      [deliveryId, limit],
    ),
    db.query<{ total: number }>(
      { name: 'count_notices', text: 'SELECT count(*) AS total FROM notice WHERE delivery_id = $1' },
      [deliveryId],
    ),
  ]);
  return { notices: rows.map(noticeFactsOf), total: counted[0]?.total ?? 0 };
}

function noticeFactsOf(row: NoticeFactsRow): NoticeFacts {
  return {
    id: row.id,
    kind: row.kind,
    subjectType: row.subject_type,
    subjectId: row.subject_id,
    data: row.data,
    afterState: row.after_state,
    afterProviderId: row.after_provider_id,
    held: row.is_held ? { until: row.held_until, wasDark: row.was_dark === true } : null,
    monitor:
      row.monitor_id === null
        ? null
        : {
            id: row.monitor_id,
            name: row.monitor_name,
            kind: row.monitor_kind,
            status: row.monitor_status,
            tags: row.monitor_tags,
            createdAt: row.monitor_created_at,
          },
    incident: incidentOf(row),
  };
}

/** The incident of such a row, or null. */
export function incidentOf(row: NoticeIncidentRow): NoticeFacts['incident'] {
  if (row.incident_id === null) return null;
  return {
    id: row.incident_id,
    // Written by openIncidents from a Cause, and by nobody else.
    cause: { code: row.cause_code, data: row.cause_data } as Cause,
    openedAt: row.opened_at,
    detectedAt: row.detected_at,
    resolvedAt: row.resolved_at,
    resolution: row.resolution,
    missedSlots: row.missed_slots,
    evidence: row.evidence,
  };
}

/** The channel of a delivery with its team's language and zone; null when it was deleted meanwhile. */
export interface ChannelForSending {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly state: 'ok' | 'broken';
  readonly configSealed: Buffer;
  readonly language: Language;
  readonly timezone: string;
  readonly quiet: QuietHours | null;
}

export async function readChannelForSending(db: Queryable, channelId: string): Promise<ChannelForSending | null> {
  const [row] = await db.query<{
    id: string;
    kind: string;
    name: string;
    state: 'ok' | 'broken';
    config_sealed: Buffer;
    language: Language;
    timezone: string;
    quiet: QuietHours | null;
  }>(
    {
      name: 'read_channel_for_sending',
      text: `SELECT c.id, c.kind, c.name, c.state, c.config_sealed, t.language, t.timezone, ${QUIET_SQL} AS quiet FROM channel c
        JOIN team t ON t.id = c.team_id WHERE c.id = $1 AND c.deleted_at IS NULL`,
    },
    [channelId],
  );
  if (row === undefined) return null;
  const { config_sealed, ...rest } = row;
  return { ...rest, configSealed: config_sealed };
}

export async function forgetDeliveries(db: Queryable, finishedBefore: Instant, limit: number): Promise<number> {
  const rows = await db.query(
    {
      name: 'forget_deliveries',
      text: `DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE finished_at < $1 LIMIT $2) RETURNING id`,
    },
    [finishedBefore, limit],
  );
  return rows.length;
}
