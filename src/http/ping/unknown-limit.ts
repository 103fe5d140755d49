import { MINUTE_MS } from '../../core/instant.ts';
import type { Clock } from '../../platform/clock.ts';

/** Requests with unknown keys that one address may make per minute; guessing keys is slowed down, known keys never. */
export const UNKNOWN_KEYS_PER_MINUTE = 60;
/** Addresses remembered at a time; beyond it the oldest is forgotten. */
export const MAX_REMEMBERED_ADDRESSES = 10_000;

export interface UnknownKeyLimit {
  /** Counts one request with an unknown key; false when this address had too many lately. */
  allows(address: string): boolean;
}

export function createUnknownKeyLimit(clock: Clock): UnknownKeyLimit {
  const seen = new Map<string, { windowFrom: number; count: number }>();
  return {
    allows(address) {
      const at = clock.monotonic();
      let entry = seen.get(address);
      if (entry === undefined || at - entry.windowFrom >= MINUTE_MS) {
        entry = { windowFrom: at, count: 0 };
        seen.delete(address);
        seen.set(address, entry);
        const oldest = seen.size > MAX_REMEMBERED_ADDRESSES ? seen.keys().next().value : undefined;
        if (oldest !== undefined) seen.delete(oldest);
      }
      entry.count += 1;
      return entry.count <= UNKNOWN_KEYS_PER_MINUTE;
    },
  };
}
