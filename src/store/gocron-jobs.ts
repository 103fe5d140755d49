import type { Instant } from '../core/instant.ts';
import type { Queryable, Row } from './database.ts';

/** What is known of a job besides its state: enough to tell whether a check-in asks for anything new. */
export interface GocronJob {
  readonly id: string;
  readonly originKey: string;
  readonly pingKey: string;
  readonly version: number;
  /** Null where a person gave it another kind of schedule. */
  readonly periodSeconds: number | null;
  readonly graceSeconds: number;
  /** Of the channel that the job named; null when it has none (any more). */
  readonly addressHash: string | null;
  /** It is the gateway of a site: of one that it asked for itself, or of one that a person made. */
  readonly gatewayBy: 'job' | 'person' | null;
}

const IS_GATEWAY = 'EXISTS (SELECT 1 FROM site WHERE site.gateway_monitor_id = m.id)';
const GATEWAY_BY = `(SELECT CASE WHEN site.origin_dialect = 'gocron' THEN 'job' ELSE 'person' END
  FROM site WHERE site.gateway_monitor_id = m.id)`;
const LIVING = `m.team_id = $1 AND m.origin_dialect = 'gocron' AND m.deleted_at IS NULL`;

/** The living jobs of a team from this key on, in the order of keys (account, then name). */
export function readGocronJobs(db: Queryable, teamId: string, fromKey: string, limit: number): Promise<GocronJob[]> {
  return db.query<GocronJob & Row>(
    {
      name: 'read_gocron_jobs',
      text: `SELECT m.id, m.origin_key AS "originKey", m.ping_key AS "pingKey", m.version,
          m.period_seconds AS "periodSeconds", m.grace_seconds AS "graceSeconds", mail.address_hash AS "addressHash",
          ${GATEWAY_BY} AS "gatewayBy"
        FROM monitor m LEFT JOIN LATERAL (
          SELECT c.address_hash FROM monitor_channel mc JOIN channel c ON c.id = mc.channel_id
          WHERE mc.monitor_id = m.id AND mc.from_origin AND c.deleted_at IS NULL ORDER BY c.id LIMIT 1
        ) mail ON true
        WHERE ${LIVING} AND m.origin_key COLLATE "C" >= $2 ORDER BY m.origin_key COLLATE "C" LIMIT $3`,
    },
    [teamId, fromKey, limit],
  );
}

/** A job as gocron's own lists show it. */
export interface GocronCron {
  readonly id: string;
  readonly originKey: string;
  readonly periodSeconds: number | null;
  readonly lastSignalAt: Instant | null;
  readonly alerted: boolean;
  readonly isSite: boolean;
  /** Of the channel that the job named. */
  readonly channelId: string | null;
  readonly configSealed: Buffer | null;
  /** Who checked in last; null when that is longer ago than signals are kept. */
  readonly remoteAddr: string | null;
}

export interface CronFilter {
  /** Keys from this one on … */
  readonly fromKey: string;
  /** … and before this one; null: to the end. */
  readonly beforeKey: string | null;
  readonly missedOnly: boolean;
}

/** A page of the living jobs of a team in the order of keys, without the one that `fromKey` names where `skipsFirst`. */
export function listGocronCrons(
  db: Queryable,
  teamId: string,
  { fromKey, beforeKey, missedOnly }: CronFilter,
  skipsFirst: boolean,
  limit: number,
): Promise<GocronCron[]> {
  return db.query<GocronCron & Row>(
    {
      name: 'list_gocron_crons',
      text: `SELECT m.id, m.origin_key AS "originKey", m.period_seconds AS "periodSeconds",
          s.last_signal_at AS "lastSignalAt", s.incident_id IS NOT NULL AS alerted, ${IS_GATEWAY} AS "isSite",
          mail.id AS "channelId", mail.config_sealed AS "configSealed", last.remote_addr AS "remoteAddr"
        FROM monitor m JOIN monitor_state s ON s.monitor_id = m.id
        LEFT JOIN LATERAL (
          SELECT c.id, c.config_sealed FROM monitor_channel mc JOIN channel c ON c.id = mc.channel_id
          WHERE mc.monitor_id = m.id AND mc.from_origin AND c.deleted_at IS NULL ORDER BY c.id LIMIT 1
        ) mail ON true
        LEFT JOIN LATERAL (
          -- The day beside it as well: a signal may act at another time than it arrived at.
          SELECT g.remote_addr FROM signal g WHERE g.monitor_id = m.id AND g.n = s.signal_count
            AND g.received_at BETWEEN s.last_signal_at - 86400000 AND s.last_signal_at + 86400000 LIMIT 1
        ) last ON true
        WHERE ${LIVING} AND m.origin_key COLLATE "C" >= $2 AND ($3::text IS NULL OR m.origin_key COLLATE "C" < $3)
          AND (NOT $4 OR s.incident_id IS NOT NULL) AND (NOT $5 OR m.origin_key <> $2)
        ORDER BY m.origin_key COLLATE "C" LIMIT $6`,
    },
    [teamId, fromKey, beforeKey, missedOnly, skipsFirst, limit],
  );
}

/** What the server calls its version, for those who ask an install what it runs on. */
export async function readServerVersion(db: Queryable): Promise<string> {
  const [row] = await db.query<{ version: string }>({
    name: 'read_server_version',
    text: `SELECT current_setting('server_version') AS version`,
  });
  return row?.version ?? '';
}
