import type { FullChannel } from '../../api/channels.ts';
import type { ChannelWords } from '../../language/en/channels.ts';
import { needed, onlyErrors } from '../../lib/checks.ts';

/** What the form of a channel holds, whatever its kind. */
export interface ChannelDraft {
  readonly name: string;
  readonly to: string;
  readonly url: string;
  readonly secret: string;
  readonly headers: string;
}

export type ChannelField = 'name' | 'config.to' | 'config.url' | 'config.secret' | 'config.headers';
export const CHANNEL_FIELDS: readonly ChannelField[] = [
  'name',
  'config.to',
  'config.url',
  'config.secret',
  'config.headers',
];

const MAX_ADDRESSES = 10;
export const emptyDraft = (name: string): ChannelDraft => ({ name, to: '', url: '', secret: '', headers: '' });

const addresses = (text: string): string[] => text.split(/[\s,;]+/).filter((part) => part !== '');

const headerLines = (text: string): (readonly [string, string] | null)[] =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name, value] = /^\s*([^\s:]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
      return name === undefined || value === undefined || value === '' ? null : [name, value];
    });

/** What a channel has now; secrets are cut, and a value that is left as it was cut changes nothing. */
export function draftOf({ name, config }: FullChannel): ChannelDraft {
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  const headers = typeof config?.headers === 'object' && config.headers !== null ? Object.entries(config.headers) : [];
  return {
    name,
    to: Array.isArray(config?.to) ? config.to.join(', ') : text(config?.to),
    url: text(config?.url),
    secret: text(config?.secret),
    headers: headers.map(([header, value]) => `${header}: ${String(value)}`).join('\n'),
  };
}

/** The settings as the API takes them. */
export function configOf(kind: string, draft: ChannelDraft, isNew: boolean): Record<string, unknown> {
  if (kind === 'email') {
    const to = addresses(draft.to);
    return { to: to.length === 1 ? to[0] : to };
  }
  if (kind === 'telegram') return {};
  if (kind !== 'webhook') return { url: draft.url.trim() };
  const headers = headerLines(draft.headers).filter((line) => line !== null);
  return {
    url: draft.url.trim(),
    ...(draft.secret.trim() === '' ? {} : { secret: draft.secret.trim() }),
    ...(headers.length > 0 ? { headers: Object.fromEntries(headers) } : isNew ? {} : { headers: null }),
  };
}

/** What can be seen without the server. */
export function checkDraft(kind: string, draft: ChannelDraft, words: ChannelWords['form'], required: string) {
  const need = (value: string) => needed(value, { required });
  const to = addresses(draft.to);
  const toError = to.every((one) => /^[^\s@]+@[^\s@]+$/.test(one)) ? undefined : words.toWrong;
  const isHttp = /^https?:\/\//i.test(draft.url.trim());
  return onlyErrors<ChannelField>({
    name: need(draft.name),
    ...(kind === 'email' && {
      'config.to': need(draft.to) ?? toError ?? (to.length > MAX_ADDRESSES ? words.toMany : undefined),
    }),
    ...(kind !== 'email' &&
      kind !== 'telegram' && { 'config.url': need(draft.url) ?? (isHttp ? undefined : words.urlWrong) }),
    ...(kind === 'webhook' && {
      'config.headers': headerLines(draft.headers).includes(null) ? words.headersWrong : undefined,
    }),
  });
}

/** Errors of parts (`config.to.0`, `config.headers.x`) stand beside the field that they are typed into. */
export function besideFields(errors: readonly { readonly field: string; readonly message: string }[]) {
  const found = errors.flatMap(({ field, message }) => {
    const shown = CHANNEL_FIELDS.find((each) => field === each || field.startsWith(`${each}.`));
    return shown === undefined ? [] : [[shown, message] as const];
  });
  return found.length === 0 ? null : (Object.fromEntries(found.reverse()) as Partial<Record<ChannelField, string>>);
}
