import type { Clock } from '../../../platform/clock.ts';

/** What is left of the time for an attempt that needs more than one request. */
export interface Deadline {
  /** Milliseconds, never below 1, so that it can be a time-out as it is. */
  remainingMs(): number;
  isOver(): boolean;
}

export function startDeadline(clock: Clock, totalMs: number): Deadline {
  const startedAt = clock.monotonic();
  const left = () => totalMs - (clock.monotonic() - startedAt);
  return { remainingMs: () => Math.max(1, Math.ceil(left())), isOver: () => left() <= 0 };
}
