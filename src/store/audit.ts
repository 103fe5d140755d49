import type { Instant } from '../core/instant.ts';
import type { Queryable } from './database.ts';

export const AUDIT_ACTORS = ['person', 'key', 'operator'] as const;
export type AuditActor = (typeof AUDIT_ACTORS)[number];

/** Fields that changed: what they were and what they are. Never secrets. */
export type AuditChanges = Readonly<Record<string, { readonly before: unknown; readonly after: unknown }>>;

/** One change of something that a team owns. Names are kept as they were: those who bore them may be gone. */
export interface AuditEntry {
  readonly id: string;
  readonly teamId: string;
  readonly at: Instant;
  readonly actorKind: AuditActor;
  readonly actorId: string;
  readonly actorName: string;
  /** `monitor.update` */
  readonly action: string;
  readonly targetKind: string;
  readonly targetId: string | null;
  readonly targetName: string | null;
  readonly changes: AuditChanges;
  /** Where the request came from; null: not by the network. */
  readonly address: string | null;
}

interface AuditRow extends Record<string, unknown> {
  readonly id: string;
  readonly team_id: string;
  readonly at: Instant;
  readonly actor_kind: AuditActor;
  readonly actor_id: string;
  readonly actor_name: string;
  readonly action: string;
  readonly target_kind: string;
  readonly target_id: string | null;
  readonly target_name: string | null;
  readonly changes: AuditChanges;
  readonly address: string | null;
}

export async function insertAudit(db: Queryable, entry: AuditEntry): Promise<void> {
  await db.query(
    {
      name: 'insert_audit',
      text: `INSERT INTO audit (id, team_id, at, actor_kind, actor_id, actor_name, action, target_kind, target_id,
          target_name, changes, address) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    },
    [
      entry.id,
      entry.teamId,
      entry.at,
      entry.actorKind,
      entry.actorId,
      entry.actorName,
      entry.action,
      entry.targetKind,
      entry.targetId,
      entry.targetName,
      JSON.stringify(entry.changes),
      entry.address,
    ],
  );
}

/** Fills in what was not known yet when the entry was written with its change. */
export async function completeAudit(
  db: Queryable,
  entry: Pick<AuditEntry, 'id' | 'targetId' | 'targetName' | 'changes'>,
): Promise<void> {
  await db.query(
    {
      name: 'complete_audit',
      text: 'UPDATE audit SET target_id = $2, target_name = $3, changes = $4 WHERE id = $1',
    },
    [entry.id, entry.targetId, entry.targetName, JSON.stringify(entry.changes)],
  );
}

/** Takes an entry back whose change was refused after all. */
export async function withdrawAudit(db: Queryable, id: string): Promise<void> {
  await db.query({ name: 'withdraw_audit', text: 'DELETE FROM audit WHERE id = $1' }, [id]);
}

export interface AuditFilter {
  readonly action?: string | undefined;
  readonly actorId?: string | undefined;
  readonly targetId?: string | undefined;
  readonly beforeId?: string | undefined;
}

/** A team's entries, the newest first. */
export async function listAudit(
  db: Queryable,
  teamId: string,
  filter: AuditFilter,
  limit: number,
): Promise<AuditEntry[]> {
  const rows = await db.query<AuditRow>(
    {
      name: 'list_audit',
      text: `SELECT * FROM audit WHERE team_id = $1 AND ($2::text IS NULL OR action = $2 OR action LIKE $2 || '.%')
          AND ($3::text IS NULL OR actor_id = $3) AND ($4::text IS NULL OR target_id = $4)
          AND ($5::uuid IS NULL OR id < $5) ORDER BY id DESC LIMIT $6`,
    },
    [teamId, filter.action ?? null, filter.actorId ?? null, filter.targetId ?? null, filter.beforeId ?? null, limit],
  );
  return rows.map((row) => ({
    id: row.id,
    teamId: row.team_id,
    at: row.at,
    actorKind: row.actor_kind,
    actorId: row.actor_id,
    actorName: row.actor_name,
    action: row.action,
    targetKind: row.target_kind,
    targetId: row.target_id,
    targetName: row.target_name,
    changes: row.changes,
    address: row.address,
  }));
}

/** Deletes entries older than `before`; answers how many, at most `limit`. */
export async function forgetAudit(db: Queryable, before: Instant, limit: number): Promise<number> {
  const rows = await db.query(
    {
      name: 'forget_audit',
      text: 'DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < $1 LIMIT $2) RETURNING id',
    },
    [before, limit],
  );
  return rows.length;
}
