import type { Instant } from '../core/instant.ts';
import type { SiteLight } from '../core/sites.ts';
import type { Queryable, Row, Transaction } from './database.ts';
import { wordArray } from './sql-array.ts';

/** A site as a person or another system's interface made it. */
export interface SiteRecord {
  readonly id: string;
  readonly teamId: string;
  readonly name: string;
  /** Null once that monitor is gone for good. */
  readonly gatewayMonitorId: string | null;
  readonly origin: { readonly dialect: string; readonly key: string } | null;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

/** A site with what is known of it now. */
export interface SiteView {
  readonly site: SiteRecord;
  readonly darkSince: Instant | null;
  readonly litAt: Instant | null;
  readonly gatewayName: string | null;
  /** Living monitors behind it. */
  readonly monitors: number;
  /** Incidents whose openings are held now. */
  readonly held: number;
}

interface SiteViewRow extends Row {
  readonly id: string;
  readonly team_id: string;
  readonly name: string;
  readonly gateway_monitor_id: string | null;
  readonly gateway_name: string | null;
  readonly dark_since: Instant | null;
  readonly lit_at: Instant | null;
  readonly origin_dialect: string | null;
  readonly origin_key: string | null;
  readonly created_at: Instant;
  readonly updated_at: Instant;
  readonly monitors: number;
  readonly held: number;
}

const VIEW = `SELECT s.id, s.team_id, s.name, s.gateway_monitor_id, g.name AS gateway_name, s.dark_since, s.lit_at,
    s.origin_dialect, s.origin_key, s.created_at, s.updated_at,
    (SELECT count(*) FROM site_member sm JOIN monitor m ON m.id = sm.monitor_id AND m.deleted_at IS NULL
      WHERE sm.site_id = s.id) AS monitors,
    (SELECT count(*) FROM hold h WHERE h.site_id = s.id AND h.ended_at IS NULL) AS held
  FROM site s LEFT JOIN monitor g ON g.id = s.gateway_monitor_id AND g.deleted_at IS NULL`;

function viewOf(row: SiteViewRow): SiteView {
  const { origin_dialect: dialect, origin_key: key } = row;
  return {
    site: {
      id: row.id,
      teamId: row.team_id,
      name: row.name,
      gatewayMonitorId: row.gateway_monitor_id,
      origin: dialect === null || key === null ? null : { dialect, key },
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    },
    darkSince: row.dark_since,
    litAt: row.lit_at,
    gatewayName: row.gateway_name,
    monitors: row.monitors,
    held: row.held,
  };
}

/** The sites of a team in the order of their ids, at most `limit`. */
export async function listSites(
  db: Queryable,
  teamId: string,
  afterId: string | null,
  limit: number,
): Promise<SiteView[]> {
  const rows = await db.query<SiteViewRow>(
    {
      name: 'list_sites',
      text: `${VIEW} WHERE s.team_id = $1 AND ($2::uuid IS NULL OR s.id > $2) ORDER BY s.id LIMIT $3`,
    },
    [teamId, afterId, limit],
  );
  return rows.map(viewOf);
}

export async function findSite(db: Queryable, teamId: string, id: string): Promise<SiteView | null> {
  const [row] = await db.query<SiteViewRow>({ name: 'find_site', text: `${VIEW} WHERE s.id = $1 AND s.team_id = $2` }, [
    id,
    teamId,
  ]);
  return row === undefined ? null : viewOf(row);
}

/** The site that another system's interface knows by this key. */
export async function findSiteByOrigin(
  db: Queryable,
  teamId: string,
  dialect: string,
  key: string,
): Promise<SiteView | null> {
  const [row] = await db.query<SiteViewRow>(
    {
      name: 'find_site_by_origin',
      text: `${VIEW} WHERE s.team_id = $1 AND s.origin_dialect = $2 AND s.origin_key = $3`,
    },
    [teamId, dialect, key],
  );
  return row === undefined ? null : viewOf(row);
}

export async function countSites(db: Queryable, teamId: string): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    { name: 'count_sites', text: 'SELECT count(*) AS count FROM site WHERE team_id = $1' },
    [teamId],
  );
  return row?.count ?? 0;
}

/** Rejects with a unique violation of site_gateway or site_origin. */
export async function insertSite(tx: Transaction, site: SiteRecord): Promise<void> {
  await tx.query(
    {
      name: 'insert_site',
      text: `INSERT INTO site (id, team_id, name, gateway_monitor_id, origin_dialect, origin_key, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    },
    [
      site.id,
      site.teamId,
      site.name,
      site.gatewayMonitorId,
      site.origin?.dialect ?? null,
      site.origin?.key ?? null,
      site.createdAt,
      site.updatedAt,
    ],
  );
}

/** Writes name and gateway. Rejects with a unique violation of site_gateway. The caller holds its lock. */
export async function updateSite(tx: Transaction, site: SiteRecord): Promise<void> {
  await tx.query(
    {
      name: 'update_site',
      text: `UPDATE site SET name = $3, gateway_monitor_id = $4, updated_at = $5 WHERE id = $1 AND team_id = $2`,
    },
    [site.id, site.teamId, site.name, site.gatewayMonitorId, site.updatedAt],
  );
}

/** The monitors behind it stand behind none from now on; end its holds first. */
export async function deleteSite(tx: Transaction, id: string): Promise<void> {
  await tx.query({ name: 'delete_site', text: 'DELETE FROM site WHERE id = $1' }, [id]);
}

/** A site as those see it who found something out about its monitors. */
export interface LockedSite extends SiteLight {
  readonly id: string;
  readonly gatewayMonitorId: string | null;
}

interface LockedSiteRow extends Row {
  readonly id: string;
  readonly gateway_monitor_id: string | null;
  readonly dark_since: Instant | null;
  readonly darkness_id: string | null;
  readonly lit_at: Instant | null;
  readonly is_watched: boolean;
}

/**
 * The lock that puts "the gateway went down" and "a monitor behind it went down" in an order: states are locked before
 * it, holds, flows and deliveries after it. It lets others refer to the site meanwhile.
 */
const LOCKED_SITES = `SELECT s.id, s.gateway_monitor_id, s.dark_since, s.darkness_id, s.lit_at,
    EXISTS (SELECT 1 FROM monitor g JOIN monitor_state gs ON gs.monitor_id = g.id
      WHERE g.id = s.gateway_monitor_id AND g.deleted_at IS NULL AND gs.status <> 'paused'
        AND (gs.status <> 'new' OR gs.ref_at IS NOT NULL)) AS is_watched
  FROM site s`;
const IN_ORDER = 'ORDER BY s.id FOR NO KEY UPDATE OF s';

function lockedSiteOf(row: LockedSiteRow): LockedSite {
  return {
    id: row.id,
    gatewayMonitorId: row.gateway_monitor_id,
    darkSince: row.dark_since,
    darknessId: row.darkness_id,
    litAt: row.lit_at,
    isWatched: row.is_watched,
  };
}

/** Locks the sites that these monitors stand behind, or are the gateways of. */
export async function lockSitesOfMonitors(tx: Transaction, monitorIds: readonly string[]): Promise<LockedSite[]> {
  const rows = await tx.query<LockedSiteRow>(
    {
      name: 'lock_sites_of_monitors',
      text: `${LOCKED_SITES} WHERE s.id IN (SELECT site_id FROM site_member WHERE monitor_id = ANY ($1::uuid[])
          UNION SELECT id FROM site WHERE gateway_monitor_id = ANY ($1::uuid[])) ${IN_ORDER}`,
    },
    [wordArray(monitorIds)],
  );
  return rows.map(lockedSiteOf);
}

/** Locks sites of a team by their ids; those that are not there are left out. */
export async function lockSites(tx: Transaction, teamId: string, ids: readonly string[]): Promise<LockedSite[]> {
  const rows = await tx.query<LockedSiteRow>(
    { name: 'lock_sites', text: `${LOCKED_SITES} WHERE s.team_id = $1 AND s.id = ANY ($2::uuid[]) ${IN_ORDER}` },
    [teamId, wordArray(ids)],
  );
  return rows.map(lockedSiteOf);
}

export async function saveLight(
  tx: Transaction,
  { id, darkSince, darknessId, litAt }: Pick<LockedSite, 'id' | 'darkSince' | 'darknessId' | 'litAt'>,
): Promise<void> {
  await tx.query(
    { name: 'save_light', text: 'UPDATE site SET dark_since = $2, darkness_id = $3, lit_at = $4 WHERE id = $1' },
    [id, darkSince, darknessId, litAt],
  );
}

/** A monitor and the site that it stands behind. */
export interface Membership {
  readonly monitorId: string;
  readonly siteId: string;
}

export async function readMemberships(db: Queryable, monitorIds: readonly string[]): Promise<Membership[]> {
  const rows = await db.query<{ monitor_id: string; site_id: string }>(
    {
      name: 'read_memberships',
      text: 'SELECT monitor_id, site_id FROM site_member WHERE monitor_id = ANY ($1::uuid[])',
    },
    [wordArray(monitorIds)],
  );
  return rows.map((row) => ({ monitorId: row.monitor_id, siteId: row.site_id }));
}

/** The site whose gateway this monitor is, or null. */
export async function findSiteOfGateway(db: Queryable, monitorId: string): Promise<string | null> {
  const [row] = await db.query<{ id: string }>(
    { name: 'find_site_of_gateway', text: 'SELECT id FROM site WHERE gateway_monitor_id = $1' },
    [monitorId],
  );
  return row?.id ?? null;
}

/** Puts a monitor behind a site, or (null) behind none. The caller holds the lock of its state. */
export async function saveMembership(tx: Transaction, monitorId: string, siteId: string | null): Promise<void> {
  if (siteId === null) {
    await tx.query({ name: 'leave_site', text: 'DELETE FROM site_member WHERE monitor_id = $1' }, [monitorId]);
    return;
  }
  await tx.query(
    {
      name: 'join_site',
      text: `INSERT INTO site_member (monitor_id, site_id) VALUES ($1, $2)
        ON CONFLICT (monitor_id) DO UPDATE SET site_id = excluded.site_id`,
    },
    [monitorId, siteId],
  );
}

/** The open incident of a living monitor of a team; null when there is no such monitor. Lock its state first. */
export async function readGatewayIncident(
  db: Queryable,
  teamId: string,
  monitorId: string,
): Promise<{ readonly incidentId: string | null; readonly openedAt: Instant | null } | null> {
  const [row] = await db.query<{ incident_id: string | null; incident_opened_at: Instant | null }>(
    {
      name: 'read_gateway_incident',
      text: `SELECT s.incident_id, s.incident_opened_at FROM monitor m JOIN monitor_state s ON s.monitor_id = m.id
        WHERE m.id = $1 AND m.team_id = $2 AND m.deleted_at IS NULL`,
    },
    [monitorId, teamId],
  );
  return row === undefined ? null : { incidentId: row.incident_id, openedAt: row.incident_opened_at };
}
