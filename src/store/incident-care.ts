import type { Instant } from '../core/instant.ts';
import type { Queryable, Row, Transaction } from './database.ts';
import { wordArray } from './sql-array.ts';

/** What a person said and did about an incident. */
export interface IncidentResponse extends Row {
  readonly id: string;
  readonly kind: 'acknowledged' | 'snoozed';
  readonly at: Instant;
  readonly person: string;
  readonly note: string;
  readonly until: Instant | null;
}

/** Locks an incident of this team; null when there is none, and whether it is over. */
export async function lockIncident(
  tx: Transaction,
  teamId: string,
  id: string,
): Promise<{ readonly isOver: boolean; readonly responses: number } | null> {
  const [row] = await tx.query<{ is_over: boolean; responses: number }>(
    {
      name: 'lock_incident',
      text: `SELECT resolved_at IS NOT NULL AS is_over,
          (SELECT count(*) FROM incident_response r WHERE r.incident_id = i.id) AS responses
        FROM incident i WHERE id = $1 AND team_id = $2 FOR NO KEY UPDATE OF i`,
    },
    [id, teamId],
  );
  return row === undefined ? null : { isOver: row.is_over, responses: row.responses };
}

/** Writes what a person did, and how the incident stands after it. The caller has locked the incident. */
export async function saveResponse(tx: Transaction, incidentId: string, response: IncidentResponse): Promise<void> {
  const { id, kind, at, person, note, until } = response;
  await tx.query(
    {
      name: 'insert_incident_response',
      text: `INSERT INTO incident_response (id, incident_id, kind, at, person, note, until)
        VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    },
    [id, incidentId, kind, at, person, note, until],
  );
  if (kind === 'snoozed') {
    await tx.query({ name: 'snooze_incident', text: 'UPDATE incident SET snoozed_until = $2 WHERE id = $1' }, [
      incidentId,
      until,
    ]);
    return;
  }
  await tx.query(
    {
      name: 'acknowledge_incident',
      text: `UPDATE incident SET acknowledged_at = $2, acknowledged_by = $3, acknowledged_note = $4 WHERE id = $1`,
    },
    [incidentId, at, person, note],
  );
}

/** The reminders of an incident that nobody has begun to send. */
export async function listUnsentReminders(tx: Transaction, incidentId: string): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    {
      name: 'list_unsent_reminders',
      text: `SELECT d.id FROM notice n JOIN delivery d ON d.id = n.delivery_id
        WHERE n.subject_id = $1 AND n.kind = 'reminder' AND d.form = 'single' AND d.state IN ('queued', 'retry')
        ORDER BY d.id`,
    },
    [incidentId],
  );
  return rows.map(({ id }) => id);
}

export function listResponses(db: Queryable, incidentId: string, limit: number): Promise<IncidentResponse[]> {
  return db.query<IncidentResponse>(
    {
      name: 'list_incident_responses',
      text: `SELECT id, kind, at, person, note, until FROM incident_response WHERE incident_id = $1 ORDER BY id LIMIT $2`,
    },
    [incidentId, limit],
  );
}

/** An incident that is to be told again. */
export interface DueReminder extends Row {
  readonly incidentId: string;
  readonly monitorId: string;
  readonly teamId: string;
  /** How often that was done before. */
  readonly reminders: number;
}

/** Claims open incidents that nobody took on and that were told long enough ago; what other nodes are at is left out. */
export function claimDueReminders(tx: Transaction, now: Instant, limit: number): Promise<DueReminder[]> {
  return tx.query<DueReminder>(
    {
      name: 'claim_due_reminders',
      text: `SELECT i.id AS "incidentId", i.monitor_id AS "monitorId", i.team_id AS "teamId", i.reminders
        FROM team t JOIN incident i ON i.team_id = t.id
        WHERE t.reminder_every_seconds IS NOT NULL AND i.resolved_at IS NULL AND i.acknowledged_at IS NULL
          AND greatest(coalesce(i.reminded_at, i.detected_at) + t.reminder_every_seconds * 1000::bigint,
            coalesce(i.snoozed_until, 0)) <= $1
        ORDER BY i.id LIMIT $2 FOR NO KEY UPDATE OF i SKIP LOCKED`,
    },
    [now, limit],
  );
}

/** Where an incident was told, and can be told again. */
export interface ReminderTarget extends Row {
  readonly incidentId: string;
  readonly channelId: string;
  readonly destination: string;
  readonly deliveryId: string;
}

/** The channels that heard of these incidents and work. */
export function readReminderTargets(tx: Transaction, incidentIds: readonly string[]): Promise<ReminderTarget[]> {
  return tx.query<ReminderTarget>(
    {
      name: 'read_reminder_targets',
      text: `SELECT n.subject_id AS "incidentId", c.id AS "channelId", c.destination, d.id AS "deliveryId"
        FROM notice n JOIN delivery d ON d.id = n.delivery_id AND d.state = 'sent'
        JOIN channel c ON c.id = n.channel_id AND c.deleted_at IS NULL AND c.state = 'ok'
        WHERE n.subject_id = ANY ($1::uuid[]) AND n.subject_type = 'incident' AND n.kind = 'opened'
        ORDER BY n.subject_id, c.id`,
    },
    [wordArray(incidentIds)],
  );
}

/** Counts a reminder of these incidents, whether anybody could be told or not. The caller has claimed them. */
export async function markReminded(tx: Transaction, incidentIds: readonly string[], now: Instant): Promise<void> {
  await tx.query(
    {
      name: 'mark_reminded',
      text: `UPDATE incident SET reminded_at = $2, reminders = reminders + 1 WHERE id = ANY ($1::uuid[])`,
    },
    [wordArray(incidentIds), now],
  );
}
