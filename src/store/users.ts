import type { Instant } from '../core/instant.ts';
import type { Queryable, Transaction } from './database.ts';

/**
 * People. The tables with `auth_` belong to the library that knows identities (accounts/identity-library.ts): their columns are
 * named and typed as it wants them, instants are timestamps.
 */
export interface User {
  readonly id: string;
  readonly name: string;
  /** In small letters, as it is looked up. */
  readonly email: string;
  readonly emailVerified: boolean;
  readonly twoFactor: boolean;
  readonly createdAt: Instant;
}

interface UserRow extends Record<string, unknown> {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly verified: boolean;
  readonly two_factor: boolean;
  readonly created: Date;
}

const COLUMNS = `u.id, u.name, u.email, u."emailVerified" AS verified,
  coalesce(u."twoFactorEnabled", false) AS two_factor, u."createdAt" AS created`;

function userOf(row: UserRow): User {
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    emailVerified: row.verified,
    twoFactor: row.two_factor,
    createdAt: row.created.getTime(),
  };
}

/** How an address is kept and compared. */
export function normalEmail(email: string): string {
  return email.trim().toLowerCase();
}

export interface NewUser {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly createdAt: Instant;
  /** Its account's own id and the hash, where a password is set. */
  readonly password: { readonly accountId: string; readonly hash: string };
}

/** Makes a person with a password; false when the address has an account already. */
export async function insertUser(tx: Transaction, user: NewUser): Promise<boolean> {
  const at = new Date(user.createdAt);
  const rows = await tx.query(
    {
      name: 'insert_user',
      text: `INSERT INTO auth_user (id, name, email, "emailVerified", "twoFactorEnabled", "createdAt", "updatedAt")
        VALUES ($1, $2, $3, $4, false, $5, $5) ON CONFLICT (email) DO NOTHING RETURNING id`,
    },
    [user.id, user.name, normalEmail(user.email), user.emailVerified, at],
  );
  if (rows.length === 0) return false;
  await tx.query(
    {
      name: 'insert_password',
      text: `INSERT INTO auth_account (id, "accountId", "providerId", "userId", password, "createdAt", "updatedAt")
        VALUES ($1, $2, 'credential', $2, $3, $4, $4)`,
    },
    [user.password.accountId, user.id, user.password.hash, at],
  );
  return true;
}

export async function findUserByEmail(db: Queryable, email: string): Promise<User | null> {
  const [row] = await db.query<UserRow>(
    { name: 'find_user_by_email', text: `SELECT ${COLUMNS} FROM auth_user u WHERE u.email = $1` },
    [normalEmail(email)],
  );
  return row === undefined ? null : userOf(row);
}

/** A person for the operator's list. */
export interface ListedUser extends User {
  /** `My team (owner)` */
  readonly teams: readonly string[];
  readonly lastSeenAt: Instant | null;
}

/** Everybody, in the order of their making; at most `limit`. */
export async function listUsers(db: Queryable, limit: number): Promise<ListedUser[]> {
  const rows = await db.query<UserRow & { teams: string[]; last_seen: Date | null }>(
    {
      name: 'list_users',
      text: `SELECT ${COLUMNS},
          ARRAY (SELECT t.name || ' (' || m.role || ')' FROM member m JOIN team t ON t.id = m.team_id
            WHERE m.user_id = u.id ORDER BY m.joined_at, t.id) AS teams,
          (SELECT max(s."updatedAt") FROM auth_session s WHERE s."userId" = u.id) AS last_seen
        FROM auth_user u ORDER BY u."createdAt", u.id LIMIT $1`,
    },
    [limit],
  );
  return rows.map((row) => ({ ...userOf(row), teams: row.teams, lastSeenAt: row.last_seen?.getTime() ?? null }));
}

export async function setUserName(db: Queryable, id: string, name: string, now: Instant): Promise<void> {
  await db.query({ name: 'set_user_name', text: 'UPDATE auth_user SET name = $2, "updatedAt" = $3 WHERE id = $1' }, [
    id,
    name,
    new Date(now),
  ]);
}
