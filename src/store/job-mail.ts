import type { Instant } from '../core/instant.ts';
import type { Queryable, Transaction } from './database.ts';
import { wordArray } from './sql-array.ts';

/**
 * The living channel of a team with this address: a person's own before one that jobs made, so that nobody is told the
 * same thing twice. A broken one counts too: who unsubscribed is not subscribed again by the next check-in.
 */
export async function findChannelByAddress(db: Queryable, teamId: string, addressHash: string): Promise<string | null> {
  const [row] = await db.query<{ id: string }>(
    {
      name: 'find_channel_by_address',
      text: `SELECT id FROM channel WHERE team_id = $1 AND address_hash = $2 AND deleted_at IS NULL
        ORDER BY only_chosen, id LIMIT 1`,
    },
    [teamId, addressHash],
  );
  return row?.id ?? null;
}

/** How many addresses the jobs of a team have brought. */
export async function countJobChannels(db: Queryable, teamId: string): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    {
      name: 'count_job_channels',
      text: 'SELECT count(*) AS count FROM channel WHERE team_id = $1 AND only_chosen AND deleted_at IS NULL',
    },
    [teamId],
  );
  return row?.count ?? 0;
}

/**
 * Makes this channel the one that the job named; the one before is let go of, and whether there was one is answered. A
 * person's choice of the same channel becomes the job's: it cannot be chosen twice.
 */
export async function pointJobMail(tx: Transaction, monitorId: string, channelId: string): Promise<boolean> {
  const dropped = await tx.query(
    {
      name: 'drop_job_mail',
      text: `DELETE FROM monitor_channel WHERE monitor_id = $1 AND from_origin AND channel_id <> $2
        RETURNING channel_id`,
    },
    [monitorId, channelId],
  );
  await tx.query(
    {
      name: 'add_job_mail',
      text: `INSERT INTO monitor_channel (monitor_id, channel_id, from_origin) VALUES ($1, $2, true)
        ON CONFLICT (monitor_id, channel_id) DO UPDATE SET from_origin = true`,
    },
    [monitorId, channelId],
  );
  return dropped.length > 0;
}

/**
 * Deletes the channels that jobs brought and none uses any more. One that still has something to say, or was told of an
 * incident that is not over, stays until a later round.
 */
export async function dropUnusedJobChannels(tx: Transaction, teamId: string, now: Instant): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    {
      name: 'find_unused_job_channels',
      text: `SELECT c.id FROM channel c WHERE c.team_id = $1 AND c.only_chosen AND c.deleted_at IS NULL
          AND NOT EXISTS (SELECT 1 FROM monitor_channel mc JOIN monitor m ON m.id = mc.monitor_id
            WHERE mc.channel_id = c.id AND m.deleted_at IS NULL)
          AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.channel_id = c.id AND d.state IN ('queued', 'sending', 'retry'))
          AND NOT EXISTS (SELECT 1 FROM notice n JOIN incident i ON i.id = n.subject_id
            WHERE n.channel_id = c.id AND n.kind = 'opened' AND i.resolved_at IS NULL)
        ORDER BY c.id FOR UPDATE OF c SKIP LOCKED`,
    },
    [teamId],
  );
  const ids = rows.map((row) => row.id);
  if (ids.length > 0) {
    await tx.query(
      {
        name: 'drop_unused_job_channels',
        text: 'UPDATE channel SET deleted_at = $2, updated_at = $2 WHERE id = ANY ($1::uuid[])',
      },
      [wordArray(ids), now],
    );
  }
  return ids;
}
