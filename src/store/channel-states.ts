import type { Instant } from '../core/instant.ts';
import type { ChannelRecord } from './channels.ts';
import type { Queryable, Row, Transaction } from './database.ts';

/** Marks a channel broken; false when it was already, or is gone. */
export async function breakChannel(tx: Transaction, channelId: string, reason: string, now: Instant): Promise<boolean> {
  const rows = await tx.query(
    {
      name: 'break_channel',
      text: `UPDATE channel SET state = 'broken', broken_reason = $2, broken_at = $3
        WHERE id = $1 AND state = 'ok' AND deleted_at IS NULL RETURNING id`,
    },
    [channelId, reason, now],
  );
  return rows.length > 0;
}

/** A test arrived, or messages can again: whatever was broken is not. */
export async function reviveChannel(tx: Transaction, channelId: string): Promise<void> {
  await tx.query(
    {
      name: 'revive_channel',
      text: `UPDATE channel SET state = 'ok', broken_reason = NULL, broken_at = NULL WHERE id = $1 AND state = 'broken'`,
    },
    [channelId],
  );
}

/** The channel said how it wants to be addressed from now on. */
export async function replaceChannelConfig(
  tx: Transaction,
  channelId: string,
  settings: Pick<ChannelRecord, 'configSealed' | 'destination' | 'addressHash'>,
): Promise<void> {
  await tx.query(
    {
      name: 'replace_channel_config',
      text: 'UPDATE channel SET config_sealed = $2, destination = $3, address_hash = $4 WHERE id = $1',
    },
    [channelId, settings.configSealed, settings.destination, settings.addressHash],
  );
}

/** A channel found by its address. */
export interface AddressedChannel {
  readonly id: string;
  readonly teamId: string;
  readonly kind: string;
  readonly name: string;
  readonly configSealed: Buffer;
}

/** The living channels with this address, of every team, in the order of their ids and locked. */
export function lockChannelsByAddress(tx: Transaction, addressHash: string): Promise<AddressedChannel[]> {
  return tx.query<AddressedChannel & Row>(
    {
      name: 'lock_channels_by_address',
      text: `SELECT id, team_id AS "teamId", kind, name, config_sealed AS "configSealed" FROM channel
        WHERE address_hash = $1 AND deleted_at IS NULL ORDER BY id FOR NO KEY UPDATE`,
    },
    [addressHash],
  );
}

/** Living channels of a kind whose address hash is not known (they came from an install with another key), after an id. */
export function listChannelsWithoutAddress(
  db: Queryable,
  kind: string,
  afterId: string | null,
  limit: number,
): Promise<AddressedChannel[]> {
  return db.query<AddressedChannel & Row>(
    {
      name: 'list_channels_without_address',
      text: `SELECT id, team_id AS "teamId", kind, name, config_sealed AS "configSealed" FROM channel
        WHERE kind = $1 AND address_hash IS NULL AND deleted_at IS NULL AND ($2::uuid IS NULL OR id > $2)
        ORDER BY id LIMIT $3`,
    },
    [kind, afterId, limit],
  );
}

/** Fills an address hash in, unless the settings were changed meanwhile. */
export async function fillAddressHash(
  db: Queryable,
  channel: Pick<AddressedChannel, 'id' | 'configSealed'>,
  addressHash: string,
): Promise<void> {
  await db.query(
    {
      name: 'fill_address_hash',
      text: 'UPDATE channel SET address_hash = $3 WHERE id = $1 AND config_sealed = $2 AND address_hash IS NULL',
    },
    [channel.id, channel.configSealed, addressHash],
  );
}
