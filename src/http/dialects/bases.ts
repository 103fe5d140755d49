import { isDropInSecret } from '../../accounts/drop-in.ts';
import type { Database } from '../../store/database.ts';
import { findTeamByDropIn, hashDropIn } from '../../store/drop-in.ts';
import { findFirstTeam, type Team } from '../../store/teams.ts';
import { OPEN_BASE } from './target.ts';

/** The team whose base this is, or null. Rejects when the database does not answer. */
export async function findTeamOfBase(database: Database, base: string): Promise<Team | null> {
  if (base === OPEN_BASE) return findFirstTeam(database);
  return isDropInSecret(base) ? findTeamByDropIn(database, hashDropIn(base)) : null;
}
