import ipaddr from 'ipaddr.js';
import { MINUTE_MS } from '../../core/instant.ts';
import type { Clock } from '../../platform/clock.ts';

/** Requests with unknown keys that one address (of IPv6: one /64) may make per minute; guessing keys is slowed down, known keys never. */
export const UNKNOWN_KEYS_PER_MINUTE = 60;
/** Addresses remembered at a time; beyond it the oldest is forgotten. */
export const MAX_REMEMBERED_ADDRESSES = 10_000;

export interface UnknownKeyLimit {
  /** Counts one request with an unknown key; false when this address had too many lately. */
  allows(address: string): boolean;
}

/** Whoever has an IPv6 address has 2^64 of them: the network counts. */
function guesserOf(address: string): string {
  return address.includes(':') && ipaddr.IPv6.isValid(address)
    ? ipaddr.IPv6.parse(address).parts.slice(0, 4).join(':')
    : address;
}

export function createUnknownKeyLimit(clock: Clock): UnknownKeyLimit {
  const seen = new Map<string, { windowFrom: number; count: number }>();
  return {
    allows(address) {
      const at = clock.monotonic();
      const guesser = guesserOf(address);
      let entry = seen.get(guesser);
      if (entry === undefined || at - entry.windowFrom >= MINUTE_MS) {
        entry = { windowFrom: at, count: 0 };
        seen.delete(guesser);
        seen.set(guesser, entry);
        const oldest = seen.size > MAX_REMEMBERED_ADDRESSES ? seen.keys().next().value : undefined;
        if (oldest !== undefined) seen.delete(oldest);
      }
      entry.count += 1;
      return entry.count <= UNKNOWN_KEYS_PER_MINUTE;
    },
  };
}
