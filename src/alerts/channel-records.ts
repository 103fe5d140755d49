import type { Instant } from '../core/instant.ts';
import type { Random } from '../platform/random.ts';
import { type ChannelRecord, insertChannel } from '../store/channels.ts';
import type { Queryable } from '../store/database.ts';
import type { Sealer } from '../store/seal.ts';
import type { ChannelKind } from './channels/contract.ts';

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
  wanted: { readonly teamId: string; readonly name: string; readonly config: C },
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
    createdAt: now,
    updatedAt: now,
  };
  await insertChannel(db, channel);
  return { channel, config };
}
