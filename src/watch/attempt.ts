import type { Instant } from '../core/instant.ts';
import type { TimingError } from '../core/timing.ts';
import type { Random } from '../platform/random.ts';
import type { Database, Transaction } from '../store/database.ts';
import { isRetryable, violatedUnique } from '../store/errors.ts';

/** A change that lost against another one is tried again this often. */
const MAX_TRIES = 3;

/** Why a change was not made. Nothing of it was. */
export type Refused =
  | { readonly refused: 'not_found' | 'not_paused' | 'slug_taken' | 'key_taken' | 'origin_taken' }
  | { readonly refused: 'invalid'; readonly errors: readonly TimingError[] };

export interface ManageDeps {
  readonly database: Database;
  readonly random: Random;
  readonly newId: () => string;
  readonly clock: { now(): Instant };
  /** Monitors of one team; what the product allows unless given. */
  readonly maxMonitorsPerTeam?: number;
}

/** What was refused inside the transaction: thrown by `refuse`, so that nothing of the change stays. */
class Refusal extends Error {
  readonly refused: Refused;

  constructor(refused: Refused) {
    super('a change was refused');
    this.refused = refused;
  }
}

/** Ends the transaction of `attempt` without a trace; it answers this. */
export function refuse(refused: Refused): never {
  throw new Refusal(refused);
}

/** One transaction; again when it lost against another one; refusals and taken names come back as values. */
export async function attempt<T>(
  database: Database,
  work: (tx: Transaction) => Promise<T | Refused>,
): Promise<T | Refused> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await database.transaction(work);
    } catch (error) {
      if (error instanceof Refusal) return error.refused;
      if (isRetryable(error) && tries < MAX_TRIES) continue;
      const constraint = violatedUnique(error);
      if (constraint === 'monitor_slug') return { refused: 'slug_taken' };
      if (constraint === 'monitor_ping_key_key') return { refused: 'key_taken' };
      if (constraint === 'monitor_origin' || constraint === 'site_origin') return { refused: 'origin_taken' };
      throw error;
    }
  }
}
