import type { IncomingHttpHeaders } from 'node:http';
import { SECOND_MS } from '../../core/instant.ts';
import { type ApiKey, findApiKey, hashApiKey, markApiKeyUsed } from '../../store/api-keys.ts';
import { Problem } from '../problems.ts';
import type { Services } from '../services.ts';

/** A key is believed for this long without asking the database: so long a key deleted on another node still works. */
export const KEY_MEMORY_MS = 5 * SECOND_MS;
/** Keys remembered at a time; when there are more, all are forgotten. */
export const MAX_REMEMBERED_KEYS = 1_000;
/** The last use of a key is written at most this often. */
const MARK_USED_EVERY_MS = 60 * SECOND_MS;
/** Longer texts are no keys of ours and are not hashed. */
const MAX_KEY_CHARACTERS = 200;

export interface KeyRing {
  /** Whose call this is, by its headers. Rejects when the database does not answer. */
  identify(headers: IncomingHttpHeaders): Promise<ApiKey | Problem>;
  /** A key was deleted: it is unknown at once on this node. */
  forget(id: string): void;
}

interface Remembered {
  readonly key: ApiKey;
  readonly readAt: number;
}

/** The key that a request carries, or null. */
export function keyOf(headers: IncomingHttpHeaders): string | null {
  const [, bearer] = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '') ?? [];
  const plain = headers['x-api-key'];
  const key = bearer ?? (typeof plain === 'string' ? plain.trim() : undefined);
  return key === undefined || key === '' ? null : key;
}

export function createKeyRing({ database, clock, logger }: Services): KeyRing {
  const known = new Map<string, Remembered>();

  const look = async (hash: Buffer): Promise<ApiKey | null> => {
    const name = hash.toString('base64');
    const remembered = known.get(name);
    if (remembered !== undefined && clock.monotonic() - remembered.readAt < KEY_MEMORY_MS) return remembered.key;
    known.delete(name);
    const now = clock.now();
    const key = await findApiKey(database, hash, now);
    if (key === null) return null;
    if (known.size >= MAX_REMEMBERED_KEYS) known.clear();
    known.set(name, { key, readAt: clock.monotonic() });
    if (key.lastUsedAt === null || now - key.lastUsedAt >= MARK_USED_EVERY_MS) await markUsed(key);
    return key;
  };

  const markUsed = async (key: ApiKey) => {
    try {
      await markApiKeyUsed(database, key.id, clock.now());
    } catch (error) {
      logger.warn('the use of an API key could not be noted', { key: key.id, error });
    }
  };

  return {
    async identify(headers) {
      const given = keyOf(headers);
      if (given === null) {
        return new Problem(
          'missing_key',
          'no API key was given; send it as "Authorization: Bearer KEY" or "X-Api-Key: KEY"',
          {
            headers: { 'www-authenticate': 'Bearer realm="allswell"' },
          },
        );
      }
      const key = given.length > MAX_KEY_CHARACTERS ? null : await look(hashApiKey(given));
      const isOver = key !== null && key.expiresAt !== null && key.expiresAt <= clock.now();
      if (key !== null && !isOver) return key;
      return new Problem('unknown_key', 'this API key is not known here, or it has expired', {
        headers: { 'www-authenticate': 'Bearer realm="allswell", error="invalid_token"' },
      });
    },
    forget(id) {
      for (const [name, { key }] of known) {
        if (key.id === id) known.delete(name);
      }
    },
  };
}
