import type { Instant } from '../core/instant.ts';
import type { QuietHours } from '../core/quiet-hours.ts';
import type { Queryable, Row, Transaction } from './database.ts';
import type { DeliveryState } from './notices.ts';
import { QUIET_SQL } from './quiet-hours.ts';
import { wordArray } from './sql-array.ts';

/** A channel as it is written. */
export interface ChannelRecord {
  readonly id: string;
  readonly teamId: string;
  readonly kind: string;
  readonly name: string;
  readonly configSealed: Buffer;
  readonly destination: string;
  /** Keyed hash of the address, where the service tells us about addresses; else null. */
  readonly addressHash: string | null;
  readonly state: 'ok' | 'broken';
  readonly brokenReason: string | null;
  readonly brokenAt: Instant | null;
  /** Comes from the configuration: it cannot be changed over the API, and serves only monitors that choose it. */
  readonly fromEnvironment: boolean;
  /** A job named this address (store/job-mail.ts): it serves only monitors that chose it or came with it. */
  readonly onlyChosen: boolean;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

/** A channel with the newest sending to it. */
export interface ChannelView extends ChannelRecord {
  readonly quietHours: QuietHours | null;
  readonly lastDelivery: { readonly id: string; readonly state: DeliveryState; readonly at: Instant } | null;
}

const COLUMNS = `c.id, c.team_id AS "teamId", c.kind, c.name, c.config_sealed AS "configSealed", c.destination,
  c.address_hash AS "addressHash", c.state, c.broken_reason AS "brokenReason", c.broken_at AS "brokenAt",
  c.from_environment AS "fromEnvironment", c.only_chosen AS "onlyChosen",
  c.created_at AS "createdAt", c.updated_at AS "updatedAt"`;

const VIEW = `SELECT ${COLUMNS}, last.delivery AS "lastDelivery", ${QUIET_SQL} AS "quietHours" FROM channel c
  LEFT JOIN LATERAL (
    SELECT jsonb_build_object('id', d.id, 'state', d.state, 'at', coalesce(d.finished_at, d.created_at)) AS delivery
    FROM delivery d WHERE d.channel_id = c.id ORDER BY d.id DESC LIMIT 1
  ) last ON true`;

/** The living channels of a team after the id `afterId`, in the order of their ids. */
export function listChannels(
  db: Queryable,
  teamId: string,
  afterId: string | null,
  limit: number,
): Promise<ChannelView[]> {
  return db.query<ChannelView & Row>(
    {
      name: 'list_channels',
      text: `${VIEW} WHERE c.team_id = $1 AND c.deleted_at IS NULL AND ($2::uuid IS NULL OR c.id > $2)
        ORDER BY c.id LIMIT $3`,
    },
    [teamId, afterId, limit],
  );
}

export async function findChannel(db: Queryable, teamId: string, id: string): Promise<ChannelView | null> {
  const [row] = await db.query<ChannelView & Row>(
    { name: 'find_channel', text: `${VIEW} WHERE c.id = $1 AND c.team_id = $2 AND c.deleted_at IS NULL` },
    [id, teamId],
  );
  return row ?? null;
}

/** As `findChannel`, locked to the end of the transaction. */
export async function lockChannel(tx: Transaction, teamId: string, id: string): Promise<ChannelRecord | null> {
  const [row] = await tx.query<ChannelRecord & Row>(
    {
      name: 'lock_channel',
      text: `SELECT ${COLUMNS} FROM channel c WHERE c.id = $1 AND c.team_id = $2 AND c.deleted_at IS NULL FOR UPDATE`,
    },
    [id, teamId],
  );
  return row ?? null;
}

/** Which of these ids are living channels of the team. */
export async function findLivingChannels(db: Queryable, teamId: string, ids: readonly string[]): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    {
      name: 'find_living_channels',
      text: 'SELECT id FROM channel WHERE team_id = $1 AND deleted_at IS NULL AND id = ANY ($2::uuid[])',
    },
    [teamId, wordArray(ids)],
  );
  return rows.map((row) => row.id);
}

export async function insertChannel(db: Queryable, channel: ChannelRecord): Promise<void> {
  await db.query(
    {
      name: 'insert_channel',
      text: `INSERT INTO channel (id, team_id, kind, name, config_sealed, destination, address_hash, from_environment,
          only_chosen, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    },
    [
      channel.id,
      channel.teamId,
      channel.kind,
      channel.name,
      channel.configSealed,
      channel.destination,
      channel.addressHash,
      channel.fromEnvironment,
      channel.onlyChosen,
      channel.createdAt,
      channel.updatedAt,
    ],
  );
}

/** Writes what can change of a channel; the caller holds its lock. */
export async function updateChannel(tx: Transaction, channel: ChannelRecord): Promise<void> {
  await tx.query(
    {
      name: 'update_channel',
      text: `UPDATE channel SET name = $2, config_sealed = $3, destination = $4, address_hash = $5, state = $6,
          broken_reason = $7, broken_at = $8, updated_at = $9 WHERE id = $1`,
    },
    [
      channel.id,
      channel.name,
      channel.configSealed,
      channel.destination,
      channel.addressHash,
      channel.state,
      channel.brokenReason,
      channel.brokenAt,
      channel.updatedAt,
    ],
  );
}

/** Deletes softly and drops what was still to be sent there. Answers false when there is no such channel. */
export async function deleteChannel(tx: Transaction, teamId: string, id: string, now: Instant): Promise<boolean> {
  const rows = await tx.query(
    {
      name: 'delete_channel',
      text: `UPDATE channel SET deleted_at = $3, updated_at = $3
        WHERE id = $1 AND team_id = $2 AND deleted_at IS NULL RETURNING id`,
    },
    [id, teamId, now],
  );
  if (rows.length === 0) return false;
  await tx.query(
    {
      name: 'cancel_deliveries_of_channel',
      text: `UPDATE delivery SET state = 'cancelled', reason = 'channel_deleted', next_attempt_at = NULL,
          finished_at = $2 WHERE channel_id = $1 AND state IN ('suppressed', 'queued', 'retry')`,
    },
    [id, now],
  );
  return true;
}

/** How many living channels a team has, besides the addresses that its jobs brought. */
export async function countChannels(db: Queryable, teamId: string): Promise<{ ok: number; broken: number }> {
  const [row] = await db.query<{ ok: number; broken: number }>(
    {
      name: 'count_channels',
      text: `SELECT count(*) FILTER (WHERE state = 'ok') AS ok, count(*) FILTER (WHERE state = 'broken') AS broken
        FROM channel WHERE team_id = $1 AND deleted_at IS NULL AND NOT only_chosen`,
    },
    [teamId],
  );
  return row ?? { ok: 0, broken: 0 };
}

/** The channel of this kind that the configuration gave the team, locked; null when there is none. */
export async function lockEnvironmentChannel(
  tx: Transaction,
  teamId: string,
  kind: string,
): Promise<ChannelRecord | null> {
  const [row] = await tx.query<ChannelRecord & Row>(
    {
      name: 'lock_environment_channel',
      text: `SELECT ${COLUMNS} FROM channel c
        WHERE c.team_id = $1 AND c.kind = $2 AND c.from_environment AND c.deleted_at IS NULL FOR UPDATE`,
    },
    [teamId, kind],
  );
  return row ?? null;
}
