import type { Draft } from './draft.ts';
import { type Instant, SECOND_MS } from './instant.ts';
import type { Monitor } from './monitor.ts';

/** A job may report at most this long before its slot and still be the one that was expected. */
const MAX_EARLY_MS = 60 * SECOND_MS;
/** Slots that were missed between two signs of life are counted up to here; the text then says "more than". */
export const MAX_COUNTED_SLOTS = 1_000;

/** How long before its slot a success or start may come and still take it (RULES §1). */
export function earlyMs(monitor: Pick<Monitor, 'intervalMs'>): number {
  return monitor.intervalMs === null ? 0 : Math.min(MAX_EARLY_MS, monitor.intervalMs / 10);
}

/** How long after its slot a heartbeat's success, or a process's start, may come. */
export function graceMs(monitor: Monitor): number {
  return (monitor.kind === 'process' ? monitor.startGraceSeconds : monitor.graceSeconds) * SECOND_MS;
}

/** A period counts from the last sign of life; every other schedule has slots of its own. */
export function isPeriodic(monitor: Monitor): boolean {
  return monitor.schedule?.source.type === 'period';
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
 * It takes every slot S with shownAt ≥ S − early: the expected one, and where slots went by unnoticed (while down,
 * within a long grace, before the first signal) the one just ahead. Otherwise it came by itself and takes none. Either
 * way the next slot lies after the signal (promise 5).
 */
export function takeSlot(draft: Draft, shownAt: Instant, signalAt: Instant): void {
  const { monitor, state } = draft;
  const early = earlyMs(monitor);
  countMissedSlots(draft, signalAt);
  state.excused = false;
  const isTaken = state.expectedAt !== null && shownAt >= state.expectedAt - early;
  const ref = Math.max(shownAt, (isTaken ? state.expectedAt : state.refAt) ?? shownAt);
  expectFrom(draft, ref);
  if (ref === shownAt && state.expectedAt !== null && shownAt >= state.expectedAt - early) {
    expectFrom(draft, state.expectedAt);
  }
  if (state.expectedAt !== null && state.expectedAt <= signalAt) expectFrom(draft, signalAt);
}

/** While down nobody judges slots: those whose deadlines passed until `at` are counted at the next sign of life. */
function countMissedSlots(draft: Draft, at: Instant): void {
  const { monitor, state } = draft;
  if (state.incident === null || state.expectedAt === null || state.dueAt === null || state.dueAt > at) return;
  const grace = graceMs(monitor);
  let count = 1;
  let slot = monitor.schedule?.slotAfter(state.expectedAt) ?? null;
  while (slot !== null && slot.latestAt + grace <= at && count < MAX_COUNTED_SLOTS) {
    count += 1;
    slot = monitor.schedule?.slotAfter(slot.at) ?? null;
  }
  state.incident = { ...state.incident, missedSlots: state.incident.missedSlots + count };
}
