import type { MonitorKind, Status } from '../core/monitor.ts';
import type { Queryable, Row } from './database.ts';
import { incidentOf, type NoticeFacts, type NoticeIncidentRow } from './deliveries.ts';
import { wordArray } from './sql-array.ts';

/** What the notice of a gateway has to say about the monitors behind it. */
export interface SiteStory {
  readonly id: string;
  readonly name: string;
  /** Living monitors behind it. */
  readonly monitors: number;
  /** Those whose alarms this darkness holds or held, as many as asked for; what is still down comes first. */
  readonly held: readonly {
    readonly monitor: NonNullable<NoticeFacts['monitor']>;
    readonly incident: NonNullable<NoticeFacts['incident']>;
  }[];
  /** Of all of them: still down, and down and back in between. */
  readonly stillDown: number;
  readonly recovered: number;
}

interface HeldRow extends NoticeIncidentRow {
  readonly darkness_id: string;
  readonly monitor_id: string;
  readonly monitor_name: string;
  readonly monitor_kind: MonitorKind;
  readonly monitor_status: Status;
  readonly monitor_tags: string[];
  readonly monitor_created_at: number;
  readonly still_down: number;
  readonly recovered: number;
}

/** The stories of these incidents of gateways, by incident; others have none. At most `limit` monitors in each. */
export async function readSiteStories(
  db: Queryable,
  incidentIds: readonly string[],
  limit: number,
): Promise<Map<string, SiteStory>> {
  if (incidentIds.length === 0) return new Map();
  const sites = await db.query<{ incident_id: string; id: string; name: string; monitors: number } & Row>(
    {
      name: 'read_sites_of_incidents',
      text: `SELECT i.id AS incident_id, s.id, s.name, (SELECT count(*) FROM site_member sm
          JOIN monitor m ON m.id = sm.monitor_id AND m.deleted_at IS NULL WHERE sm.site_id = s.id) AS monitors
        FROM incident i JOIN site s ON s.gateway_monitor_id = i.monitor_id WHERE i.id = ANY ($1::uuid[])`,
    },
    [wordArray(incidentIds)],
  );
  if (sites.length === 0) return new Map();
  const rows = await readHeld(
    db,
    sites.map((site) => site.incident_id),
    limit,
  );
  const byDarkness = Map.groupBy(rows, (row) => row.darkness_id);
  return new Map(
    sites.map(({ incident_id: incidentId, id, name, monitors }) => {
      const own = byDarkness.get(incidentId) ?? [];
      const { still_down: stillDown = 0, recovered = 0 } = own[0] ?? {};
      return [incidentId, { id, name, monitors, stillDown, recovered, held: own.flatMap(heldOf) }];
    }),
  );
}

/** Monitors that went down more than once in one darkness are there with their last incident. */
function readHeld(db: Queryable, darknessIds: readonly string[], limit: number): Promise<HeldRow[]> {
  return db.query<HeldRow>(
    {
      name: 'read_held_by_darkness',
      text: `SELECT * FROM (
          SELECT w.*, row_number() OVER (PARTITION BY w.darkness_id ORDER BY w.resolved_at IS NOT NULL, w.opened_at,
              w.incident_id) AS place,
            count(*) FILTER (WHERE w.resolved_at IS NULL) OVER (PARTITION BY w.darkness_id) AS still_down,
            count(*) FILTER (WHERE w.resolution = 'recovered') OVER (PARTITION BY w.darkness_id) AS recovered
          FROM (SELECT DISTINCT ON (h.darkness_id, h.monitor_id) h.darkness_id, h.monitor_id, m.name AS monitor_name,
              m.kind AS monitor_kind, s.status AS monitor_status, m.tags AS monitor_tags,
              m.created_at AS monitor_created_at, i.id AS incident_id, i.cause_code, i.cause_data, i.opened_at,
              i.detected_at, i.resolved_at, i.resolution, i.missed_slots,
              '{"lastGoodRun": null, "outputTail": null}'::jsonb AS evidence
            FROM hold h JOIN incident i ON i.id = h.incident_id JOIN monitor m ON m.id = h.monitor_id
            JOIN monitor_state s ON s.monitor_id = m.id
            WHERE h.darkness_id = ANY ($1::uuid[]) AND (i.resolution IS NULL OR i.resolution = 'recovered')
            ORDER BY h.darkness_id, h.monitor_id, i.id DESC) w
        ) ranked WHERE place <= $2 ORDER BY darkness_id, place`,
    },
    [wordArray(darknessIds), limit],
  );
}

function heldOf(row: HeldRow): SiteStory['held'] {
  const incident = incidentOf(row);
  if (incident === null) return [];
  const monitor = {
    id: row.monitor_id,
    name: row.monitor_name,
    kind: row.monitor_kind,
    status: row.monitor_status,
    tags: row.monitor_tags,
    createdAt: row.monitor_created_at,
  };
  return [{ monitor, incident }];
}
