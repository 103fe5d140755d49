import { channelSealContext } from '../../alerts/channel-records.ts';
import type { ChannelKind, ChannelKindName } from '../../alerts/channels/contract.ts';
import type { ChannelRecord } from '../../store/channels.ts';
import { invalid, type Problem } from '../problems.ts';
import { fieldErrors } from './field-errors.ts';
import type { ApiContext } from './route.ts';

/** A channel's settings, whatever its kind. */
export type Config = Readonly<Record<string, unknown>>;

/** The kind of a channel; null when this server knows none of that name. */
export function kindOf(kind: string, context: ApiContext): ChannelKind<Config> | null {
  return (context.channelKinds.get(kind as ChannelKindName) as ChannelKind<Config> | undefined) ?? null;
}

/** A channel's settings in clear; null when they were sealed with another secret key. */
export function unsealed(channel: ChannelRecord, context: ApiContext): Config | null {
  try {
    return JSON.parse(context.sealer.unseal(channel.configSealed, channelSealContext(channel.id)));
  } catch (error) {
    // Sealed with another secret key: the channel is shown, so that it can be given new settings.
    context.logger.error('the settings of a channel cannot be decrypted', { channel: channel.id, error });
    return null;
  }
}

/** A channel's settings as everybody may see them. */
export function masked(channel: ChannelRecord, context: ApiContext): Record<string, unknown> | null {
  const config = unsealed(channel, context);
  return config === null ? null : (kindOf(channel.kind, context)?.mask(config) ?? {});
}

/** What a person gave, with the kind's defaults filled in, or what is wrong with it. */
export function checkConfig(kind: ChannelKind<Config>, given: unknown): Config | Problem {
  const result = kind.configSchema.safeParse(given);
  return result.success ? result.data : invalid(fieldErrors(result.error, given, 'config'));
}

function isObject(value: unknown): value is Config {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The settings after a change: given fields replace kept ones, null takes one away. A value that is only the mask of
 * what is kept changes nothing, so that what was read can be written back.
 */
export function mergedConfig(before: Config, mask: Config, change: Config): Config {
  const merged = new Map(Object.entries(before));
  for (const [name, value] of Object.entries(change)) {
    const [old, oldMask] = [before[name], mask[name]];
    if (value === null) merged.delete(name);
    else if (isObject(value) && isObject(old) && isObject(oldMask)) merged.set(name, unmasked(value, old, oldMask));
    else if (old === undefined || value !== oldMask) merged.set(name, value);
  }
  return Object.fromEntries(merged);
}

/** An object given as a whole: its fields that are only masks of kept ones keep their values. */
function unmasked(given: Config, before: Config, mask: Config): Config {
  const kept = (name: string, value: unknown) => Object.hasOwn(before, name) && value === mask[name];
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, kept(name, value) ? before[name] : value]),
  );
}
