import type { Instant } from '../core/instant.ts';
import type { NotCountedReason, PingKind } from '../core/signal.ts';
import type { Queryable, Row } from './database.ts';
import { builder, runBuilt } from './query-builder.ts';

/** One line of a monitor's signal log, without its body. */
export interface SignalRow extends Row {
  readonly n: number;
  readonly at: Instant;
  readonly kind: PingKind;
  readonly not_counted: NotCountedReason | null;
  readonly exit_status: number | null;
  readonly run_id: string | null;
  readonly method: string | null;
  readonly remote_addr: string | null;
  readonly user_agent: string | null;
  readonly body_size: number;
}

export interface SignalFilter {
  readonly kind?: PingKind | undefined;
  readonly counted?: boolean | undefined;
  readonly beforeN?: number | undefined;
}

/** A monitor's signals, newest first. Whose monitor it is was looked at before. */
export function listSignals(
  db: Queryable,
  monitorId: string,
  filter: SignalFilter,
  limit: number,
): Promise<SignalRow[]> {
  let query = builder
    .selectFrom('signal')
    .select([
      'n',
      'at',
      'kind',
      'not_counted',
      'exit_status',
      'run_id',
      'method',
      'remote_addr',
      'user_agent',
      'body_size',
    ])
    .where('monitor_id', '=', monitorId)
    .orderBy('n', 'desc')
    .limit(limit);
  if (filter.kind !== undefined) query = query.where('kind', '=', filter.kind);
  if (filter.counted !== undefined) query = query.where('not_counted', filter.counted ? 'is' : 'is not', null);
  if (filter.beforeN !== undefined) query = query.where('n', '<', filter.beforeN);
  return runBuilt<SignalRow>(db, 'list_signals', query);
}

/** The kept bytes of a signal's body: null where it had none; undefined where there is no such signal. */
export async function readSignalBody(db: Queryable, monitorId: string, n: number): Promise<Buffer | null | undefined> {
  const [row] = await db.query<{ body: Buffer | null }>(
    { name: 'read_signal_body', text: 'SELECT body FROM signal WHERE monitor_id = $1 AND n = $2 LIMIT 1' },
    [monitorId, n],
  );
  return row?.body;
}

/** The signals of a monitor from one instant to another, both included, oldest first. */
export function listSignalsBetween(
  db: Queryable,
  monitorId: string,
  from: Instant,
  to: Instant,
  limit: number,
): Promise<SignalRow[]> {
  return db.query<SignalRow>(
    {
      name: 'list_signals_between',
      text: `SELECT n, at, kind, not_counted, exit_status, run_id, method, remote_addr, user_agent, body_size
        FROM signal WHERE monitor_id = $1 AND received_at >= $2 AND at BETWEEN $2 AND $3 ORDER BY n LIMIT $4`,
    },
    [monitorId, from, to, limit],
  );
}
