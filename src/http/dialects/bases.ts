import { isDropInSecret } from '../../accounts/drop-in.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../store/database.ts';
import { findTeamByDropIn, hashDropIn } from '../../store/drop-in.ts';
import { findFirstTeam, type Team } from '../../store/teams.ts';
import { OPEN_BASE } from './target.ts';

/** The first team's name and zone may be this old in an open dialect; who it is does not change. */
const FIRST_TEAM_FOR_MS = 1_000;

/** Finds the team of a base as `findTeamOfBase` does, without asking anew for each request of an open dialect. */
export function createTeamFinder(
  database: Database,
  clock: Pick<Clock, 'monotonic'>,
): (base: string) => Promise<Team | null> {
  let first: { readonly team: Team; readonly until: number } | null = null;
  return async (base) => {
    // A secret is looked up each time: a new one makes the old one unknown at once.
    if (base !== OPEN_BASE) return findTeamOfBase(database, base);
    if (first !== null && first.until > clock.monotonic()) return first.team;
    const team = await findTeamOfBase(database, base);
    first = team === null ? null : { team, until: clock.monotonic() + FIRST_TEAM_FOR_MS };
    return team;
  };
}

/** The team whose base this is, or null. Rejects when the database does not answer. */
export async function findTeamOfBase(database: Database, base: string): Promise<Team | null> {
  if (base === OPEN_BASE) return findFirstTeam(database);
  return isDropInSecret(base) ? findTeamByDropIn(database, hashDropIn(base)) : null;
}
