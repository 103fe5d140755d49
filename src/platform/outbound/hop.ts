import type { Answer } from './exchange.ts';
import { failure, type OutboundFailure } from './failure.ts';

export const MAX_URL_LENGTH = 8_192;

/** What a caller gives. */
export interface FirstHop {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

/** One step of a request: where to, and with what. */
export interface Hop {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string | null;
}

/** The first step of a request: the URL parsed, header names in lower case, our name added. */
export function firstHop(request: FirstHop, userAgent: string): Hop | OutboundFailure {
  const url = parseTarget(request.url);
  if ('ok' in url) return url;
  const headers = lowerCaseNames(request.headers ?? {});
  headers['user-agent'] ??= userAgent;
  return withCredentials({ url, method: request.method ?? 'GET', headers, body: request.body ?? null });
}

/** The parser turns decimal, octal and hexadecimal addresses into the usual form, so that the policy sees through. */
function parseTarget(text: string, base?: URL): URL | OutboundFailure {
  if (text.length > MAX_URL_LENGTH) return failure('bad_url', `The URL is longer than ${MAX_URL_LENGTH} characters.`);
  const url = URL.parse(text, base);
  if (url === null) return failure('bad_url', 'The URL cannot be read.');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return failure('bad_url', 'The URL does not begin with http:// or https://.');
  }
  return url;
}

function lowerCaseNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** `user:password@` in a URL means basic authentication; it goes into the header and out of the URL. */
function withCredentials(hop: Hop): Hop | OutboundFailure {
  if (hop.url.username === '' && hop.url.password === '') return hop;
  const url = new URL(hop.url);
  let pair: string;
  try {
    pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  } catch {
    return failure('bad_url', 'The user name or password in the URL is not encoded rightly.');
  }
  url.username = '';
  url.password = '';
  const authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
  return { ...hop, url, headers: { authorization, ...hop.headers } };
}

/** Whether the answer sends us on to another place. */
export function isRedirect(answer: Answer): boolean {
  return [301, 302, 303, 307, 308].includes(answer.status) && typeof answer.headers.location === 'string';
}

const CREDENTIAL_HEADERS: readonly string[] = ['authorization', 'cookie', 'proxy-authorization'];
const BODY_HEADERS: readonly string[] = ['content-type', 'content-length', 'content-encoding', 'transfer-encoding'];

/** What a browser does: 303, and 301 or 302 to a POST, become a GET; credentials never go to another origin. */
export function nextHop(hop: Hop, answer: Answer): Hop | OutboundFailure {
  const url = parseTarget(String(answer.headers.location), hop.url);
  if ('ok' in url) return url;
  const becomesGet = (answer.status === 303 && hop.method !== 'HEAD') || (answer.status < 303 && hop.method === 'POST');
  const dropped = [
    ...(becomesGet ? BODY_HEADERS : []),
    ...(url.origin === hop.url.origin ? [] : [...CREDENTIAL_HEADERS, 'host']),
  ];
  const headers = Object.fromEntries(Object.entries(hop.headers).filter(([name]) => !dropped.includes(name)));
  return withCredentials({ url, headers, method: becomesGet ? 'GET' : hop.method, body: becomesGet ? null : hop.body });
}
