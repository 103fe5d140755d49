import { createHash } from 'node:crypto';
import type { Queryable } from './database.ts';
import { TEAM_COLUMNS, type Team, type TeamRow, teamOf } from './teams.ts';

/** A drop-in secret is long and random, so a plain hash is enough: there is nothing to guess (RULES §7). */
export function hashDropIn(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** What a sealed drop-in secret is bound to. */
export function dropInSealContext(teamId: string): string {
  return `drop-in:${teamId}`;
}

/** The team whose drop-in secret has this hash, or null. */
export async function findTeamByDropIn(db: Queryable, hash: Buffer): Promise<Team | null> {
  const [row] = await db.query<TeamRow>(
    { name: 'find_team_by_drop_in', text: `SELECT ${TEAM_COLUMNS} FROM team WHERE drop_in_hash = $1` },
    [hash],
  );
  return row === undefined ? null : teamOf(row);
}

/** The team's secret as it is kept; null when it has none yet. */
export async function readDropIn(db: Queryable, teamId: string): Promise<Buffer | null> {
  const [row] = await db.query<{ sealed: Buffer | null }>(
    { name: 'read_drop_in', text: 'SELECT drop_in_sealed AS sealed FROM team WHERE id = $1' },
    [teamId],
  );
  return row?.sealed ?? null;
}

/** Gives the team this secret unless it has one already; of several that do so at a time the first one wins. */
export async function claimDropIn(db: Queryable, teamId: string, hash: Buffer, sealed: Buffer): Promise<void> {
  await db.query(
    {
      name: 'claim_drop_in',
      text: 'UPDATE team SET drop_in_hash = $2, drop_in_sealed = $3 WHERE id = $1 AND drop_in_hash IS NULL',
    },
    [teamId, hash, sealed],
  );
}

/** Gives the team this secret; the old one is unknown at once. */
export async function replaceDropIn(db: Queryable, teamId: string, hash: Buffer, sealed: Buffer): Promise<void> {
  await db.query(
    { name: 'replace_drop_in', text: 'UPDATE team SET drop_in_hash = $2, drop_in_sealed = $3 WHERE id = $1' },
    [teamId, hash, sealed],
  );
}
