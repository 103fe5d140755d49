import type { Instant } from './instant.ts';

/** A stretch of time in which pings could not be taken; both ends belong to it. */
export interface Gap {
  readonly from: Instant;
  readonly to: Instant;
}

/** What every cause knows: enough to say since when nothing good was heard, and in which zone the person thinks. */
interface CauseContext {
  readonly lastSuccessAt: Instant | null;
  /** The schedule's zone, or null where there is no calendar in it (a period): then the team's zone is shown. */
  readonly timezone: string | null;
  /** Times in which we were blind ourselves and that belong to the story; empty when we watched throughout. */
  readonly blind: readonly Gap[];
}

/**
 * Why an incident opened: a code and its data, kept as data and put into words when shown (core/language). Durations
 * are milliseconds (`…Ms`) or whole seconds (`…Seconds`), points in time are instants (`…At`).
 */
export type Cause =
  | {
      readonly code: 'missed';
      readonly data: CauseContext & {
        readonly expectedAt: Instant;
        readonly graceSeconds: number;
        /** Nobody was watching at the deadline although pings were taken: judged late, told as "found late". */
        readonly foundLateMs: number | null;
      };
    }
  | {
      readonly code: 'not_started';
      readonly data: CauseContext & {
        readonly expectedAt: Instant;
        readonly startGraceSeconds: number;
        readonly foundLateMs: number | null;
      };
    }
  | {
      readonly code: 'failed';
      readonly data: CauseContext & {
        readonly failedAt: Instant;
        readonly exitStatus: number | null;
        /** Consecutive fails up to and including this one, and how many of them open an incident. */
        readonly failStreak: number;
        readonly failAfter: number;
        readonly runId: string | null;
        readonly durationMs: number | null;
      };
    }
  | {
      readonly code: 'overran';
      readonly data: CauseContext & {
        readonly startedAt: Instant;
        readonly runId: string | null;
        readonly runningMs: number;
        /** `max_run`: the limit a person set. `learned`: what is usual; `usualMs` is the median of the good runs. */
        readonly limit:
          | { readonly by: 'max_run'; readonly limitMs: number }
          | { readonly by: 'learned'; readonly limitMs: number; readonly usualMs: number };
        readonly foundLateMs: number | null;
      };
    };

export type CauseCode = Cause['code'];

/** How an incident ended. */
export type Resolution = 'recovered' | 'withdrawn' | 'paused' | 'deleted';
