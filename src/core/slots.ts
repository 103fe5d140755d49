import type { Draft } from './draft.ts';
import { type Instant, SECOND_MS } from './instant.ts';
import type { Monitor } from './monitor.ts';

/** A job may report at most this long before its slot and still be the one that was expected. */
const MAX_EARLY_MS = 60 * SECOND_MS;
/** Slots that were missed in one incident are counted up to here; the text then says "more than". */
export const MAX_COUNTED_SLOTS = 1_000;

/** How long before its slot a success or start may come and still take it (RULES §1). */
export function earlyMs(monitor: Pick<Monitor, 'intervalMs'>): number {
  return monitor.intervalMs === null ? 0 : Math.min(MAX_EARLY_MS, monitor.intervalMs / 10);
}

/** How long after its slot a heartbeat's success, or a process's start, may come. */
export function graceMs(monitor: Monitor): number {
  return (monitor.kind === 'process' ? monitor.startGraceSeconds : monitor.graceSeconds) * SECOND_MS;
}

/** From here on: counts the next slot from `ref`, which also arms the monitor. */
export function expectFrom(draft: Draft, ref: Instant): void {
  const { monitor, state } = draft;
  const slot = monitor.schedule?.slotAfter(ref) ?? null;
  state.refAt = ref;
  state.expectedAt = slot?.at ?? null;
  state.expectedLatestAt = slot?.latestAt ?? null;
  state.dueAt = slot === null ? null : slot.latestAt + graceMs(monitor);
}

/**
 * A job has shown itself at `shownAt` (its start where one is known, else the signal itself) by a signal at `signalAt`.
 * It takes the expected slot unless it came too early for it; either way the next slot lies after the signal
 * (promise 5).
 */
export function takeSlot(draft: Draft, shownAt: Instant, signalAt: Instant): void {
  const { monitor, state } = draft;
  const early = earlyMs(monitor);
  const wasDown = state.status === 'down';
  const taken = state.expectedAt !== null && shownAt >= state.expectedAt - early;
  const ref = Math.max(shownAt, (taken ? state.expectedAt : state.refAt) ?? shownAt);
  state.excused = false;
  expectFrom(draft, ref);
  if (state.expectedAt !== null && state.expectedAt <= signalAt) expectFrom(draft, signalAt);
  // Slots went by while it was down: the one that this job came for may be just ahead, not the one it missed.
  if (wasDown && state.expectedAt !== null && shownAt >= state.expectedAt - early) expectFrom(draft, state.expectedAt);
}

/** How many slots' deadlines passed from the slot `first` until `at`; at most MAX_COUNTED_SLOTS. */
export function countMissedSlots(monitor: Monitor, first: Instant, at: Instant): number {
  const grace = graceMs(monitor);
  let slot: Instant | null = first;
  let count = 0;
  while (slot !== null && slot + grace <= at && count < MAX_COUNTED_SLOTS) {
    count += 1;
    slot = monitor.schedule?.slotAfter(slot)?.at ?? null;
  }
  return count;
}
