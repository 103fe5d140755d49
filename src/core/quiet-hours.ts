import type { Instant } from './instant.ts';
import { nextTime } from './summary/timetable.ts';

/** When a channel is to be left in peace: each day from one time of the wall clock to another, past midnight too. */
export interface QuietHours {
  /** "22:00". */
  readonly from: string;
  readonly to: string;
  readonly timezone: string;
  /** That something went down is told all the same. */
  readonly downPasses: boolean;
}

/** When the quiet hours that are on at `now` end; null: none are. Their beginning belongs to them, their end not. */
export function quietUntil({ from, to, timezone }: QuietHours, now: Instant): Instant | null {
  const next = (time: string) => nextTime({ kind: 'daily', weekday: null, time, timezone }, now);
  const end = next(to);
  return end <= next(from) ? end : null;
}
