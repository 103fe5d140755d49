import type { Instant } from '../core/instant.ts';
import type { PingKind } from '../core/signal.ts';

/** A monitor by the team's ping key and its slug. */
export interface PingName {
  readonly teamKey: string;
  readonly slug: string;
}

/** One request to a ping URL, understood and not yet decided. */
export interface Ping {
  /** The monitor's own key; null where it is called by name. */
  readonly key: string | null;
  readonly name: PingName | null;
  readonly kind: PingKind;
  /** When the head of the request arrived at this node. */
  readonly receivedAt: Instant;
  /** When the job says it happened (`?at=`), or null. */
  readonly reportedAt: Instant | null;
  readonly runId: string | null;
  readonly exitStatus: number | null;
  readonly idempotencyKey: string | null;
  readonly method: string;
  readonly remoteAddr: string;
  readonly userAgent: string;
  /** The first bytes of the body, as they came; null when there was none. */
  readonly body: Buffer | null;
  /** How long the body was in whole. */
  readonly bodySize: number;
}

/**
 * `stored`: it is on disk. `unknown`: no living monitor has this key. `unavailable`: nothing was stored, the caller
 * should try again; said when the database is away or the queue is full.
 */
export type PingAnswer =
  | { readonly result: 'stored'; readonly paused: boolean }
  | { readonly result: 'unknown' }
  | { readonly result: 'unavailable' };
