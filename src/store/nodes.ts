import type { Instant } from '../core/instant.ts';
import type { Queryable, Transaction } from './database.ts';

export const NODE_ROLES = ['web', 'watch', 'deliver'] as const;
export type NodeRole = (typeof NODE_ROLES)[number];

export interface NodeIdentity {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly roles: readonly NodeRole[];
}

export async function registerNode(tx: Transaction, node: NodeIdentity, now: Instant): Promise<void> {
  await tx.query(
    {
      name: 'register_node',
      text: `INSERT INTO node (id, host, pid, roles, started_at, seen_at) VALUES ($1, $2, $3, $4, $5, $5)
        ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, stopped_at = NULL`,
    },
    [node.id, node.host, node.pid, node.roles, now],
  );
}

/** When a node that takes pings, and one that judges, last gave a sign of life; null when there never was one. */
export interface LastSigns {
  readonly webAt: Instant | null;
  readonly watchAt: Instant | null;
}

/** Signs after `until` are left out: they were given before the clock of the database was set back. */
export async function readLastSigns(db: Queryable, until: Instant): Promise<LastSigns> {
  const [row] = await db.query<{ web_at: number | null; watch_at: number | null }>(
    {
      name: 'read_last_signs',
      text: `SELECT max(seen_at) FILTER (WHERE 'web' = ANY (roles)) AS web_at,
        max(seen_at) FILTER (WHERE 'watch' = ANY (roles)) AS watch_at FROM node WHERE seen_at <= $1`,
    },
    [until],
  );
  return { webAt: row?.web_at ?? null, watchAt: row?.watch_at ?? null };
}

/** Any number of our own: looking for a hole and closing it is done by one node at a time. */
const LIFE_LOCK = 7_225_931_448;

/** Waits until no other node is closing a hole; held to the end of the transaction. */
export async function lockLife(tx: Transaction): Promise<void> {
  await tx.query({ name: 'lock_life', text: 'SELECT pg_advisory_xact_lock($1)' }, [LIFE_LOCK]);
}

export async function markSeen(db: Queryable, nodeId: string, now: Instant): Promise<void> {
  await db.query({ name: 'mark_seen', text: 'UPDATE node SET seen_at = $2 WHERE id = $1' }, [nodeId, now]);
}

/**
 * The same by one statement where all is well; false, and nothing is written, where the nodes that take pings or those
 * that judge have been silent for `minGapMs` (see `readLastSigns` for `until`).
 */
export async function markSeenUnlessSilent(
  db: Queryable,
  nodeId: string,
  times: { readonly now: Instant; readonly until: Instant; readonly minGapMs: number },
): Promise<boolean> {
  const rows = await db.query(
    {
      name: 'mark_seen_unless_silent',
      text: `UPDATE node SET seen_at = $2 WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM (
          SELECT max(seen_at) FILTER (WHERE 'web' = ANY (roles)) AS web_at,
            max(seen_at) FILTER (WHERE 'watch' = ANY (roles)) AS watch_at FROM node WHERE seen_at <= $3) AS last
          WHERE $2 - web_at >= $4 OR $2 - watch_at >= $4) RETURNING id`,
    },
    [nodeId, times.now, times.until, times.minGapMs],
  );
  return rows.length > 0;
}

export async function markStopped(db: Queryable, nodeId: string, now: Instant): Promise<void> {
  await db.query({ name: 'mark_stopped', text: 'UPDATE node SET seen_at = $2, stopped_at = $2 WHERE id = $1' }, [
    nodeId,
    now,
  ]);
}

export interface NodeRow extends NodeIdentity {
  readonly startedAt: Instant;
  readonly seenAt: Instant;
  readonly stoppedAt: Instant | null;
}

/** The nodes seen at or after `since`, newest first. */
export async function listNodes(db: Queryable, since: Instant): Promise<NodeRow[]> {
  const rows = await db.query<{
    id: string;
    host: string;
    pid: number;
    roles: NodeRole[];
    started_at: number;
    seen_at: number;
    stopped_at: number | null;
  }>({ name: 'list_nodes', text: 'SELECT * FROM node WHERE seen_at >= $1 ORDER BY seen_at DESC LIMIT 100' }, [since]);
  return rows.map(({ started_at, seen_at, stopped_at, ...node }) => ({
    ...node,
    startedAt: started_at,
    seenAt: seen_at,
    stoppedAt: stopped_at,
  }));
}

export async function forgetNodes(db: Queryable, seenBefore: Instant): Promise<void> {
  await db.query({ name: 'forget_nodes', text: 'DELETE FROM node WHERE seen_at < $1' }, [seenBefore]);
}
