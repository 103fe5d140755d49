import type { Gap } from '../core/cause.ts';
import type { Instant } from '../core/instant.ts';
import type { Language } from '../core/language/language.ts';
import type { Status } from '../core/monitor.ts';
import type { ItemFacts } from '../core/status-page.ts';
import type { Queryable, Row, Transaction } from './database.ts';
import { textArray, wordArray } from './sql-array.ts';
import { readBlindTimes } from './uptime-facts.ts';

/** Monitors that one page shows, and incidents and changes that are read for it. */
export const MAX_PAGE_MONITORS = 100;
const MAX_PAGE_ROWS = 20_000;

export interface StatusPageGroup {
  readonly title: string;
  /** `name` null: the monitor's own. */
  readonly monitors: readonly { readonly id: string; readonly name: string | null }[];
  /** Monitors with one of these tags are shown too, by their own names. */
  readonly tags: readonly string[];
  /** Every other monitor of the team too: those that stand in no other group. */
  readonly all?: boolean;
}

export interface Announcement {
  readonly title: string;
  readonly text: string;
  readonly at: Instant;
}

/** A public page as it is written, without its logo. */
export interface StatusPageRecord {
  readonly id: string;
  readonly teamId: string;
  readonly slug: string;
  readonly title: string;
  readonly intro: string;
  readonly language: Language;
  readonly timezone: string;
  readonly host: string | null;
  readonly isPublic: boolean;
  readonly groups: readonly StatusPageGroup[];
  readonly announcements: readonly Announcement[];
  readonly hasLogo: boolean;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

const COLUMNS = `id, team_id AS "teamId", slug, title, intro, language, timezone, host, is_public AS "isPublic", groups,
  announcements, logo IS NOT NULL AS "hasLogo", created_at AS "createdAt", updated_at AS "updatedAt"`;

export function listStatusPages(
  db: Queryable,
  teamId: string,
  afterId: string | null,
  limit: number,
): Promise<StatusPageRecord[]> {
  return db.query<StatusPageRecord & Row>(
    {
      name: 'list_status_pages',
      text: `SELECT ${COLUMNS} FROM status_page WHERE team_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3`,
    },
    [teamId, afterId, limit],
  );
}

export async function findStatusPage(db: Queryable, teamId: string, id: string): Promise<StatusPageRecord | null> {
  const [row] = await db.query<StatusPageRecord & Row>(
    { name: 'find_status_page', text: `SELECT ${COLUMNS} FROM status_page WHERE id = $1 AND team_id = $2` },
    [id, teamId],
  );
  return row ?? null;
}

/** The page that everybody may see under this name. */
export async function findPublicPage(db: Queryable, slug: string): Promise<StatusPageRecord | null> {
  const [row] = await db.query<StatusPageRecord & Row>(
    { name: 'find_public_page', text: `SELECT ${COLUMNS} FROM status_page WHERE slug = $1 AND is_public` },
    [slug],
  );
  return row ?? null;
}

/** The domains of public pages and the pages that they show, at most `limit`. */
export async function readPageHosts(db: Queryable, limit: number): Promise<Map<string, string>> {
  const rows = await db.query<{ host: string; slug: string }>(
    {
      name: 'read_page_hosts',
      text: 'SELECT host, slug FROM status_page WHERE host IS NOT NULL AND is_public ORDER BY id LIMIT $1',
    },
    [limit],
  );
  return new Map(rows.map(({ host, slug }) => [host, slug]));
}

export async function countStatusPages(db: Queryable, teamId: string): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    { name: 'count_status_pages', text: 'SELECT count(*) AS count FROM status_page WHERE team_id = $1' },
    [teamId],
  );
  return row?.count ?? 0;
}

/** Writes a page, new or changed. Rejects with a unique violation of status_page_slug_key or status_page_host_key. */
export async function saveStatusPage(tx: Transaction, page: Omit<StatusPageRecord, 'hasLogo'>): Promise<void> {
  await tx.query(
    {
      name: 'save_status_page',
      text: `INSERT INTO status_page (id, team_id, slug, title, intro, language, timezone, host, is_public, groups,
          announcements, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb, $11::jsonb, $12, $13)
        ON CONFLICT (id) DO UPDATE SET slug = excluded.slug, title = excluded.title, intro = excluded.intro,
          language = excluded.language, timezone = excluded.timezone, host = excluded.host,
          is_public = excluded.is_public, groups = excluded.groups, announcements = excluded.announcements,
          updated_at = excluded.updated_at`,
    },
    [
      page.id,
      page.teamId,
      page.slug,
      page.title,
      page.intro,
      page.language,
      page.timezone,
      page.host,
      page.isPublic,
      JSON.stringify(page.groups),
      JSON.stringify(page.announcements),
      page.createdAt,
      page.updatedAt,
    ],
  );
}

export interface Logo {
  readonly bytes: Buffer;
  readonly type: string;
}

/** Null takes the logo away. */
export async function saveLogo(tx: Transaction, pageId: string, logo: Logo | null): Promise<void> {
  await tx.query({ name: 'save_page_logo', text: 'UPDATE status_page SET logo = $2, logo_type = $3 WHERE id = $1' }, [
    pageId,
    logo?.bytes ?? null,
    logo?.type ?? null,
  ]);
}

export async function readLogo(db: Queryable, pageId: string): Promise<Logo | null> {
  const [row] = await db.query<{ bytes: Buffer; type: string }>(
    {
      name: 'read_page_logo',
      text: 'SELECT logo AS bytes, logo_type AS type FROM status_page WHERE id = $1 AND logo IS NOT NULL',
    },
    [pageId],
  );
  return row ?? null;
}

/** Answers whether there was one. */
export async function deleteStatusPage(tx: Transaction, teamId: string, id: string): Promise<boolean> {
  const rows = await tx.query(
    { name: 'delete_status_page', text: 'DELETE FROM status_page WHERE id = $1 AND team_id = $2 RETURNING id' },
    [id, teamId],
  );
  return rows.length > 0;
}

/** A monitor of a page with what it went through since `from`. */
export interface PageMonitor extends ItemFacts {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly string[];
}

/** The living monitors that a page shows, first those chosen by id or tag, by name, and when we were blind. */
export async function readPageFacts(
  db: Queryable,
  page: Pick<StatusPageRecord, 'teamId' | 'groups'>,
  from: Instant,
  to: Instant,
): Promise<{ readonly monitors: readonly PageMonitor[]; readonly gaps: readonly Gap[] }> {
  const chosen = page.groups.flatMap(({ monitors }) => monitors.map(({ id }) => id));
  const tags = page.groups.flatMap((group) => group.tags);
  const isAll = page.groups.some((group) => group.all === true);
  const monitors = await db.query<{ id: string; name: string; tags: string[]; status: Status; before: Status | null }>(
    {
      name: 'read_page_monitors',
      text: `SELECT m.id, m.name, m.tags, s.status, (SELECT c.status FROM status_change c
          WHERE c.monitor_id = m.id AND c.at < $4 ORDER BY c.at DESC, c.id DESC LIMIT 1) AS before
        FROM monitor m JOIN monitor_state s ON s.monitor_id = m.id
        WHERE m.team_id = $1 AND m.deleted_at IS NULL AND ($6 OR m.id = ANY ($2::uuid[]) OR m.tags && $3::text[])
        ORDER BY m.id = ANY ($2::uuid[]) OR m.tags && $3::text[] DESC, m.name, m.id LIMIT $5`,
    },
    [page.teamId, wordArray(chosen), textArray(tags), from, MAX_PAGE_MONITORS, isAll],
  );
  const ids = wordArray(monitors.map(({ id }) => id));
  const [changes, downs, gaps] = await Promise.all([
    db.query<{ monitorId: string; at: Instant; to: Status }>(
      {
        name: 'read_page_changes',
        text: `SELECT monitor_id AS "monitorId", at, status AS to FROM status_change
          WHERE monitor_id = ANY ($1::uuid[]) AND at >= $2 AND at < $3 ORDER BY at, id LIMIT $4`,
      },
      [ids, from, to, MAX_PAGE_ROWS],
    ),
    db.query<{ monitorId: string; from: Instant; to: Instant | null }>(
      {
        name: 'read_page_downs',
        text: `SELECT monitor_id AS "monitorId", opened_at AS from, resolved_at AS to FROM incident
          WHERE monitor_id = ANY ($1::uuid[]) AND (resolved_at IS NULL OR resolved_at > $2)
            AND resolution IS DISTINCT FROM 'withdrawn' ORDER BY opened_at LIMIT $3`,
      },
      [ids, from, MAX_PAGE_ROWS],
    ),
    readBlindTimes(db, from, to),
  ]);
  const changesOf = Map.groupBy(changes, ({ monitorId }) => monitorId);
  const downsOf = Map.groupBy(downs, ({ monitorId }) => monitorId);
  return {
    monitors: monitors.map(({ before, ...monitor }) => ({
      ...monitor,
      statusAtFrom: before ?? 'new',
      changes: changesOf.get(monitor.id) ?? [],
      downs: downsOf.get(monitor.id) ?? [],
    })),
    gaps,
  };
}
