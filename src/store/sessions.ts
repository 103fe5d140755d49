import type { Instant } from '../core/instant.ts';
import type { Queryable } from './database.ts';

/** Where somebody is signed in. The token that the browser holds is never shown. */
export interface SessionView {
  readonly id: string;
  readonly address: string | null;
  readonly userAgent: string | null;
  readonly createdAt: Instant;
  readonly seenAt: Instant;
  readonly expiresAt: Instant;
}

interface SessionRow extends Record<string, unknown> {
  readonly id: string;
  readonly address: string | null;
  readonly agent: string | null;
  readonly created: Date;
  readonly seen: Date;
  readonly expires: Date;
}

/** A person's sessions that are not over at `now`, the newest first. */
export async function listSessions(db: Queryable, userId: string, now: Instant, limit: number): Promise<SessionView[]> {
  const rows = await db.query<SessionRow>(
    {
      name: 'list_sessions',
      text: `SELECT id, "ipAddress" AS address, "userAgent" AS agent, "createdAt" AS created, "updatedAt" AS seen,
          "expiresAt" AS expires FROM auth_session
        WHERE "userId" = $1 AND "expiresAt" > $2 ORDER BY "createdAt" DESC, id LIMIT $3`,
    },
    [userId, new Date(now), limit],
  );
  return rows.map((row) => ({
    id: row.id,
    address: row.address === '' ? null : row.address,
    userAgent: row.agent === '' ? null : row.agent,
    createdAt: row.created.getTime(),
    seenAt: row.seen.getTime(),
    expiresAt: row.expires.getTime(),
  }));
}

/** Ends one session of a person; false when there is none. */
export async function deleteSession(db: Queryable, userId: string, id: string): Promise<boolean> {
  const rows = await db.query(
    { name: 'delete_session', text: 'DELETE FROM auth_session WHERE "userId" = $1 AND id = $2 RETURNING id' },
    [userId, id],
  );
  return rows.length > 0;
}

/** Ends all sessions of a person but one; answers how many. */
export async function deleteOtherSessions(db: Queryable, userId: string, keepId: string): Promise<number> {
  const rows = await db.query(
    { name: 'delete_other_sessions', text: 'DELETE FROM auth_session WHERE "userId" = $1 AND id <> $2 RETURNING id' },
    [userId, keepId],
  );
  return rows.length;
}

/** Which team a session speaks for from now on. */
export async function chooseTeam(db: Queryable, sessionId: string, teamId: string): Promise<void> {
  await db.query(
    {
      name: 'choose_team',
      text: `INSERT INTO session_team (session_id, team_id) VALUES ($1, $2)
        ON CONFLICT (session_id) DO UPDATE SET team_id = excluded.team_id`,
    },
    [sessionId, teamId],
  );
}

/** Deletes sessions and one-time tokens that were over before `before`; answers how many, at most `limit` of each. */
export async function forgetSessions(db: Queryable, before: Instant, limit: number): Promise<number> {
  const at = new Date(before);
  const sessions = await db.query(
    {
      name: 'forget_sessions',
      text: `DELETE FROM auth_session WHERE id IN
        (SELECT id FROM auth_session WHERE "expiresAt" < $1 LIMIT $2) RETURNING id`,
    },
    [at, limit],
  );
  const tokens = await db.query(
    {
      name: 'forget_verifications',
      text: `DELETE FROM auth_verification WHERE id IN
        (SELECT id FROM auth_verification WHERE "expiresAt" < $1 LIMIT $2) RETURNING id`,
    },
    [at, limit],
  );
  return Math.max(sessions.length, tokens.length);
}

/** Keeps a one-time token as the identity library would: what it is for, and whom it concerns. */
export async function insertVerification(
  db: Queryable,
  token: { readonly id: string; readonly identifier: string; readonly value: string },
  now: Instant,
  expiresAt: Instant,
): Promise<void> {
  await db.query(
    {
      name: 'insert_verification',
      text: `INSERT INTO auth_verification (id, identifier, value, "expiresAt", "createdAt", "updatedAt")
        VALUES ($1, $2, $3, $4, $5, $5)`,
    },
    [token.id, token.identifier, token.value, new Date(expiresAt), new Date(now)],
  );
}
