import type { Plan } from '../plans.ts';

/**
 * What the server could see of one monitor, in the order in which it happened. `at` of everything is the true time; what
 * the server took for the time stands beside it, and is what incidents are made of.
 */
export interface Story {
  readonly createdAt: number;
  readonly isArmedAtCreation: boolean;
  readonly terms: Terms;
  readonly happenings: readonly Happening[];
  readonly gaps: readonly KnownGap[];
  readonly watching: readonly Watching[];
  /** Everything up to here has been judged. */
  readonly until: number;
}

/** What people agreed on. */
export interface Terms {
  readonly kind: 'heartbeat' | 'process';
  /** Null: a process that runs by hand. */
  readonly plan: Plan | null;
  /** After its slot a heartbeat may report, and a process may start, so much later. */
  readonly graceMs: number;
  readonly maxRunMs: number | null;
  readonly learns: boolean;
  readonly failAfter: number;
  /** Before its slot it may come so much earlier. */
  readonly earlyMs: number;
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A gap in server time, and from when until when (true time) it was recorded in this form. */
export interface KnownGap extends Span {
  readonly knownFrom: number;
  readonly knownUntil: number;
}

/** A stretch of true time in which somebody judged deadlines; server time is true time + `offset`. */
export interface Watching extends Span {
  readonly offset: number;
}

export interface HeardPing {
  readonly type: 'ping';
  readonly at: number;
  readonly kind: 'success' | 'start' | 'fail' | 'log';
  readonly receivedAt: number;
  readonly reportedAt: number | null;
  readonly runId: string | null;
  /** Server time when it was decided. */
  readonly now: number;
  /** What the node knew to have missed and had not written yet. */
  readonly blind: Span | null;
}

export type PauseMode = { readonly mode: 'by_hand' | 'success' } | { readonly mode: 'until'; readonly until: number };

export type Happening =
  | HeardPing
  | {
      readonly type: 'edited';
      readonly at: number;
      readonly now: number;
      readonly terms: Terms;
      readonly timingChanged: boolean;
      readonly limitChanged: boolean;
    }
  | { readonly type: 'paused'; readonly at: number; readonly now: number; readonly pause: PauseMode }
  | { readonly type: 'resumed' | 'deleted' | 'restored'; readonly at: number; readonly now: number };

export type CauseClass = 'missed' | 'not_started' | 'failed' | 'overran';
export type Ending = 'recovered' | 'withdrawn' | 'paused' | 'deleted';

export interface ExpectedIncident {
  readonly cause: CauseClass;
  readonly openedAt: number;
  ending: Ending | null;
  endedAt: number | null;
  /** True time at which it could be found out. */
  readonly foundAt: number;
}

export interface Verdict {
  readonly incidents: readonly ExpectedIncident[];
  /** Said once that it was never heard from. */
  readonly neverHeard: boolean;
  /** Slots of which nobody knows, and why no incident stands there. */
  readonly excusedSlots: readonly number[];
  /** How often the order of two things within one look of a loop was open. */
  readonly undecided: number;
}
