import type { Gap } from './cause.ts';
import { DAY_MS, type Instant } from './instant.ts';
import type { Status } from './monitor.ts';
import { type DownInterval, type StatusChange, uptime } from './uptime.ts';

/** Days that a public page shows of each monitor. */
export const BAR_DAYS = 90;

/** How a day was; `none`: not watched. */
export type Bar = 'up' | 'partly' | 'down' | 'none';
/** Down for longer than this share of a day it was a bad one; for less it was partly well. */
const BAD_DAY_SHARE = 0.05;

export interface ItemFacts {
  readonly status: Status;
  readonly statusAtFrom: Status;
  readonly changes: readonly StatusChange[];
  readonly downs: readonly DownInterval[];
}

export interface ItemHistory {
  /** Oldest first; the last one is today so far. */
  readonly bars: readonly Bar[];
  /** How long it was down on each of these days. */
  readonly downMs: readonly number[];
  /** Of the whole time, 0 to 1; null: it was not watched. */
  readonly ratio: number | null;
}

/** When the first day that is shown begins; days are those of UTC. */
export function barsFrom(now: Instant): Instant {
  return Math.floor(now / DAY_MS) * DAY_MS - (BAR_DAYS - 1) * DAY_MS;
}

/** How each of the last days was, from what a monitor went through. */
export function historyOf(facts: ItemFacts, gaps: readonly Gap[], now: Instant): ItemHistory {
  const start = barsFrom(now);
  let statusAtFrom = facts.statusAtFrom;
  const bars: Bar[] = [];
  const down: number[] = [];
  for (let from = start; from <= now; from += DAY_MS) {
    const to = Math.min(from + DAY_MS, now);
    const changes = facts.changes.filter(({ at }) => at >= from && at < from + DAY_MS);
    const touching = <T extends { from: Instant; to: Instant | null }>(times: readonly T[]) =>
      times.filter((time) => time.from < to && (time.to === null || time.to > from));
    const { downMs, ratio } = uptime({
      from,
      to,
      statusAtFrom,
      changes,
      downs: touching(facts.downs),
      gaps: touching(gaps),
    });
    bars.push(ratio === null ? 'none' : downMs === 0 ? 'up' : 1 - ratio > BAD_DAY_SHARE ? 'down' : 'partly');
    down.push(downMs);
    statusAtFrom = changes.at(-1)?.to ?? statusAtFrom;
  }
  const { statusAtFrom: first, changes, downs } = facts;
  return {
    bars,
    downMs: down,
    ratio: uptime({ from: start, to: now, statusAtFrom: first, changes, downs, gaps }).ratio,
  };
}
