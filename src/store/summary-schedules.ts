import type { Instant } from '../core/instant.ts';
import type { Period } from '../core/summary/facts.ts';
import type { SummaryKind, Timetable } from '../core/summary/timetable.ts';
import type { Queryable, Row, Transaction } from './database.ts';
import { wordArray } from './sql-array.ts';

/** When a team gets a summary, and where. */
export interface SummarySchedule extends Timetable {
  readonly teamId: string;
  readonly enabled: boolean;
  /** Null: every channel of the team, also later ones. */
  readonly channelIds: readonly string[] | null;
  /** Null while it is off. */
  readonly nextAt: Instant | null;
}

const COLUMNS = `s.team_id AS "teamId", s.kind, s.enabled, s.weekday, s.time, s.timezone, s.next_at AS "nextAt",
  CASE WHEN NOT s.all_channels THEN ARRAY (SELECT sc.channel_id FROM summary_channel sc
    JOIN channel c ON c.id = sc.channel_id AND c.deleted_at IS NULL
    WHERE sc.team_id = s.team_id AND sc.kind = s.kind ORDER BY sc.channel_id) END AS "channelIds"`;

/** What was chosen; null when nobody chose anything. */
export async function findSummarySchedule(
  db: Queryable,
  teamId: string,
  kind: SummaryKind,
): Promise<SummarySchedule | null> {
  const [row] = await db.query<SummarySchedule & Row>(
    {
      name: 'find_summary_schedule',
      text: `SELECT ${COLUMNS} FROM summary_schedule s WHERE team_id = $1 AND kind = $2`,
    },
    [teamId, kind],
  );
  return row ?? null;
}

export async function saveSummarySchedule(tx: Transaction, schedule: SummarySchedule, now: Instant): Promise<void> {
  const { teamId, kind, channelIds } = schedule;
  await tx.query(
    {
      name: 'save_summary_schedule',
      text: `INSERT INTO summary_schedule (team_id, kind, enabled, weekday, time, timezone, all_channels, next_at,
          created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
        ON CONFLICT (team_id, kind) DO UPDATE SET enabled = excluded.enabled, weekday = excluded.weekday,
          time = excluded.time, timezone = excluded.timezone, all_channels = excluded.all_channels,
          next_at = excluded.next_at, held_until = NULL, updated_at = excluded.updated_at`,
    },
    [
      teamId,
      kind,
      schedule.enabled,
      schedule.weekday,
      schedule.time,
      schedule.timezone,
      channelIds === null,
      schedule.nextAt,
      now,
    ],
  );
  await tx.query(
    { name: 'clear_summary_channels', text: 'DELETE FROM summary_channel WHERE team_id = $1 AND kind = $2' },
    [teamId, kind],
  );
  await tx.query(
    {
      name: 'save_summary_channels',
      text: 'INSERT INTO summary_channel (team_id, kind, channel_id) SELECT $1, $2, unnest($3::uuid[])',
    },
    [teamId, kind, wordArray([...new Set(channelIds ?? [])])],
  );
}

export async function deleteSummarySchedule(db: Queryable, teamId: string, kind: SummaryKind): Promise<void> {
  await db.query(
    { name: 'delete_summary_schedule', text: 'DELETE FROM summary_schedule WHERE team_id = $1 AND kind = $2' },
    [teamId, kind],
  );
}

/** Claims one summary that is due, to the end of the transaction; null when there is none, or other nodes are at them. */
export async function claimDueSummary(tx: Transaction, now: Instant): Promise<SummarySchedule | null> {
  const [row] = await tx.query<SummarySchedule & Row>(
    {
      name: 'claim_due_summary',
      text: `SELECT ${COLUMNS} FROM summary_schedule s
        WHERE s.next_at <= $1 AND (s.held_until IS NULL OR s.held_until <= $1)
        ORDER BY s.next_at, s.team_id, s.kind LIMIT 1 FOR UPDATE OF s SKIP LOCKED`,
    },
    [now],
  );
  return row ?? null;
}

export async function setNextSummary(
  tx: Transaction,
  { teamId, kind }: Pick<SummarySchedule, 'teamId' | 'kind'>,
  nextAt: Instant,
): Promise<void> {
  await tx.query(
    {
      name: 'set_next_summary',
      text: 'UPDATE summary_schedule SET next_at = $3, held_until = NULL WHERE team_id = $1 AND kind = $2',
    },
    [teamId, kind, nextAt],
  );
}

/** Leaves a summary that could not be made alone until then, so that it is in nobody's way. */
export async function holdSummary(
  db: Queryable,
  { teamId, kind }: Pick<SummarySchedule, 'teamId' | 'kind'>,
  until: Instant,
): Promise<void> {
  await db.query(
    { name: 'hold_summary', text: 'UPDATE summary_schedule SET held_until = $3 WHERE team_id = $1 AND kind = $2' },
    [teamId, kind, until],
  );
}

/** Writes down that the summary of a period is made; false when it was before. Those that ended before `forget` go. */
export async function insertSummaryIssue(
  tx: Transaction,
  issue: Period & { readonly id: string; readonly teamId: string; readonly kind: SummaryKind },
  now: Instant,
  forget: Instant,
): Promise<boolean> {
  await tx.query(
    {
      name: 'forget_summary_issues',
      text: 'DELETE FROM summary_issue WHERE team_id = $1 AND kind = $2 AND to_at < $3',
    },
    [issue.teamId, issue.kind, forget],
  );
  const rows = await tx.query(
    {
      name: 'insert_summary_issue',
      text: `INSERT INTO summary_issue (id, team_id, kind, from_at, to_at, created_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (team_id, kind, to_at) DO NOTHING RETURNING id`,
    },
    [issue.id, issue.teamId, issue.kind, issue.from, issue.to, now],
  );
  return rows.length > 0;
}

/** The end of the last period that a summary was made of by the timetable; null before the first. */
export async function findLastSummary(db: Queryable, teamId: string, kind: SummaryKind): Promise<Instant | null> {
  const [row] = await db.query<{ at: Instant | null }>(
    {
      name: 'find_last_summary',
      text: 'SELECT max(to_at) AS at FROM summary_issue WHERE team_id = $1 AND kind = $2',
    },
    [teamId, kind],
  );
  return row?.at ?? null;
}

/** A channel that a summary may go to. */
export interface SummaryTarget {
  readonly channelId: string;
  readonly channelName: string;
  readonly channelKind: string;
  readonly destination: string;
  readonly fromEnvironment: boolean;
}

/** The working channels of a team in the order of their making, at most `limit`; not the addresses that its jobs brought. */
export function readSummaryTargets(db: Queryable, teamId: string, limit: number): Promise<SummaryTarget[]> {
  return db.query<SummaryTarget & Row>(
    {
      name: 'read_summary_targets',
      text: `SELECT id AS "channelId", name AS "channelName", kind AS "channelKind", destination,
          from_environment AS "fromEnvironment" FROM channel
        WHERE team_id = $1 AND state = 'ok' AND NOT only_chosen AND deleted_at IS NULL ORDER BY id LIMIT $2`,
    },
    [teamId, limit],
  );
}
