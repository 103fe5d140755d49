import type { Cause } from '../cause.ts';
import type { Instant } from '../instant.ts';
import type { Status } from '../monitor.ts';

/** A monitor that is down at this moment, and why. */
export interface MissedMonitor {
  readonly id: string;
  readonly name: string;
  readonly incidentId: string;
  readonly cause: Cause;
  readonly openedAt: Instant;
}

/** What is missed now. Plain data: it is kept as JSON with its notices. */
export interface Missed {
  readonly at: Instant;
  readonly monitors: Readonly<Record<Status, number>>;
  /** All that are down; `first` are those that have been for longest. */
  readonly total: number;
  readonly first: readonly MissedMonitor[];
}
