import type { Instant } from '../core/instant.ts';
import type { Queryable } from './database.ts';

/** Who does a work that one node at a time does. */
export interface Lease {
  readonly nodeId: string;
  readonly until: Instant;
  /** Counted up each time the lease changes hands. */
  readonly fence: number;
}

/**
 * Takes the lease if nobody holds it or its holder let it run out, and prolongs it for who holds it already; answers
 * who holds it after this.
 */
export async function claimLease(
  db: Queryable,
  name: string,
  nodeId: string,
  now: Instant,
  until: Instant,
): Promise<Lease> {
  const [taken] = await db.query<{ fence: number }>(
    {
      name: 'claim_lease',
      text: `INSERT INTO lease AS l (name, node_id, until, fence) VALUES ($1, $2, $4, 1)
        ON CONFLICT (name) DO UPDATE SET node_id = excluded.node_id, until = excluded.until,
          fence = l.fence + CASE WHEN l.node_id = excluded.node_id AND l.until > $3 THEN 0 ELSE 1 END
        WHERE l.node_id = excluded.node_id OR l.until <= $3 RETURNING l.fence`,
    },
    [name, nodeId, now, until],
  );
  if (taken !== undefined) return { nodeId, until, fence: taken.fence };
  // Between the two statements it can only have been prolonged, taken by another node, or given up.
  return (await readLease(db, name)) ?? { nodeId: '', until: now, fence: 0 };
}

export async function readLease(db: Queryable, name: string): Promise<Lease | null> {
  const [row] = await db.query<{ node_id: string; until: number; fence: number }>(
    { name: 'read_lease', text: 'SELECT node_id, until, fence FROM lease WHERE name = $1' },
    [name],
  );
  return row === undefined ? null : { nodeId: row.node_id, until: row.until, fence: row.fence };
}

/** Gives the lease up, so that another node need not wait for its end; nothing happens if it was lost before. */
export async function releaseLease(
  db: Queryable,
  name: string,
  lease: Pick<Lease, 'nodeId' | 'fence'>,
  now: Instant,
): Promise<void> {
  await db.query(
    { name: 'release_lease', text: 'UPDATE lease SET until = $4 WHERE name = $1 AND node_id = $2 AND fence = $3' },
    [name, lease.nodeId, lease.fence, now],
  );
}
