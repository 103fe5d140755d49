import { sql } from 'kysely';
import type { Instant } from '../core/instant.ts';
import type { RunState } from '../core/monitor.ts';
import type { Queryable } from './database.ts';
import { type MonitorView, monitorViews } from './monitors.ts';
import { runBuilt } from './query-builder.ts';

/** A monitor as other systems' interfaces show it: with its last run. */
export interface OriginView extends MonitorView {
  /** When the newest run began, or ended where its beginning was not heard; null when there was none. */
  readonly last_run_at: Instant | null;
  /** How the newest run that came to an end did: `succeeded`, `failed` or `timed_out`; null when there was none. */
  readonly last_end: RunState | null;
}

function originViews(teamId: string, dialect: string) {
  return monitorViews(teamId)
    .where('m.origin_dialect', '=', dialect)
    .select([
      sql<Instant | null>`(SELECT coalesce(r.started_at, r.ended_at) FROM run r
        WHERE r.monitor_id = m.id ORDER BY r.id DESC LIMIT 1)`.as('last_run_at'),
      sql<RunState | null>`(SELECT r.state FROM run r
        WHERE r.monitor_id = m.id AND r.state IN ('succeeded', 'failed', 'timed_out')
        ORDER BY r.id DESC LIMIT 1)`.as('last_end'),
    ]);
}

/** The living monitors that were made through a dialect, in the order of their creation. */
export function listOrigins(
  db: Queryable,
  teamId: string,
  dialect: string,
  { skip, limit }: { readonly skip: number; readonly limit: number },
): Promise<OriginView[]> {
  const query = originViews(teamId, dialect).orderBy('m.origin_number').orderBy('m.id').offset(skip).limit(limit);
  return runBuilt<OriginView>(db, 'list_origins', query);
}

/** The living monitor with this identity in a dialect, or null. */
export async function findOrigin(
  db: Queryable,
  teamId: string,
  dialect: string,
  key: string,
): Promise<OriginView | null> {
  const query = originViews(teamId, dialect).where('m.origin_key', '=', key);
  const [row] = await runBuilt<OriginView>(db, 'find_origin', query);
  return row ?? null;
}
