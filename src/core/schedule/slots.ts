import { HOUR_MS, type Instant } from '../instant.ts';
import type { Slot } from './types.ts';
import { LAST_YEAR, type WallCalendar, type WallTime } from './wall-calendar.ts';
import type { Zone, ZoneSegment } from './zone.ts';

/**
 * What becomes of a local time when the clock is changed (README.md).
 * `follow`: real time; a repeated hour counts twice, a skipped one not at all.
 * `once`: at the first occurrence, tolerated until the second; skipped: at the end of the gap.
 * `once_or_never`: the same, but nothing where it is skipped.
 */
export type ClockChangeRule = 'follow' | 'once' | 'once_or_never';

/** A jump of this much is not daylight saving but a new calendar; crond then simply goes by the new time. */
const MAX_CLOCK_CHANGE_MS = 3 * HOUR_MS;
/** No zone's clock was ever further from UTC. */
const MAX_OFFSET_MS = 26 * HOUR_MS;
const FIRST_INSTANT: Instant = 0;
const END: Instant = Date.UTC(LAST_YEAR + 1, 0, 1);

/** The first slot with `at` strictly later than `ref`, or null when there is none before the year 2200. */
export function calendarSlotAfter(
  calendar: WallCalendar,
  zone: Zone,
  rule: ClockChangeRule,
  ref: Instant,
): Slot | null {
  if (!(ref < END)) return null;
  const from = Math.max(ref, FIRST_INSTANT - 1);
  let segment = zone.segmentAt(Math.max(from, FIRST_INSTANT));
  let after: WallTime = from + segment.offsetMs;
  for (;;) {
    const wall = calendar.next(Math.max(after, firstWall(segment, rule) - 1));
    if (wall === null) return null;
    if (wall < segment.end + segment.offsetMs) return slotOf(segment, rule, wall);
    // Every later stretch shows later times only, except that the hour behind us may be about to come once more.
    const comesAgain = rule === 'follow' && after >= segment.end + segment.offsetAfterMs;
    segment = zone.segmentAt(comesAgain ? segment.end : Math.max(segment.end, wall - MAX_OFFSET_MS));
    after = Number.NEGATIVE_INFINITY;
  }
}

/**
 * The first local time that belongs to a stretch. For `once` the stretches share out all local times between them: a
 * repeated hour belongs to the stretch that it ends, a skipped one to the stretch that begins behind it.
 */
function firstWall(segment: ZoneSegment, rule: ClockChangeRule): WallTime {
  const { start, offsetMs, offsetBeforeMs } = segment;
  if (rule === 'follow') return start + offsetMs;
  const skippedMs = offsetMs - offsetBeforeMs;
  if (skippedMs > 0 && (rule === 'once_or_never' || skippedMs >= MAX_CLOCK_CHANGE_MS)) return start + offsetMs;
  return start + offsetBeforeMs;
}

function slotOf(segment: ZoneSegment, rule: ClockChangeRule, wall: WallTime): Slot {
  const at = Math.max(wall - segment.offsetMs, segment.start);
  const comesAgain = wall >= segment.end + segment.offsetAfterMs;
  return { at, latestAt: rule !== 'follow' && comesAgain ? wall - segment.offsetAfterMs : at };
}
