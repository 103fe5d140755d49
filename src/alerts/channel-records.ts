import type { Instant } from '../core/instant.ts';
import type { Logger } from '../platform/logger.ts';
import type { Random } from '../platform/random.ts';
import { type AddressedChannel, fillAddressHash, listChannelsWithoutAddress } from '../store/channel-states.ts';
import { type ChannelRecord, insertChannel } from '../store/channels.ts';
import type { Database, Queryable } from '../store/database.ts';
import type { Sealer } from '../store/seal.ts';
import type { ChannelKind, ChannelKindName } from './channels/contract.ts';

/** What a channel's secrets are bound to, so that they cannot be moved to another one. */
export function channelSealContext(id: string): string {
  return `channel:${id}`;
}

/** The columns that follow from a channel's settings. Write them together, always. */
export function settingsColumns<C>(
  kind: ChannelKind<C>,
  id: string,
  config: C,
  sealer: Sealer,
): Pick<ChannelRecord, 'configSealed' | 'destination' | 'addressHash'> {
  return {
    configSealed: sealer.seal(JSON.stringify(config), channelSealContext(id)),
    destination: kind.destination(config),
    addressHash: kind.address === undefined ? null : hashAddress(kind.kind, kind.address(config), sealer),
  };
}

/** Under which the channels of an address are found; tells nothing about the address without our key. */
export function hashAddress(kind: string, address: string, sealer: Sealer): string {
  return sealer.sign(`address:${kind}:${address}`);
}

export interface NewChannelDeps {
  readonly random: Random;
  readonly sealer: Sealer;
  readonly newId: () => string;
}

/**
 * Creates a channel with settings that its kind's schema has taken. Answers the row, and the settings with what the
 * product made for them.
 */
export async function createChannel<C>(
  db: Queryable,
  deps: NewChannelDeps,
  kind: ChannelKind<C>,
  wanted: { readonly teamId: string; readonly name: string; readonly config: C; readonly onlyChosen?: boolean },
  now: Instant,
): Promise<{ readonly channel: ChannelRecord; readonly config: C }> {
  const id = deps.newId();
  const config = kind.prepareConfig?.(wanted.config, deps.random) ?? wanted.config;
  const channel: ChannelRecord = {
    id,
    teamId: wanted.teamId,
    kind: kind.kind,
    name: wanted.name,
    ...settingsColumns(kind, id, config, deps.sealer),
    state: 'ok',
    brokenReason: null,
    brokenAt: null,
    fromEnvironment: false,
    onlyChosen: wanted.onlyChosen ?? false,
    createdAt: now,
    updatedAt: now,
  };
  await insertChannel(db, channel);
  return { channel, config };
}

const FILLED_AT_A_TIME = 500;

export interface FillDeps {
  readonly database: Database;
  readonly logger: Logger;
  readonly sealer: Sealer;
  readonly channelKinds: ReadonlyMap<ChannelKindName, ChannelKind>;
}

/** Fills in the address hashes that are missing after an import with another secret key. For the start of a node. */
export async function fillAddresses(deps: FillDeps): Promise<void> {
  for (const kind of deps.channelKinds.values()) {
    if (kind.address === undefined) continue;
    let afterId: string | null = null;
    for (;;) {
      const channels = await listChannelsWithoutAddress(deps.database, kind.kind, afterId, FILLED_AT_A_TIME);
      for (const channel of channels) await fillAddress(deps, kind, channel);
      afterId = channels.at(-1)?.id ?? null;
      if (channels.length < FILLED_AT_A_TIME) break;
    }
  }
}

async function fillAddress(
  { database, logger, sealer }: FillDeps,
  kind: ChannelKind,
  channel: AddressedChannel,
): Promise<void> {
  let config: unknown;
  try {
    config = JSON.parse(sealer.unseal(channel.configSealed, channelSealContext(channel.id)));
  } catch (error) {
    logger.error('the settings of a channel cannot be decrypted', { channel: channel.id, error });
    return;
  }
  const { addressHash } = settingsColumns(kind, channel.id, config, sealer);
  if (addressHash !== null) await fillAddressHash(database, channel, addressHash);
}
