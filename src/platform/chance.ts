import type { Random } from './random.ts';

/** Seeded chance: the same seed tells the same story. */
export interface Chance {
  /** Even over [0, 1). */
  fraction(): number;
  /** A whole number, both ends included. */
  int(from: number, to: number): number;
  pick<T>(from: readonly T[]): T;
  is(probability: number): boolean;
  /** How long to wait for something that happens every `mean` on average. */
  wait(mean: number): number;
  /** Chance of its own for one part, so that a change in another part does not change this one's story. */
  fork(name: string): Chance;
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) h = Math.imul(h ^ text.charCodeAt(index), 0x01000193);
  return h >>> 0;
}

/** sfc32: small, fast, and good enough for stories. */
function generator(seed: string): () => number {
  let [a, b, c, d] = [hash(`${seed}/a`), hash(`${seed}/b`), hash(`${seed}/c`), 1];
  const next = () => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return (t >>> 0) / 4_294_967_296;
  };
  for (let warm = 0; warm < 12; warm += 1) next();
  return next;
}

export function createChance(seed: string): Chance {
  const fraction = generator(seed);
  return {
    fraction,
    int: (from, to) => from + Math.floor(fraction() * (to - from + 1)),
    pick<T>(from: readonly T[]): T {
      const item = from[Math.floor(fraction() * from.length)];
      if (item === undefined) throw new Error('there is nothing to pick from');
      return item;
    },
    is: (probability) => fraction() < probability,
    wait: (mean) => Math.round(-Math.log(1 - fraction()) * mean),
    fork: (name) => createChance(`${seed}/${name}`),
  };
}

/** What the product takes for chance. */
export function randomOf(chance: Chance): Random {
  const bytes = (size: number) => {
    const buffer = Buffer.alloc(size);
    for (let index = 0; index < size; index += 1) buffer[index] = chance.int(0, 255);
    return buffer;
  };
  return {
    bytes,
    fraction: () => chance.fraction(),
    uuid() {
      const hex = bytes(16).toString('hex');
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
    },
  };
}
