import { createHash } from 'node:crypto';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../core/instant.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../store/database.ts';
import { type Attempts, clearAttempts, countAttempts, readAttempts } from '../store/sign-in-attempts.ts';

/** So many failures are free; after that there is a wait, which grows with each further one up to a limit. */
export interface Rule {
  readonly name: string;
  readonly free: number;
  readonly firstWaitMs: number;
  /** How much longer each time: 2 doubles; 1 adds `firstWaitMs` each time. */
  readonly growth: 1 | 2;
  readonly maxWaitMs: number;
}

/** One account from one address: whoever guesses, or has forgotten. */
export const PAIR: Rule = { name: 'pair', free: 5, firstWaitMs: SECOND_MS, growth: 2, maxWaitMs: 15 * MINUTE_MS };
/** One address, whatever the account: one password tried at many doors. */
export const ADDRESS: Rule = {
  name: 'address',
  free: 30,
  firstWaitMs: SECOND_MS,
  growth: 2,
  maxWaitMs: 15 * MINUTE_MS,
};
/** One account, whatever the address: it only slows, because its owner stands at the same door. */
export const ACCOUNT: Rule = {
  name: 'account',
  free: 20,
  firstWaitMs: SECOND_MS / 2,
  growth: 1,
  maxWaitMs: 20 * SECOND_MS,
};
/** A device on which this account was signed in before: nobody else's failures count there. */
export const DEVICE: Rule = { ...PAIR, name: 'device' };
/** A code or a password asked again of somebody half or wholly signed in. */
export const CODE: Rule = { ...PAIR, name: 'code' };
/** Mails that anybody can cause, to one mailbox and from one address. */
export const MAIL_TO: Rule = { name: 'mail_to', free: 3, firstWaitMs: 30 * SECOND_MS, growth: 2, maxWaitMs: HOUR_MS };
export const MAIL_FROM: Rule = {
  name: 'mail_from',
  free: 20,
  firstWaitMs: 10 * SECOND_MS,
  growth: 2,
  maxWaitMs: HOUR_MS,
};

/** Failures are forgotten when there was none for this long. */
export const FORGET_AFTER_MS = DAY_MS;

/** What is counted: a rule, and who it is about. */
export interface Limit {
  readonly rule: Rule;
  readonly about: readonly string[];
}

/** How long after its last failure somebody with so many has to wait. */
export function waitMs(rule: Rule, failures: number): number {
  const beyond = failures - rule.free;
  if (beyond < 0) return 0;
  const wait = rule.growth === 2 ? rule.firstWaitMs * 2 ** Math.min(beyond, 40) : rule.firstWaitMs * (beyond + 1);
  return Math.min(wait, rule.maxWaitMs);
}

/** An attempt under way; one of its three ends has to be told. */
export interface Attempt {
  /** It was a wrong one. */
  failed(): Promise<void>;
  /** It was the right one: what failed before it is forgotten, but for what is known of the address and the account. */
  succeeded(): Promise<void>;
  /** It said nothing about right or wrong. */
  dropped(): void;
}

export interface Throttle {
  /** Lets an attempt through, or says how many seconds to wait. */
  begin(limits: readonly Limit[]): Promise<Attempt | { readonly waitSeconds: number }>;
}

/** Names nobody: what is kept tells neither addresses nor accounts. */
function keyOf({ rule, about }: Limit): string {
  return createHash('sha256')
    .update(JSON.stringify([rule.name, ...about]))
    .digest('base64url')
    .slice(0, 32);
}

/**
 * Slows guessing down without ever shutting anybody out: failures are counted per account and address, per address and
 * per account, in the database, so that all nodes know.
 */
export function createThrottle({ database, clock }: { database: Database; clock: Clock }): Throttle {
  /** Attempts under way count as failures: a hundred at once are a hundred guesses. */
  const underWay = new Map<string, number>();
  const note = (keys: readonly string[], change: 1 | -1) => {
    for (const key of keys) {
      const count = (underWay.get(key) ?? 0) + change;
      if (count === 0) underWay.delete(key);
      else underWay.set(key, count);
    }
  };

  const remaining = ({ rule }: Limit, others: number, known: Attempts | undefined, now: number): number => {
    const isOld = known === undefined || known.lastAt < now - FORGET_AFTER_MS;
    const failures = (isOld ? 0 : known.failures) + others;
    const lastAt = others > 0 || known === undefined ? now : known.lastAt;
    return lastAt + waitMs(rule, failures) - now;
  };

  return {
    async begin(limits) {
      const keys = limits.map(keyOf);
      // Counted before anything is awaited: of many at once each knows how many came before it.
      const before = keys.map((key) => underWay.get(key) ?? 0);
      note(keys, 1);
      let isOver = false;
      const end = () => {
        if (!isOver) note(keys, -1);
        isOver = true;
      };
      const known = await readAttempts(database, keys).catch((error: unknown) => {
        end();
        throw error;
      });
      const now = clock.now();
      const waits = limits.map((limit, index) =>
        remaining(limit, before[index] ?? 0, known.get(keys[index] ?? ''), now),
      );
      const wait = Math.max(0, ...waits);
      if (wait > 0) {
        end();
        return { waitSeconds: Math.ceil(wait / SECOND_MS) };
      }
      return {
        async failed() {
          try {
            await countAttempts(database, keys, clock.now(), clock.now() - FORGET_AFTER_MS);
          } finally {
            end();
          }
        },
        async succeeded() {
          end();
          const own = keys.filter((_, index) => limits[index]?.rule !== ADDRESS && limits[index]?.rule !== ACCOUNT);
          if (own.some((key) => known.has(key))) await clearAttempts(database, own);
        },
        dropped: end,
      };
    },
  };
}
