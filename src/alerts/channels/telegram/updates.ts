import type { Chat, ChatMember, Message, Update } from 'grammy/types';
import { findLinkToken } from './link-token.ts';

export type TelegramChatKind = 'private' | 'group' | 'supergroup' | 'channel';

/** The place from which a token came back: what a channel's settings need. */
export interface LinkedChat {
  readonly chatId: number;
  /** The topic of a forum group in which the command was given; null elsewhere. */
  readonly threadId: number | null;
  /** The chat's title, or the person's name. */
  readonly title: string;
  readonly kind: TelegramChatKind;
}

/** What one update means for us. */
export type TelegramEvent =
  | { readonly type: 'link'; readonly token: string; readonly chat: LinkedChat }
  | { readonly type: 'blocked'; readonly chatId: number }
  | { readonly type: 'returned'; readonly chatId: number }
  /** The group became a supergroup: `to` is its number from now on. */
  | { readonly type: 'migrated'; readonly chatId: number; readonly to: number };

/** Reads one update; null for everything that is none of our business. `botName` is without the @. */
export function readUpdate(update: Update, botName: string): TelegramEvent | null {
  if (update.message) return readMigration(update.message) ?? readCommand(update.message, botName);
  if (update.channel_post) return readChannelPost(update.channel_post);
  if (update.my_chat_member) {
    const { chat, old_chat_member: before, new_chat_member: now } = update.my_chat_member;
    if (isMember(before) === isMember(now)) return null;
    return { type: isMember(now) ? 'returned' : 'blocked', chatId: chat.id };
  }
  return null;
}

function readMigration({ chat, migrate_to_chat_id: to }: Message): TelegramEvent | null {
  return to === undefined ? null : { type: 'migrated', chatId: chat.id, to };
}

/** `/start <token>`, in groups also `/start@bot <token>`; a command to another bot is not ours. */
function readCommand(message: Message, botName: string): TelegramEvent | null {
  const match = /^\/start(?:@(\w+))?\s+(\S+)\s*$/.exec(message.text ?? '');
  if (!match) return null;
  const [, addressee, word = ''] = match;
  if (addressee !== undefined && addressee.toLowerCase() !== botName.toLowerCase()) return null;
  return linkEvent(message, findLinkToken(word));
}

/** Channels have no commands for bots: there the token stands in a post, alone or with words around it. */
function readChannelPost(post: Message): TelegramEvent | null {
  return linkEvent(post, findLinkToken(post.text ?? ''));
}

function linkEvent(message: Message, token: string | null): TelegramEvent | null {
  if (token === null) return null;
  const threadId = message.is_topic_message ? (message.message_thread_id ?? null) : null;
  const { chat } = message;
  return { type: 'link', token, chat: { chatId: chat.id, threadId, title: titleOf(chat), kind: chat.type } };
}

function titleOf(chat: Chat): string {
  if (chat.title !== undefined) return chat.title;
  const name = [chat.first_name, chat.last_name].filter((part) => part !== undefined).join(' ');
  return name || chat.username || String(chat.id);
}

function isMember(member: ChatMember): boolean {
  if (member.status === 'restricted') return member.is_member;
  return member.status !== 'kicked' && member.status !== 'left';
}
