import { performance } from 'node:perf_hooks';

/** Stops a timer; calling it again, or after the timer fired, does nothing. */
export type CancelTimer = () => void;

/**
 * The only source of time in the program. `now` is an instant of the shared time line (in production the database's,
 * see store/database-clock.ts); `monotonic` never steps and only measures distances. Both are milliseconds.
 */
export interface Clock {
  now(): number;
  monotonic(): number;
  /** Calls `fire` once after `delayMs`. A pending timer alone does not keep the process alive. */
  after(delayMs: number, fire: () => void): CancelTimer;
}

/** The node's own clock: right for measuring and waiting, and for the time line until the database has been asked. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, fire) {
    const timer = setTimeout(fire, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Waits `delayMs`, or less when `signal` aborts; it never rejects. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const wake = () => {
      cancel();
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const cancel = clock.after(delayMs, wake);
    signal?.addEventListener('abort', wake, { once: true });
  });
}
