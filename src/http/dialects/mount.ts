import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isUnavailable } from '../../store/errors.ts';
import { createClientAddress } from '../client-address.ts';
import { createUnknownKeyLimit } from '../ping/unknown-limit.ts';
import { standardHeaders } from '../problem-answer.ts';
import type { Services } from '../services.ts';
import { sendFault } from './answer.ts';
import { createTeamFinder } from './bases.ts';
import type { Dialect, DialectContext, Fault, Guest } from './dialect.ts';
import { DIALECTS } from './registry.ts';
import { MOUNT } from './target.ts';

/** Bodies of all dialects; what a job says of itself is small. */
export const MAX_DIALECT_BODY_BYTES = 1024 * 1024;
/** What Fastify is told that every body is. */
const ANY_TYPE = 'application/octet-stream';

/**
 * The interfaces of other systems, each in a context of its own: `/in/{secret}/{dialect}/…`, where `dialectTarget` sends
 * what comes in as `/in/{secret}/…`, or at the root for those that are open.
 */
export function registerDialects(app: FastifyInstance, services: Services): void {
  const { database, clock, config } = services;
  const clientAddress = createClientAddress(config.trustedProxies);
  const unknown = createUnknownKeyLimit(clock);
  const findTeam = createTeamFinder(database, clock);
  const guests = new WeakMap<FastifyRequest, Guest>();

  /** An unknown secret and an address that nothing is at look the same. */
  const refuse = (reply: FastifyReply, isGuess: boolean, address: string) => {
    reply.headers(standardHeaders()).type('text/plain; charset=utf-8');
    if (!isGuess || unknown.allows(address)) return reply.code(404).send('not found');
    return reply.code(429).header('retry-after', '60').send('too many unknown keys');
  };

  const admit = async (request: FastifyRequest, reply: FastifyReply) => {
    const receivedAt = clock.now();
    const address = clientAddress(request.raw);
    const contentType = request.raw.headers['content-type'] ?? '';
    if (contentType !== '') request.raw.headers['content-type'] = ANY_TYPE;
    const [, , base = ''] = request.url.split('/');
    const team = await findTeam(base);
    if (team === null) return refuse(reply, true, address);
    guests.set(request, { team, receivedAt, address, contentType });
  };

  const context: DialectContext = {
    services,
    guestOf(request) {
      const guest = guests.get(request);
      if (guest === undefined) throw new Error('a dialect was reached by nobody');
      return guest;
    },
  };

  app.all(MOUNT, (request, reply) => refuse(reply, false, clientAddress(request.raw)));
  for (const dialect of DIALECTS) {
    const plugin = async (scope: FastifyInstance) => {
      scope.addHook('onRequest', admit);
      mountDialect(scope, dialect, context);
    };
    app.register(plugin, { prefix: `${MOUNT}/:base/${dialect.name}` });
  }
}

interface Known {
  readonly methods: readonly string[];
  readonly pattern: readonly string[];
}

/** `base` and the dialect's name stand before what the client wrote. */
const PREFIX_PARTS = 3;

function segmentsOf(path: string): string[] {
  return path.replace(/\/$/, '').split('/');
}

function matches({ pattern }: Known, given: readonly string[]): boolean {
  return (
    pattern.length === given.length && pattern.every((part, index) => part.startsWith(':') || part === given[index])
  );
}

function mountDialect(scope: FastifyInstance, dialect: Dialect, context: DialectContext): void {
  const known: Known[] = [];
  scope.addHook('onRoute', ({ method, url }) => {
    known.push({ methods: [method].flat(), pattern: segmentsOf(url).slice(PREFIX_PARTS + 1) });
  });
  scope.removeAllContentTypeParsers();
  const asBuffer = { parseAs: 'buffer', bodyLimit: MAX_DIALECT_BODY_BYTES } as const;
  scope.addContentTypeParser('*', asBuffer, async (_request: FastifyRequest, bytes: Buffer) => bytes);
  scope.setErrorHandler((error: FastifyError, request, reply) => {
    const fault = faultOf(error);
    if (fault === 'unavailable') note(error, request, dialect, context.services);
    return sendFault(reply, dialect, fault);
  });
  scope.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?');
    const given = segmentsOf(path).slice(PREFIX_PARTS + 1);
    const allowed = known.filter((route) => matches(route, given)).flatMap((route) => route.methods);
    if (allowed.length === 0) return sendFault(reply, dialect, 'not_found');
    reply.header('allow', [...new Set(allowed)].join(', '));
    return sendFault(reply, dialect, 'method_not_allowed');
  });
  dialect.register(scope, context);
}

function faultOf(error: FastifyError): Fault {
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return 'too_large';
  return error.statusCode !== undefined && error.statusCode < 500 ? 'unreadable' : 'unavailable';
}

function note(error: FastifyError, request: FastifyRequest, dialect: Dialect, services: Services): void {
  const { logger, ingest, clock } = services;
  const about = { dialect: dialect.name, method: request.method, url: request.url };
  if (!isUnavailable(error)) return logger.error('a call failed', { ...about, error });
  // It may have been a sign of life: nobody is blamed for the silence of this time (RULES §4).
  ingest.noteRefused(clock.now());
  logger.warn('a call could not be answered: the database is away', { ...about, error: error.message });
}
