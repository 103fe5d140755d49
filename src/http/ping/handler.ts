import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { DAY_MS, type Instant } from '../../core/instant.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Ingest } from '../../watch/ingest.ts';
import type { Ping, PingAnswer } from '../../watch/ping.ts';
import type { ClientAddress } from '../client-address.ts';
import { hasBody, KEPT_BODY_BYTES, type PingBody, readBody } from './body.ts';
import { type PingRoute, readPingPath, readRunId } from './route.ts';
import { createUnknownKeyLimit } from './unknown-limit.ts';

export const PING_PREFIX = '/ping/';
/** A late report (`?at=`) reaches back this far. */
export const MAX_REPORT_AGE_MS = 7 * DAY_MS;
const MAX_USER_AGENT = 200;
const MAX_IDEMPOTENCY_KEY = 64;
const RETRY_AFTER_SECONDS = 5;
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT']);
const allowedMethods = `${[...METHODS].join(', ')}, OPTIONS`;

const headers = [
  'Content-Type',
  'text/plain; charset=utf-8',
  'Access-Control-Allow-Origin',
  '*',
  'Cache-Control',
  'no-store',
  'Ping-Body-Limit',
  String(KEPT_BODY_BYTES),
];

/**
 * Makes the monitor that a ping with `?create=1` names. Answers its key, a sentence about what was wrong, or that
 * another ping has just made it.
 */
export type CreateByPing = (
  name: NonNullable<Ping['name']>,
  query: URLSearchParams,
) => Promise<
  { readonly key: string; readonly created: true } | { readonly refused: string } | 'exists' | 'unknown_team'
>;

export interface PingHandlerOptions {
  readonly ingest: Ingest;
  readonly clock: Clock;
  readonly clientAddress: ClientAddress;
  readonly createByPing: CreateByPing;
}

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly headers: readonly string[];
}

/** With its length said ahead an answer leaves in one piece; else Node sends it in chunks, which costs twice as much. */
function makeReply(status: number, text: string, extra: readonly string[] = []): Reply {
  return { status, text, headers: [...headers, 'Content-Length', String(Buffer.byteLength(text)), ...extra] };
}

const notFound = makeReply(404, 'not found');
const invalidUrl = makeReply(400, 'invalid url format');
const notAllowed = makeReply(405, 'method not allowed', ['Allow', allowedMethods]);
const stored = makeReply(200, 'OK');
const storedPaused = makeReply(200, 'OK', ['Allswell-Monitor', 'paused']);
const created = makeReply(201, 'Created');
const tooMany = makeReply(429, 'too many unknown keys', ['Retry-After', '60']);
const unavailable = makeReply(503, 'not stored, try again', ['Retry-After', String(RETRY_AFTER_SECONDS)]);

/**
 * The hot path: what stands behind `/ping/`, before any framework. Whatever is wrong with a request besides its key is
 * either answered 400 before anything is stored, or does not matter; it is never a 500.
 */
export function createPingHandler(options: PingHandlerOptions) {
  const { ingest, clock, clientAddress } = options;
  const unknownKeys = createUnknownKeyLimit(clock);

  const replyTo = (answer: PingAnswer, address: string): Reply => {
    if (answer.result === 'stored') return answer.paused ? storedPaused : stored;
    if (answer.result === 'unavailable') return unavailable;
    return unknownKeys.allows(address) ? notFound : tooMany;
  };

  const createAndAccept = async (ping: Ping, query: URLSearchParams, address: string): Promise<Reply> => {
    if (ping.name === null) return replyTo({ result: 'unknown' }, address);
    const made = await options.createByPing(ping.name, query);
    if (made === 'unknown_team') return replyTo({ result: 'unknown' }, address);
    if (made === 'exists') return replyTo(await ingest.accept(ping), address);
    if ('refused' in made) return makeReply(400, made.refused);
    const answer = await ingest.accept({ ...ping, key: made.key, name: null });
    return answer.result === 'stored' ? created : replyTo(answer, address);
  };

  const handle = async (request: IncomingMessage, response: ServerResponse, route: PingRoute, query: string) => {
    const receivedAt = clock.now();
    const parameters = readParameters(request, query, receivedAt);
    if (typeof parameters === 'string') return send(request, response, makeReply(400, parameters), null);
    const body = hasBody(request) ? await readBody(request, clock) : null;
    const address = clientAddress(request);
    const ping: Ping = {
      key: route.key,
      name: route.name,
      kind: route.kind,
      receivedAt,
      reportedAt: parameters.reportedAt,
      runId: parameters.runId,
      exitStatus: route.exitStatus,
      idempotencyKey: parameters.idempotencyKey,
      method: request.method ?? '',
      remoteAddr: address,
      userAgent: (request.headers['user-agent'] ?? '').slice(0, MAX_USER_AGENT),
      body: body?.bytes ?? null,
      bodySize: body?.size ?? 0,
    };
    const answer = await ingest.accept(ping);
    const reply =
      answer.result === 'unknown' && parameters.query?.get('create') === '1'
        ? await createAndAccept(ping, parameters.query, address)
        : replyTo(answer, address);
    send(request, response, reply, body);
  };

  return (request: IncomingMessage, response: ServerResponse): void => {
    const method = request.method ?? '';
    if (method === 'OPTIONS') return preflight(response);
    if (!METHODS.has(method)) return send(request, response, notAllowed, null);
    const url = request.url ?? '';
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const route = readPingPath(path.slice(PING_PREFIX.length));
    if (route === 'not_found') return send(request, response, notFound, null);
    if (route === 'invalid_url') return send(request, response, invalidUrl, null);
    handle(request, response, route, mark < 0 ? '' : url.slice(mark + 1)).catch(() => {
      send(request, response, unavailable, null);
    });
  };
}

interface Parameters {
  readonly query: URLSearchParams | null;
  readonly runId: string | null;
  readonly reportedAt: Instant | null;
  readonly idempotencyKey: string | null;
}

/** Reads what matters of the query and headers, or answers why the ping is refused. */
function readParameters(request: IncomingMessage, queryText: string, receivedAt: Instant): Parameters | string {
  const idempotencyKey = readIdempotencyKey(request.headers['idempotency-key']);
  if (queryText === '') return { query: null, runId: null, reportedAt: null, idempotencyKey };
  const query = new URLSearchParams(queryText);
  const rid = query.get('rid');
  const runId = rid === null ? null : readRunId(rid);
  if (rid !== null && runId === null) return 'invalid uuid format';
  const at = query.get('at');
  if (at === null) return { query, runId, reportedAt: null, idempotencyKey };
  const reportedAt = readInstant(at);
  if (reportedAt === null) return 'invalid at: it must be an RFC 3339 date and time such as 2026-01-31T02:00:00Z';
  if (reportedAt < receivedAt - MAX_REPORT_AGE_MS) return 'invalid at: it must not be older than 7 days';
  return { query, runId, reportedAt: Math.min(reportedAt, receivedAt), idempotencyKey };
}

const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/;

function readInstant(text: string): Instant | null {
  // A plus sign that was not escaped arrives as a space.
  const repaired = text.replace(/ (\d{2}:\d{2})$/, '+$1');
  if (!RFC_3339.test(repaired)) return null;
  const at = Date.parse(repaired.replace(' ', 'T'));
  return Number.isNaN(at) ? null : at;
}

/** Longer keys than we keep still tell retries apart, by their hash. */
function readIdempotencyKey(header: string | string[] | undefined): string | null {
  if (header === undefined || header === '') return null;
  const key = String(header);
  return key.length <= MAX_IDEMPOTENCY_KEY ? key : createHash('sha256').update(key).digest('hex');
}

function preflight(response: ServerResponse): void {
  response.writeHead(204, {
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Methods': allowedMethods,
    'Access-Control-Allow-Headers': 'Content-Type, Idempotency-Key',
    'Access-Control-Max-Age': '86400',
  });
  response.end();
}

function send(request: IncomingMessage, response: ServerResponse, reply: Reply, body: PingBody | null): void {
  if (response.headersSent || response.destroyed) return;
  // A body that nobody reads would be taken for the next request.
  const mustClose = body === null ? hasBody(request) && !request.complete : body.cutShort;
  response.writeHead(reply.status, mustClose ? [...reply.headers, 'Connection', 'close'] : [...reply.headers]);
  response.end(reply.text);
}
