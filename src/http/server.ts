import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { createBaseStripper } from './base-path.ts';
import { createClientAddress } from './client-address.ts';
import { answerClientError, type ClientError, ignoreUpgrade, refuseTunnel, requestLineOf } from './client-error.ts';
import { findTeamOfBase } from './dialects/bases.ts';
import type { Dialect } from './dialects/dialect.ts';
import { DIALECTS } from './dialects/registry.ts';
import { dialectOf, dialectTarget, readBase } from './dialects/target.ts';
import { createByPing } from './ping/create.ts';
import { createPingHandler } from './ping/handler.ts';
import { originForm, pingTarget } from './ping/route.ts';
import { sendProblem } from './problem-answer.ts';
import { Problem } from './problems.ts';
import type { Services } from './services.ts';
import { createUnderWay } from './under-way.ts';

/** Bodies of everything but pings. */
export const MAX_BODY_BYTES = 1024 * 1024;
/** Between two requests of a kept connection; above the usual 60 s of load balancers, so that they close first. */
const KEEP_ALIVE_MS = 75_000;
const HEADERS_WITHIN_MS = 15_000;
/** A slow ping body counts after 10 s; nothing honest takes longer than this. */
const REQUEST_WITHIN_MS = 60_000;
const MAX_PARAMETER_LENGTH = 500;
/** Request line and headers together: a talkative proxy must not cost a ping; beyond it 431. */
export const MAX_HEAD_BYTES = 64 * 1024;
/** Requests that are under way when the server stops get this long, and then their connections are ended. */
export const CLOSE_WITHIN_MS = 15_000;

export interface HttpServer {
  readonly app: FastifyInstance;
  /** Answers the port it listens on. */
  listen(port: number, host: string): Promise<number>;
  /** Refuses new connections, lets running requests finish, then closes. */
  close(): Promise<void>;
}

/** What the framework refuses before any route is known. */
function unreadable(error: { readonly code: string }): Problem {
  return error.code === 'FST_ERR_BAD_URL'
    ? new Problem('invalid_url', 'the address is not valid percent-encoding')
    : new Problem('url_too_long', 'a part of the address is longer than any id or name can be');
}

/** A ping under the base of a team: what stands behind `/ping/`, and the base, which has to be known as well. */
function basedPing(target: string): { readonly secret: string | null; readonly ping: string } | null {
  const based = readBase(target);
  const ping = based === null ? null : pingTarget(based.rest);
  return based === null || ping === null ? null : { secret: based.secret, ping };
}

/** How a dialect says that Node could not read a request to it; null where it was to nobody's. */
function unreadableFor(error: ClientError, open: readonly Dialect[]) {
  const line = error.code === 'HPE_INVALID_URL' ? requestLineOf(error) : null;
  if (line === null) return null;
  const request = { method: line.method, url: originForm(line.target), headers: {} };
  return dialectOf(request, DIALECTS, open)?.fault('unreadable') ?? null;
}

/** One `node:http` server: pings stand before the framework, everything else goes through it. */
export function createHttpServer(services: Services): HttpServer {
  let server: Server | undefined;
  let isClosing = false;
  const withoutBase = createBaseStripper(services.publicUrl);
  const handlePing = createPingHandler({
    ingest: services.ingest,
    clock: services.clock,
    clientAddress: createClientAddress(services.config.trustedProxies),
    createByPing: createByPing(services),
    logger: services.logger,
    isClosing: () => isClosing,
  });
  const isKnown = async (secret: string | null) =>
    secret !== null && (await findTeamOfBase(services.database, secret)) !== null;
  const open = DIALECTS.filter((dialect) => services.config.openDialects.includes(dialect.name));
  const underWay = createUnderWay();
  const app = Fastify({
    bodyLimit: MAX_BODY_BYTES,
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH, ignoreTrailingSlash: true },
    forceCloseConnections: 'idle',
    clientErrorHandler(error: ClientError, socket) {
      // What stands behind a request that was to be the last is nobody's.
      if (error.code === 'HPE_CLOSED_CONNECTION') return;
      underWay.afterAnswers(socket, () => answerClientError(error, socket, unreadableFor(error, open)));
    },
    rewriteUrl: (request) => dialectTarget(request, DIALECTS, open),
    frameworkErrors: (error, _request, reply) => sendProblem(reply, unreadable(error), services),
    serverFactory(handleOther) {
      const handle = (request: IncomingMessage, response: ServerResponse) => {
        underWay.note(request, response);
        request.url = withoutBase(originForm(request.url ?? ''));
        if (request.headers.upgrade !== undefined) ignoreUpgrade(request, response);
        const ping = pingTarget(request.url);
        if (ping !== null) return handlePing(request, response, ping);
        const based = basedPing(request.url);
        if (based !== null) return handlePing(request, response, based.ping, () => isKnown(based.secret));
        handleOther(request, response);
      };
      server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, maxHeaderSize: MAX_HEAD_BYTES }, handle);
      // An Expect that we cannot meet is no reason to lose a ping; Node would answer 417 by itself.
      server.on('checkExpectation', handle);
      server.on('connect', (_request: IncomingMessage, socket: Socket) => refuseTunnel(socket));
      // `printf … | nc -N` closes its side at once and still wants to read the answer.
      Object.assign(server, { httpAllowHalfOpen: true });
      server.headersTimeout = HEADERS_WITHIN_MS;
      server.requestTimeout = REQUEST_WITHIN_MS;
      return server;
    },
  });
  // Where no route takes a body it is not looked at, and can be wrong in no way.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  return {
    app,
    async listen(port, host) {
      await app.listen({ port, host });
      const address = server?.address();
      return typeof address === 'object' && address !== null ? address.port : port;
    },
    async close() {
      isClosing = true;
      const cancel = services.clock.after(CLOSE_WITHIN_MS, () => server?.closeAllConnections());
      try {
        await app.close();
      } finally {
        cancel();
      }
    },
  };
}
