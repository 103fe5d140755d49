import type { Instant } from './instant.ts';
import type { ParsedSchedule } from './schedule/types.ts';

/** A repeated maintenance lasts a minute to a week, one that comes once at most 90 days. */
export const MIN_MAINTENANCE_SECONDS = 60;
export const MAX_MAINTENANCE_SECONDS = 7 * 86_400;
export const MAX_SINGLE_MAINTENANCE_SECONDS = 90 * 86_400;

/**
 * When a maintenance is: once, or from each slot of a schedule on for so long. `endedAt`: somebody ended it before its
 * time, and whatever began until then is over.
 */
export type MaintenanceTimes = { readonly endedAt: Instant | null } & (
  | { readonly type: 'once'; readonly from: Instant; readonly to: Instant }
  | { readonly type: 'repeat'; readonly schedule: ParsedSchedule; readonly durationMs: number }
);

/** The end of the maintenance that is under way at `at`; null when none is. Its beginning belongs to it, its end not. */
export function activeUntil(times: MaintenanceTimes, at: Instant): Instant | null {
  const { endedAt } = times;
  if (times.type === 'once') {
    const isEnded = endedAt !== null && endedAt >= times.from;
    return !isEnded && times.from <= at && at < times.to ? times.to : null;
  }
  const over = at - times.durationMs;
  const slot = times.schedule.slotAfter(endedAt === null ? over : Math.max(over, endedAt));
  return slot !== null && slot.at <= at ? slot.at + times.durationMs : null;
}

/** When the next one begins after `at`; null: never again. */
export function nextMaintenance(times: MaintenanceTimes, at: Instant): Instant | null {
  if (times.type === 'once') return times.from > at ? times.from : null;
  return times.schedule.slotAfter(at)?.at ?? null;
}
