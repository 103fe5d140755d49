import { type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import type { Random } from '../platform/random.ts';

export const MIN_PASSWORD_LENGTH = 10;
export const MAX_PASSWORD_LENGTH = 128;

/** What guessing one password costs; `log2N` = 15 with r = 8 takes 32 MiB. */
export interface PasswordCost {
  readonly log2N: number;
  readonly r: number;
  readonly p: number;
}

/** About a quarter of a second of one core. */
export const PASSWORD_COST: PasswordCost = { log2N: 15, r: 8, p: 3 };

const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** Of the hashes at work at one time, so that a crowd at the door does not take all threads and memory. */
export const MAX_HASHING = 2;
/** Those that wait beyond that; further ones are refused. */
export const MAX_WAITING = 64;

export class TooManyPasswords extends Error {
  constructor() {
    super('too many passwords are being checked');
  }
}

export interface Passwords {
  /** Throws TooManyPasswords when too many wait already. */
  hash(password: string): Promise<string>;
  /** False for a hash that is none of ours. Throws as `hash`. */
  verify(password: string, hash: string): Promise<boolean>;
}

function derive(password: string, salt: Buffer, { log2N, r, p }: PasswordCost): Promise<Buffer> {
  const N = 2 ** log2N;
  const options: ScryptOptions = { N, r, p, maxmem: 256 * N * r };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, HASH_BYTES, options, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

const HASH = /^scrypt\$(\d{1,2})\$(\d{1,2})\$(\d{1,2})\$([\w-]{22})\$([\w-]{43})$/;

/** Scrypt, off the event loop and a few at a time. A hash names its cost, so that the cost may change later. */
export function createPasswords(random: Random, cost: PasswordCost = PASSWORD_COST): Passwords {
  let working = 0;
  const waiting: (() => void)[] = [];
  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (working >= MAX_HASHING) {
      if (waiting.length >= MAX_WAITING) throw new TooManyPasswords();
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      working += 1;
    }
    try {
      return await work();
    } finally {
      // Whoever waits takes the place over; only then is it not free.
      const next = waiting.shift();
      if (next === undefined) working -= 1;
      else next();
    }
  };
  return {
    hash: (password) =>
      inTurn(async () => {
        const salt = random.bytes(SALT_BYTES);
        const key = await derive(password, salt, cost);
        const { log2N, r, p } = cost;
        return `scrypt$${log2N}$${r}$${p}$${salt.toString('base64url')}$${key.toString('base64url')}`;
      }),
    async verify(password, hash) {
      const [, log2N, r, p, salt = '', expected = ''] = HASH.exec(hash) ?? [];
      if (log2N === undefined || password.length > MAX_PASSWORD_LENGTH) return false;
      const known = { log2N: Number(log2N), r: Number(r), p: Number(p) };
      const key = await inTurn(() => derive(password, Buffer.from(salt, 'base64url'), known));
      return timingSafeEqual(key, Buffer.from(expected, 'base64url'));
    },
  };
}
