import { type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import type { CauseCode } from '../core/cause.ts';
import type { Instant } from '../core/instant.ts';
import type { MonitorKind, Pause, Status } from '../core/monitor.ts';
import type { Queryable, Row, Transaction } from './database.ts';
import { builder, runBuilt } from './query-builder.ts';
import { textArray, wordArray } from './sql-array.ts';
import type { Tables } from './tables.ts';

/** A monitor as it is written: everything that a person chose. */
export interface MonitorRecord {
  readonly id: string;
  readonly teamId: string;
  readonly kind: MonitorKind;
  readonly name: string;
  readonly slug: string | null;
  readonly description: string;
  readonly tags: readonly string[];
  readonly pingKey: string;
  readonly scheduleType: 'period' | 'cron' | 'oncalendar' | null;
  readonly periodSeconds: number | null;
  readonly expression: string | null;
  readonly timezone: string | null;
  readonly intervalMs: number | null;
  readonly graceSeconds: number;
  readonly startGraceSeconds: number;
  readonly maxRunSeconds: number | null;
  readonly learn: boolean;
  readonly failAfter: number;
  readonly armedFrom: 'first_signal' | 'creation';
  readonly allChannels: boolean;
  /** Its identity in another system's interface, unique per team; all null where it was not made through one. */
  readonly originDialect: string | null;
  readonly originKey: string | null;
  readonly originNumber: number | null;
  readonly version: number;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly deletedAt: Instant | null;
}

/** A monitor with what is known about it now, as lists and pages show it. */
export interface MonitorView extends Row {
  readonly id: string;
  readonly team_id: string;
  readonly kind: MonitorKind;
  readonly name: string;
  readonly slug: string | null;
  readonly description: string;
  readonly tags: string[];
  readonly ping_key: string;
  readonly schedule_type: 'period' | 'cron' | 'oncalendar' | null;
  readonly period_seconds: number | null;
  readonly expression: string | null;
  readonly timezone: string | null;
  readonly interval_ms: number | null;
  readonly grace_seconds: number;
  readonly start_grace_seconds: number;
  readonly max_run_seconds: number | null;
  readonly learn: boolean;
  readonly fail_after: number;
  readonly armed_from: 'first_signal' | 'creation';
  readonly origin_dialect: string | null;
  readonly origin_key: string | null;
  readonly origin_number: number | null;
  readonly created_at: Instant;
  readonly updated_at: Instant;
  readonly status: Status;
  readonly pause_mode: Pause['mode'] | null;
  readonly pause_until: Instant | null;
  readonly expected_at: Instant | null;
  readonly due_at: Instant | null;
  readonly last_signal_at: Instant | null;
  readonly last_success_at: Instant | null;
  readonly signal_count: number;
  readonly fail_streak: number;
  readonly good_durations_ms: number[];
  readonly fault: string | null;
  readonly incident_id: string | null;
  readonly cause_code: CauseCode | null;
  readonly cause_data: unknown;
  readonly opened_at: Instant | null;
  readonly is_running: SqlBool;
  /** The site that it stands behind. */
  readonly site_id: string | null;
  /** Null: every channel of the team. */
  readonly channel_ids: string[] | null;
}

export interface MonitorFilter {
  readonly statuses?: readonly Status[] | undefined;
  readonly kind?: MonitorKind | undefined;
  /** All of them. */
  readonly tags?: readonly string[] | undefined;
  readonly slug?: string | undefined;
  /** Those behind this site. */
  readonly siteId?: string | undefined;
  /** Part of the name, the slug or the description, in any case. */
  readonly search?: string | undefined;
  readonly afterId?: string | undefined;
}

/** The living monitors of a team with what is known about them; for statements that add conditions. */
export function monitorViews(teamId: string) {
  return builder
    .selectFrom('monitor as m')
    .innerJoin('monitor_state as s', 's.monitor_id', 'm.id')
    .leftJoin('incident as i', 'i.id', 's.incident_id')
    .leftJoin('site_member as sm', 'sm.monitor_id', 'm.id')
    .select([
      'm.id',
      'm.team_id',
      'm.kind',
      'm.name',
      'm.slug',
      'm.description',
      'm.tags',
      'm.ping_key',
      'm.schedule_type',
      'm.period_seconds',
      'm.expression',
      'm.timezone',
      'm.interval_ms',
      'm.grace_seconds',
      'm.start_grace_seconds',
      'm.max_run_seconds',
      'm.learn',
      'm.fail_after',
      'm.armed_from',
      'm.origin_dialect',
      'm.origin_key',
      'm.origin_number',
      'm.created_at',
      'm.updated_at',
      's.status',
      's.pause_mode',
      's.pause_until',
      's.expected_at',
      's.due_at',
      's.last_signal_at',
      's.last_success_at',
      's.signal_count',
      's.fail_streak',
      's.good_durations_ms',
      's.fault',
      's.incident_id',
      'i.cause_code',
      'i.cause_data',
      'i.opened_at',
      'sm.site_id',
      sql<SqlBool>`s.waiting_runs > 0 AND EXISTS (SELECT 1 FROM run r
        WHERE r.monitor_id = m.id AND r.awaits_end AND r.state = 'open')`.as('is_running'),
      sql<string[] | null>`CASE WHEN NOT m.all_channels THEN ARRAY(SELECT mc.channel_id FROM monitor_channel mc
        JOIN channel c ON c.id = mc.channel_id AND c.deleted_at IS NULL
        WHERE mc.monitor_id = m.id ORDER BY 1) END`.as('channel_ids'),
    ])
    .where('m.team_id', '=', teamId)
    .where('m.deleted_at', 'is', null);
}

type Where = ExpressionBuilder<Tables & { m: Tables['monitor'] }, 'm'>;

function contains(search: string) {
  const pattern = `%${search.replaceAll(/[\\%_]/g, '\\$&')}%`;
  return (where: Where) =>
    where.or([
      where('m.name', 'ilike', pattern),
      where('m.slug', 'ilike', pattern),
      where('m.description', 'ilike', pattern),
    ]);
}

/** The living monitors of a team in the order of their ids, at most `limit`. */
export function listMonitors(
  db: Queryable,
  teamId: string,
  filter: MonitorFilter,
  limit: number,
): Promise<MonitorView[]> {
  let query = monitorViews(teamId).orderBy('m.id').limit(limit);
  if (filter.statuses?.length)
    query = query.where('s.status', '=', sql<Status>`ANY (${wordArray(filter.statuses)}::text[])`);
  if (filter.kind !== undefined) query = query.where('m.kind', '=', filter.kind);
  if (filter.tags?.length) query = query.where(sql<SqlBool>`m.tags @> ${textArray(filter.tags)}::text[]`);
  if (filter.siteId !== undefined) query = query.where('sm.site_id', '=', filter.siteId);
  if (filter.slug !== undefined) query = query.where('m.slug', '=', filter.slug);
  if (filter.search !== undefined)
    query = query.where((where) => contains(filter.search ?? '')(where as unknown as Where));
  if (filter.afterId !== undefined) query = query.where('m.id', '>', filter.afterId);
  return runBuilt<MonitorView>(db, 'list_monitors', query);
}

export async function findMonitorView(db: Queryable, teamId: string, id: string): Promise<MonitorView | null> {
  const [row] = await runBuilt<MonitorView>(db, 'find_monitor_view', monitorViews(teamId).where('m.id', '=', id));
  return row ?? null;
}

const RECORD_COLUMNS = `id, team_id AS "teamId", kind, name, slug, description, tags, ping_key AS "pingKey",
  schedule_type AS "scheduleType", period_seconds AS "periodSeconds", expression, timezone,
  interval_ms AS "intervalMs", grace_seconds AS "graceSeconds", start_grace_seconds AS "startGraceSeconds",
  max_run_seconds AS "maxRunSeconds", learn, fail_after AS "failAfter", armed_from AS "armedFrom",
  all_channels AS "allChannels", origin_dialect AS "originDialect", origin_key AS "originKey",
  origin_number AS "originNumber", version, created_at AS "createdAt", updated_at AS "updatedAt",
  deleted_at AS "deletedAt"`;

/** A monitor of this team, deleted ones too: the caller looks. */
export async function findMonitor(db: Queryable, teamId: string, id: string): Promise<MonitorRecord | null> {
  const [row] = await db.query<MonitorRecord & Row>(
    { name: 'find_monitor', text: `SELECT ${RECORD_COLUMNS} FROM monitor WHERE id = $1 AND team_id = $2` },
    [id, teamId],
  );
  return row ?? null;
}

function valuesOf(monitor: MonitorRecord): unknown[] {
  return [
    monitor.id,
    monitor.teamId,
    monitor.kind,
    monitor.name,
    monitor.slug,
    monitor.description,
    textArray(monitor.tags),
    monitor.pingKey,
    monitor.scheduleType,
    monitor.periodSeconds,
    monitor.expression,
    monitor.timezone,
    monitor.intervalMs,
    monitor.graceSeconds,
    monitor.startGraceSeconds,
    monitor.maxRunSeconds,
    monitor.learn,
    monitor.failAfter,
    monitor.armedFrom,
    monitor.allChannels,
    monitor.version,
    monitor.createdAt,
    monitor.updatedAt,
    monitor.deletedAt,
    monitor.originDialect,
    monitor.originKey,
    monitor.originNumber,
  ];
}

/** Rejects with a unique violation of monitor_ping_key_key, monitor_slug or monitor_origin. */
export async function insertMonitor(tx: Transaction, monitor: MonitorRecord): Promise<void> {
  await tx.query(
    {
      name: 'insert_monitor',
      text: `INSERT INTO monitor (id, team_id, kind, name, slug, description, tags, ping_key, schedule_type,
          period_seconds, expression, timezone, interval_ms, grace_seconds, start_grace_seconds, max_run_seconds, learn,
          fail_after, armed_from, all_channels, version, created_at, updated_at, deleted_at, origin_dialect,
          origin_key, origin_number)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
          $23, $24, $25, $26, $27)`,
    },
    valuesOf(monitor),
  );
}

/** Writes the whole definition. The caller holds the lock of its state and has counted the version up. */
export async function updateMonitor(tx: Transaction, monitor: MonitorRecord): Promise<void> {
  await tx.query(
    {
      name: 'update_monitor',
      text: `UPDATE monitor SET kind = $3, name = $4, slug = $5, description = $6, tags = $7, ping_key = $8,
          schedule_type = $9, period_seconds = $10, expression = $11, timezone = $12, interval_ms = $13,
          grace_seconds = $14, start_grace_seconds = $15, max_run_seconds = $16, learn = $17, fail_after = $18,
          armed_from = $19, all_channels = $20, version = $21, created_at = $22, updated_at = $23, deleted_at = $24,
          origin_dialect = $25, origin_key = $26, origin_number = $27
        WHERE id = $1 AND team_id = $2`,
    },
    valuesOf(monitor),
  );
}

/** Replaces the channels that a person chose for a monitor; the one that the job itself named stays. */
export async function setMonitorChannels(
  tx: Transaction,
  monitorId: string,
  channelIds: readonly string[],
): Promise<void> {
  await tx.query(
    { name: 'clear_monitor_channels', text: 'DELETE FROM monitor_channel WHERE monitor_id = $1 AND NOT from_origin' },
    [monitorId],
  );
  if (channelIds.length === 0) return;
  await tx.query(
    {
      name: 'set_monitor_channels',
      text: 'INSERT INTO monitor_channel (monitor_id, channel_id) SELECT $1, unnest($2::uuid[]) ON CONFLICT DO NOTHING',
    },
    [monitorId, wordArray(channelIds)],
  );
}

/** How many living monitors a team has, by status. */
export async function countMonitors(db: Queryable, teamId: string): Promise<Readonly<Record<Status, number>>> {
  const rows = await db.query<{ status: Status; count: number }>(
    {
      name: 'count_monitors',
      text: `SELECT s.status, count(*) AS count FROM monitor m JOIN monitor_state s ON s.monitor_id = m.id
        WHERE m.team_id = $1 AND m.deleted_at IS NULL GROUP BY s.status`,
    },
    [teamId],
  );
  const counts = { new: 0, up: 0, down: 0, paused: 0 };
  for (const row of rows) counts[row.status] = row.count;
  return counts;
}

/** Whether a team has this monitor, and it was not deleted. */
export async function hasMonitor(db: Queryable, teamId: string, id: string): Promise<boolean> {
  const rows = await db.query(
    { name: 'has_monitor', text: 'SELECT 1 FROM monitor WHERE id = $1 AND team_id = $2 AND deleted_at IS NULL' },
    [id, teamId],
  );
  return rows.length > 0;
}

/** How many living monitors a team has, counted up to `most`: what is beyond is not looked at. */
export async function countMonitorsUpTo(db: Queryable, teamId: string, most: number): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    {
      name: 'count_monitors_up_to',
      text: `SELECT count(*) AS count
        FROM (SELECT 1 FROM monitor WHERE team_id = $1 AND deleted_at IS NULL LIMIT $2) AS counted`,
    },
    [teamId, most],
  );
  return row?.count ?? 0;
}
