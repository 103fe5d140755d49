import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { TooManyPasswords } from '../../accounts/password.ts';
import { isUnavailable } from '../../store/errors.ts';
import { type ClientAddress, createClientAddress } from '../client-address.ts';
import { sendProblem, standardHeaders } from '../problem-answer.ts';
import { type FieldError, invalid, Problem } from '../problems.ts';
import { MAX_BODY_BYTES } from '../server.ts';
import { admit } from './admission.ts';
import { handleNoted } from './audit-trail.ts';
import { accessOf } from './caller.ts';
import { fieldErrors } from './field-errors.ts';
import { findUnsafe, readJson } from './json-safety.ts';
import { coerce, jsonSchemaOf, propertiesOf } from './json-schema.ts';
import type { ApiContext, Route } from './route.ts';

/** Of an address that is not known, so much is said back. */
const MAX_SAID_PATH = 200;
/** What a caller is asked to wait when the database is away, in seconds. */
const RETRY_AFTER_SECONDS = 2;

export interface RouteOptions {
  /** Check each answer against its schema and fail loudly: for tests. */
  readonly checkAnswers: boolean;
}

/** `/api/v1/monitors/{id}` as Fastify writes it. */
export function fastifyPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

/** Registers routes in a context of its own: its body parser and its errors concern nobody else. */
export function registerRoutes(
  app: FastifyInstance,
  context: ApiContext,
  routes: readonly Route[],
  options: RouteOptions,
): void {
  const clientAddress = createClientAddress(context.config.trustedProxies);
  const whole = { context, options, routes, clientAddress };
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    const asBuffer = { parseAs: 'buffer', bodyLimit: MAX_BODY_BYTES } as const;
    scope.addContentTypeParser('application/json', asBuffer, async (_request: FastifyRequest, bytes: Buffer) =>
      parseBody(bytes),
    );
    scope.setErrorHandler((error: FastifyError, request, reply) =>
      sendProblem(reply, problemOf(error, request, context), context),
    );
    for (const route of routes) {
      scope.route({
        method: route.method,
        url: fastifyPath(route.path),
        bodyLimit: MAX_BODY_BYTES,
        handler: (request, reply) => serve(route, request, reply, whole),
      });
    }
  });
  app.setNotFoundHandler((request, reply) => sendProblem(reply, unknownAddress(request, routes), context));
}

/** A body that could not be read; looked at when the route is known, so that a missing key is said first. */
class Unreadable {
  readonly fault: string;

  constructor(fault: string) {
    this.fault = fault;
  }
}

function parseBody(bytes: Buffer): unknown {
  const result = readJson(bytes);
  return 'fault' in result ? new Unreadable(result.fault) : result.value;
}

interface Whole {
  readonly context: ApiContext;
  readonly options: RouteOptions;
  readonly routes: readonly Route[];
  readonly clientAddress: ClientAddress;
}

async function serve(
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  { context, options, routes, clientAddress }: Whole,
): Promise<FastifyReply> {
  const admitted = await admit(route, request, context);
  if (admitted instanceof Problem) return sendProblem(reply, admitted, context);
  const { caller, cookies } = admitted;
  if (cookies.length > 0) reply.header('set-cookie', cookies);
  const input = readInput(route, request);
  if (input instanceof Problem) return sendProblem(reply, input, context);
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  const from = { headers: request.headers, address: clientAddress(request.raw), signal: gone.signal };
  const call = { ...input, ...from, caller, key: accessOf(caller) };
  const answer = await handleNoted(route, call, context, routes);
  if (answer instanceof Problem) return sendProblem(reply, answer, context);
  // What pages say about "3 min ago" counts from it: the time line of all nodes, and not this one's own clock.
  const date = new Date(context.clock.now()).toUTCString();
  reply.code(answer.status ?? route.status ?? 200).headers({ ...standardHeaders(), date, ...answer.headers });
  if (route.answer === undefined) {
    if (route.media !== undefined && answer.headers?.['content-type'] === undefined) reply.type(route.media);
    return reply.send(answer.body);
  }
  if (options.checkAnswers) checkAnswer(route, answer.body);
  return reply.type('application/json; charset=utf-8').send(JSON.stringify(answer.body));
}

function checkAnswer({ answer, method, path }: Route, body: unknown): void {
  const result = answer?.safeParse(body);
  if (result?.success === false)
    throw new Error(`${method} ${path} does not answer as declared: ${result.error.message}`);
}

interface Input {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

function readInput(route: Route, request: FastifyRequest): Input | Problem {
  if (request.body instanceof Unreadable) return new Problem('invalid_json', request.body.fault);
  const unsafe = [...findUnsafe(request.params), ...findUnsafe(request.query), ...findUnsafe(request.body)];
  if (unsafe.length > 0) return invalid(unsafe);
  const errors: FieldError[] = [];
  const read = (schema: Route['body'], value: unknown, what: 'params' | 'query' | 'body') => {
    if (schema === undefined) {
      errors.push(...unexpected(value, what));
      return undefined;
    }
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    const known = Object.keys(propertiesOf(jsonSchemaOf(schema, 'input')));
    errors.push(...fieldErrors(result.error, value, '', known));
    return undefined;
  };
  const coerced = (schema: Route['query'], value: unknown) =>
    schema === undefined ? value : coerce(jsonSchemaOf(schema, 'input'), value);
  const params = read(route.params, coerced(route.params, request.params), 'params');
  // An id that cannot be one belongs to nothing: it is not found, like any other unknown one.
  if (errors.some(({ field }) => field === 'id'))
    return new Problem('not_found', 'there is nothing under this address');
  const query = read(route.query, coerced(route.query, request.query), 'query');
  const body = read(route.body, request.body, 'body');
  return errors.length > 0 ? invalid(errors) : { params, query, body };
}

/** A route that takes nothing is given something. */
function unexpected(value: unknown, what: string): FieldError[] {
  if (value === undefined || value === null) return [];
  if (typeof value !== 'object' || Array.isArray(value)) {
    return [{ field: '', message: `this call takes no ${what}`, given: value }];
  }
  return Object.entries(value).map(([field, given]) => ({
    field,
    message:
      what === 'query' ? 'is not known here: this call takes no query' : 'is not known here: this call takes no body',
    given,
  }));
}

/** The expected error that an unexpected one stands for. */
function problemOf(error: FastifyError, request: FastifyRequest, context: ApiContext): Problem {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem('body_too_large', `the body has more than ${MAX_BODY_BYTES} bytes`, {
        headers: { connection: 'close' },
      });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_INVALID_CONTENT_TYPE':
      return new Problem('unsupported_media_type', mediaTypeDetail(request.headers['content-type']));
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new Problem('invalid_json', 'the body is shorter or longer than its Content-Length says');
  }
  if (error instanceof TooManyPasswords) {
    return new Problem('unavailable', 'too many people are at the door at this moment; nothing was changed', {
      headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
    });
  }
  if (isUnavailable(error)) {
    context.logger.warn('a call could not be answered: the database is away', { error: error.message });
    return new Problem('unavailable', 'the database cannot be reached at this moment; nothing was changed', {
      headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
    });
  }
  const id = context.newId();
  context.logger.error('a call failed', { id, method: request.method, url: request.url, error });
  return new Problem('internal', `something went wrong; the log has it under ${id}`, { id });
}

function mediaTypeDetail(given: string | undefined): string {
  const said = given === undefined ? 'the body has no Content-Type' : `the body is ${given.slice(0, 100)}`;
  return `${said}; send JSON with the header "Content-Type: application/json"`;
}

function unknownAddress(request: FastifyRequest, routes: readonly Route[]): Problem {
  const [path = ''] = request.url.split('?');
  const methods = routes.filter((route) => matches(route.path, path)).map((route) => route.method);
  if (methods.length === 0) return new Problem('not_found', `there is nothing at ${path.slice(0, MAX_SAID_PATH)}`);
  const allow = [...new Set([...methods, ...(methods.includes('GET') ? ['HEAD'] : [])])].join(', ');
  return new Problem('method_not_allowed', `this address takes ${allow}`, { headers: { allow } });
}

function matches(pattern: string, path: string): boolean {
  const expected = pattern.split('/');
  const given = path.replace(/\/$/, '').split('/');
  return (
    expected.length === given.length && expected.every((part, index) => part.startsWith('{') || part === given[index])
  );
}
