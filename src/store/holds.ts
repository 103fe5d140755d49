import type { CauseCode, Resolution } from '../core/cause.ts';
import type { Instant } from '../core/instant.ts';
import type { HeldMonitor, Hold, HoldOutcome, HoldReason } from '../core/sites.ts';
import type { Queryable, Row, Transaction } from './database.ts';
import { numberArray, wordArray } from './sql-array.ts';

/** The hold of one incident, with what decides about it. */
export interface HeldIncident {
  readonly incidentId: string;
  readonly teamId: string;
  readonly monitorId: string;
  readonly siteId: string | null;
  readonly hold: Hold;
  readonly monitor: HeldMonitor;
  /** How the incident ended; null while it is open. */
  readonly resolution: Resolution | null;
}

interface HeldRow extends Row {
  readonly incident_id: string;
  readonly team_id: string;
  readonly monitor_id: string;
  readonly site_id: string | null;
  readonly reason: HoldReason;
  readonly since: Instant;
  readonly until: Instant | null;
  readonly darkness_id: string | null;
  readonly maintenance_id: string | null;
  readonly cause_code: CauseCode;
  readonly interval_ms: number | null;
  readonly grace_seconds: number;
  readonly resolution: Resolution | null;
}

/** Of a process the grace that counts is that of its start. */
const GRACE = `CASE WHEN m.kind = 'process' THEN m.start_grace_seconds ELSE m.grace_seconds END AS grace_seconds`;
const COLUMNS = `h.incident_id, h.team_id, h.monitor_id, h.site_id, h.reason, h.since, h.until, h.darkness_id, h.maintenance_id,
  i.cause_code, m.interval_ms, ${GRACE}, i.resolution`;
const TABLES = 'hold h JOIN incident i ON i.id = h.incident_id JOIN monitor m ON m.id = h.monitor_id';

function heldOf(row: HeldRow): HeldIncident {
  return {
    incidentId: row.incident_id,
    teamId: row.team_id,
    monitorId: row.monitor_id,
    siteId: row.site_id,
    hold: {
      reason: row.reason,
      since: row.since,
      until: row.until,
      darknessId: row.darkness_id,
      maintenanceId: row.maintenance_id,
    },
    monitor: { causeCode: row.cause_code, intervalMs: row.interval_ms, graceSeconds: row.grace_seconds },
    resolution: row.resolution,
  };
}

/** Locks what is held for these sites. Lock the sites first. */
export async function lockHoldsOfSites(tx: Transaction, siteIds: readonly string[]): Promise<HeldIncident[]> {
  const rows = await tx.query<HeldRow>(
    {
      name: 'lock_holds_of_sites',
      text: `SELECT ${COLUMNS} FROM ${TABLES} WHERE h.site_id = ANY ($1::uuid[]) AND h.ended_at IS NULL
        ORDER BY h.incident_id FOR UPDATE OF h`,
    },
    [wordArray(siteIds)],
  );
  return rows.map(heldOf);
}

/** Locks the holds of these incidents, as far as there are any that have not ended. */
export async function lockHolds(tx: Transaction, incidentIds: readonly string[]): Promise<HeldIncident[]> {
  const rows = await tx.query<HeldRow>(
    {
      name: 'lock_holds',
      text: `SELECT ${COLUMNS} FROM ${TABLES} WHERE h.incident_id = ANY ($1::uuid[]) AND h.ended_at IS NULL
        ORDER BY h.incident_id FOR UPDATE OF h`,
    },
    [wordArray(incidentIds)],
  );
  return rows.map(heldOf);
}

/** Locks what is held of one monitor. Lock its site first. */
export async function lockHoldsOfMonitor(tx: Transaction, monitorId: string): Promise<HeldIncident[]> {
  const rows = await tx.query<HeldRow>(
    {
      name: 'lock_holds_of_monitor',
      text: `SELECT ${COLUMNS} FROM ${TABLES} WHERE h.monitor_id = $1 AND h.ended_at IS NULL
        ORDER BY h.incident_id FOR UPDATE OF h`,
    },
    [monitorId],
  );
  return rows.map(heldOf);
}

/** Claims holds whose time has come, the longest waiting first; what other nodes are at is left out. */
export async function claimDueHolds(tx: Transaction, upTo: Instant, limit: number): Promise<HeldIncident[]> {
  const rows = await tx.query<HeldRow>(
    {
      name: 'claim_due_holds',
      text: `SELECT ${COLUMNS} FROM ${TABLES} WHERE h.ended_at IS NULL AND h.until <= $1
        ORDER BY h.until, h.incident_id LIMIT $2 FOR UPDATE OF h SKIP LOCKED`,
    },
    [upTo, limit],
  );
  return rows.map(heldOf);
}

/** What decides about holds of these monitors, by monitor. */
export async function readHeldMonitors(
  db: Queryable,
  monitorIds: readonly string[],
): Promise<Map<string, Omit<HeldMonitor, 'causeCode'>>> {
  const rows = await db.query<{ id: string; interval_ms: number | null; grace_seconds: number }>(
    {
      name: 'read_held_monitors',
      text: `SELECT m.id, m.interval_ms, ${GRACE} FROM monitor m WHERE m.id = ANY ($1::uuid[])`,
    },
    [wordArray(monitorIds)],
  );
  return new Map(rows.map((row) => [row.id, { intervalMs: row.interval_ms, graceSeconds: row.grace_seconds }]));
}

export type HoldToSave = Pick<HeldIncident, 'incidentId' | 'teamId' | 'monitorId' | 'siteId' | 'hold'>;

function holdValues(holds: readonly HoldToSave[]): string[] {
  return [
    wordArray(holds.map(({ incidentId }) => incidentId)),
    wordArray(holds.map(({ siteId }) => siteId)),
    wordArray(holds.map(({ hold }) => hold.reason)),
    numberArray(holds.map(({ hold }) => hold.since)),
    numberArray(holds.map(({ hold }) => hold.until)),
    wordArray(holds.map(({ hold }) => hold.darknessId)),
    wordArray(holds.map(({ hold }) => hold.maintenanceId ?? null)),
  ];
}

/** Writes new holds. Call it after their incidents are written. */
export async function insertHolds(tx: Transaction, holds: readonly HoldToSave[]): Promise<void> {
  if (holds.length === 0) return;
  await tx.query(
    {
      name: 'insert_holds',
      text: `INSERT INTO hold (incident_id, site_id, reason, since, until, darkness_id, maintenance_id, team_id, monitor_id)
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::bigint[], $6::uuid[], $7::uuid[], $8::uuid[],
          $9::uuid[])`,
    },
    [
      ...holdValues(holds),
      wordArray(holds.map(({ teamId }) => teamId)),
      wordArray(holds.map(({ monitorId }) => monitorId)),
    ],
  );
}

/** Writes holds that were decided again. The caller has locked them. */
export async function saveHolds(tx: Transaction, holds: readonly HoldToSave[]): Promise<void> {
  if (holds.length === 0) return;
  await tx.query(
    {
      name: 'save_holds',
      text: `UPDATE hold h SET site_id = v.site_id, reason = v.reason, since = v.since, until = v.until,
          darkness_id = v.darkness_id, maintenance_id = v.maintenance_id
        FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::bigint[], $6::uuid[], $7::uuid[])
          AS v (incident_id, site_id, reason, since, until, darkness_id, maintenance_id)
        WHERE h.incident_id = v.incident_id`,
    },
    holdValues(holds),
  );
}

/** Holds that are over, and what became of the alarm. The caller has locked them. */
export async function endHolds(
  tx: Transaction,
  ends: readonly { readonly incidentId: string; readonly outcome: HoldOutcome }[],
  now: Instant,
): Promise<void> {
  if (ends.length === 0) return;
  await tx.query(
    {
      name: 'end_holds',
      text: `UPDATE hold h SET ended_at = $3, outcome = v.outcome
        FROM unnest($1::uuid[], $2::text[]) AS v (incident_id, outcome) WHERE h.incident_id = v.incident_id`,
    },
    [wordArray(ends.map(({ incidentId }) => incidentId)), wordArray(ends.map(({ outcome }) => outcome)), now],
  );
}

/** Ending this hold failed: it is tried again later, and is in nobody's way. */
export async function postponeHold(db: Queryable, incidentId: string, until: Instant): Promise<void> {
  await db.query(
    { name: 'postpone_hold', text: 'UPDATE hold SET until = $2 WHERE incident_id = $1 AND ended_at IS NULL' },
    [incidentId, until],
  );
}

/** A hold that is due, by the id of its incident; empty when another node is at it. */
export async function claimDueHold(tx: Transaction, incidentId: string, upTo: Instant): Promise<HeldIncident[]> {
  const rows = await tx.query<HeldRow>(
    {
      name: 'claim_due_hold',
      text: `SELECT ${COLUMNS} FROM ${TABLES} WHERE h.incident_id = $1 AND h.ended_at IS NULL AND h.until <= $2
        FOR UPDATE OF h SKIP LOCKED`,
    },
    [incidentId, upTo],
  );
  return rows.map(heldOf);
}

/** The incidents of holds that are due, without claiming them. */
export async function listDueHolds(db: Queryable, upTo: Instant, limit: number): Promise<string[]> {
  const rows = await db.query<{ incident_id: string }>(
    {
      name: 'list_due_holds',
      text: `SELECT incident_id FROM hold WHERE ended_at IS NULL AND until <= $1 ORDER BY until, incident_id LIMIT $2`,
    },
    [upTo, limit],
  );
  return rows.map((row) => row.incident_id);
}

/** An incident whose opening is held now, as it is shown. */
export interface HeldNow extends Row {
  readonly incidentId: string;
  readonly monitorId: string;
  readonly monitorName: string;
  readonly openedAt: Instant;
  readonly reason: HoldReason;
  readonly since: Instant;
  readonly until: Instant | null;
}

/** What is held for a site, the first that opened first. */
export function listHeldNow(db: Queryable, siteId: string, limit: number): Promise<HeldNow[]> {
  return db.query<HeldNow>(
    {
      name: 'list_held_now',
      text: `SELECT h.incident_id AS "incidentId", h.monitor_id AS "monitorId", m.name AS "monitorName",
          i.opened_at AS "openedAt", h.reason, h.since, h.until
        FROM ${TABLES} WHERE h.site_id = $1 AND h.ended_at IS NULL ORDER BY h.incident_id LIMIT $2`,
    },
    [siteId, limit],
  );
}
