import type { Instant } from '../core/instant.ts';
import type { MonitorState } from '../core/monitor.ts';
import { PLAIN } from '../store/guarded-moves.ts';

/** Plain states kept in memory, 112 bytes each besides their id: those of the busiest monitors of a node. */
export const MAX_REMEMBERED_STATES = 60_000;

/** A state as it was when this node last wrote it, and moved by what was acknowledged since. */
export interface RememberedState {
  readonly state: MonitorState;
  /** Of the definition that it was decided with. */
  readonly version: number;
  /** What its row must still carry when a decision that was made on it is written (see store/guarded-moves.ts). */
  readonly guard: number;
}

/**
 * Plain states by the id of their monitor. May forget any of them at any time; may be out of date, which the guard
 * brings to light.
 */
export interface StateMemory {
  recall(monitorId: string): RememberedState | undefined;
  /** When this monitor needs attention next; null: never. Undefined where it is not remembered. */
  wakeAt(monitorId: string): Instant | null | undefined;
  keep(monitorId: string, remembered: RememberedState): void;
  /** Its row carries this guard now. Nothing where it was forgotten. */
  confirm(monitorId: string, guard: number): void;
  forget(monitorId: string): void;
  clear(): void;
}

const NUMBERS_PER_STATE = 14;
/** Where `keep` puts the guard. */
const GUARD = 1;
/** Where `keep` puts the wake time: last. */
const WAKE_AT = NUMBERS_PER_STATE - 1;

/** Numbers side by side instead of objects: a fifth of the memory, and nothing for the garbage collector to visit. */
export function createStateMemory(limit = MAX_REMEMBERED_STATES): StateMemory {
  const numbers = new Float64Array(limit * NUMBERS_PER_STATE);
  const placeOf = new Map<string, number>();
  const ownerOf: (string | undefined)[] = [];
  let nextPlace = 0;

  /** The place of this monitor, or the one that was given longest ago. */
  const placeFor = (monitorId: string): number => {
    const known = placeOf.get(monitorId);
    if (known !== undefined) return known;
    const place = nextPlace;
    nextPlace = (nextPlace + 1) % limit;
    const owner = ownerOf[place];
    if (owner !== undefined && placeOf.get(owner) === place) placeOf.delete(owner);
    ownerOf[place] = monitorId;
    placeOf.set(monitorId, place);
    return place;
  };

  const keep = (monitorId: string, { state, version, guard }: RememberedState) => {
    let at = placeFor(monitorId) * NUMBERS_PER_STATE;
    const put = (value: number | null) => {
      numbers[at] = value ?? Number.NaN;
      at += 1;
    };
    put(version);
    put(guard);
    put(state.statusSince);
    put(state.refAt);
    put(state.expectedAt);
    put(state.expectedLatestAt);
    put(state.dueAt);
    put(state.excused ? 1 : 0);
    put(state.failStreak);
    put(state.lastSignalAt);
    put(state.lastSuccessAt);
    put(state.signalCount);
    put(state.silenceTold ? 1 : 0);
    put(state.wakeAt);
  };

  return {
    recall(monitorId) {
      const place = placeOf.get(monitorId);
      if (place === undefined) return undefined;
      let at = place * NUMBERS_PER_STATE;
      const take = () => numbers[at++] ?? Number.NaN;
      const takeOrNull = () => {
        const value = take();
        return Number.isNaN(value) ? null : value;
      };
      return {
        version: take(),
        guard: take(),
        state: {
          ...PLAIN,
          statusSince: takeOrNull(),
          refAt: takeOrNull(),
          expectedAt: takeOrNull(),
          expectedLatestAt: takeOrNull(),
          dueAt: takeOrNull(),
          excused: take() === 1,
          failStreak: take(),
          lastSignalAt: takeOrNull(),
          lastSuccessAt: takeOrNull(),
          signalCount: take(),
          silenceTold: take() === 1,
          wakeAt: takeOrNull(),
        },
      };
    },
    wakeAt(monitorId) {
      const place = placeOf.get(monitorId);
      if (place === undefined) return undefined;
      const wakeAt = numbers[place * NUMBERS_PER_STATE + WAKE_AT] ?? Number.NaN;
      return Number.isNaN(wakeAt) ? null : wakeAt;
    },
    keep,
    confirm(monitorId, guard) {
      const place = placeOf.get(monitorId);
      if (place !== undefined) numbers[place * NUMBERS_PER_STATE + GUARD] = guard;
    },
    forget(monitorId) {
      // Its place is overwritten when its turn comes.
      placeOf.delete(monitorId);
    },
    clear() {
      placeOf.clear();
      ownerOf.length = 0;
      nextPlace = 0;
    },
  };
}
