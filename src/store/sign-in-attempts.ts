import type { Instant } from '../core/instant.ts';
import type { Database, Queryable } from './database.ts';

/** What is known of failed sign-ins under one key (see accounts/throttle.ts). */
export interface Attempts {
  readonly failures: number;
  readonly lastAt: Instant;
}

/** By their keys; those of which nothing is known are missing. */
export async function readAttempts(db: Queryable, keys: readonly string[]): Promise<ReadonlyMap<string, Attempts>> {
  const rows = await db.query<{ key: string; failures: number; last_at: Instant }>(
    {
      name: 'read_sign_in_attempts',
      text: 'SELECT key, failures, last_at FROM sign_in_attempt WHERE key = ANY ($1::text[])',
    },
    [keys],
  );
  return new Map(rows.map((row) => [row.key, { failures: row.failures, lastAt: row.last_at }]));
}

/**
 * Counts one more failure under each of the keys; what is older than `forgetBefore` counts for nothing any more. Keys are
 * taken in their order, so that two who count at once do not wait for each other.
 */
export async function countAttempts(
  database: Database,
  keys: readonly string[],
  now: Instant,
  forgetBefore: Instant,
): Promise<void> {
  await database.query(
    {
      name: 'count_sign_in_attempts',
      text: `INSERT INTO sign_in_attempt AS a (key, failures, last_at)
        SELECT key, 1, $2 FROM unnest($1::text[]) AS k (key) ORDER BY key
        ON CONFLICT (key) DO UPDATE SET last_at = $2,
          failures = CASE WHEN a.last_at < $3 THEN 1 ELSE least(a.failures, 1000000) + 1 END`,
    },
    [[...new Set(keys)], now, forgetBefore],
  );
}

/** Forgets what failed under these keys. */
export async function clearAttempts(db: Queryable, keys: readonly string[]): Promise<void> {
  await db.query({ name: 'clear_sign_in_attempts', text: 'DELETE FROM sign_in_attempt WHERE key = ANY ($1::text[])' }, [
    keys,
  ]);
}

/** Deletes what is older than `before`; answers how much, at most `limit`. */
export async function forgetAttempts(db: Queryable, before: Instant, limit: number): Promise<number> {
  const rows = await db.query(
    {
      name: 'forget_sign_in_attempts',
      text: `DELETE FROM sign_in_attempt WHERE key IN
        (SELECT key FROM sign_in_attempt WHERE last_at < $1 LIMIT $2) RETURNING key`,
    },
    [before, limit],
  );
  return rows.length;
}
