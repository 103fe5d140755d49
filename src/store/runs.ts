import type { Run } from '../core/monitor.ts';
import type { Queryable, Transaction } from './database.ts';
import { RUN_COLUMNS, type RunRow } from './monitor-rows.ts';
import { booleanArray, numberArray, textArray, wordArray } from './sql-array.ts';

/** The runs of these monitors that an end can still reach, oldest first. */
export function readWaitingRuns(db: Queryable, monitorIds: readonly string[]): Promise<RunRow[]> {
  return db.query<RunRow>(
    {
      name: 'read_waiting_runs',
      text: `SELECT ${RUN_COLUMNS} FROM run WHERE monitor_id = ANY ($1::uuid[]) AND awaits_end ORDER BY monitor_id, id`,
    },
    [wordArray(monitorIds)],
  );
}

/** The newest run of each (monitor, run id), whatever became of it. */
export function readNamedRuns(
  db: Queryable,
  names: readonly { readonly monitorId: string; readonly runId: string }[],
): Promise<RunRow[]> {
  return db.query<RunRow>(
    {
      name: 'read_named_runs',
      text: `SELECT DISTINCT ON (monitor_id, run_id) ${RUN_COLUMNS} FROM run
        WHERE (monitor_id, run_id) IN (SELECT * FROM unnest($1::uuid[], $2::text[]))
        ORDER BY monitor_id, run_id, id DESC`,
    },
    [wordArray(names.map((name) => name.monitorId)), textArray(names.map((name) => name.runId))],
  );
}

export interface RunToSave {
  readonly monitorId: string;
  readonly run: Run;
}

/** Writes runs as they are now, new ones and known ones alike; each id at most once. */
export async function saveRuns(tx: Transaction, entries: readonly RunToSave[]): Promise<void> {
  if (entries.length === 0) return;
  const runs = entries.map((entry) => entry.run);
  await tx.query(
    {
      name: 'save_runs',
      text: `INSERT INTO run (monitor_id, id, run_id, state, started_at, ended_at, exit_status, deadline_at, limit_by,
          excused, awaits_end, finished_late)
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::bigint[],
          $7::integer[], $8::bigint[], $9::text[], $10::boolean[], $11::boolean[], $12::boolean[])
        ON CONFLICT (id) DO UPDATE SET state = excluded.state, started_at = excluded.started_at,
          ended_at = excluded.ended_at, exit_status = excluded.exit_status, deadline_at = excluded.deadline_at,
          limit_by = excluded.limit_by, excused = excluded.excused, awaits_end = excluded.awaits_end,
          finished_late = excluded.finished_late`,
    },
    [
      wordArray(entries.map((entry) => entry.monitorId)),
      wordArray(runs.map((run) => run.id)),
      textArray(runs.map((run) => run.runId)),
      wordArray(runs.map((run) => run.state)),
      numberArray(runs.map((run) => run.startedAt)),
      numberArray(runs.map((run) => run.endedAt)),
      numberArray(runs.map((run) => run.exitStatus)),
      numberArray(runs.map((run) => run.deadlineAt)),
      wordArray(runs.map((run) => run.limitBy)),
      booleanArray(runs.map((run) => run.excused)),
      booleanArray(runs.map((run) => run.awaitsEnd)),
      booleanArray(runs.map((run) => run.finishedLate)),
    ],
  );
}
