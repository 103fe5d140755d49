import type { PingKind } from '../../src/core/signal.ts';
import type { Span } from './oracle/story.ts';

/** One request to a ping URL, as its sender saw it. */
export interface SentPing {
  /** Its number, and its user agent: `sim/<n>`. */
  readonly n: number;
  readonly monitor: number;
  readonly kind: PingKind;
  readonly runId: string | null;
  readonly exitStatus: number | null;
  readonly reportedAt: number | null;
  readonly idempotencyKey: string | null;
  /** True time. */
  readonly sentAt: number;
  /** What the node took for the time; null: it reached no node. */
  receivedAt: number | null;
  /** True time and server time of the answer; of a dead node's: when it was sent. */
  settledAt: number;
  settledNow: number;
  blind: Span | null;
  /** `none`: no node was reached. `lost`: the connection broke before an answer came. */
  result: 'none' | 'lost' | 'stored' | 'unknown' | 'unavailable';
}

/** A fault, for the timeline and for the audit. */
export interface Fault {
  readonly name: string;
  readonly from: number;
  to: number;
  /** In this time no ping could be taken, or some were refused. */
  readonly blinds: boolean;
}

/** A row of the gap table, as it was at a time. */
export interface SeenGap extends Span {
  readonly id: string;
  readonly kind: string;
  readonly knownFrom: number;
  knownUntil: number;
}

export const userAgentOf = (n: number) => `sim/${n}`;
export const numberOfAgent = (userAgent: string) => Number(userAgent.slice(4));
