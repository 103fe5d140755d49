import type { Gap } from '../../src/core/cause.ts';
import type { Instant } from '../../src/core/instant.ts';

/**
 * Which incidents a heartbeat must have had, worked out from the whole story at once instead of signal by signal: the
 * rules of slots and gaps (RULES §1, §2, §4) written down a second time, as plainly as possible. Every ping is a
 * success, none lies in a gap, and whatever passed is judged a quarter of a second later.
 */
export interface Story {
  readonly armedAt: Instant;
  readonly until: Instant;
  readonly graceMs: number;
  readonly earlyMs: number;
  /** When successes arrived, in order. */
  readonly pings: readonly Instant[];
  readonly gaps: readonly Gap[];
}

/** `[opened at, recovered at or null]`. */
export type Outage = readonly [Instant, Instant | null];

const JUDGED_MS = 250;

function endOfGaps(gaps: readonly Gap[], from: Instant, to: Instant): Instant | null {
  const ends = gaps.filter((gap) => gap.from <= to && gap.to >= from).map((gap) => gap.to);
  return ends.length === 0 ? null : Math.max(...ends);
}

/** D of a slot that is excused no more: after the gap that touched it, and never while we were blind. */
function finalDeadline({ gaps, graceMs }: Story, windowFrom: Instant, dueAt: Instant): Instant {
  const end = endOfGaps(gaps, windowFrom, dueAt);
  if (end === null || end + graceMs <= dueAt) return dueAt;
  let extended = end + graceMs;
  for (;;) {
    const blindUntil = endOfGaps(gaps, extended, extended);
    if (blindUntil === null || blindUntil + graceMs <= extended) return extended;
    extended = blindUntil + graceMs;
  }
}

/** For fixed slots: goes from slot to slot and asks for each whether somebody came. */
export function outagesOfSlots(story: Story, everyMs: number): Outage[] {
  const { pings, gaps, graceMs, earlyMs } = story;
  const outages: Outage[] = [];
  const slotAfter = (instant: Instant) => (Math.floor(instant / everyMs) + 1) * everyMs;
  let slot = slotAfter(story.armedAt);
  /** When the slot before this one was excused, or null. */
  let excusedAt: Instant | null = null;
  for (;;) {
    const opens = slot - earlyMs;
    const comesBy = (deadline: Instant) => pings.find((ping) => ping >= opens && ping < deadline + JUDGED_MS);
    const dueAt = slot + graceMs;
    const blindUntil = endOfGaps(gaps, opens, dueAt);
    const since = excusedAt;
    const isSecond = since !== null && !pings.some((ping) => ping >= since && ping < opens);
    const isExcusable = blindUntil !== null && !isSecond;
    const judgedAt = isExcusable ? dueAt : finalDeadline(story, opens, dueAt);
    if (judgedAt + JUDGED_MS > story.until) return outages;
    excusedAt = null;
    let shown = comesBy(judgedAt);
    if (shown === undefined && isExcusable) {
      excusedAt = dueAt;
      slot = slotAfter(Math.max(blindUntil, slot));
      continue;
    }
    if (shown === undefined) {
      shown = pings.find((ping) => ping >= judgedAt);
      outages.push([judgedAt, shown ?? null]);
      if (shown === undefined) return outages;
    }
    // It took this slot, and every other one that had opened by then.
    slot = Math.max(slotAfter(slot), slotAfter(shown + earlyMs));
  }
}

/** For a period: goes from ping to ping and asks whether the next one came in time. */
export function outagesOfPeriod(story: Story, periodMs: number): Outage[] {
  const { gaps, graceMs, earlyMs } = story;
  const outages: Outage[] = [];
  let ref = story.armedAt;
  let wasExcused = false;
  const pings = [...story.pings, Number.POSITIVE_INFINITY];
  for (let next = 0; next < pings.length; ) {
    const ping = pings[next] ?? Number.POSITIVE_INFINITY;
    const slot = ref + periodMs;
    const opens = slot - earlyMs;
    const dueAt = slot + graceMs;
    const blindUntil = endOfGaps(gaps, opens, dueAt);
    const isExcusable = blindUntil !== null && !wasExcused;
    const judgedAt = isExcusable ? dueAt : finalDeadline(story, opens, dueAt);
    const isInTime = ping < judgedAt + JUDGED_MS;
    if (!isInTime && judgedAt + JUDGED_MS > story.until) return outages;
    if (!isInTime && isExcusable) {
      ref = blindUntil;
      wasExcused = true;
      continue;
    }
    if (!isInTime) outages.push([judgedAt, Number.isFinite(ping) ? ping : null]);
    // One that came early moved it to its slot: a further one before that does not move it back.
    ref = Math.max(ping, ping >= opens ? slot : ref);
    wasExcused = false;
    next += 1;
  }
  return outages;
}
