import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { MINUTE_MS, SECOND_MS } from '../../core/instant.ts';
import { findOrigin, listOrigins, type OriginView } from '../../store/origins.ts';
import { scheduleOf } from '../../watch/definitions.ts';
import {
  createMonitor,
  deleteMonitor,
  editMonitor,
  type Managed,
  type MonitorWish,
  pauseMonitor,
  resumeMonitor,
} from '../../watch/manage.ts';
import { iso, isoOrNull, line } from '../api/common.ts';
import { fieldErrors } from '../api/field-errors.ts';
import { findUnsafe, readJson } from '../api/json-safety.ts';
import { nextExpected } from '../api/monitor-json.ts';
import { MAX_DESCRIPTION_CHARACTERS, MAX_NAME_CHARACTERS } from '../api/monitors-schema.ts';
import { sendFault, sendJson } from './answer.ts';
import type { Dialect, DialectContext, Fault, FaultAnswer } from './dialect.ts';
import { report } from './report.ts';
import { scheduleText } from './schedule-text.ts';

const NAME = 'cronsentry';
/** The list has no pages; beyond this it is cut. */
export const MAX_LISTED_JOBS = 10_000;
const DEFAULT_GRACE_MINUTES = 5;
/** 365 days. */
const MAX_GRACE_MINUTES = 525_600;
const MINUTE_SECONDS = MINUTE_MS / SECOND_MS;
const MAX_SCHEDULE_CHARACTERS = 1_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const STATUS_WORDS = { new: 'healthy', up: 'healthy', down: 'missing', paused: 'paused' } as const;

const change = z.object({
  name: line(MAX_NAME_CHARACTERS).optional(),
  description: z.string().max(MAX_DESCRIPTION_CHARACTERS).optional(),
  schedule: z.string().max(MAX_SCHEDULE_CHARACTERS).optional(),
  grace_time: z.int().min(0).max(MAX_GRACE_MINUTES).optional(),
  timezone: z.string().optional(),
});
const creation = change.extend({
  name: line(MAX_NAME_CHARACTERS),
  schedule: z.string().max(MAX_SCHEDULE_CHARACTERS),
});

/** A job as CronSentry shows it. */
function jobJson(view: OriginView, now: number) {
  return {
    id: view.id,
    name: view.name,
    description: view.description,
    schedule: scheduleText(view),
    grace_time: Math.ceil(view.grace_seconds / MINUTE_SECONDS),
    timezone: view.timezone ?? 'UTC',
    last_ping: isoOrNull(view.last_signal_at),
    next_expect: isoOrNull(nextExpected(view, scheduleOf(view), now)),
    status: STATUS_WORDS[view.status],
    // It has users, we have teams.
    user_id: view.team_id,
    created_at: iso(view.created_at),
    updated_at: iso(view.updated_at),
  };
}

/** Reads a body by a schema; not ok: a sentence. What is null counts as not given, what is not known is left aside. */
function readBody<S extends z.ZodType>(request: FastifyRequest, schema: S): z.output<S> | { readonly fault: string } {
  const read = readJson(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0));
  if ('fault' in read) return read;
  const { value } = read;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { fault: 'the body must be a JSON object' };
  }
  const [unsafe] = findUnsafe(value);
  if (unsafe !== undefined) return { fault: `${unsafe.field}: ${unsafe.message}` };
  const given = Object.fromEntries(Object.entries(value).filter(([, item]) => item !== null));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const [error] = fieldErrors(result.error, given, '', []);
  return { fault: error === undefined ? 'the body is not a job' : `${error.field}: ${error.message}` };
}

/** Our fields by CronSentry's names. */
function fieldOf(field: string): string {
  if (field === 'schedule.timezone') return 'timezone';
  if (field === 'grace_seconds') return 'grace_time';
  return field.startsWith('schedule') ? 'schedule' : field;
}

function wishOf(body: z.output<typeof change>, before: OriginView | null): MonitorWish {
  const expression = body.schedule ?? before?.expression ?? '';
  const timezone = body.timezone || (before?.timezone ?? undefined);
  const isTimed = body.schedule !== undefined || Boolean(body.timezone);
  return {
    name: body.name,
    description: body.description,
    ...(isTimed ? { schedule: { type: 'cron', expression, timezone } } : {}),
    ...(body.grace_time === undefined ? {} : { graceSeconds: body.grace_time * MINUTE_SECONDS }),
  };
}

const ID_PATH = '/api/jobs/:id';
interface ById {
  Params: { id: string };
}

function register(app: FastifyInstance, context: DialectContext): void {
  const { services } = context;
  const { database, clock } = services;

  const find = (request: FastifyRequest, id: string): Promise<OriginView | null> =>
    UUID.test(id)
      ? findOrigin(database, context.guestOf(request).team.id, NAME, id.toLowerCase())
      : Promise.resolve(null);

  const sendJob = (reply: FastifyReply, view: OriginView | null, status = 200) =>
    view === null ? sendFault(reply, cronsentry, 'not_found') : sendJson(reply, status, jobJson(view, clock.now()));

  const refuse = (reply: FastifyReply, fault: string) => sendJson(reply, 400, { error: fault });

  /** The job as it is after a change, or why there was none. */
  const sendChanged = async (request: FastifyRequest, reply: FastifyReply, result: Managed, status = 200) => {
    if ('monitor' in result) return sendJob(reply, await find(request, result.monitor.id), status);
    if (result.refused !== 'invalid') return sendFault(reply, cronsentry, 'not_found');
    const [error] = result.errors;
    return refuse(reply, error === undefined ? 'refused' : `${fieldOf(error.field)}: ${error.message}`);
  };

  app.post('/api/jobs', async (request, reply) => {
    const body = readBody(request, creation);
    if ('fault' in body) return refuse(reply, body.fault);
    const { team } = context.guestOf(request);
    const wish = {
      graceSeconds: DEFAULT_GRACE_MINUTES * MINUTE_SECONDS,
      ...wishOf(body, null),
      kind: 'heartbeat' as const,
      name: body.name,
      armedFrom: 'creation' as const,
      origin: { dialect: NAME },
    };
    return sendChanged(request, reply, await createMonitor(services, { teamId: team.id, timezone: 'UTC' }, wish), 201);
  });

  app.get('/api/jobs', async (request, reply) => {
    const { team } = context.guestOf(request);
    const views = await listOrigins(database, team.id, NAME, { skip: 0, limit: MAX_LISTED_JOBS });
    return sendJson(
      reply,
      200,
      views.map((view) => jobJson(view, clock.now())),
    );
  });

  app.get<ById>(ID_PATH, async (request, reply) => sendJob(reply, await find(request, request.params.id)));

  app.put<ById>(ID_PATH, async (request, reply) => {
    const view = await find(request, request.params.id);
    if (view === null) return sendJob(reply, view);
    const body = readBody(request, change);
    if ('fault' in body) return refuse(reply, body.fault);
    const owner = { teamId: view.team_id, timezone: 'UTC' };
    return sendChanged(request, reply, await editMonitor(services, owner, view.id, wishOf(body, view)));
  });

  app.delete<ById>(ID_PATH, async (request, reply) => {
    const view = await find(request, request.params.id);
    const result = view === null ? null : await deleteMonitor(services, view.team_id, view.id);
    if (result === null || 'refused' in result) return sendFault(reply, cronsentry, 'not_found');
    return reply.code(204).send();
  });

  app.post<ById>(`${ID_PATH}/pause`, async (request, reply) => {
    const view = await find(request, request.params.id);
    if (view === null) return sendJob(reply, view);
    return sendChanged(request, reply, await pauseMonitor(services, view.team_id, view.id, { mode: 'by_hand' }));
  });

  app.post<ById>(`${ID_PATH}/resume`, async (request, reply) => {
    const view = await find(request, request.params.id);
    if (view === null) return sendJob(reply, view);
    const result = await resumeMonitor(services, view.team_id, view.id);
    // One that is not paused is what was asked for.
    const isResumed = 'refused' in result && result.refused === 'not_paused';
    return isResumed ? sendJob(reply, view) : sendChanged(request, reply, result);
  });

  app.route<ById>({
    method: ['GET', 'POST'],
    url: '/api/ping/:id',
    config: { isReport: true },
    async handler(request, reply) {
      const view = await find(request, request.params.id);
      if (view === null) return sendJob(reply, view);
      const result = await report(services, request, context.guestOf(request), view.ping_key, 'success');
      if (result === 'stored') return sendJson(reply, 200, { status: 'ok' });
      return sendFault(reply, cronsentry, result === 'unknown' ? 'not_found' : 'unavailable');
    },
  });
}

const FAULTS: Readonly<Record<Fault, FaultAnswer>> = {
  not_found: { status: 404, body: { error: 'not found' } },
  method_not_allowed: { status: 405, body: { error: 'method not allowed' } },
  too_large: { status: 413, body: { error: 'the body is too large' } },
  unreadable: { status: 400, body: { error: 'the request cannot be read' } },
  unavailable: { status: 503, body: { error: 'nothing was stored, try again' } },
};

/** CronSentry: jobs with a cron schedule and a grace in minutes, known by their id, that call when they are done. */
export const cronsentry: Dialect = {
  name: NAME,
  owns: ({ path }) => /^\/api\/(jobs|ping)(\/|$)/.test(path),
  fault: (fault) => FAULTS[fault],
  register,
};
