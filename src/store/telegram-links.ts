import { type Instant, MINUTE_MS } from '../core/instant.ts';
import type { Language } from '../core/language/language.ts';
import type { Queryable, Row, Transaction } from './database.ts';

/** How long a link can be used. */
export const TELEGRAM_LINK_MS = 30 * MINUTE_MS;
/** Links of a team that wait at the same time; one more and the oldest is forgotten. */
export const MAX_WAITING_LINKS = 20;

export type ChatKind = 'private' | 'group' | 'supergroup' | 'channel';

/** A chat that is to become a channel. */
export interface TelegramLink {
  readonly id: string;
  readonly teamId: string;
  /** Of the channel to be. */
  readonly name: string;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
  readonly linkedAt: Instant | null;
  /** Null until it is linked; where a link is found by its id also when the channel was deleted. */
  readonly channelId: string | null;
  readonly chatTitle: string | null;
  readonly chatKind: ChatKind | null;
}

const COLUMNS = `l.id, l.team_id AS "teamId", l.name, l.created_at AS "createdAt", l.expires_at AS "expiresAt",
  l.linked_at AS "linkedAt", l.chat_title AS "chatTitle", l.chat_kind AS "chatKind"`;

/** Writes a link that waits. `tokenHash` is what `hashLinkToken` says. */
export async function insertTelegramLink(
  tx: Transaction,
  link: Pick<TelegramLink, 'id' | 'teamId' | 'name' | 'createdAt' | 'expiresAt'>,
  tokenHash: string,
): Promise<void> {
  await tx.query(
    {
      name: 'insert_telegram_link',
      text: `INSERT INTO telegram_link (id, team_id, name, token_hash, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6)`,
    },
    [link.id, link.teamId, link.name, tokenHash, link.createdAt, link.expiresAt],
  );
  await tx.query(
    {
      name: 'forget_waiting_telegram_links',
      text: `DELETE FROM telegram_link WHERE id IN
        (SELECT id FROM telegram_link WHERE team_id = $1 AND linked_at IS NULL ORDER BY created_at DESC, id DESC OFFSET $2)`,
    },
    [link.teamId, MAX_WAITING_LINKS],
  );
}

export async function findTelegramLink(db: Queryable, teamId: string, id: string): Promise<TelegramLink | null> {
  const [row] = await db.query<TelegramLink & Row>(
    {
      name: 'find_telegram_link',
      text: `SELECT ${COLUMNS}, c.id AS "channelId" FROM telegram_link l
        LEFT JOIN channel c ON c.id = l.channel_id AND c.deleted_at IS NULL WHERE l.id = $1 AND l.team_id = $2`,
    },
    [id, teamId],
  );
  return row ?? null;
}

/** A link with what has to be known of its team to answer in the chat. */
export interface TelegramLinkOfTeam extends TelegramLink {
  readonly teamName: string;
  readonly language: Language;
}

/** The link of a token, locked to the end of the transaction: of two that use it at once one is the first. */
export async function lockTelegramLink(tx: Transaction, tokenHash: string): Promise<TelegramLinkOfTeam | null> {
  const [row] = await tx.query<TelegramLinkOfTeam & Row>(
    {
      name: 'lock_telegram_link',
      // Who waited here sees the link as it is now, but anything joined to it as it was before: so no look at the channel.
      text: `SELECT ${COLUMNS}, l.channel_id AS "channelId", t.name AS "teamName", t.language
        FROM telegram_link l JOIN team t ON t.id = l.team_id
        WHERE l.token_hash = $1 FOR UPDATE OF l`,
    },
    [tokenHash],
  );
  return row ?? null;
}

/** The chat answered: this is the channel now. */
export async function finishTelegramLink(
  tx: Transaction,
  id: string,
  outcome: { readonly channelId: string; readonly title: string; readonly kind: ChatKind },
  now: Instant,
): Promise<void> {
  await tx.query(
    {
      name: 'finish_telegram_link',
      text: 'UPDATE telegram_link SET linked_at = $2, channel_id = $3, chat_title = $4, chat_kind = $5 WHERE id = $1',
    },
    [id, now, outcome.channelId, outcome.title, outcome.kind],
  );
}

export async function forgetTelegramLinks(db: Queryable, expiredBefore: Instant, limit: number): Promise<number> {
  const rows = await db.query(
    {
      name: 'forget_telegram_links',
      text: `DELETE FROM telegram_link WHERE id IN (SELECT id FROM telegram_link WHERE expires_at < $1 LIMIT $2)
        RETURNING id`,
    },
    [expiredBefore, limit],
  );
  return rows.length;
}
