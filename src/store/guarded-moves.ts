import type { Instant } from '../core/instant.ts';
import type { MonitorState } from '../core/monitor.ts';
import type { Queryable, Row } from './database.ts';
import { insertSignalsSql, type SignalToSave, signalValues } from './signals.ts';
import { wordArray } from './sql-array.ts';
import { MOVE_COLUMNS_SQL, MOVE_TYPES, moveValues, type StateToSave } from './states.ts';

/** The state of a monitor that is up and has nothing else to it: no incident, no pause, no open run. */
export interface PlainStateRow extends Row {
  readonly monitor_id: string;
  readonly version: number;
  /** The transaction that wrote the row (xmin): another number means that somebody changed it since. */
  readonly guard: number;
  readonly status_since: Instant | null;
  readonly ref_at: Instant | null;
  readonly expected_at: Instant | null;
  readonly expected_latest_at: Instant | null;
  readonly due_at: Instant | null;
  readonly excused: boolean;
  readonly fail_streak: number;
  readonly last_signal_at: Instant | null;
  readonly last_success_at: Instant | null;
  readonly signal_count: number;
  readonly silence_told: boolean;
  readonly wake_at: Instant | null;
}

const NO_DURATIONS: readonly number[] = [];
const NO_RUNS: MonitorState['runs'] = [];

/** What the state of a plain monitor is, but for its numbers. */
export const PLAIN = {
  status: 'up',
  pause: null,
  incident: null,
  goodDurationsMs: NO_DURATIONS,
  runs: NO_RUNS,
} as const satisfies Partial<MonitorState>;

/** Reads, without locking, the states of those of these monitors that are plain. */
export function readPlainStates(db: Queryable, ids: readonly string[]): Promise<PlainStateRow[]> {
  return db.query<PlainStateRow>(
    {
      name: 'read_plain_states',
      text: `SELECT s.monitor_id, s.version, s.xmin::text::bigint AS guard, s.status_since, s.ref_at, s.expected_at,
          s.expected_latest_at, s.due_at, s.excused, s.fail_streak, s.last_signal_at, s.last_success_at, s.signal_count,
          s.silence_told, s.wake_at
        FROM monitor_state s
        WHERE s.monitor_id = ANY ($1::uuid[]) AND s.status = 'up' AND s.incident_id IS NULL AND s.pause_mode IS NULL
          AND s.waiting_runs = 0 AND s.good_durations_ms = '{}'`,
    },
    [wordArray(ids)],
  );
}

/** A state that only moved, with the guard of the row that it was decided on. */
export interface GuardedMove extends StateToSave {
  readonly guard: number;
}

/**
 * Writes states and their signals by one statement, which is its own transaction, where the rows are still those that
 * the decisions were made on. Answers the monitors of which nothing was written because their row had changed, and the
 * guard that all others have now. `moves` stand in the order of ids, so that rows are mostly locked in that order.
 */
export async function saveGuardedMoves(
  db: Queryable,
  moves: readonly GuardedMove[],
  signals: readonly SignalToSave[],
): Promise<{ readonly guard: number; readonly lost: readonly string[] }> {
  const [row] = await db.query<{ guard: number; lost: string[] }>(SAVE_GUARDED, [
    ...moveValues(moves),
    `{${moves.map((move) => move.guard).join(',')}}`,
    ...signalValues(signals),
  ]);
  if (row === undefined) throw new Error('a statement that answers one row answered none');
  return row;
}

const GUARD_AT = MOVE_TYPES.length + 1;

const SAVE_GUARDED = {
  name: 'save_guarded_moves',
  text: `WITH moved AS (
      ${MOVE_COLUMNS_SQL}
      FROM unnest(${[...MOVE_TYPES, 'xid'].map((type, i) => `$${i + 1}::${type}[]`).join(', ')})
        AS v (monitor_id, ref_at, expected_at, expected_latest_at, due_at, excused, fail_streak, last_signal_at,
          last_success_at, signal_count, wake_at, guard)
      WHERE s.monitor_id = v.monitor_id AND s.xmin = v.guard
      RETURNING s.monitor_id
    ), logged AS (
      ${insertSignalsSql(GUARD_AT + 1)} AS g (monitor_id) WHERE g.monitor_id IN (SELECT monitor_id FROM moved)
    )
    SELECT pg_current_xact_id()::xid::text::bigint AS guard, ARRAY (
      SELECT given.id FROM unnest($1::uuid[]) AS given (id) EXCEPT SELECT monitor_id FROM moved
    ) AS lost`,
};
