import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { DAY_MS, type Instant } from '../../core/instant.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import { isUnavailable } from '../../store/errors.ts';
import type { Ingest } from '../../watch/ingest.ts';
import type { Ping, PingAnswer } from '../../watch/ping.ts';
import type { ClientAddress } from '../client-address.ts';
import { createBodyReader, hasBody, KEPT_BODY_BYTES, lingerAfter, type PingBody } from './body.ts';
import { type PingRoute, readPingPath, readRunId } from './route.ts';
import { createUnknownKeyLimit } from './unknown-limit.ts';

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
  readonly logger: Logger;
  /** True while the server stops: answers then end their connections, which nobody else would. */
  readonly isClosing: () => boolean;
}

/** What is known of a request before anything of it is waited for. */
interface Head {
  readonly receivedAt: Instant;
  readonly address: string;
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
  const { ingest, clock, clientAddress, logger } = options;
  const readBody = createBodyReader(clock);
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

  const send = (request: IncomingMessage, response: ServerResponse, reply: Reply, body: PingBody | null): void => {
    if (response.headersSent || response.destroyed) return;
    const unread = body === null ? hasBody(request) && !request.complete : body.cutShort;
    const mustClose = unread || options.isClosing();
    response.writeHead(reply.status, mustClose ? [...reply.headers, 'Connection', 'close'] : [...reply.headers]);
    if (unread) lingerAfter(request, response, reply.text, clock);
    else response.end(reply.text);
  };

  /** Answered without being stored; its body is read nevertheless, so that the connection stays usable. */
  const refuse = async (request: IncomingMessage, response: ServerResponse, reply: Reply) =>
    send(request, response, reply, hasBody(request) ? await readBody(request) : null);

  const handle = async (
    request: IncomingMessage,
    response: ServerResponse,
    route: PingRoute,
    query: string,
    head: Head,
  ) => {
    const { receivedAt, address } = head;
    const parameters = readParameters(request, query, receivedAt);
    if (typeof parameters === 'string') return refuse(request, response, makeReply(400, parameters));
    const body = hasBody(request) ? await readBody(request) : null;
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

  const respond = (request: IncomingMessage, response: ServerResponse, target: string, head: Head): Promise<void> => {
    if (!METHODS.has(request.method ?? '')) return refuse(request, response, notAllowed);
    const mark = target.indexOf('?');
    const route = readPingPath(mark < 0 ? target : target.slice(0, mark));
    if (route === 'not_found') return refuse(request, response, notFound);
    if (route === 'invalid_url') return refuse(request, response, invalidUrl);
    return handle(request, response, route, mark < 0 ? '' : target.slice(mark + 1), head);
  };

  const respondIf = async (
    isKnown: () => Promise<boolean>,
    request: IncomingMessage,
    response: ServerResponse,
    target: string,
    head: Head,
  ): Promise<void> => {
    if (await isKnown()) return respond(request, response, target, head);
    return refuse(request, response, replyTo({ result: 'unknown' }, head.address));
  };

  /** `target` is what stands behind `/ping/`; `isKnown` says whether the base that stands before it is one of ours. */
  return (
    request: IncomingMessage,
    response: ServerResponse,
    target: string,
    isKnown?: () => Promise<boolean>,
  ): void => {
    if (request.method === 'OPTIONS') return preflight(response);
    // Before the body: when its sender goes away in the middle, the socket has forgotten whose it was.
    const head = { receivedAt: clock.now(), address: clientAddress(request) };
    const answered =
      isKnown === undefined
        ? respond(request, response, target, head)
        : respondIf(isKnown, request, response, target, head);
    answered.catch((error: unknown) => {
      if (isUnavailable(error)) {
        ingest.noteRefused(head.receivedAt);
        logger.warn('a ping could not be stored: the database is away', { error });
      } else logger.error('a ping could not be answered', { error });
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
  try {
    // Date.parse would make the 2nd of March out of the 30th of February.
    return Temporal.Instant.from(repaired).epochMilliseconds;
  } catch {
    return null;
  }
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
