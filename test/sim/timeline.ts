import type { CancelTimer } from '../../src/platform/clock.ts';
import { createHeap, type Heap } from './heap.ts';

/**
 * The time of a simulation, moved by hand. It has two parts: *awake* time, in which every timer of the product fires
 * as in real life, and *skipped* time, in which nothing but idle looks of loops would have happened. Timers of the
 * product count awake time only (a skipped stretch postpones them all alike, as if each had fired and been set anew);
 * what the world plans stands at an instant.
 */
export interface Timeline {
  /** The true time, milliseconds since the epoch. */
  now(): number;
  awakeMs(): number;
  skippedMs(): number;
  /** Plans something of the world. `leadMs`: so long before it, time has to run awake. */
  at(instant: number, fire: () => void, leadMs?: number): void;
  /** A timer of the product. */
  after(delayMs: number, fire: () => void): CancelTimer;
  /** The next thing of the world. */
  nextEvent(): { readonly at: number; readonly leadMs: number } | null;
  /** Skips idle time; never beyond what the world has planned. */
  skipTo(instant: number): void;
  /** Goes to the next thing there is, at `limit` at the latest, and fires all that stands at that instant. */
  step(limit: number): void;
}

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly leadMs: number;
  readonly fire: () => void;
  cancelled: boolean;
}

/** Housekeeping with longer pauses than this is not postponed by skipped time. */
const LONG_TIMER_MS = 60_000;
/** It is done less often than in life: it is not what is shown here, and it would take most of the time. */
const LONG_TIMER_STRETCH = 12;

export function createTimeline(startAt: number): Timeline {
  const timers: Heap<Entry> = createHeap();
  const events: Heap<Entry> = createHeap();
  let awake = 0;
  let skipped = 0;
  let order = 0;
  const now = () => startAt + awake + skipped;
  const entry = (at: number, fire: () => void, leadMs = 0): Entry => {
    order += 1;
    return { at, order, leadMs, fire, cancelled: false };
  };
  const nextTimer = () => {
    while (timers.peek()?.cancelled === true) timers.pop();
    return timers.peek();
  };
  const fireDue = () => {
    // Only what stands here now: what is set by it for this instant has its turn after it has come to rest.
    const until = order;
    for (;;) {
      const event = events.peek();
      if (event === undefined || event.at > now() || event.order > until) break;
      events.pop();
      if (!event.cancelled) event.fire();
    }
    for (;;) {
      const timer = nextTimer();
      if (timer === undefined || timer.at > awake || timer.order > until) return;
      timers.pop();
      timer.fire();
    }
  };
  return {
    now,
    awakeMs: () => awake,
    skippedMs: () => skipped,
    at(instant, fire, leadMs = 0) {
      events.push(entry(Math.max(now(), Math.round(instant)), fire, leadMs));
    },
    after(delayMs, fire) {
      const delay = Math.max(0, Math.ceil(delayMs));
      const isLong = delay >= LONG_TIMER_MS;
      const made = entry(isLong ? now() + delay * LONG_TIMER_STRETCH : awake + delay, fire);
      if (isLong) events.push(made);
      else timers.push(made);
      return () => {
        made.cancelled = true;
      };
    },
    nextEvent() {
      while (events.peek()?.cancelled === true) events.pop();
      return events.peek() ?? null;
    },
    skipTo(instant) {
      const event = events.peek();
      const to = Math.min(instant, event?.at ?? instant);
      if (to > now()) skipped += to - now();
    },
    step(limit) {
      const timer = nextTimer();
      const event = events.peek();
      const next = Math.min(
        limit,
        timer === undefined ? limit : now() + Math.max(0, timer.at - awake),
        event === undefined ? limit : Math.max(now(), event.at),
      );
      awake += next - now();
      fireDue();
    },
  };
}
