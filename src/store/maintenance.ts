import type { Instant } from '../core/instant.ts';
import { SECOND_MS } from '../core/instant.ts';
import { activeUntil, type MaintenanceTimes } from '../core/maintenance.ts';
import { readSchedule } from '../core/schedule/schedule.ts';
import type { Queryable, Row, Transaction } from './database.ts';
import { textArray, wordArray } from './sql-array.ts';

/** A maintenance as it is written. */
export interface MaintenanceRecord {
  readonly id: string;
  readonly teamId: string;
  readonly name: string;
  /** Both null for one that repeats, which has all of the next four. */
  readonly fromAt: Instant | null;
  readonly toAt: Instant | null;
  readonly scheduleType: 'cron' | 'oncalendar' | null;
  readonly expression: string | null;
  readonly timezone: string | null;
  readonly durationSeconds: number | null;
  /** When it was ended before its time (core/maintenance.ts). */
  readonly endedAt: Instant | null;
  readonly allMonitors: boolean;
  readonly monitorIds: readonly string[];
  readonly tags: readonly string[];
  readonly siteIds: readonly string[];
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

type Times = Pick<
  MaintenanceRecord,
  'fromAt' | 'toAt' | 'scheduleType' | 'expression' | 'timezone' | 'durationSeconds' | 'endedAt'
>;

const COLUMNS = `w.id, w.team_id AS "teamId", w.name, w.from_at AS "fromAt", w.to_at AS "toAt",
  w.schedule_type AS "scheduleType", w.expression, w.timezone, w.duration_seconds AS "durationSeconds",
  w.ended_at AS "endedAt", w.all_monitors AS "allMonitors", w.monitor_ids AS "monitorIds", w.tags, w.site_ids AS "siteIds",
  w.created_at AS "createdAt", w.updated_at AS "updatedAt"`;

/** When it is; null where its schedule cannot be read any more (it then holds nothing). */
export function timesOf(row: Times): MaintenanceTimes | null {
  const { fromAt, toAt, scheduleType, expression, timezone, durationSeconds, endedAt } = row;
  if (fromAt !== null && toAt !== null) return { type: 'once', from: fromAt, to: toAt, endedAt };
  if (scheduleType === null || expression === null || timezone === null || durationSeconds === null) return null;
  const result = readSchedule({ type: scheduleType, expression, timezone });
  if (!result.ok) return null;
  return { type: 'repeat', schedule: result.schedule, durationMs: durationSeconds * SECOND_MS, endedAt };
}

/** The maintenance that holds the alarms of a monitor. */
export interface ActiveMaintenance {
  readonly maintenanceId: string;
  readonly until: Instant;
}

/** Which of these monitors are under maintenance at `now`: by monitor, of several the one that ends last. */
export async function readActiveMaintenance(
  db: Queryable,
  monitorIds: readonly string[],
  now: Instant,
): Promise<Map<string, ActiveMaintenance>> {
  if (monitorIds.length === 0) return new Map();
  const rows = await db.query<Times & Row & { readonly id: string; readonly monitorIds: readonly string[] }>(
    {
      name: 'read_maintenance_of_monitors',
      text: `SELECT w.id, w.from_at AS "fromAt", w.to_at AS "toAt", w.schedule_type AS "scheduleType", w.expression,
          w.timezone, w.duration_seconds AS "durationSeconds", w.ended_at AS "endedAt", array_agg(m.id) AS "monitorIds"
        FROM monitor m JOIN maintenance w ON w.team_id = m.team_id
        LEFT JOIN site_member sm ON sm.monitor_id = m.id
        LEFT JOIN site s ON s.gateway_monitor_id = m.id
        WHERE m.id = ANY ($1::uuid[]) AND (w.from_at IS NULL OR (w.from_at <= $2 AND w.to_at > $2))
          AND (w.all_monitors OR m.id = ANY (w.monitor_ids) OR m.tags && w.tags OR sm.site_id = ANY (w.site_ids)
            OR s.id = ANY (w.site_ids))
        GROUP BY w.id`,
    },
    [wordArray(monitorIds), now],
  );
  const active = new Map<string, ActiveMaintenance>();
  for (const row of rows) {
    const times = timesOf(row);
    const until = times === null ? null : activeUntil(times, now);
    if (until === null) continue;
    for (const monitorId of row.monitorIds) {
      if (until > (active.get(monitorId)?.until ?? 0)) active.set(monitorId, { maintenanceId: row.id, until });
    }
  }
  return active;
}

/** Of the sites that these monitors stand behind: whether they are dark, and when they were lit. */
export async function readLightsOf(
  db: Queryable,
  monitorIds: readonly string[],
): Promise<Map<string, { readonly darkSince: Instant | null; readonly litAt: Instant | null }>> {
  const rows = await db.query<{ id: string; darkSince: Instant | null; litAt: Instant | null }>(
    {
      name: 'read_lights_of_monitors',
      text: `SELECT sm.monitor_id AS id, s.dark_since AS "darkSince", s.lit_at AS "litAt"
        FROM site_member sm JOIN site s ON s.id = sm.site_id WHERE sm.monitor_id = ANY ($1::uuid[])`,
    },
    [wordArray(monitorIds)],
  );
  return new Map(rows.map(({ id, ...light }) => [id, light]));
}

/** The maintenances of a team after the id `afterId`, in the order of their ids. */
export function listMaintenance(
  db: Queryable,
  teamId: string,
  afterId: string | null,
  limit: number,
): Promise<MaintenanceRecord[]> {
  return db.query<MaintenanceRecord & Row>(
    {
      name: 'list_maintenance',
      text: `SELECT ${COLUMNS} FROM maintenance w WHERE w.team_id = $1 AND ($2::uuid IS NULL OR w.id > $2)
        ORDER BY w.id LIMIT $3`,
    },
    [teamId, afterId, limit],
  );
}

export async function findMaintenance(db: Queryable, teamId: string, id: string): Promise<MaintenanceRecord | null> {
  const [row] = await db.query<MaintenanceRecord & Row>(
    { name: 'find_maintenance', text: `SELECT ${COLUMNS} FROM maintenance w WHERE w.id = $1 AND w.team_id = $2` },
    [id, teamId],
  );
  return row ?? null;
}

export async function countMaintenance(db: Queryable, teamId: string): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    { name: 'count_maintenance', text: 'SELECT count(*) AS count FROM maintenance WHERE team_id = $1' },
    [teamId],
  );
  return row?.count ?? 0;
}

/** Writes a maintenance, new or changed. */
export async function saveMaintenance(tx: Transaction, record: MaintenanceRecord): Promise<void> {
  await tx.query(
    {
      name: 'save_maintenance',
      text: `INSERT INTO maintenance (id, team_id, name, from_at, to_at, schedule_type, expression, timezone,
          duration_seconds, ended_at, all_monitors, monitor_ids, tags, site_ids, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, from_at = excluded.from_at, to_at = excluded.to_at,
          schedule_type = excluded.schedule_type, expression = excluded.expression, timezone = excluded.timezone,
          duration_seconds = excluded.duration_seconds, ended_at = excluded.ended_at,
          all_monitors = excluded.all_monitors, monitor_ids = excluded.monitor_ids, tags = excluded.tags,
          site_ids = excluded.site_ids, updated_at = excluded.updated_at`,
    },
    [
      record.id,
      record.teamId,
      record.name,
      record.fromAt,
      record.toAt,
      record.scheduleType,
      record.expression,
      record.timezone,
      record.durationSeconds,
      record.endedAt,
      record.allMonitors,
      wordArray(record.monitorIds),
      textArray(record.tags),
      wordArray(record.siteIds),
      record.createdAt,
      record.updatedAt,
    ],
  );
}

export async function deleteMaintenance(tx: Transaction, id: string): Promise<void> {
  await tx.query({ name: 'delete_maintenance', text: 'DELETE FROM maintenance WHERE id = $1' }, [id]);
}

/** What this maintenance holds is decided anew at once: it may be over, or hold on (watch/hold-release.ts). */
export async function reviewHolds(tx: Transaction, maintenanceId: string, now: Instant): Promise<void> {
  await tx.query(
    {
      name: 'review_holds_of_maintenance',
      text: 'UPDATE hold SET until = $2 WHERE maintenance_id = $1 AND ended_at IS NULL',
    },
    [maintenanceId, now],
  );
}

/** Of these ids, those that are no living monitors of the team, and those that are no sites of it. */
export async function missingThings(
  db: Queryable,
  teamId: string,
  monitorIds: readonly string[],
  siteIds: readonly string[],
): Promise<{ readonly monitors: readonly string[]; readonly sites: readonly string[] }> {
  const [row] = await db.query<{ monitors: string[]; sites: string[] }>(
    {
      name: 'missing_things',
      text: `SELECT ARRAY(SELECT v FROM unnest($2::uuid[]) AS v WHERE NOT EXISTS
            (SELECT 1 FROM monitor WHERE id = v AND team_id = $1 AND deleted_at IS NULL)) AS monitors,
          ARRAY(SELECT v FROM unnest($3::uuid[]) AS v WHERE NOT EXISTS
            (SELECT 1 FROM site WHERE id = v AND team_id = $1)) AS sites`,
    },
    [teamId, wordArray(monitorIds), wordArray(siteIds)],
  );
  return row ?? { monitors: [], sites: [] };
}

/** An incident that a maintenance held, as it is shown. */
export interface MaintenanceIncident extends Row {
  readonly incidentId: string;
  readonly monitorId: string;
  readonly monitorName: string;
  readonly openedAt: Instant;
  readonly since: Instant;
  readonly outcome: string | null;
}

/** What a maintenance holds and held, the last one first. */
export function listMaintenanceIncidents(db: Queryable, id: string, limit: number): Promise<MaintenanceIncident[]> {
  return db.query<MaintenanceIncident>(
    {
      name: 'list_maintenance_incidents',
      text: `SELECT h.incident_id AS "incidentId", h.monitor_id AS "monitorId", m.name AS "monitorName",
          i.opened_at AS "openedAt", h.since, h.outcome
        FROM hold h JOIN incident i ON i.id = h.incident_id JOIN monitor m ON m.id = h.monitor_id
        WHERE h.maintenance_id = $1 ORDER BY h.incident_id DESC LIMIT $2`,
    },
    [id, limit],
  );
}
