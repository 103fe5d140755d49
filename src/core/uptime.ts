import type { Gap } from './cause.ts';
import type { Instant } from './instant.ts';
import type { Status } from './monitor.ts';

/** One entry of a monitor's history: from `at` on it was `to`. */
export interface StatusChange {
  readonly at: Instant;
  readonly to: Status;
}

/** The time of an incident that was not withdrawn; `to` is null while it is open. */
export interface DownInterval {
  readonly from: Instant;
  readonly to: Instant | null;
}

export interface UptimeInput {
  /** The window that is asked for: from `from` up to, not including, `to`. */
  readonly from: Instant;
  readonly to: Instant;
  /** What the monitor was when the window begins. */
  readonly statusAtFrom: Status;
  /** The changes inside the window, oldest first; others are ignored, save that the last one before it counts. */
  readonly changes: readonly StatusChange[];
  /** In any order; they may overlap. */
  readonly downs: readonly DownInterval[];
  /** Times in which we could not see, in any order; they may overlap. */
  readonly gaps: readonly Gap[];
}

export interface Uptime {
  readonly upMs: number;
  readonly downMs: number;
  /** up / (up + down), from 0 to 1; null when neither was the case for a moment. */
  readonly ratio: number | null;
}

/** What starts or stops to hold at an instant. */
interface Edge {
  readonly at: Instant;
  readonly status?: Status;
  /** +1 where a down interval or a gap begins, -1 where it ends. */
  readonly down?: number;
  readonly blind?: number;
}

function edgesOf(input: UptimeInput): Edge[] {
  const edges: Edge[] = input.changes.map(({ at, to }) => ({ at, status: to }));
  for (const { from, to } of input.downs) edges.push({ at: from, down: 1 }, { at: to ?? input.to, down: -1 });
  for (const { from, to } of input.gaps) edges.push({ at: from, blind: 1 }, { at: to, blind: -1 });
  // Sorting is stable: changes of one instant keep their order, and the last one holds.
  return edges.sort((one, other) => one.at - other.at);
}

/**
 * How long a monitor was up and down (RULES §1). New, paused and gap time is left out. Down is what lies within an
 * incident; a down whose incident was withdrawn was our mistake and counts as up. Whatever lies outside the window is
 * ignored; durations are milliseconds.
 */
export function uptime(input: UptimeInput): Uptime {
  const { from, to } = input;
  let status = input.statusAtFrom;
  let downs = 0;
  let gaps = 0;
  let since = from;
  let upMs = 0;
  let downMs = 0;

  function passUntil(at: Instant): void {
    const until = Math.min(Math.max(at, since), to);
    const isCounted = gaps === 0 && (status === 'up' || status === 'down');
    if (isCounted && downs > 0) downMs += until - since;
    else if (isCounted) upMs += until - since;
    since = until;
  }

  for (const edge of edgesOf(input)) {
    if (edge.at >= to) break;
    passUntil(edge.at);
    status = edge.status ?? status;
    downs += edge.down ?? 0;
    gaps += edge.blind ?? 0;
  }
  passUntil(to);
  const watchedMs = upMs + downMs;
  return { upMs, downMs, ratio: watchedMs === 0 ? null : upMs / watchedMs };
}
