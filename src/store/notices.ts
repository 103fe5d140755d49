import type { Instant } from '../core/instant.ts';
import type { Flow } from '../core/storm.ts';
import type { Queryable, Transaction } from './database.ts';
import { booleanArray, numberArray, textArray, wordArray } from './sql-array.ts';

export type NoticeKind = 'opened' | 'resolved' | 'reminder' | 'warning' | 'digest' | 'system';
export type SubjectType = 'incident' | 'monitor' | 'channel' | 'gap' | 'team' | 'test';
export type DeliveryState = 'suppressed' | 'queued' | 'sending' | 'retry' | 'sent' | 'failed' | 'cancelled';
export type DeliveryForm = 'single' | 'digest' | 'test';

/** A channel that a monitor's notices go to. */
export interface Target {
  readonly monitorId: string;
  readonly channelId: string;
  readonly destination: string;
  readonly works: boolean;
}

/**
 * Where the notices of these monitors go: the channels chosen for each. All of a team's channels are those that it made;
 * for jobs of Cronflow and gocron also the one of the environment, as these systems use it (RULES §7). Where none of the
 * chosen ones works, every working channel of the team stands in, so that an alarm is never said into the void; not
 * those that serve only monitors which chose them, they may be anybody's.
 */
export async function readTargets(db: Queryable, monitorIds: readonly string[]): Promise<Target[]> {
  const rows = await db.query<{ monitor_id: string; channel_id: string; destination: string; works: boolean }>(
    {
      name: 'read_targets',
      text: `WITH candidate AS (
          SELECT m.id AS monitor_id, c.id AS channel_id, c.destination, c.state = 'ok' AS works,
            (m.all_channels AND (NOT c.from_environment OR coalesce(m.origin_dialect IN ('cronflow', 'gocron'), false)))
              OR EXISTS (SELECT 1 FROM monitor_channel mc WHERE mc.monitor_id = m.id AND mc.channel_id = c.id) AS chosen
          FROM monitor m JOIN channel c ON c.team_id = m.team_id AND c.deleted_at IS NULL AND NOT c.only_chosen
          WHERE m.id = ANY ($1::uuid[])
          UNION ALL
          SELECT mc.monitor_id, c.id, c.destination, c.state = 'ok', true
          FROM monitor_channel mc JOIN channel c ON c.id = mc.channel_id AND c.deleted_at IS NULL AND c.only_chosen
          WHERE mc.monitor_id = ANY ($1::uuid[])
        ), standing AS (
          SELECT monitor_id, bool_or(chosen) AS any_chosen, bool_or(chosen AND works) AS any_working
          FROM candidate GROUP BY monitor_id
        )
        SELECT monitor_id, channel_id, destination, works FROM candidate JOIN standing USING (monitor_id)
        WHERE chosen OR (any_chosen AND NOT any_working AND works) ORDER BY channel_id`,
    },
    [wordArray(monitorIds)],
  );
  return rows.map((row) => ({
    monitorId: row.monitor_id,
    channelId: row.channel_id,
    destination: row.destination,
    works: row.works,
  }));
}

/** The working channels of teams, for notices that are about no monitor; not those that serve only who chose them. */
export async function readWorkingChannels(
  db: Queryable,
  teamIds: readonly string[],
): Promise<{ readonly teamId: string; readonly channelId: string; readonly destination: string }[]> {
  const rows = await db.query<{ team_id: string; id: string; destination: string }>(
    {
      name: 'read_working_channels',
      text: `SELECT team_id, id, destination FROM channel
        WHERE team_id = ANY ($1::uuid[]) AND state = 'ok' AND NOT from_environment
          AND NOT only_chosen AND deleted_at IS NULL ORDER BY id`,
    },
    [wordArray(teamIds)],
  );
  return rows.map((row) => ({ teamId: row.team_id, channelId: row.id, destination: row.destination }));
}

/** An opening that was told, or is about to be. */
export interface OpenedNotice {
  readonly incidentId: string;
  readonly teamId: string;
  readonly channelId: string;
  readonly destination: string;
  readonly deliveryId: string;
  readonly form: DeliveryForm;
  readonly state: DeliveryState;
}

/** The channels that have an opening of any of these incidents. */
export async function readToldChannels(db: Queryable, incidentIds: readonly string[]): Promise<string[]> {
  if (incidentIds.length === 0) return [];
  const rows = await db.query<{ channel_id: string }>(
    {
      name: 'read_told_channels',
      text: `SELECT DISTINCT channel_id FROM notice WHERE subject_id = ANY ($1::uuid[]) AND kind = 'opened'`,
    },
    [wordArray(incidentIds)],
  );
  return rows.map((row) => row.channel_id);
}

/** The openings of these incidents with their deliveries, locked so that nobody starts sending them meanwhile. */
export async function lockOpenings(tx: Transaction, incidentIds: readonly string[]): Promise<OpenedNotice[]> {
  const rows = await tx.query<{
    subject_id: string;
    team_id: string;
    channel_id: string;
    destination: string;
    delivery_id: string;
    form: DeliveryForm;
    state: DeliveryState;
  }>(
    {
      name: 'lock_openings',
      text: `SELECT n.subject_id, n.team_id, n.channel_id, d.destination, n.delivery_id, d.form, d.state
        FROM notice n JOIN delivery d ON d.id = n.delivery_id
        WHERE n.subject_id = ANY ($1::uuid[]) AND n.kind = 'opened' ORDER BY d.id FOR UPDATE OF d`,
    },
    [wordArray(incidentIds)],
  );
  return rows.map((row) => ({
    incidentId: row.subject_id,
    teamId: row.team_id,
    channelId: row.channel_id,
    destination: row.destination,
    deliveryId: row.delivery_id,
    form: row.form,
    state: row.state,
  }));
}

export interface FlowKey {
  readonly channelId: string;
  readonly kind: NoticeKind;
}

/** Locks how much these channels were told, in the order of channels; a channel never told anything has no row. */
export async function lockFlows(
  tx: Transaction,
  channelIds: readonly string[],
  kinds: readonly NoticeKind[],
): Promise<(FlowKey & { readonly flow: Flow })[]> {
  await tx.query(
    {
      name: 'make_flows',
      text: `INSERT INTO channel_flow (channel_id, kind, window_from, told, storming)
        SELECT c.id, k.kind, 0, 0, false FROM unnest($1::uuid[]) AS c (id), unnest($2::text[]) AS k (kind)
        ORDER BY 1, 2 ON CONFLICT DO NOTHING`,
    },
    [wordArray(channelIds), wordArray(kinds)],
  );
  const rows = await tx.query<{
    channel_id: string;
    kind: NoticeKind;
    window_from: number;
    told: number;
    storming: boolean;
    digest_id: string | null;
    digest_at: number | null;
  }>(
    {
      name: 'lock_flows',
      text: `SELECT channel_id, kind, window_from, told, storming, digest_id, digest_at FROM channel_flow
        WHERE channel_id = ANY ($1::uuid[]) AND kind = ANY ($2::text[]) ORDER BY channel_id, kind FOR UPDATE`,
    },
    [wordArray(channelIds), wordArray(kinds)],
  );
  return rows.map((row) => ({
    channelId: row.channel_id,
    kind: row.kind,
    flow: {
      windowFrom: row.window_from,
      told: row.told,
      storming: row.storming,
      digest: row.digest_id === null || row.digest_at === null ? null : { id: row.digest_id, at: row.digest_at },
    },
  }));
}

export async function saveFlows(tx: Transaction, flows: readonly (FlowKey & { readonly flow: Flow })[]): Promise<void> {
  if (flows.length === 0) return;
  await tx.query(
    {
      name: 'save_flows',
      text: `UPDATE channel_flow f SET window_from = v.window_from, told = v.told, storming = v.storming,
          digest_id = v.digest_id, digest_at = v.digest_at
        FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::integer[], $5::boolean[], $6::uuid[], $7::bigint[])
          AS v (channel_id, kind, window_from, told, storming, digest_id, digest_at)
        WHERE f.channel_id = v.channel_id AND f.kind = v.kind`,
    },
    [
      wordArray(flows.map(({ channelId }) => channelId)),
      wordArray(flows.map(({ kind }) => kind)),
      numberArray(flows.map(({ flow }) => flow.windowFrom)),
      numberArray(flows.map(({ flow }) => flow.told)),
      booleanArray(flows.map(({ flow }) => flow.storming)),
      wordArray(flows.map(({ flow }) => flow.digest?.id ?? null)),
      numberArray(flows.map(({ flow }) => flow.digest?.at ?? null)),
    ],
  );
}

/** Why an alarm waits, as the log of deliveries says it. */
export type HeldFor = 'site' | 'maintenance';

export interface DeliveryToSave {
  readonly id: string;
  readonly teamId: string;
  readonly channelId: string;
  readonly form: DeliveryForm;
  readonly destination: string;
  readonly nextAttemptAt: Instant;
  /** Set for one that will never be tried: it is in the log with its reason. */
  readonly cancelledFor: string | null;
  /** It waits for the end of a hold (store/holds.ts) and is in the log meanwhile. */
  readonly heldFor?: HeldFor | null;
}

export async function insertDeliveries(
  tx: Transaction,
  deliveries: readonly DeliveryToSave[],
  now: Instant,
): Promise<void> {
  if (deliveries.length === 0) return;
  await tx.query(
    {
      name: 'insert_deliveries',
      text: `INSERT INTO delivery (id, team_id, channel_id, form, destination, state, reason, next_attempt_at,
          finished_at, created_at)
        SELECT v.id, v.team_id, v.channel_id, v.form, v.destination,
          CASE WHEN v.reason IS NOT NULL THEN 'cancelled' WHEN v.held IS NOT NULL THEN 'suppressed' ELSE 'queued' END,
          coalesce(v.reason, v.held),
          CASE WHEN v.reason IS NULL AND v.held IS NULL THEN v.next_attempt_at END,
          CASE WHEN v.reason IS NOT NULL THEN $8::bigint END, $8
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::bigint[], $9::text[])
          AS v (id, team_id, channel_id, form, destination, reason, next_attempt_at, held)`,
    },
    [
      wordArray(deliveries.map((delivery) => delivery.id)),
      wordArray(deliveries.map((delivery) => delivery.teamId)),
      wordArray(deliveries.map((delivery) => delivery.channelId)),
      wordArray(deliveries.map((delivery) => delivery.form)),
      textArray(deliveries.map((delivery) => delivery.destination)),
      textArray(deliveries.map((delivery) => delivery.cancelledFor)),
      numberArray(deliveries.map((delivery) => delivery.nextAttemptAt)),
      now,
      wordArray(deliveries.map((delivery) => delivery.heldFor ?? null)),
    ],
  );
}

export interface NoticeToSave {
  readonly id: string;
  readonly teamId: string;
  readonly channelId: string;
  readonly subjectType: SubjectType;
  readonly subjectId: string;
  readonly kind: NoticeKind;
  /** Of a kind that is told several times: which time it is. */
  readonly ordinal?: number;
  readonly deliveryId: string;
  readonly afterDeliveryId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Writes notices. One that exists already (same channel, subject, kind) is left as it is: told once is enough. */
export async function insertNotices(tx: Transaction, notices: readonly NoticeToSave[], now: Instant): Promise<void> {
  if (notices.length === 0) return;
  await tx.query(
    {
      name: 'insert_notices',
      text: `INSERT INTO notice (id, team_id, channel_id, subject_type, subject_id, kind, ordinal, delivery_id,
          after_delivery_id, data, created_at)
        SELECT v.id, v.team_id, v.channel_id, v.subject_type, v.subject_id, v.kind, v.ordinal, v.delivery_id,
          v.after_delivery_id, v.data::jsonb, $10
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::uuid[], $8::uuid[],
          $9::text[], $11::integer[])
          AS v (id, team_id, channel_id, subject_type, subject_id, kind, delivery_id, after_delivery_id, data, ordinal)
        ON CONFLICT (channel_id, subject_id, kind, ordinal) DO NOTHING`,
    },
    [
      wordArray(notices.map((notice) => notice.id)),
      wordArray(notices.map((notice) => notice.teamId)),
      wordArray(notices.map((notice) => notice.channelId)),
      wordArray(notices.map((notice) => notice.subjectType)),
      wordArray(notices.map((notice) => notice.subjectId)),
      wordArray(notices.map((notice) => notice.kind)),
      wordArray(notices.map((notice) => notice.deliveryId)),
      wordArray(notices.map((notice) => notice.afterDeliveryId)),
      textArray(notices.map((notice) => JSON.stringify(notice.data))),
      now,
      numberArray(notices.map((notice) => notice.ordinal ?? 0)),
    ],
  );
}

/**
 * Openings that nobody has been told yet and nobody needs to be told any more; without a reason that stays which they
 * were held for.
 */
export async function cancelDeliveries(
  tx: Transaction,
  ids: readonly string[],
  reason: string | null,
  now: Instant,
): Promise<void> {
  if (ids.length === 0) return;
  await tx.query(
    {
      name: 'cancel_deliveries',
      text: `UPDATE delivery SET state = 'cancelled', reason = coalesce($2, reason), next_attempt_at = NULL, finished_at = $3
        WHERE id = ANY ($1::uuid[]) AND state IN ('suppressed', 'queued', 'retry')`,
    },
    [wordArray(ids), reason, now],
  );
}

/** The hold is over, and each of these goes by itself. */
export async function releaseDeliveries(tx: Transaction, ids: readonly string[], now: Instant): Promise<void> {
  if (ids.length === 0) return;
  await tx.query(
    {
      name: 'release_deliveries',
      text: `UPDATE delivery SET state = 'queued', reason = NULL, next_attempt_at = $2
        WHERE id = ANY ($1::uuid[]) AND state = 'suppressed'`,
    },
    [wordArray(ids), now],
  );
}

/** The hold is over, and a digest carries the notices of these. The digests have to be there. */
export async function releaseIntoDigests(
  tx: Transaction,
  moves: readonly { readonly deliveryId: string; readonly digestId: string }[],
  now: Instant,
): Promise<void> {
  if (moves.length === 0) return;
  const ids = wordArray(moves.map(({ deliveryId }) => deliveryId));
  await tx.query(
    {
      name: 'move_into_digests',
      text: `UPDATE notice n SET delivery_id = v.digest_id FROM unnest($1::uuid[], $2::uuid[]) AS v (delivery_id, digest_id)
        WHERE n.delivery_id = v.delivery_id`,
    },
    [ids, wordArray(moves.map(({ digestId }) => digestId))],
  );
  await cancelDeliveries(
    tx,
    moves.map(({ deliveryId }) => deliveryId),
    'merged',
    now,
  );
}
