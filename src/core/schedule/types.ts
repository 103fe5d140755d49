import type { Instant } from '../instant.ts';

/** When something is expected, as a person wrote it and as the database keeps it. */
export type Schedule =
  | { readonly type: 'period'; readonly seconds: number }
  | { readonly type: 'cron'; readonly expression: string; readonly timezone: string }
  | { readonly type: 'oncalendar'; readonly expression: string; readonly timezone: string };

/**
 * One expected instant. Where a fixed local time occurs twice (the repeated hour in autumn) `at` is the first
 * occurrence and `latestAt` the second; everywhere else both are equal. A deadline counts from `latestAt` (RULES §1).
 */
export interface Slot {
  readonly at: Instant;
  readonly latestAt: Instant;
}

/** A schedule that was understood. `slotAfter` is a pure function: the same instant always gives the same slot. */
export interface ParsedSchedule {
  readonly source: Schedule;
  /** The first slot later than `ref` (for a period: ref + period), or null when there is none any more. */
  slotAfter(ref: Instant): Slot | null;
}

export type ScheduleField = 'type' | 'seconds' | 'expression' | 'timezone';

/** Why a schedule was refused: the field, and a sentence in English that says what was given and what is allowed. */
export interface ScheduleError {
  readonly field: ScheduleField;
  readonly message: string;
}

export type ScheduleParseResult =
  | { readonly ok: true; readonly schedule: ParsedSchedule }
  | { readonly ok: false; readonly error: ScheduleError };
