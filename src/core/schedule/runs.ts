import { HOUR_MS, type Instant, MINUTE_MS, SECOND_MS } from '../instant.ts';
import type { ParsedSchedule } from './types.ts';
import { createZone, type ZoneSegment } from './zone.ts';

/** One line of a preview. */
export interface NextRun {
  readonly at: Instant;
  /** The clock is being changed: this is the end of a skipped hour, or its local time occurs twice. */
  readonly clockChange: boolean;
}

export const MAX_PREVIEW_RUNS = 50;

/** The next runs after `from`, at most MAX_PREVIEW_RUNS; fewer when the schedule ends. */
export function nextRuns(schedule: ParsedSchedule, from: Instant, count: number): NextRun[] {
  const { source } = schedule;
  const zone = source.type === 'period' ? null : createZone(source.timezone);
  const runs: NextRun[] = [];
  let slot = schedule.slotAfter(from);
  while (slot !== null && runs.length < Math.min(count, MAX_PREVIEW_RUNS)) {
    const { at } = slot;
    runs.push({ at, clockChange: zone !== null && isNearClockChange(zone.segmentAt(at), at) });
    slot = schedule.slotAfter(at);
  }
  return runs;
}

function isNearClockChange(segment: ZoneSegment, at: Instant): boolean {
  const { start, end, offsetMs, offsetBeforeMs, offsetAfterMs } = segment;
  const endsGap = at === start;
  const comesAgain = at + offsetMs >= end + offsetAfterMs;
  const cameBefore = at + offsetMs < start + offsetBeforeMs;
  return endsGap || comesAgain || cameBefore;
}

/** The default grace looks at this many intervals ahead. */
const INTERVALS_AHEAD = 5;

/** The period, or the shortest of the next five distances between slots; null when fewer than two slots are left. */
export function shortestIntervalMs(schedule: ParsedSchedule, from: Instant): number | null {
  if (schedule.source.type === 'period') return schedule.source.seconds * SECOND_MS;
  let shortest: number | null = null;
  let slot = schedule.slotAfter(from);
  for (let seen = 0; slot !== null && seen < INTERVALS_AHEAD; seen += 1) {
    const next = schedule.slotAfter(slot.at);
    if (next !== null) shortest = Math.min(shortest ?? Number.POSITIVE_INFINITY, next.at - slot.at);
    slot = next;
  }
  return shortest;
}

const GRACE_SHARE = 0.2;
const MIN_GRACE_MS = 10 * SECOND_MS;
const MAX_GRACE_MS = HOUR_MS;

/** Grace when nobody chose one: 20 % of the interval, between 10 s and 1 h, whole seconds (RULES §7). */
export function defaultGraceSeconds(schedule: ParsedSchedule, from: Instant): number {
  const intervalMs = shortestIntervalMs(schedule, from);
  const graceMs = intervalMs === null ? MAX_GRACE_MS : intervalMs * GRACE_SHARE;
  return Math.round(Math.min(Math.max(graceMs, MIN_GRACE_MS), MAX_GRACE_MS) / SECOND_MS);
}

const MAX_EARLY_MS = MINUTE_MS;

/** How long before its slot a job may report and still be the one that was expected; 0 without an interval. */
export function earlyMs(intervalMs: number | null): number {
  return intervalMs === null ? 0 : Math.min(MAX_EARLY_MS, intervalMs / 10);
}
