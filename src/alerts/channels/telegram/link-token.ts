import { createHash } from 'node:crypto';
import type { Random } from '../../../platform/random.ts';

const TOKEN_BYTES = 16;
/** 16 bytes in base64url without padding: fits Telegram's start parameter (64 of [A-Za-z0-9_-]). */
const TOKEN_LENGTH = 22;

/** A one-time token for linking a chat, and the hash under which to keep it. */
export function createLinkToken(random: Random): { token: string; hash: string } {
  const token = random.bytes(TOKEN_BYTES).toString('base64url');
  return { token, hash: hashLinkToken(token) };
}

/** SHA-256 in hex; a token is random enough to need no salt. */
export function hashLinkToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** The first word of a text that has a token's form. */
export function findLinkToken(text: string): string | null {
  return text.split(/[^A-Za-z0-9_-]+/).find((word) => word.length === TOKEN_LENGTH) ?? null;
}

export interface DeepLinks {
  /** Opens a private chat with the bot. */
  readonly private: string;
  /** Asks for a group to add the bot to. */
  readonly group: string;
}

/** What a person clicks on; the bot then gets `/start <token>`. */
export function telegramDeepLinks(botName: string, token: string): DeepLinks {
  return {
    private: `https://t.me/${botName}?start=${token}`,
    group: `https://t.me/${botName}?startgroup=${token}`,
  };
}
