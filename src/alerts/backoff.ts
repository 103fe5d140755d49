import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../core/instant.ts';

/** How long after its predecessor each further attempt is made (RULES §5). */
export const RETRY_DELAYS_MS: readonly number[] = [
  5 * SECOND_MS,
  30 * SECOND_MS,
  2 * MINUTE_MS,
  10 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  3 * HOUR_MS,
  6 * HOUR_MS,
  12 * HOUR_MS,
];
/** The first attempt and every further one. */
export const MAX_ATTEMPTS = RETRY_DELAYS_MS.length + 1;
/** A receiver may ask for patience, up to here. */
export const MAX_RETRY_AFTER_MS = 12 * HOUR_MS;
/** Part of the delay that chance decides, so that what failed together does not come back together. */
const JITTER = 0.2;

/**
 * How long to wait after `attempts` failed attempts, or null when it is enough. What the receiver asked for
 * (Retry-After) is obeyed: never sooner than it said. `fraction` is chance over [0, 1).
 */
export function retryDelayMs(attempts: number, retryAfterMs: number | undefined, fraction: number): number | null {
  const planned = RETRY_DELAYS_MS[attempts - 1];
  if (planned === undefined) return null;
  const jittered = planned * (1 - JITTER / 2 + JITTER * fraction);
  return Math.round(Math.max(jittered, Math.min(retryAfterMs ?? 0, MAX_RETRY_AFTER_MS)));
}
