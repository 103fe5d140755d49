import type { MonitorState } from '../core/monitor.ts';
import { BinaryArray } from './binary-array.ts';
import type { Queryable, Transaction } from './database.ts';
import { createSignalColumns, insertSignalsSql, type SignalColumns } from './signals.ts';
import { createMoveColumns, MOVE_COLUMNS_SQL, MOVE_TYPES, type Moved } from './states.ts';

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

/** The state of a monitor that is up and has nothing else to it: no incident, no pause, no open run. */
export function isPlain({ status, pause, incident, goodDurationsMs, runs }: MonitorState): boolean {
  return status === 'up' && pause === null && incident === null && goodDurationsMs.length === 0 && runs.length === 0;
}

/** The number that rows carry which this transaction writes: another number means that somebody changed them since. */
export async function readGuard(tx: Transaction): Promise<number> {
  const [row] = await tx.query<{ guard: number }>({
    name: 'read_guard',
    text: 'SELECT pg_current_xact_id()::xid::text::bigint AS guard',
  });
  if (row === undefined) throw new Error('a statement that answers one row answered none');
  return row.guard;
}

/** States that only moved, each with the guard of the row that it was decided on, and the signals that moved them. */
export interface GuardedMoves {
  readonly signals: SignalColumns;
  /** Push these in the order of ids, so that rows are locked in that order. */
  pushMove(monitorId: string, moved: Moved, guard: number): void;
  /** The parameters of `saveGuardedMoves`; nothing may be pushed any more. */
  values(): readonly Buffer[];
}

export function createGuardedMoves(signals = createSignalColumns()): GuardedMoves {
  const moves = createMoveColumns();
  const guards = new BinaryArray('xid');
  return {
    signals,
    pushMove(monitorId, moved, guard) {
      moves.push(monitorId, moved);
      guards.pushInteger(guard);
    },
    values: () => [...moves.values(), guards.finish(), ...signals.values()],
  };
}

/**
 * Writes states and their signals by one statement, where the rows are still those that the decisions were made on.
 * Answers the monitors of which nothing was written because their row had changed, and the guard that all others have
 * now.
 */
export async function saveGuardedMoves(
  db: Queryable,
  values: readonly Buffer[],
): Promise<{ readonly guard: number; readonly lost: readonly string[] }> {
  const [row] = await db.query<{ guard: number; lost: string[] }>(SAVE_GUARDED, values);
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
