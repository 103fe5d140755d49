/** Chance that repeats itself: the same seed makes the same choices. */
export interface Chance {
  /** From 0 up to and without 1. */
  fraction(): number;
  /** Both ends included. */
  int(min: number, max: number): number;
  pick<T>(list: readonly [T, ...T[]] | readonly T[]): T;
  /** True in one of `outOf` cases. */
  once(outOf: number): boolean;
  /** Bytes of any value. */
  bytes(length: number): Buffer;
}

/** mulberry32: small, and good enough for choosing. The case number is mixed in, so that each case stands by itself. */
export function createChance(seed: number, number = 0): Chance {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b)) >>> 0;
  const fraction = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (min: number, max: number) => min + Math.floor(fraction() * (max - min + 1));
  return {
    fraction,
    int,
    pick<T>(list: readonly T[]): T {
      const found = list[int(0, list.length - 1)];
      if (list.length === 0) throw new Error('there is nothing to choose from');
      return found as T;
    },
    once: (outOf) => int(1, outOf) === 1,
    bytes: (length) => Buffer.from(Array.from({ length }, () => int(0, 255))),
  };
}
