import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { PingKind } from '../../core/signal.ts';
import { findOrigin, listOrigins, type OriginView } from '../../store/origins.ts';
import { createMonitor, type Refused } from '../../watch/manage.ts';
import { iso } from '../api/common.ts';
import { MAX_NAME_CHARACTERS } from '../api/monitors-schema.ts';
import { settled } from '../settled.ts';
import { sendFault, sendJson } from './answer.ts';
import type { Dialect, DialectContext, Fault, FaultAnswer, Target } from './dialect.ts';
import {
  type Finding,
  type Refusal,
  readCount,
  readModelBody,
  refuse,
  stringFinding,
  valueFinding,
} from './fastapi.ts';
import { report } from './report.ts';
import { scheduleText } from './schedule-text.ts';

const NAME = 'cronflow';
/** The original looks once a minute; so late may a job start. */
const START_GRACE_SECONDS = 60;
const DEFAULT_LISTED = 100;
/** A longer list is cut here. */
export const MAX_LISTED = 10_000;
const MAX_SKIPPED = 2_147_483_647;

/** What the wrapper reports, and what it means here. */
const REPORTS: Readonly<Record<string, PingKind>> = { start: 'start', success: 'success', failure: 'fail' };

function statusOf(view: OriginView): 'pending' | 'running' | 'success' | 'failure' | 'missed' {
  if (view.is_running === true) return 'running';
  if (view.status === 'down' && (view.cause_code === 'missed' || view.cause_code === 'not_started')) return 'missed';
  if (view.last_end === null) return 'pending';
  return view.last_end === 'succeeded' ? 'success' : 'failure';
}

/** A job as Cronflow shows it. Its last run is never null: before the first one it is the moment of its making. */
function jobJson(view: OriginView) {
  return {
    name: view.origin_key,
    schedule: scheduleText(view),
    id: view.origin_number,
    status: statusOf(view),
    last_run: iso(view.last_run_at ?? view.created_at),
    created_at: iso(view.created_at),
  };
}

const NAME_AT = ['body', 'name'];
const SCHEDULE_AT = ['body', 'schedule'];

function nameFinding(body: Readonly<Record<string, unknown>>): Finding | null {
  const { name: input } = body;
  if (input === undefined) return { type: 'missing', loc: NAME_AT, msg: 'Field required', input: body };
  const finding = stringFinding(NAME_AT, input);
  if (finding !== null || typeof input !== 'string') return finding;
  if (input.length > MAX_NAME_CHARACTERS) {
    const msg = `String should have at most ${MAX_NAME_CHARACTERS} characters`;
    return { type: 'string_too_long', loc: NAME_AT, msg, input, ctx: { max_length: MAX_NAME_CHARACTERS } };
  }
  if (input === '') {
    const msg = 'String should have at least 1 character';
    return { type: 'string_too_short', loc: NAME_AT, msg, input, ctx: { min_length: 1 } };
  }
  if (/^\P{Cc}*$/u.test(input) && /[^\p{C}\p{Z}]/u.test(input)) return null;
  return valueFinding(NAME_AT, input, 'name must be one line without control characters, with something visible in it');
}

function scheduleFinding({ schedule }: Readonly<Record<string, unknown>>): Finding | null {
  return schedule === undefined || schedule === null ? null : stringFinding(SCHEDULE_AT, schedule);
}

interface NewJob {
  readonly name: string;
  readonly schedule: string | null;
}

function readNewJob(contentType: string, bytes: Buffer): NewJob | Refusal {
  const read = readModelBody(contentType, bytes);
  if ('status' in read) return read;
  const { body } = read;
  const findings = [nameFinding(body), scheduleFinding(body)].filter((finding) => finding !== null);
  if (findings.length > 0) return refuse(...findings);
  const { name, schedule } = body;
  return { name: String(name), schedule: typeof schedule === 'string' ? schedule : null };
}

function refusalOf(refused: Refused, job: NewJob): Refusal {
  if (refused.refused === 'origin_taken') {
    return { status: 400, detail: `Job with name '${job.name}' already registered.` };
  }
  const sentence =
    refused.refused === 'invalid' ? refused.errors.map((error) => error.message).join('; ') : refused.refused;
  return refuse(valueFinding(SCHEDULE_AT, job.schedule, sentence));
}

function register(app: FastifyInstance, context: DialectContext): void {
  const { services } = context;
  const { database, publicUrl } = services;
  const send = (reply: FastifyReply, { status, detail }: Refusal) => sendJson(reply, status, { detail });
  // PostgreSQL has no place for U+0000, so no job has it in its name.
  const find = (teamId: string, name: string): Promise<OriginView | null> =>
    name.includes('\0') ? Promise.resolve(null) : findOrigin(database, teamId, NAME, name);

  app.get('/', (_request, reply) => {
    const message = `Cron Monitor is running. See ${publicUrl}/docs for API documentation.`;
    return sendJson(reply, 200, { message });
  });

  app.post('/jobs', async (request, reply) => {
    const { team, contentType } = context.guestOf(request);
    const job = readNewJob(contentType, Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0));
    if ('status' in job) return send(reply, job);
    const result = await createMonitor(
      services,
      { teamId: team.id, timezone: team.timezone },
      {
        kind: 'process',
        name: job.name.trim(),
        schedule: job.schedule === null ? null : { type: 'cron', expression: job.schedule },
        startGraceSeconds: START_GRACE_SECONDS,
        // Cronflow never calls a running job late; who wants that says so through the API.
        maxRunSeconds: null,
        learn: false,
        armedFrom: 'creation',
        origin: { dialect: NAME, key: job.name, numbered: true },
      },
    );
    if ('refused' in result) return send(reply, refusalOf(result, job));
    const view = await find(team.id, job.name);
    return view === null ? sendFault(reply, cronflow, 'not_found') : sendJson(reply, 200, jobJson(view));
  });

  app.get<{ Querystring: { skip?: unknown; limit?: unknown } }>('/jobs', async (request, reply) => {
    const skip = readCount('skip', request.query.skip, 0, MAX_SKIPPED);
    const limit = readCount('limit', request.query.limit, DEFAULT_LISTED, MAX_LISTED);
    if (typeof skip !== 'number' || typeof limit !== 'number') {
      return send(reply, refuse(...[skip, limit].filter((one) => typeof one !== 'number')));
    }
    const views = await listOrigins(database, context.guestOf(request).team.id, NAME, { skip, limit });
    return sendJson(reply, 200, views.map(jobJson));
  });

  const take = async (request: FastifyRequest, reply: FastifyReply, name: string, kind: PingKind) => {
    const guest = context.guestOf(request);
    const unknown = { status: 404, detail: `Job with name '${name}' not found.` };
    const before = await find(guest.team.id, name);
    if (before === null) return send(reply, unknown);
    const result = await report(services, request, guest, before.ping_key, kind);
    if (result === 'unavailable') return sendFault(reply, cronflow, 'unavailable');
    await settled(services, false);
    const after = result === 'unknown' ? null : await find(guest.team.id, name);
    return after === null ? send(reply, unknown) : sendJson(reply, 200, jobJson(after));
  };

  for (const [word, kind] of Object.entries(REPORTS)) {
    app.post<{ Params: { name: string } }>(`/jobs/:name/${word}`, (request, reply) =>
      take(request, reply, request.params.name, kind),
    );
  }
}

const FAULTS: Readonly<Record<Fault, FaultAnswer>> = {
  not_found: { status: 404, body: { detail: 'Not Found' } },
  method_not_allowed: { status: 405, body: { detail: 'Method Not Allowed' } },
  too_large: { status: 413, body: { detail: 'Request body is too large' } },
  unreadable: { status: 400, body: { detail: 'There was an error parsing the body' } },
  unavailable: { status: 503, body: { detail: 'Nothing was stored, try again' } },
};

/** The bare root is also a browser's: it gets a page there, everybody else Cronflow's greeting. */
function isGreeting({ method, path, wantsHtml }: Target): boolean {
  return path === '/' && !wantsHtml && (method === 'GET' || method === 'HEAD');
}

/** Cronflow: jobs known by a name, whose start, success and failure its wrapper script reports. */
export const cronflow: Dialect = {
  name: NAME,
  owns: (target) => /^\/jobs(\/|$)/.test(target.path) || isGreeting(target),
  fault: (fault) => FAULTS[fault],
  register,
};
