import type { Database } from '../../src/store/database.ts';

/** What the product has to do next, in server time: when each monitor wakes, and the earliest of all else. */
export interface NextWork {
  readonly wakes: ReadonlyMap<string, number>;
  /** Far away when there is nothing. */
  readonly elseAt: number;
}

export async function readNextWork(database: Database, now: number): Promise<NextWork> {
  const [row] = await database.query<{ ids: string[] | null; wakes: number[] | null; at: number | null }>(
    {
      name: 'sim_next_work',
      text: `SELECT s.ids, s.wakes, least(
        (SELECT min(d.next_attempt_at) FROM delivery d WHERE d.state IN ('queued', 'retry') AND NOT EXISTS
          (SELECT 1 FROM notice n JOIN delivery p ON p.id = n.after_delivery_id
            WHERE n.delivery_id = d.id AND p.id <> d.id AND p.state IN ('queued', 'sending', 'retry'))),
        (SELECT min(lease_until) FROM delivery WHERE state = 'sending'),
        (SELECT $1::bigint FROM slot_note WHERE note = 'unknown' AND noted_at > $1 - 20000 LIMIT 1),
        (SELECT min(first_received_at) FROM ping_journal WHERE fault IS NULL),
        (SELECT min(until) + 250 FROM hold WHERE ended_at IS NULL)) AS at
        FROM (SELECT array_agg(monitor_id::text) AS ids, array_agg(wake_at) AS wakes FROM monitor_state
          WHERE wake_at IS NOT NULL) AS s`,
    },
    [now],
  );
  const wakes = new Map((row?.ids ?? []).map((id, index) => [id, row?.wakes?.[index] ?? 0]));
  return { wakes, elseAt: row?.at ?? Number.MAX_SAFE_INTEGER };
}

export async function pendingDeliveries(database: Database): Promise<number> {
  const [row] = await database.query<{ count: number }>({
    name: 'sim_pending',
    text: `SELECT count(*) AS count FROM delivery WHERE state IN ('queued', 'retry', 'sending')`,
  });
  return row?.count ?? 0;
}

export interface IncidentRow extends Record<string, unknown> {
  readonly id: string;
  readonly monitor_id: string;
  readonly cause_code: string;
  readonly opened_at: number;
  readonly detected_at: number;
  readonly resolved_at: number | null;
  readonly resolution: string | null;
}

export function readIncidents(database: Database): Promise<IncidentRow[]> {
  return database.query<IncidentRow>({
    name: 'sim_incidents',
    text: `SELECT id, monitor_id, cause_code, opened_at, detected_at, resolved_at, resolution FROM incident
      ORDER BY monitor_id, id`,
  });
}

export interface NoticeRow extends Record<string, unknown> {
  readonly kind: string;
  readonly subject_type: string;
  readonly subject_id: string;
  readonly channel: string;
  readonly delivery_id: string;
  readonly form: string;
  readonly state: string;
  readonly reason: string | null;
  readonly left_out: boolean;
  readonly created_at: number;
}

export function readNotices(database: Database): Promise<NoticeRow[]> {
  return database.query<NoticeRow>({
    name: 'sim_notices',
    text: `SELECT n.kind, n.subject_type, n.subject_id, c.name AS channel, n.delivery_id, d.form, d.state, d.reason,
        n.data ? 'leftOut' AS left_out, n.created_at
      FROM notice n JOIN delivery d ON d.id = n.delivery_id JOIN channel c ON c.id = n.channel_id`,
  });
}

export interface SignalRow extends Record<string, unknown> {
  readonly n: number;
  readonly received_at: number;
  readonly user_agent: string;
}

export function readSignals(database: Database, monitorId: string): Promise<SignalRow[]> {
  return database.query<SignalRow>(
    {
      name: 'sim_signals',
      text: 'SELECT n, received_at, user_agent FROM signal WHERE monitor_id = $1 ORDER BY n',
    },
    [monitorId],
  );
}

/** Things that must never be, whatever happened: how many there are. */
export async function countImpossible(database: Database): Promise<Record<string, number>> {
  const [row] = await database.query<Record<string, number>>({
    name: 'sim_impossible',
    text: `SELECT
      (SELECT count(*) FROM run WHERE ended_at < started_at) AS "runs that end before they begin",
      (SELECT count(*) FROM incident WHERE resolved_at < opened_at) AS "incidents that end before they begin",
      (SELECT count(*) FROM monitor_state WHERE fault IS NOT NULL) AS "monitors that cannot be judged",
      (SELECT count(*) FROM monitor_state WHERE status = 'up' AND expected_at <= last_success_at)
        AS "next times that are not later than the last success",
      (SELECT count(*) FROM monitor_state s WHERE (s.status = 'down') <>
        EXISTS (SELECT 1 FROM incident i WHERE i.monitor_id = s.monitor_id AND i.resolved_at IS NULL))
        AS "monitors whose status and incidents disagree"`,
  });
  return row ?? {};
}
