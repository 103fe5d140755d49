import type { IncomingHttpHeaders } from 'node:http';
import { isDropInSecret } from '../../accounts/drop-in.ts';
import type { Dialect, Target } from './dialect.ts';

/** Under this path all interfaces live, behind the team's secret. */
export const MOUNT = '/in';
/** Stands where the secret stands, for a dialect that is open; nobody can send it, because no secret looks like that. */
export const OPEN_BASE = '-';
/** Longer parts of a path are cut: no name is as long, and nobody gets a page of it back. */
const MAX_SEGMENT_CHARACTERS = 300;

/** What is known of a request before a framework sees it. */
export interface RequestHead {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** A target under a base: whose, and what stands behind it. */
export interface BasedTarget {
  /** Null where it cannot be a secret. */
  readonly secret: string | null;
  /** Begins with one slash. */
  readonly rest: string;
}

/** Takes `/in/{secret}` off a target; null when it is none of a base. Doubled slashes, as `$BASE/` and `/jobs` make them, are one. */
export function readBase(target: string): BasedTarget | null {
  const found = /^\/+in(?:\/+([^/?]*)([^?]*))?(\?.*)?$/s.exec(target);
  if (found === null) return null;
  const [, secret = '', path = '', query = ''] = found;
  return { secret: isDropInSecret(secret) ? secret : null, rest: `/${path.replace(/^\/+/, '')}${query}` };
}

/** One part of a path in its one clean writing: whatever bytes came, also half an escape, become text. */
function cleanSegment(segment: string): string {
  if (/^[\w.~!$&'()*+,;=:@-]*$/.test(segment) && segment.length <= MAX_SEGMENT_CHARACTERS) return segment;
  const bytes = segment.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  // Node reads the request line as latin1: each character is a byte.
  const text = Buffer.from(bytes, 'latin1').toString('utf8');
  return encodeURIComponent(text.slice(0, MAX_SEGMENT_CHARACTERS).toWellFormed());
}

/** Clients put names into addresses as they are: the path that a router can read. */
export function cleanPath(path: string): string {
  return path.split('/').map(cleanSegment).join('/');
}

/** The same for a query, whose escapes are left as they came. */
function cleanQuery(query: string): string {
  return query.replace(/[^\x21-\x7e]/g, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const mark = target.indexOf('?');
  return mark < 0 ? { path: target, query: '' } : { path: target.slice(0, mark), query: target.slice(mark) };
}

function routeTo(dialects: readonly Dialect[], base: string, rest: string, request: RequestHead): string | null {
  const { path, query } = splitTarget(rest);
  const target: Target = {
    method: request.method ?? '',
    path,
    query: new URLSearchParams(query),
    wantsHtml: String(request.headers.accept ?? '').includes('text/html'),
  };
  const dialect = dialects.find((one) => one.owns(target));
  return dialect === undefined ? null : `${MOUNT}/${base}/${dialect.name}${cleanPath(path)}${cleanQuery(query)}`;
}

/**
 * Where a request goes on: `/in/{secret}/jobs` to `/in/{secret}/cronflow/jobs`, and `/jobs` to `/in/-/cronflow/jobs`
 * where Cronflow is among the `open` ones. So each dialect has a place of its own, with its own errors, though all
 * share one base. What is nobody's under a base goes to `/in`; everything else stays as it is.
 */
export function dialectTarget(request: RequestHead, dialects: readonly Dialect[], open: readonly Dialect[]): string {
  const target = request.url ?? '/';
  const based = readBase(target);
  if (based !== null) {
    return (based.secret === null ? null : routeTo(dialects, based.secret, based.rest, request)) ?? MOUNT;
  }
  return (open.length === 0 ? null : routeTo(open, OPEN_BASE, target.replace(/^\/+/, '/'), request)) ?? target;
}

/** The dialect that a request goes to, or null. */
export function dialectOf(
  request: RequestHead,
  dialects: readonly Dialect[],
  open: readonly Dialect[],
): Dialect | null {
  const target = dialectTarget(request, dialects, open);
  return dialects.find(({ name }) => target !== request.url && target.split('/')[3] === name) ?? null;
}
