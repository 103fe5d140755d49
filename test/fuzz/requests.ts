import { gzipSync } from 'node:zlib';
import type { Chance } from './chance.ts';
import { nastyString } from './nasty.ts';
import { anyText, type Generator, type Known, mutatedJson, type Schema, validValue } from './schema.ts';
import type { Target } from './targets.ts';

/** What stands behind the names in paths: ours, and what belongs to others. Their lengths never change. */
export interface Places {
  readonly keys: readonly string[];
  readonly values: Readonly<Record<string, readonly string[]>>;
  /** For fields of bodies. */
  readonly known: Known;
}

export interface Request {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  /** Null: none, and nothing said about one. */
  readonly body: Buffer | null;
}

const BOMB_BYTES = 20_000_000;
let bomb: Buffer | null = null;
/** A few bytes that want to be many. */
function gzipBomb(): Buffer {
  bomb ??= gzipSync(Buffer.alloc(BOMB_BYTES, '['));
  return bomb;
}

const OVER_LIMIT_BYTES = 1024 * 1024 + 1;

function pathOf(target: Target, places: Places, chance: Chance): string {
  const filled = target.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const [, place = ''] = /^\/api\/v1\/([\w-]+)/.exec(target.path) ?? [];
    const choices = places.values[name === 'id' ? place : name] ?? places.values.token ?? [];
    return chance.once(8) ? anyText(chance) : chance.pick(choices);
  });
  if (!chance.once(12)) return filled;
  const at = chance.int(1, filled.length);
  const odd = [
    '%',
    '%zz',
    '%00',
    '%2f',
    '%2e%2e',
    '/..',
    '/./',
    '//',
    '///',
    ';a=b',
    '%ff',
    '%c0%ae',
    '\\',
    '+',
    '#x',
    '%25',
    '~',
    '{}',
    '|',
  ];
  return `${filled.slice(0, at)}${chance.pick(odd)}${filled.slice(at)}`;
}

function queryOf(target: Target, generator: Generator): string {
  const { chance } = generator;
  const parts: string[] = [];
  for (const { name, schema } of target.query) {
    if (!chance.once(3)) continue;
    const value = chance.once(3) ? anyText(chance) : encodeURIComponent(String(validValue(schema, generator, name)));
    parts.push(`${name}=${value}`);
    if (chance.once(10)) parts.push(`${name}=${anyText(chance)}`);
  }
  if (chance.once(10)) {
    parts.push(
      chance.pick([
        '__proto__=1',
        '__proto__[a]=1',
        'constructor=x',
        '=',
        '&&',
        'a',
        '%',
        '%zz=%zz',
        'a=%00',
        'x=%ff',
        '?',
        'a[]=1&a[]=2',
      ]),
    );
  }
  if (chance.once(80)) parts.push(Array.from({ length: 3_000 }, (_, index) => `a${index}=1`).join('&'));
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

function jsonBody(schema: Schema, generator: Generator): string {
  const { chance } = generator;
  const value = validValue(schema, generator);
  return chance.once(2) ? JSON.stringify(value) : mutatedJson(value, chance);
}

interface Body {
  readonly bytes: Buffer | null;
  readonly type: string | null;
  readonly encoding?: string;
}

function bodyOf(target: Target, generator: Generator): Body {
  const { chance } = generator;
  const isPing = /(^|\/)ping\//.test(target.path);
  if (chance.once(60))
    return { bytes: gzipBomb(), type: 'application/json', encoding: chance.pick(['gzip', 'GZIP, gzip', 'br']) };
  if (chance.once(200)) return { bytes: Buffer.alloc(OVER_LIMIT_BYTES, '['), type: 'application/json' };
  if (chance.once(15)) return { bytes: chance.bytes(chance.int(0, 300)), type: anyType(chance) };
  if (target.form)
    return {
      bytes: Buffer.from(`name=${anyText(chance)}&email=${anyText(chance)}`),
      type: 'application/x-www-form-urlencoded',
    };
  if (isPing && target.method !== 'GET')
    return { bytes: Buffer.from(nastyString(chance)), type: chance.once(2) ? null : anyType(chance) };
  const schema = target.body ?? (chance.once(8) ? { type: 'object' } : null);
  if (schema === null) return { bytes: null, type: null };
  const type = chance.once(12) ? anyType(chance) : 'application/json';
  return { bytes: Buffer.from(jsonBody(schema, generator)), type };
}

function anyType(chance: Chance): string {
  return chance.pick([
    'application/json; charset=utf-16',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'multipart/form-data',
    'application/octet-stream',
    'application/json;;;;',
    'application/json, text/plain',
    'json',
    '/',
    ';',
    'a'.repeat(2_000),
    'application/merge-patch+json',
    'text/xml',
  ]);
}

const ODD_HEADERS: readonly (readonly [string, string])[] = [
  ['Accept', 'text/html'],
  ['Accept-Language', 'ru'],
  ['Accept-Language', `${'x;q=1,'.repeat(1_000)}`],
  ['X-Forwarded-For', '127.0.0.1, ::1, garbage, 999.999.999.999'],
  ['Forwarded', 'for="[::1]";proto=https'],
  ['X-Http-Method-Override', 'DELETE'],
  ['Idempotency-Key', 'x'.repeat(300)],
  ['Idempotency-Key', '\u00ff\u0080'],
  ['User-Agent', 'y'.repeat(5_000)],
  ['User-Agent', '\u00e9\u0080'],
  ['Cookie', 'a=b; a=c; =; ;;; __proto__=1'],
  ['If-None-Match', '*'],
  ['Range', 'bytes=0-0,1-1,-1'],
  ['Expect', '100-continue'],
  ['Expect', 'something else'],
  ['Upgrade', 'websocket'],
  ['Origin', 'null'],
  ['Te', 'trailers'],
  ['Host', 'elsewhere.test'],
  ['Content-Encoding', 'gzip'],
  ['Content-Language', '*'],
  ['Accept-Encoding', 'gzip;q=0, *;q=1'],
  ['Access-Control-Request-Method', 'POST'],
];

function headersOf(places: Places, chance: Chance): [string, string][] {
  const headers: [string, string][] = [];
  const key = chance.pick(places.keys);
  if (!chance.once(12)) headers.push(chance.once(2) ? ['X-Api-Key', key] : ['Authorization', `Bearer ${key}`]);
  else if (chance.once(2))
    headers.push([
      'Authorization',
      chance.pick(['Bearer', 'Bearer ', `Bearer ${'x'.repeat(5_000)}`, 'Basic AAAA', `Basic ${key}`, 'bearer \u00ff']),
    ]);
  for (let count = chance.pick([0, 0, 0, 1, 2]); count > 0; count -= 1) headers.push([...chance.pick(ODD_HEADERS)]);
  if (chance.once(100)) for (let index = 0; index < 10_000; index += 1) headers.push(['a', '']);
  return headers;
}

/** One request that is right as HTTP, whatever is in it. */
export function makeRequest(target: Target, places: Places, generator: Omit<Generator, 'known'>): Request {
  const { chance } = generator;
  const whole = { ...generator, known: places.known };
  const { bytes, type, encoding } = bodyOf(target, whole);
  const headers = headersOf(places, chance);
  if (type !== null) headers.push(['Content-Type', type]);
  if (encoding !== undefined) headers.push(['Content-Encoding', encoding]);
  const method = chance.once(25)
    ? chance.pick(['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'SEARCH'])
    : target.method;
  const path = pathOf(target, places, chance) + queryOf(target, whole);
  return { method, target: chance.once(40) ? `http://elsewhere.test${path}` : path, headers, body: bytes };
}
