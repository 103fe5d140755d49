import type { Instant } from '../core/instant.ts';
import type { Run, RunState } from '../core/monitor.ts';
import type { Queryable, Row } from './database.ts';
import { builder, runBuilt } from './query-builder.ts';

export interface RunLogRow extends Row {
  readonly id: string;
  readonly run_id: string | null;
  readonly state: RunState;
  readonly started_at: Instant | null;
  readonly ended_at: Instant | null;
  readonly exit_status: number | null;
  readonly deadline_at: Instant | null;
  readonly limit_by: Run['limitBy'];
  readonly finished_late: boolean;
}

export interface RunFilter {
  readonly state?: RunState | undefined;
  readonly beforeId?: string | undefined;
}

/** A monitor's runs, newest first. Whose monitor it is was looked at before. */
export function listRuns(db: Queryable, monitorId: string, filter: RunFilter, limit: number): Promise<RunLogRow[]> {
  let query = builder
    .selectFrom('run')
    .select([
      'id',
      'run_id',
      'state',
      'started_at',
      'ended_at',
      'exit_status',
      'deadline_at',
      'limit_by',
      'finished_late',
    ])
    .where('monitor_id', '=', monitorId)
    .orderBy('id', 'desc')
    .limit(limit);
  if (filter.state !== undefined) query = query.where('state', '=', filter.state);
  if (filter.beforeId !== undefined) query = query.where('id', '<', filter.beforeId);
  return runBuilt<RunLogRow>(db, 'list_runs', query);
}

export interface SlotNoteRow extends Row {
  readonly slot_at: Instant;
  readonly note: 'unknown' | 'skipped_running';
  readonly gap_from: Instant | null;
  readonly gap_to: Instant | null;
}

/** Slots of a monitor that were not judged, newest first, those before `beforeAt` where it is given. */
export function listSlotNotes(
  db: Queryable,
  monitorId: string,
  beforeAt: Instant | null,
  limit: number,
): Promise<SlotNoteRow[]> {
  return db.query<SlotNoteRow>(
    {
      name: 'list_slot_notes',
      text: `SELECT slot_at, note, gap_from, gap_to FROM slot_note
        WHERE monitor_id = $1 AND ($2::bigint IS NULL OR slot_at < $2) ORDER BY slot_at DESC LIMIT $3`,
    },
    [monitorId, beforeAt, limit],
  );
}
