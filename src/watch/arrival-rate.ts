import type { Clock } from '../platform/clock.ts';

/** The rate is counted over windows of this length. */
const RATE_WINDOW_MS = 250;
/** Below, there is no company to wait for; above, it comes by itself while what came before is under way. */
const MODERATE_FROM_PER_SECOND = 40;
const MODERATE_TO_PER_SECOND = 800;

export interface ArrivalRate {
  count(): void;
  /** Whether waiting for company saves commits. */
  isModerate(): boolean;
  isAtLeast(perSecond: number): boolean;
}

/** Counts arrivals in short windows; an estimate is enough. */
export function createArrivalRate(clock: Clock): ArrivalRate {
  let windowFrom = clock.monotonic();
  let counted = 0;
  let perSecond = 0;
  const roll = () => {
    const passedMs = clock.monotonic() - windowFrom;
    if (passedMs < RATE_WINDOW_MS) return;
    perSecond = (counted * 1_000) / passedMs;
    windowFrom += passedMs;
    counted = 0;
  };
  return {
    count() {
      counted += 1;
      roll();
    },
    isAtLeast: (wanted) => perSecond >= wanted,
    isModerate: () => perSecond >= MODERATE_FROM_PER_SECOND && perSecond <= MODERATE_TO_PER_SECOND,
  };
}
