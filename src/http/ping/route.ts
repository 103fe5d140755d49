import { normalKey } from '../../core/ping-names.ts';
import type { PingKind } from '../../core/signal.ts';
import type { PingName } from '../../watch/ping.ts';

export interface PingRoute {
  /** The monitor's own key, or null where it is called by name. */
  readonly key: string | null;
  readonly name: PingName | null;
  readonly kind: PingKind;
  readonly exitStatus: number | null;
}

/** What the path of a ping URL means, or the answer that it gets at once. */
export type PingRouteResult = PingRoute | 'not_found' | 'invalid_url';

const KEY = /^[A-Za-z0-9_-]{6,64}$/;
const SLUG = /^[a-z0-9_-]{1,100}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const DIGITS = /^\d+$/;
const MAX_EXIT_STATUS = 255;

const PING_PREFIX = '/ping/';
/** Proxies and some clients name the whole address in the request line (RFC 9112, absolute form). */
const ABSOLUTE_FORM = /^https?:\/\/[^/?#]*/i;

/** The target of a request as origin servers are usually asked: `/path?query`, also where the whole address was named. */
export function originForm(target: string): string {
  if (target.startsWith('/')) return target;
  const rest = target.replace(ABSOLUTE_FORM, '');
  return rest === target || rest.startsWith('/') ? rest : `/${rest}`;
}

/**
 * What stands behind `/ping/` in a request's target, or null when it is no ping. A doubled slash, as `$BASE/` and
 * `/ping/…` make it together, must not lose a ping.
 */
export function pingTarget(target: string): string | null {
  if (target.startsWith(PING_PREFIX)) return target.slice(PING_PREFIX.length);
  const single = target.startsWith('//') ? target.replace(/^\/+/, '/') : target;
  return single.startsWith(PING_PREFIX) ? single.slice(PING_PREFIX.length) : null;
}

/** A run id as clients send it (`rid`): a dashed UUID in any case; null when it is none. */
export function readRunId(text: string): string | null {
  return UUID.test(text) ? text.toLowerCase() : null;
}

interface Action {
  readonly kind: PingKind;
  readonly exitStatus: number | null;
}

const plainActions: ReadonlyMap<string, Action> = new Map([
  ['start', { kind: 'start', exitStatus: null }],
  ['fail', { kind: 'fail', exitStatus: null }],
  ['log', { kind: 'log', exitStatus: null }],
]);

/** A suffix of a ping URL; undefined when it is none, `invalid_url` for an exit status that cannot be. */
function readAction(segment: string): Action | 'invalid_url' | undefined {
  if (!DIGITS.test(segment)) return plainActions.get(segment);
  const exitStatus = Number(segment);
  if (exitStatus > MAX_EXIT_STATUS) return 'invalid_url';
  return { kind: exitStatus === 0 ? 'success' : 'fail', exitStatus };
}

const success: Action = { kind: 'success', exitStatus: null };

function byKey(key: string, action: Action | 'invalid_url'): PingRouteResult {
  if (!KEY.test(key)) return 'not_found';
  if (action === 'invalid_url') return action;
  return { key: normalKey(key), name: null, ...action };
}

function byName(teamKey: string, slug: string, action: Action | 'invalid_url'): PingRouteResult {
  if (!KEY.test(teamKey)) return 'not_found';
  if (!SLUG.test(slug)) return /^[A-Za-z0-9_-]+$/.test(slug) ? 'invalid_url' : 'not_found';
  if (action === 'invalid_url') return action;
  return { key: null, name: { teamKey, slug }, ...action };
}

/** The parts between slashes, decoded; null where the encoding is broken: no key contains such a thing. */
function readSegments(path: string): string[] | null {
  const segments = path.split('/');
  if (!path.includes('%')) return segments;
  try {
    return segments.map((segment) => decodeURIComponent(segment));
  } catch {
    return null;
  }
}

/**
 * Reads what stands behind `/ping/` (RULES §6): `{key}`, `{key}/{suffix}`, `{team key}/{slug}`,
 * `{team key}/{slug}/{suffix}`, and CronBox's `start/{key}/start` and `end/{key}/end`. One trailing slash is accepted.
 * Suffixes are never slugs, so no path has two readings.
 */
export function readPingPath(path: string): PingRouteResult {
  const segments = readSegments(path.endsWith('/') ? path.slice(0, -1) : path);
  if (segments === null) return 'not_found';
  const [first = '', second = '', third = ''] = segments;
  if (segments.length === 1) return byKey(first, success);
  if (segments.length === 2) {
    const action = readAction(second);
    return action === undefined ? byName(first, second, success) : byKey(first, action);
  }
  if (segments.length !== 3) return 'not_found';
  if (first === 'start' && third === 'start') return byKey(second, { kind: 'start', exitStatus: null });
  if (first === 'end' && third === 'end') return byKey(second, success);
  const action = readAction(third);
  if (action !== undefined) return byName(first, second, action);
  return /[A-Z]/.test(third) ? 'invalid_url' : 'not_found';
}
