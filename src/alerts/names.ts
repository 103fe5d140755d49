import { texts } from '../core/language/catalogue.ts';
import type { Language } from '../core/language/language.ts';
import { oneLine } from './plain-text.ts';

/** A name in a sentence or a headline, in UTF-16 units; so is what the product takes for a name. */
export const MAX_NAME_LENGTH = 100;
/** Several names in one sentence: each is cut to this, so many are told, the rest is counted. */
const MAX_LISTED_NAME_LENGTH = 40;
const MAX_NAMES_LISTED = 3;

const TRADE_NAMES: ReadonlyMap<string, string> = new Map([
  ['telegram', 'Telegram'],
  ['slack', 'Slack'],
  ['discord', 'Discord'],
]);

/** A name as one harmless line, never empty. */
export function displayName(name: string, language: Language, limit = MAX_NAME_LENGTH): string {
  return oneLine(name, limit) || texts(language).unnamed;
}

/** "Telegram", "e-mail"; a kind without words of its own is called by its name. */
export function channelKindName(kind: string, language: Language): string {
  const own = texts(language).channelKind;
  if (kind === 'email' || kind === 'webhook') return own[kind];
  return TRADE_NAMES.get(kind) ?? displayName(kind, language);
}

/** "nightly backup, report and 3 more"; null when there is none. `total` may be more than are at hand. */
export function nameList(names: readonly string[], total: number, language: Language): string | null {
  const all = Math.max(total, names.length);
  if (all === 0) return null;
  const shown = names.slice(0, MAX_NAMES_LISTED).map((name) => displayName(name, language, MAX_LISTED_NAME_LENGTH));
  if (shown.length === 0) return texts(language).fact.monitors(all);
  const more = all - shown.length;
  return more > 0 ? `${shown.join(', ')} ${texts(language).andMore(more)}` : shown.join(', ');
}
