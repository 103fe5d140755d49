import type { CauseCode } from './cause.ts';
import type { Instant } from './instant.ts';
import { type UptimeInput, uptime } from './uptime.ts';

export const PART_OUTCOMES = ['success', 'fail', 'missed', 'down', 'unknown', 'running', 'paused'] as const;
export type PartOutcome = (typeof PART_OUTCOMES)[number];

/** What was counted in one part of the time: results by how they ended. */
export interface PartCount {
  /** Its place, from 0. */
  readonly part: number;
  readonly good: number;
  readonly failed: number;
  /** Runs of which nobody knows how they ended. */
  readonly lost: number;
  readonly running: number;
}

/** How long the good runs that ended in a part took, in the middle. */
export interface PartLength {
  readonly part: number;
  readonly medianMs: number;
}

export interface HistoryIncident {
  readonly code: CauseCode;
  readonly from: Instant;
  /** Null while it is open. */
  readonly to: Instant | null;
}

/** What is known of one monitor in a time; `downs` of `UptimeInput` are its incidents. */
export interface HistoryFacts extends Omit<UptimeInput, 'downs'> {
  /** Of a period; null where the distances differ: then a silence is missed once, however long. */
  readonly periodMs: number | null;
  readonly counts: readonly PartCount[];
  readonly lengths: readonly PartLength[];
  readonly incidents: readonly HistoryIncident[];
  readonly unknownSlots: readonly Instant[];
}

export interface HistoryPart {
  readonly from: Instant;
  /** The worst of it; null: nothing was heard and nothing was due. */
  readonly outcome: PartOutcome | null;
  readonly good: number;
  readonly failed: number;
  readonly missed: number;
  readonly unknown: number;
  readonly medianMs: number | null;
  readonly downMs: number;
}

/** Where part `index` of `parts` begins: whole milliseconds, and the parts leave nothing out. */
export function partStart({ from, to }: { from: Instant; to: Instant }, parts: number, index: number): Instant {
  return from + Math.ceil(((to - from) * index) / parts);
}

/** How many deadlines of a silence fell into [from, to). */
function missedIn(incident: HistoryIncident, periodMs: number | null, from: Instant, to: Instant, now: Instant) {
  if (incident.code !== 'missed' && incident.code !== 'not_started') return 0;
  const first = incident.from;
  if (periodMs === null) return first >= from && first < to ? 1 : 0;
  const end = Math.min(to, Math.max(incident.to ?? now, first + 1));
  const before = (at: Instant) => Math.max(0, Math.ceil((at - first) / periodMs));
  return Math.max(0, before(end) - before(from));
}

const overlaps = (from: Instant, to: Instant) => (time: { readonly from: Instant; readonly to: Instant | null }) =>
  time.from < to && (time.to === null || time.to > from);

/** A time of a monitor in parts of equal length, oldest first: what came, what did not, and how long it was down. */
export function historyParts(facts: HistoryFacts, parts: number, now: Instant): HistoryPart[] {
  const counts = new Map(facts.counts.map((count) => [count.part, count]));
  const lengths = new Map(facts.lengths.map(({ part, medianMs }) => [part, medianMs]));
  return Array.from({ length: parts }, (_, index) => {
    const from = partStart(facts, parts, index);
    const to = Math.min(partStart(facts, parts, index + 1), Math.max(now, from));
    const here = overlaps(from, to);
    const incidents = facts.incidents.filter(here);
    const blind = facts.gaps.filter(here);
    const { upMs, downMs } = uptime({ ...facts, from, to, downs: incidents, gaps: blind });
    const missed = incidents.reduce((sum, one) => sum + missedIn(one, facts.periodMs, from, to, now), 0);
    const slots = facts.unknownSlots.filter((at) => at >= from && at < to).length;
    const { good = 0, failed = 0, lost = 0, running = 0 } = counts.get(index) ?? {};
    const unknown = slots + lost;
    const isPaused = upMs + downMs === 0 && blind.length === 0 && to > from && statusAt(facts, from) === 'paused';
    return {
      from,
      outcome: outcomeOf({ good, failed, missed, unknown, running, downMs, isBlind: blind.length > 0, isPaused }),
      good,
      failed,
      missed,
      unknown,
      medianMs: lengths.get(index) ?? null,
      downMs,
    };
  });
}

function statusAt({ statusAtFrom, changes }: HistoryFacts, at: Instant) {
  return changes.findLast((change) => change.at <= at)?.to ?? statusAtFrom;
}

interface Seen extends Pick<HistoryPart, 'good' | 'failed' | 'missed' | 'unknown' | 'downMs'> {
  readonly running: number;
  readonly isBlind: boolean;
  readonly isPaused: boolean;
}

function outcomeOf(seen: Seen): PartOutcome | null {
  if (seen.failed > 0) return 'fail';
  if (seen.missed > 0) return 'missed';
  if (seen.downMs > 0 && seen.good === 0) return 'down';
  if (seen.unknown > 0) return 'unknown';
  if (seen.good > 0) return 'success';
  if (seen.running > 0) return 'running';
  if (seen.isBlind) return 'unknown';
  return seen.isPaused ? 'paused' : null;
}
