import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from './clock.ts';

/**
 * A timer of this length is watched: what it comes late is how long anything else had to wait. Shorter ones see more
 * and cost more: 20 ms take 0.2 % of a core from a node that has nothing to do. (Sampling each turn of the loop
 * would cost nothing then, but in Node 26 it does not see the callbacks of sockets.)
 */
const SAMPLE_EVERY_MS = 50;
/** Numbers are of this long a time at the least. */
export const WINDOW_MS = 10_000;

/** How late the event loop came to its work, in seconds. */
export interface LoopDelay {
  readonly median: number;
  readonly p99: number;
  readonly max: number;
}

export interface LoopWatch {
  /**
   * Of the time since it was asked last; who asks again within WINDOW_MS is told the same once more, so that two who
   * ask do not take each other's numbers away.
   */
  delay(): LoopDelay;
  stop(): void;
}

export function watchEventLoop(clock: Clock): LoopWatch {
  const histogram = monitorEventLoopDelay({ resolution: SAMPLE_EVERY_MS });
  histogram.enable();
  let from = clock.monotonic();
  let told: LoopDelay | null = null;
  const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - SAMPLE_EVERY_MS) / 1_000;
  const read = (): LoopDelay => ({
    median: seconds(histogram.percentile(50)),
    p99: seconds(histogram.percentile(99)),
    max: seconds(histogram.max),
  });
  return {
    delay() {
      if (clock.monotonic() - from < WINDOW_MS) return told ?? read();
      told = read();
      histogram.reset();
      from = clock.monotonic();
      return told;
    },
    stop: () => void histogram.disable(),
  };
}
