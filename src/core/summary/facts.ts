import type { CauseCode } from '../cause.ts';
import type { Instant } from '../instant.ts';
import type { MonitorKind, Status } from '../monitor.ts';
import type { StatusChange } from '../uptime.ts';

/** From `from` up to, not including, `to`. */
export interface Period {
  readonly from: Instant;
  readonly to: Instant;
}

/** An incident that touches a period and was not withdrawn. */
export interface IncidentSpan {
  readonly id: string;
  readonly code: CauseCode;
  readonly openedAt: Instant;
  /** Null while it is open. */
  readonly resolvedAt: Instant | null;
  /** Slots missed while it lasted, beyond the one that opened it; known when it is over. */
  readonly missedSlots: number;
  /** Further causes while it was open: fails that followed the first. */
  readonly furtherCauses: number;
}

/** What is usual for the good runs of a monitor in some time; `medianMs` is null when none had a length. */
export interface Durations {
  readonly runs: number;
  readonly medianMs: number | null;
}

/** Everything that a summary needs to know of one monitor. */
export interface MonitorFacts {
  readonly id: string;
  readonly name: string;
  readonly kind: MonitorKind;
  /** As it is now. */
  readonly status: Status;
  /** Null without a schedule. */
  readonly intervalMs: number | null;
  readonly createdAt: Instant;
  /** It was heard from at least once, ever. */
  readonly isHeard: boolean;
  readonly statusAtFrom: Status;
  /** Inside the period, oldest first. */
  readonly changes: readonly StatusChange[];
  readonly incidents: readonly IncidentSpan[];
  /** Runs that ended in the period: well, or by failing or reaching their limit. Others say nothing and are left out. */
  readonly goodRuns: number;
  readonly badRuns: number;
  /** Of the good runs in the period, and of those in the four weeks before it. */
  readonly durations: Durations;
  readonly usual: Durations;
}

/** What a summary needs to know of one channel. */
export interface ChannelFacts {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly state: 'ok' | 'broken';
  /** Deliveries that ended in the period. */
  readonly sent: number;
  readonly failed: number;
  /** Some monitor's alarms or some summary goes there. */
  readonly isUsed: boolean;
}
