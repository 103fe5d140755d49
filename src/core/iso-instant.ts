import type { Instant } from './instant.ts';

/** Years 1 to 9999: what RFC 3339 can write. */
const FIRST_INSTANT: Instant = -62_135_596_800_000;
const LAST_INSTANT: Instant = 253_402_300_799_999;

/** The nearest instant that can be written down; what is not a number becomes 1970. */
export function writableInstant(at: Instant): Instant {
  return Number.isNaN(at) ? 0 : Math.trunc(Math.min(Math.max(at, FIRST_INSTANT), LAST_INSTANT));
}

/** RFC 3339 in UTC with milliseconds: "2026-11-12T23:05:00.000Z". Never throws. */
export function isoInstant(at: Instant): string {
  return new Date(writableInstant(at)).toISOString();
}
