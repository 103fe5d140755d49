import { createHash } from 'node:crypto';
import type { Instant } from '../core/instant.ts';
import type { Queryable, Transaction } from './database.ts';
import { hasOwner } from './members.ts';

export const API_SCOPES = ['read', 'write'] as const;
export type ApiScope = (typeof API_SCOPES)[number];

export interface ApiKey {
  readonly id: string;
  readonly teamId: string;
  readonly name: string;
  readonly scope: ApiScope;
  readonly createdAt: Instant;
  readonly lastUsedAt: Instant | null;
  readonly expiresAt: Instant | null;
  /** Who made it, as they were called then; null: the install itself. */
  readonly createdBy: string | null;
}

interface ApiKeyRow extends Record<string, unknown> {
  readonly id: string;
  readonly team_id: string;
  readonly name: string;
  readonly scope: ApiScope;
  readonly created_at: Instant;
  readonly last_used_at: Instant | null;
  readonly expires_at: Instant | null;
  readonly created_by: string | null;
}

const COLUMNS = 'id, team_id, name, scope, created_at, last_used_at, expires_at, created_by';

/** API keys are long and random, so a plain hash is enough: there is nothing to guess (RULES §7). */
export function hashApiKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

function apiKeyOf(row: ApiKeyRow): ApiKey {
  return {
    id: row.id,
    teamId: row.team_id,
    name: row.name,
    scope: row.scope,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    expiresAt: row.expires_at,
    createdBy: row.created_by,
  };
}

/** Keeps the key's hash. A key that is known already stays with the team it belongs to. */
export async function insertApiKey(
  db: Queryable,
  apiKey: Omit<ApiKey, 'lastUsedAt' | 'createdBy'> & { readonly createdBy?: string | null },
  keyHash: Buffer,
): Promise<void> {
  await db.query(
    {
      name: 'insert_api_key',
      text: `INSERT INTO api_key (id, team_id, name, scope, key_hash, created_at, expires_at, created_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (key_hash) DO NOTHING`,
    },
    [
      apiKey.id,
      apiKey.teamId,
      apiKey.name,
      apiKey.scope,
      keyHash,
      apiKey.createdAt,
      apiKey.expiresAt,
      apiKey.createdBy ?? null,
    ],
  );
}

/** The key with this hash, unless it has expired at `now`. */
export async function findApiKey(db: Queryable, keyHash: Buffer, now: Instant): Promise<ApiKey | null> {
  const [row] = await db.query<ApiKeyRow>(
    {
      name: 'find_api_key',
      text: `SELECT ${COLUMNS} FROM api_key
        WHERE key_hash = $1 AND (expires_at IS NULL OR expires_at > $2)`,
    },
    [keyHash, now],
  );
  return row === undefined ? null : apiKeyOf(row);
}

/** What is known of one key of a team. */
export async function findTeamKey(db: Queryable, teamId: string, id: string): Promise<ApiKey | null> {
  const [row] = await db.query<ApiKeyRow>(
    { name: 'find_team_key', text: `SELECT ${COLUMNS} FROM api_key WHERE team_id = $1 AND id = $2` },
    [teamId, id],
  );
  return row === undefined ? null : apiKeyOf(row);
}

/** Remembers the last use, to the minute: a busy key is not written for each request. */
export async function markApiKeyUsed(db: Queryable, id: string, now: Instant): Promise<void> {
  await db.query(
    {
      name: 'mark_api_key_used',
      text: `UPDATE api_key SET last_used_at = $2::bigint WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2::bigint - 60000)`,
    },
    [id, now],
  );
}

/** A team's keys in the order of their making, those after the id `afterId` where it is given. */
export async function listApiKeys(
  db: Queryable,
  teamId: string,
  afterId: string | null,
  limit: number,
): Promise<ApiKey[]> {
  const rows = await db.query<ApiKeyRow>(
    {
      name: 'list_api_keys',
      text: `SELECT ${COLUMNS} FROM api_key
        WHERE team_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3`,
    },
    [teamId, afterId, limit],
  );
  return rows.map(apiKeyOf);
}

/**
 * Deletes a key of a team, unless nobody could write any more without it: it is the last one that can and does not
 * expire, and the team has no people. The team is locked: of two who delete at once, each its own, one is refused.
 */
export async function deleteApiKey(
  tx: Transaction,
  teamId: string,
  id: string,
): Promise<'deleted' | 'not_found' | 'last_write_key'> {
  await tx.query({ name: 'lock_team', text: 'SELECT id FROM team WHERE id = $1 FOR UPDATE' }, [teamId]);
  const rows = await tx.query<{ id: string; scope: ApiScope; expires_at: Instant | null }>(
    { name: 'read_keys_of_team', text: 'SELECT id, scope, expires_at FROM api_key WHERE team_id = $1' },
    [teamId],
  );
  const found = rows.find((row) => row.id === id);
  if (found === undefined) return 'not_found';
  const lasting = rows.filter((row) => row.scope === 'write' && row.expires_at === null);
  if (lasting.length === 1 && lasting[0]?.id === id && !(await hasOwner(tx, teamId))) return 'last_write_key';
  await tx.query({ name: 'delete_api_key', text: 'DELETE FROM api_key WHERE id = $1 AND team_id = $2' }, [id, teamId]);
  return 'deleted';
}

/** How many keys a team has. */
export async function countApiKeys(db: Queryable, teamId: string): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    { name: 'count_api_keys', text: 'SELECT count(*) AS count FROM api_key WHERE team_id = $1' },
    [teamId],
  );
  return row?.count ?? 0;
}
