import { ID_SQL, KEY_SQL } from './keys.ts';
import type { Product } from './product.ts';
import { waitUntil } from './wait.ts';

const FOLDED_WITHIN_MS = 10_000;
/** Rows of one insert, so that no statement runs for minutes. */
const ROWS_PER_INSERT = 100_000;

export interface Seed {
  /** Index of the first monitor. */
  readonly first: number;
  readonly count: number;
  readonly periodSeconds: number;
  readonly graceSeconds: number;
  /** When monitor `i` is due, in milliseconds, as SQL over the column `i`. */
  readonly dueAtSql: string;
}

/** Makes heartbeat monitors that are up and expected, by SQL alone: a million by the API would say nothing. */
export async function seedMonitors(product: Product, seed: Seed): Promise<void> {
  const { query } = product;
  // The rows are right by construction; looking up a team a million times is not what we measure.
  await query('SET session_replication_role = replica');
  for (let from = seed.first; from < seed.first + seed.count; from += ROWS_PER_INSERT) {
    const to = Math.min(from + ROWS_PER_INSERT, seed.first + seed.count) - 1;
    await query(
      `INSERT INTO monitor (id, team_id, kind, name, ping_key, schedule_type, period_seconds, interval_ms,
          grace_seconds, created_at, updated_at)
        SELECT ${ID_SQL}, t.id, 'heartbeat', 'job ' || i, ${KEY_SQL}, 'period', $3::integer, $3::bigint * 1000, $4,
          t.created_at, t.created_at
        FROM generate_series($1::bigint, $2::bigint) AS i, (SELECT * FROM team ORDER BY id LIMIT 1) AS t`,
      [from, to, seed.periodSeconds, seed.graceSeconds],
    );
    await query(
      `INSERT INTO monitor_state (monitor_id, status, ref_at, expected_at, expected_latest_at, due_at, last_signal_at,
          last_success_at, wake_at)
        SELECT id, 'up', e - $3::bigint * 1000, e, e, due, e - $3::bigint * 1000, e - $3::bigint * 1000, due
        FROM (SELECT ${ID_SQL} AS id, (${seed.dueAtSql})::bigint AS due,
            (${seed.dueAtSql})::bigint - $4::bigint * 1000 AS e
          FROM generate_series($1::bigint, $2::bigint) AS i) AS v`,
      [from, to, seed.periodSeconds, seed.graceSeconds],
    );
  }
  await query('SET session_replication_role = origin');
  await query('VACUUM (ANALYZE) monitor');
  await query('VACUUM (ANALYZE) monitor_state');
  await query('CHECKPOINT');
}

/** Stored signals and the sum of the counters: both must equal the number of 2xx. */
export async function countStored(product: Product): Promise<{ readonly signals: number; readonly counted: number }> {
  const [row] = await product.query<{ signals: string; counted: string }>(
    'SELECT (SELECT count(*) FROM signal) AS signals, (SELECT sum(signal_count) FROM monitor_state) AS counted',
  );
  return { signals: Number(row?.signals), counted: Number(row?.counted) };
}

/** Resolves when everything that was acknowledged is in states and signals, as it is a moment later. */
async function allFolded({ query }: Product): Promise<void> {
  await waitUntil(async () => (await query('SELECT FROM ping_journal LIMIT 1')).length === 0, 20, FOLDED_WITHIN_MS);
}

/** Throws when a ping was lost or counted twice: then no number of this run is worth anything. */
export async function assertExact(product: Product, answered: number): Promise<void> {
  await allFolded(product);
  const { signals, counted } = await countStored(product);
  if (signals !== answered || counted !== answered) {
    throw new Error(`answered 2xx: ${answered}, stored: ${signals}, counted: ${counted}; they must be equal`);
  }
}
