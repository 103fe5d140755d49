import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { readServerVersion } from '../../store/gocron-jobs.ts';
import { standardHeaders } from '../problem-answer.ts';
import { productVersion } from '../product-version.ts';
import type { Dialect, DialectContext, Target } from './dialect.ts';
import { type CheckIn, readBodyCheckIn, readQueryCheckIn } from './gocron-check-in.ts';
import { createGocronJobs } from './gocron-jobs.ts';
import { cronsOfAccount, EVERY_CRON, listCrons, MISSED_CRONS } from './gocron-list.ts';

const RETRY_AFTER_SECONDS = 5;
/** Any of these in a query says that it is a check-in, however incomplete. */
const CHECK_IN_FIELDS = ['cronname', 'account', 'email', 'frequency'];
const PATHS = /^\/(healthcheck|version|cron(\/[^/]*)?)\/?$/;

function owns({ method, path, query }: Target): boolean {
  if (path === '/') return method === 'POST' || CHECK_IN_FIELDS.some((field) => query.has(field));
  return PATHS.test(path);
}

/** What stands behind the question mark, as it came. */
function queryOf({ url }: FastifyRequest): string {
  const mark = url.indexOf('?');
  return mark < 0 ? '' : url.slice(mark + 1);
}

function sendEmpty(reply: FastifyReply, status: number): FastifyReply {
  if (status === 503) reply.header('retry-after', String(RETRY_AFTER_SECONDS));
  return reply.code(status).headers(standardHeaders()).send('');
}

function sendJson(reply: FastifyReply, body: string, status = 200): FastifyReply {
  return reply.code(status).headers(standardHeaders()).type('application/json; charset=utf-8').send(body);
}

/** In a scope of its own: whatever keeps it from an answer, the team's secret that cannot be looked up too, is the answer. */
function registerHealthcheck(app: FastifyInstance, { database, logger }: DialectContext['services']): void {
  app.setErrorHandler((error, _request, reply) => {
    logger.warn('a health check of gocron failed', { error });
    return sendJson(reply, JSON.stringify({ error: 'the database does not answer' }), 500);
  });
  app.get('/healthcheck', async (_request, reply) => {
    await readServerVersion(database);
    return sendEmpty(reply, 200);
  });
}

function register(app: FastifyInstance, { services, guestOf }: DialectContext): void {
  const jobs = createGocronJobs(services);

  const checkIn = async (request: FastifyRequest, reply: FastifyReply, wish: CheckIn | null) => {
    if (wish === null) return sendEmpty(reply, 404);
    const answer = await jobs.checkIn(request, guestOf(request), wish);
    return sendEmpty(reply, answer === 'stored' ? 201 : 503);
  };

  app.route({
    method: 'GET',
    url: '/',
    // A look at the address is no check-in.
    exposeHeadRoute: false,
    config: { isReport: true },
    handler: (request, reply) => checkIn(request, reply, readQueryCheckIn(queryOf(request))),
  });
  app.post('/', { config: { isReport: true } }, (request, reply) => {
    return checkIn(request, reply, Buffer.isBuffer(request.body) ? readBodyCheckIn(request.body) : null);
  });

  app.register(async (scope) => registerHealthcheck(scope, services));

  app.get('/version', async (_request, reply) => {
    const database = { type: 'postgres', version: await readServerVersion(services.database) };
    return sendJson(reply, JSON.stringify({ version: productVersion(), database }));
  });

  app.get('/cron', async (request, reply) => {
    const { count, elements } = await listCrons(services, guestOf(request).team.id, EVERY_CRON);
    return sendJson(reply, `{"Count":${count},"Crons":[${elements}]}`);
  });

  app.get('/cron/missed', async (request, reply) => {
    const { count, elements } = await listCrons(services, guestOf(request).team.id, MISSED_CRONS);
    return sendJson(reply, `{"Count":${count},"Crons":[${elements}]}`);
  });

  app.get<{ Params: { account: string } }>('/cron/:account', async (request, reply) => {
    const { account } = request.params;
    const filter = cronsOfAccount(account);
    const { count, elements } = await listCrons(services, guestOf(request).team.id, filter);
    if (count === 0) return sendEmpty(reply, 404);
    return sendJson(reply, `{"Account":${JSON.stringify(account)},"Count":${count},"Crons":[${elements}]}`);
  });
}

/** gocron: one request tells of a job and checks it in (docs/coming-from-gocron.md). Errors have no words. */
export const gocron: Dialect = {
  name: 'gocron',
  owns,
  fault: (fault) => ({ status: fault === 'unavailable' ? 503 : 404, body: '' }),
  register,
};
