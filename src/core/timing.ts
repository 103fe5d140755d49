import type { Instant } from './instant.ts';
import type { MonitorKind } from './monitor.ts';
import { defaultGraceSeconds, shortestIntervalMs } from './schedule/runs.ts';
import { parseSchedule } from './schedule/schedule.ts';
import type { ParsedSchedule, Schedule } from './schedule/types.ts';

export const DEFAULT_START_GRACE_SECONDS = 300;
export const DEFAULT_MAX_RUN_SECONDS = 86_400;
/** 365 days: the longest grace and the longest run that can be asked for. */
export const MAX_LIMIT_SECONDS = 31_536_000;
export const MAX_FAIL_AFTER = 1_000;

/** A schedule as a person writes it: the zone may be left out. */
export type WishedSchedule =
  | { readonly type: 'period'; readonly seconds: number }
  | { readonly type: 'cron' | 'oncalendar'; readonly expression: string; readonly timezone?: string | undefined };

/** What a person wants of a monitor's times; undefined: not said. */
export interface TimingWish {
  readonly schedule?: WishedSchedule | null | undefined;
  readonly graceSeconds?: number | undefined;
  readonly startGraceSeconds?: number | undefined;
  readonly maxRunSeconds?: number | null | undefined;
  readonly learn?: boolean | undefined;
}

/** All that decides when a monitor is late, stuck or missed. */
export interface Timing {
  readonly schedule: Schedule | null;
  readonly intervalMs: number | null;
  readonly graceSeconds: number;
  readonly startGraceSeconds: number;
  readonly maxRunSeconds: number | null;
  readonly learn: boolean;
}

export interface TimingError {
  /** `schedule.expression`, `grace_seconds`, … as the API names them. */
  readonly field: string;
  readonly message: string;
}

export type TimingResult =
  | { readonly ok: true; readonly timing: Timing }
  | { readonly ok: false; readonly errors: readonly TimingError[] };

export interface TimingContext {
  readonly now: Instant;
  /** The team's zone: where the schedule names none. */
  readonly timezone: string;
}

const NOT_FOR_A_PROCESS: readonly (readonly [keyof TimingWish, string, string])[] = [
  [
    'graceSeconds',
    'grace_seconds',
    'a process has no grace_seconds: say with start_grace_seconds how late it may start, and with max_run_seconds how long it may take',
  ],
];

const NOT_FOR_A_HEARTBEAT: readonly (readonly [keyof TimingWish, string, string])[] = [
  [
    'startGraceSeconds',
    'start_grace_seconds',
    'a heartbeat has no start to wait for: use grace_seconds, or make it a process',
  ],
  [
    'maxRunSeconds',
    'max_run_seconds',
    'a heartbeat has no limit for its runs: its grace catches a hang; or make it a process',
  ],
  ['learn', 'learn', 'only a process learns how long its runs usually take'],
];

const RANGES: readonly (readonly [keyof TimingWish, string, number])[] = [
  ['graceSeconds', 'grace_seconds', 0],
  ['startGraceSeconds', 'start_grace_seconds', 0],
  ['maxRunSeconds', 'max_run_seconds', 1],
];

function outOfRange(wish: TimingWish): TimingError[] {
  return RANGES.flatMap(([name, field, least]) => {
    const value = wish[name];
    if (typeof value !== 'number' || (Number.isInteger(value) && value >= least && value <= MAX_LIMIT_SECONDS))
      return [];
    return [{ field, message: `must be a whole number of seconds from ${least} to ${MAX_LIMIT_SECONDS}` }];
  });
}

function misplaced(kind: MonitorKind, wish: TimingWish): TimingError[] {
  const fields = kind === 'process' ? NOT_FOR_A_PROCESS : NOT_FOR_A_HEARTBEAT;
  return fields.flatMap(([name, field, message]) => (wish[name] === undefined ? [] : [{ field, message }]));
}

/** Reads a schedule as a person wrote it; a zone that was not named is the team's. */
export function readWish(wished: WishedSchedule, context: TimingContext): ReturnType<typeof parseSchedule> {
  if (wished.type === 'period') return parseSchedule(wished, context.now);
  const { type, expression, timezone } = wished;
  // A zone inside the expression wins over one that nobody chose.
  const defaultTimezone = timezone === undefined ? context.timezone : '';
  return parseSchedule({ type, expression, timezone: timezone ?? context.timezone }, context.now, { defaultTimezone });
}

/**
 * A monitor's times from what a person asked for; what was not said stays as `before` has it, or gets its default
 * (RULES §7). The schedule comes out in its normal form.
 */
export function defineTiming(
  kind: MonitorKind,
  wish: TimingWish,
  before: Timing | null,
  context: TimingContext,
): TimingResult {
  const errors = [...misplaced(kind, wish), ...outOfRange(wish)];
  let parsed: ParsedSchedule | null = null;
  if (wish.schedule) {
    const result = readWish(wish.schedule, context);
    if (result.ok) parsed = result.schedule;
    else errors.push({ field: `schedule.${result.error.field}`, message: result.error.message });
  } else if (kind === 'heartbeat' && (wish.schedule === null || before === null)) {
    errors.push({ field: 'schedule', message: 'a heartbeat needs a schedule: only a process can run without one' });
  }
  if (errors.length > 0) return { ok: false, errors };
  const keepsSchedule = wish.schedule === undefined && before !== null;
  const grace = before?.graceSeconds ?? (parsed === null ? 0 : defaultGraceSeconds(parsed, context.now));
  return {
    ok: true,
    timing: {
      schedule: keepsSchedule ? before.schedule : (parsed?.source ?? null),
      intervalMs: keepsSchedule ? before.intervalMs : parsed === null ? null : shortestIntervalMs(parsed, context.now),
      graceSeconds: kind === 'process' ? 0 : (wish.graceSeconds ?? grace),
      startGraceSeconds: wish.startGraceSeconds ?? before?.startGraceSeconds ?? DEFAULT_START_GRACE_SECONDS,
      maxRunSeconds: maxRunOf(kind, wish, before),
      learn: wish.learn ?? before?.learn ?? kind === 'process',
    },
  };
}

function maxRunOf(kind: MonitorKind, wish: TimingWish, before: Timing | null): number | null {
  if (kind === 'heartbeat') return null;
  if (wish.maxRunSeconds !== undefined) return wish.maxRunSeconds;
  return before === null ? DEFAULT_MAX_RUN_SECONDS : before.maxRunSeconds;
}

function sameSchedule(one: Schedule | null, other: Schedule | null): boolean {
  if (one === null || other === null) return one === other;
  if (one.type === 'period' || other.type === 'period') {
    return one.type === 'period' && other.type === 'period' && one.seconds === other.seconds;
  }
  return one.type === other.type && one.expression === other.expression && one.timezone === other.timezone;
}

/** What of an edit `step` has to hear of: whether slots are judged differently, whether runs are. */
export function timingChange(before: Timing, after: Timing): { timingChanged: boolean; maxRunChanged: boolean } {
  return {
    timingChanged:
      !sameSchedule(before.schedule, after.schedule) ||
      before.graceSeconds !== after.graceSeconds ||
      before.startGraceSeconds !== after.startGraceSeconds,
    maxRunChanged: before.maxRunSeconds !== after.maxRunSeconds || before.learn !== after.learn,
  };
}

/** The next instant that a schedule expects something at, later than `after`; null for a period or without one. */
export function nextCalendarSlot(schedule: ParsedSchedule | null, after: Instant): Instant | null {
  if (schedule === null || schedule.source.type === 'period') return null;
  return schedule.slotAfter(after)?.at ?? null;
}
