import { createHash } from 'node:crypto';
import type { Instant } from '../core/instant.ts';
import type { Language } from '../core/language/language.ts';
import type { Role } from '../core/roles.ts';
import type { Queryable, Transaction } from './database.ts';

export interface Invitation {
  readonly id: string;
  readonly teamId: string;
  readonly email: string;
  readonly role: Role;
  /** Who invited, as they were called then. */
  readonly invitedBy: string;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
}

interface InvitationRow extends Record<string, unknown> {
  readonly id: string;
  readonly team_id: string;
  readonly email: string;
  readonly role: Role;
  readonly invited_by: string;
  readonly created_at: Instant;
  readonly expires_at: Instant;
}

const COLUMNS = 'i.id, i.team_id, i.email, i.role, i.invited_by, i.created_at, i.expires_at';

function invitationOf(row: InvitationRow): Invitation {
  return {
    id: row.id,
    teamId: row.team_id,
    email: row.email,
    role: row.role,
    invitedBy: row.invited_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}

/** Tokens are long and random: a plain hash is enough. */
export function hashInvitationToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Keeps an invitation; one to the same address in the same team is replaced, its link is void from then on. */
export async function saveInvitation(tx: Queryable, invitation: Invitation, tokenHash: Buffer): Promise<Invitation> {
  const [row] = await tx.query<InvitationRow>(
    {
      name: 'save_invitation',
      text: `INSERT INTO invitation AS i (id, team_id, email, role, invited_by, token_hash, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (team_id, email) DO UPDATE SET role = excluded.role, invited_by = excluded.invited_by,
          token_hash = excluded.token_hash, created_at = excluded.created_at, expires_at = excluded.expires_at
        RETURNING ${COLUMNS}`,
    },
    [
      invitation.id,
      invitation.teamId,
      invitation.email,
      invitation.role,
      invitation.invitedBy,
      tokenHash,
      invitation.createdAt,
      invitation.expiresAt,
    ],
  );
  if (row === undefined) throw new Error('an invitation was not kept');
  return invitationOf(row);
}

/** A team's invitations by their ids, expired ones too, those after `afterId` where it is given. */
export async function listInvitations(
  db: Queryable,
  teamId: string,
  afterId: string | null,
  limit: number,
): Promise<Invitation[]> {
  const rows = await db.query<InvitationRow>(
    {
      name: 'list_invitations',
      text: `SELECT ${COLUMNS} FROM invitation i WHERE i.team_id = $1 AND ($2::uuid IS NULL OR i.id > $2)
        ORDER BY i.id LIMIT $3`,
    },
    [teamId, afterId, limit],
  );
  return rows.map(invitationOf);
}

export async function countInvitations(db: Queryable, teamId: string): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    { name: 'count_invitations', text: 'SELECT count(*) AS count FROM invitation WHERE team_id = $1' },
    [teamId],
  );
  return row?.count ?? 0;
}

export async function findInvitation(db: Queryable, teamId: string, id: string): Promise<Invitation | null> {
  const [row] = await db.query<InvitationRow>(
    { name: 'find_invitation', text: `SELECT ${COLUMNS} FROM invitation i WHERE i.team_id = $1 AND i.id = $2` },
    [teamId, id],
  );
  return row === undefined ? null : invitationOf(row);
}

/** Takes an invitation back; false when there is none. */
export async function deleteInvitation(db: Queryable, teamId: string, id: string): Promise<boolean> {
  const rows = await db.query(
    { name: 'delete_invitation', text: 'DELETE FROM invitation WHERE team_id = $1 AND id = $2 RETURNING id' },
    [teamId, id],
  );
  return rows.length > 0;
}

/** What an invited person is shown before they accept. */
export interface InvitationView extends Invitation {
  readonly teamName: string;
  readonly language: Language;
  /** Somebody with this address has an account already. */
  readonly hasAccount: boolean;
}

/** The invitation of this token, unless it has expired at `now`. */
export async function findInvitationByToken(
  db: Queryable,
  tokenHash: Buffer,
  now: Instant,
): Promise<InvitationView | null> {
  const [row] = await db.query<InvitationRow & { team_name: string; language: Language; has_account: boolean }>(
    {
      name: 'find_invitation_by_token',
      text: `SELECT ${COLUMNS}, t.name AS team_name, t.language,
          EXISTS (SELECT FROM auth_user u WHERE u.email = i.email) AS has_account
        FROM invitation i JOIN team t ON t.id = i.team_id WHERE i.token_hash = $1 AND i.expires_at > $2`,
    },
    [tokenHash, now],
  );
  if (row === undefined) return null;
  return { ...invitationOf(row), teamName: row.team_name, language: row.language, hasAccount: row.has_account };
}

/** Uses an invitation up: of two who accept at the same time one gets it. Null when it is used, void or expired. */
export async function takeInvitation(tx: Transaction, tokenHash: Buffer, now: Instant): Promise<Invitation | null> {
  const [row] = await tx.query<InvitationRow>(
    {
      name: 'take_invitation',
      text: `DELETE FROM invitation AS i WHERE i.token_hash = $1 AND i.expires_at > $2 RETURNING ${COLUMNS}`,
    },
    [tokenHash, now],
  );
  return row === undefined ? null : invitationOf(row);
}

/** Whether somebody with this address is invited anywhere. */
export async function isInvited(db: Queryable, email: string, now: Instant): Promise<boolean> {
  const rows = await db.query(
    { name: 'is_invited', text: 'SELECT FROM invitation WHERE email = $1 AND expires_at > $2 LIMIT 1' },
    [email, now],
  );
  return rows.length > 0;
}

/** Deletes invitations that expired before `before`; answers how many, at most `limit`. */
export async function forgetInvitations(db: Queryable, before: Instant, limit: number): Promise<number> {
  const rows = await db.query(
    {
      name: 'forget_invitations',
      text: `DELETE FROM invitation WHERE id IN (SELECT id FROM invitation WHERE expires_at < $1 LIMIT $2) RETURNING id`,
    },
    [before, limit],
  );
  return rows.length;
}
