import type { Instant } from '../core/instant.ts';
import type { Language } from '../core/language/language.ts';
import type { Queryable } from './database.ts';

export interface UnsubscribableChannel {
  readonly name: string;
  readonly kind: string;
  readonly teamName: string;
  readonly language: Language;
}

export async function findUnsubscribable(db: Queryable, channelId: string): Promise<UnsubscribableChannel | null> {
  const [row] = await db.query<{ name: string; kind: string; team_name: string; language: Language }>(
    {
      name: 'find_unsubscribable',
      text: `SELECT c.name, c.kind, t.name AS team_name, t.language FROM channel c JOIN team t ON t.id = c.team_id
        WHERE c.id = $1 AND c.deleted_at IS NULL`,
    },
    [channelId],
  );
  return row === undefined ? null : { name: row.name, kind: row.kind, teamName: row.team_name, language: row.language };
}

/** Nothing is sent there any more. The channel stays visible as broken, with the reason, until a team mends it. */
export async function unsubscribeChannel(db: Queryable, channelId: string, now: Instant): Promise<void> {
  await db.query(
    {
      name: 'unsubscribe_channel',
      text: `UPDATE channel SET state = 'broken', broken_reason = 'unsubscribed by its reader', broken_at = $2
        WHERE id = $1 AND deleted_at IS NULL`,
    },
    [channelId, now],
  );
}
