/** One job of another system, in the words of POST /api/v1/imports, with what has no place here. */
export interface ForeignJob {
  readonly external_key: string;
  readonly monitor: Readonly<Record<string, unknown>> & { readonly name: string };
  readonly last_heard_at: string | null;
  readonly was_up: boolean;
  readonly paused: 'by_hand' | 'until_success' | null;
  readonly gocron?: { readonly email: string | null; readonly is_gateway: boolean };
  /** What of it cannot be carried over, as short phrases: `its webhook "ops"`. Not sent. */
  readonly lost: readonly string[];
}

/** A job that could not even be read. */
export interface UnreadableJob {
  readonly name: string;
  readonly reason: string;
}

/** What a source holds, page by page. */
export interface ForeignPage {
  readonly jobs: readonly ForeignJob[];
  readonly unreadable: readonly UnreadableJob[];
  /** How many there are in all, where that is known. */
  readonly total: number | null;
}

export interface ForeignSource {
  /** For the report: where they come from, without secrets. */
  readonly description: string;
  pages(): AsyncIterable<ForeignPage>;
  /** What has to be done by hand besides, as sentences; asked for after the last page. */
  remarks(): Promise<readonly string[]>;
}

export const MAX_NAME_CHARACTERS = 100;
const MAX_TAGS = 50;
const MAX_TAG_CHARACTERS = 50;
const MAX_DESCRIPTION_CHARACTERS = 10_000;

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`.toWellFormed();
}

/** A name as it may be here: one line, something visible, not too long. */
export function fitName(given: string, fallback: string): string {
  const line = given
    .toWellFormed()
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim();
  return /[^\p{C}\p{Z}]/u.test(line) ? cut(line, MAX_NAME_CHARACTERS).trim() : fallback;
}

export interface Fitted<T> {
  readonly value: T;
  readonly lost: readonly string[];
}

export function fitDescription(given: string): Fitted<string> {
  const text = given.toWellFormed().replaceAll('\0', '');
  const isLong = text.length > MAX_DESCRIPTION_CHARACTERS;
  return { value: cut(text, MAX_DESCRIPTION_CHARACTERS), lost: isLong ? ['the end of its long description'] : [] };
}

/** Tags as they may be here; the others are named. */
export function fitTags(given: readonly string[]): Fitted<string[]> {
  const tags = [...new Set(given.filter((tag) => tag !== ''))];
  const fits = tags.filter((tag) => tag.length <= MAX_TAG_CHARACTERS).slice(0, MAX_TAGS);
  const lost = tags.filter((tag) => !fits.includes(tag)).map((tag) => `its tag "${cut(tag, MAX_TAG_CHARACTERS)}"`);
  return { value: fits, lost };
}

/** A time of another system as RFC 3339 in UTC; null where there is none or it cannot be read. */
export function instantText(at: number): string | null {
  const isSane = Number.isFinite(at) && at > 0 && at < 8e15;
  if (!isSane) return null;
  const date = new Date(at);
  return date.getUTCFullYear() > 9_998 ? null : date.toISOString();
}
