import type { Instant } from '../../core/instant.ts';
import type { Clock } from '../../platform/clock.ts';
import type { DatabaseClock } from '../../store/database-clock.ts';

/** Time as it goes in a story: it stands until it is moved, and never goes back. Nothing waits for it. */
export interface StoryClock extends Clock {
  moveTo(at: Instant): void;
}

export function createStoryClock(from: Instant): StoryClock {
  let now = from;
  return {
    now: () => now,
    monotonic: () => now,
    after: () => () => undefined,
    moveTo(at) {
      now = Math.max(now, at);
    },
  };
}

/** A time line that stands still, so that pictures of it are the same today and tomorrow; what waits goes on waiting. */
export function stillClock(at: Instant, base: Clock): DatabaseClock {
  return {
    now: () => at,
    monotonic: () => base.monotonic(),
    after: (delayMs, fire) => base.after(delayMs, fire),
    sample: async () => null,
    aheadOfMachineMs: 0,
  };
}
