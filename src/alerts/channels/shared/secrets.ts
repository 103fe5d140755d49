import { MAX_ANSWER_LENGTH } from '../contract.ts';
import { cutText, oneLine } from './text.ts';

/** Parts of a URL shorter than this are words of an API, not secrets; hiding them would hide the message. */
const MIN_SECRET_LENGTH = 5;
const SHOWN_END = 4;
/** A secret shorter than this shows nothing: four characters of it would be too much. */
const MIN_LENGTH_TO_SHOW_END = 12;

/** A secret as the API shows it: its last four characters, or nothing of a short one. */
export function maskSecret(secret: string): string {
  return secret.length < MIN_LENGTH_TO_SHOW_END ? '***' : `***${secret.slice(-SHOWN_END)}`;
}

/** A URL as the API shows it: where it leads stays readable, user, path and query count as secret. */
export function maskUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null) return '***';
  const rest = `${url.pathname}${url.search}`;
  return `${url.protocol}//${url.host}/${rest === '/' ? '' : maskSecret(rest.slice(1))}`;
}

/** Everything in a URL that must not be repeated to others: its parts, as they stand and decoded. */
export function secretsOfUrl(text: string): string[] {
  const url = URL.parse(text);
  if (url === null) return [text];
  const parts = [
    text,
    url.href,
    `${url.pathname}${url.search}`,
    url.pathname,
    url.username,
    url.password,
    ...url.pathname.split('/'),
    ...url.searchParams.values(),
  ];
  return [...parts, ...parts.map(decoded)].filter((part) => part.length >= MIN_SECRET_LENGTH);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // Not percent-encoded after all: then the part itself is all there is to hide.
    return part;
  }
}

/** What a receiver said, fit to be kept and shown: one line, no mark-up, no secret, at most 500 characters. */
export function cleanText(text: string, secrets: readonly string[]): string {
  const longestFirst = secrets.filter((secret) => secret !== '').sort((a, b) => b.length - a.length);
  const hidden = longestFirst.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
  const looksLikeHtml = /<(!doctype|html|head|body)\b/i.test(hidden);
  const words = looksLikeHtml ? hidden.replace(/<(style|script)\b[\s\S]*?<\/\1>|<[^>]*>/gi, ' ') : hidden;
  return cutText(oneLine(words), MAX_ANSWER_LENGTH);
}
