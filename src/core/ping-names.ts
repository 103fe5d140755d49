/** Words that stand where a key or a slug may stand in ping URLs (RULES §6). */
const RESERVED = new Set(['start', 'end', 'fail', 'log', 'success', 'create', 'healthz', 'readyz', 'metrics']);

export const MIN_KEY_CHARACTERS = 6;
export const MAX_KEY_CHARACTERS = 64;
/** A key shorter than this can be guessed; it is taken and marked. */
export const STRONG_KEY_CHARACTERS = 16;
export const MAX_SLUG_CHARACTERS = 100;

const KEY = /^[A-Za-z0-9_-]{6,64}$/;
const SLUG = /^[a-z0-9_-]{1,100}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Why a monitor's key is refused, as a sentence; null when it may be used. */
export function keyFault(key: string): string | null {
  if (!KEY.test(key)) return 'must be 6 to 64 characters out of A-Z, a-z, 0-9, _ and -';
  return RESERVED.has(key.toLowerCase()) ? 'is a word that means something else in ping URLs' : null;
}

/** Why a slug is refused, as a sentence; null when it may be used. */
export function slugFault(slug: string): string | null {
  if (!SLUG.test(slug)) return 'must be 1 to 100 characters out of a-z, 0-9, _ and -';
  if (/^\d+$/.test(slug)) return 'must not consist of digits only: in a ping URL that is an exit status';
  return ['start', 'end', 'fail', 'log'].includes(slug) ? 'is a word that means something else in ping URLs' : null;
}

/** The form a key is stored in: UUIDs are the same in upper and lower case, other keys are taken as they are. */
export function normalKey(key: string): string {
  return UUID.test(key) ? key.toLowerCase() : key;
}

export function isWeakKey(key: string): boolean {
  return key.length < STRONG_KEY_CHARACTERS;
}
