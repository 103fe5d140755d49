import type { Clock } from '../../src/platform/clock.ts';

export interface ManualClock extends Clock {
  /** Moves time forward and fires what became due, in order of its time. */
  advance(ms: number): void;
  /** How many timers wait. */
  pending(): number;
  /** Resolves once a timer of at least `minDelayMs` has been set; at once when one waits already. */
  waitForTimer(minDelayMs?: number): Promise<void>;
}

/** A clock that stands still until it is told otherwise. */
export function createManualClock(startAt = Date.UTC(2026, 0, 5, 12, 0, 0)): ManualClock {
  let elapsed = 0;
  let timers: { at: number; fire: () => void }[] = [];
  let waiters: { minDelayMs: number; resolve: () => void }[] = [];
  const isWaiting = (minDelayMs: number) => timers.some((timer) => timer.at - elapsed >= minDelayMs);
  return {
    now: () => startAt + elapsed,
    monotonic: () => elapsed,
    after(delayMs, fire) {
      const timer = { at: elapsed + delayMs, fire };
      timers.push(timer);
      for (const waiter of waiters.filter(({ minDelayMs }) => isWaiting(minDelayMs))) waiter.resolve();
      waiters = waiters.filter(({ minDelayMs }) => !isWaiting(minDelayMs));
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance(ms) {
      const until = elapsed + ms;
      for (;;) {
        const next = timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        timers = timers.filter((timer) => timer !== next);
        elapsed = Math.max(elapsed, next.at);
        next.fire();
      }
      elapsed = until;
    },
    pending: () => timers.length,
    waitForTimer(minDelayMs = 0) {
      if (isWaiting(minDelayMs)) return Promise.resolve();
      return new Promise((resolve) => waiters.push({ minDelayMs, resolve }));
    },
  };
}
