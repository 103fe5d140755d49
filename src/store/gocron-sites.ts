import type { Queryable } from './database.ts';

/** The keys of an account's jobs: from the first to before the second, byte by byte. */
export interface KeyRange {
  readonly fromKey: string;
  readonly beforeKey: string;
}

/** The first site that a job of this account made, as its gateway; null when there is none. */
export async function findAccountSite(
  db: Queryable,
  teamId: string,
  { fromKey, beforeKey }: KeyRange,
): Promise<string | null> {
  const [row] = await db.query<{ id: string }>(
    {
      name: 'find_account_site',
      text: `SELECT id FROM site WHERE team_id = $1 AND origin_dialect = 'gocron'
          AND origin_key COLLATE "C" >= $2 AND origin_key COLLATE "C" < $3 ORDER BY id LIMIT 1`,
    },
    [teamId, fromKey, beforeKey],
  );
  return row?.id ?? null;
}

/**
 * Puts the jobs of an account behind a site: those that stand behind none and are no gateways. What was told of them
 * before stays told; only what they fall silent with from now on is held.
 */
export async function putAccountBehind(
  db: Queryable,
  teamId: string,
  siteId: string,
  { fromKey, beforeKey }: KeyRange,
): Promise<void> {
  await db.query(
    {
      name: 'put_account_behind',
      text: `INSERT INTO site_member (monitor_id, site_id)
        SELECT m.id, s.id FROM monitor m JOIN site s ON s.id = $2
        WHERE m.team_id = $1 AND m.origin_dialect = 'gocron' AND m.deleted_at IS NULL
          AND m.origin_key COLLATE "C" >= $3 AND m.origin_key COLLATE "C" < $4
          AND NOT EXISTS (SELECT 1 FROM site g WHERE g.gateway_monitor_id = m.id)
        ORDER BY m.id ON CONFLICT (monitor_id) DO NOTHING`,
    },
    [teamId, siteId, fromKey, beforeKey],
  );
}
