import type { Instant } from '../core/instant.ts';
import type { Role } from '../core/roles.ts';
import type { Queryable, Transaction } from './database.ts';

/** Somebody in a team. Their id is the user's. */
export interface Member {
  readonly userId: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  readonly twoFactor: boolean;
  readonly joinedAt: Instant;
}

/** A team of a person. */
export interface Membership {
  readonly teamId: string;
  readonly teamName: string;
  readonly role: Role;
}

interface MemberRow extends Record<string, unknown> {
  readonly user_id: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  readonly two_factor: boolean;
  readonly joined_at: Instant;
}

const MEMBER_COLUMNS = `m.user_id, u.name, u.email, m.role, coalesce(u."twoFactorEnabled", false) AS two_factor, m.joined_at`;

function memberOf(row: MemberRow): Member {
  return {
    userId: row.user_id,
    name: row.name,
    email: row.email,
    role: row.role,
    twoFactor: row.two_factor,
    joinedAt: row.joined_at,
  };
}

/** Makes somebody a member; false when they are one already, whose role then stays. */
export async function insertMember(
  tx: Queryable,
  member: { readonly teamId: string; readonly userId: string; readonly role: Role; readonly joinedAt: Instant },
): Promise<boolean> {
  const rows = await tx.query(
    {
      name: 'insert_member',
      text: `INSERT INTO member (team_id, user_id, role, joined_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING RETURNING user_id`,
    },
    [member.teamId, member.userId, member.role, member.joinedAt],
  );
  return rows.length > 0;
}

/** A team's members by their ids, those after `afterId` where it is given. */
export async function listMembers(
  db: Queryable,
  teamId: string,
  afterId: string | null,
  limit: number,
): Promise<Member[]> {
  const rows = await db.query<MemberRow>(
    {
      name: 'list_members',
      text: `SELECT ${MEMBER_COLUMNS} FROM member m JOIN auth_user u ON u.id = m.user_id
        WHERE m.team_id = $1 AND ($2::text IS NULL OR m.user_id > $2) ORDER BY m.user_id LIMIT $3`,
    },
    [teamId, afterId, limit],
  );
  return rows.map(memberOf);
}

export async function findMember(db: Queryable, teamId: string, userId: string): Promise<Member | null> {
  const [row] = await db.query<MemberRow>(
    {
      name: 'find_member',
      text: `SELECT ${MEMBER_COLUMNS} FROM member m JOIN auth_user u ON u.id = m.user_id
        WHERE m.team_id = $1 AND m.user_id = $2`,
    },
    [teamId, userId],
  );
  return row === undefined ? null : memberOf(row);
}

/** Whether a person with this e-mail address is in the team. */
export async function isMemberByEmail(db: Queryable, teamId: string, email: string): Promise<boolean> {
  const rows = await db.query(
    {
      name: 'is_member_by_email',
      text: `SELECT FROM member m JOIN auth_user u ON u.id = m.user_id WHERE m.team_id = $1 AND u.email = $2`,
    },
    [teamId, email],
  );
  return rows.length > 0;
}

/** How many members a team has, and how many of them are owners. */
export async function countMembers(db: Queryable, teamId: string): Promise<{ all: number; owners: number }> {
  const [row] = await db.query<{ all: number; owners: number }>(
    {
      name: 'count_members',
      text: `SELECT count(*) AS "all", count(*) FILTER (WHERE role = 'owner') AS owners FROM member WHERE team_id = $1`,
    },
    [teamId],
  );
  return row ?? { all: 0, owners: 0 };
}

/** The caller holds the team's lock (teams.ts): only then can it know that an owner stays. */
export async function setMemberRole(tx: Transaction, teamId: string, userId: string, role: Role): Promise<void> {
  await tx.query({ name: 'set_member_role', text: 'UPDATE member SET role = $3 WHERE team_id = $1 AND user_id = $2' }, [
    teamId,
    userId,
    role,
  ]);
}

/** As `setMemberRole`: under the team's lock. */
export async function deleteMember(tx: Transaction, teamId: string, userId: string): Promise<void> {
  await tx.query({ name: 'delete_member', text: 'DELETE FROM member WHERE team_id = $1 AND user_id = $2' }, [
    teamId,
    userId,
  ]);
}

interface MembershipRow extends Record<string, unknown> {
  readonly team_id: string;
  readonly team_name: string;
  readonly role: Role;
}

function membershipOf(row: MembershipRow): Membership {
  return { teamId: row.team_id, teamName: row.team_name, role: row.role };
}

/** The teams of a person, the first joined first. */
export async function listMemberships(db: Queryable, userId: string, limit: number): Promise<Membership[]> {
  const rows = await db.query<MembershipRow>(
    {
      name: 'list_memberships',
      text: `SELECT m.team_id, t.name AS team_name, m.role FROM member m JOIN team t ON t.id = m.team_id
        WHERE m.user_id = $1 ORDER BY m.joined_at, m.team_id LIMIT $2`,
    },
    [userId, limit],
  );
  return rows.map(membershipOf);
}

/**
 * In the name of which team a person acts: the wanted one, else the one chosen for the session, else the first joined.
 * Null when they are not in the wanted one, or in none.
 */
export async function findActiveMembership(
  db: Queryable,
  person: { readonly userId: string; readonly sessionId: string },
  wantedTeamId: string | null,
): Promise<Membership | null> {
  const [row] = await db.query<MembershipRow>(
    {
      name: 'find_active_membership',
      text: `SELECT m.team_id, t.name AS team_name, m.role FROM member m JOIN team t ON t.id = m.team_id
          LEFT JOIN session_team s ON s.session_id = $2 AND s.team_id = m.team_id
        WHERE m.user_id = $1 AND ($3::uuid IS NULL OR m.team_id = $3)
        ORDER BY s.team_id IS NULL, m.joined_at, m.team_id LIMIT 1`,
    },
    [person.userId, person.sessionId, wantedTeamId],
  );
  return row === undefined ? null : membershipOf(row);
}

/** Whether anybody owns the install's first team yet. */
export async function hasOwner(db: Queryable, teamId: string): Promise<boolean> {
  return (await countMembers(db, teamId)).owners > 0;
}
