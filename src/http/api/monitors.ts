import type { z } from 'zod';
import type { Pause } from '../../core/monitor.ts';
import { findMonitorView, listMonitors } from '../../store/monitors.ts';
import type { Team } from '../../store/teams.ts';
import {
  createMonitor,
  deleteMonitor,
  editMonitor,
  type Managed,
  type MonitorWish,
  pauseMonitor,
  type Refused,
  restoreMonitor,
  resumeMonitor,
  rotateKey,
} from '../../watch/manage.ts';
import { invalid, Problem } from '../problems.ts';
import {
  cut,
  idParams,
  instantOf,
  LAST_GIVEN_INSTANT,
  languageFor,
  notFound,
  readIdCursor,
  teamOf,
  zoneFor,
} from './common.ts';
import { givenAt } from './field-errors.ts';
import { monitorJson, type Viewer } from './monitor-json.ts';
import {
  monitorAnswer,
  monitorCreate,
  monitorPatch,
  monitorQuery,
  monitorsAnswer,
  pauseBody,
} from './monitors-schema.ts';
import { type ApiContext, type ApiRequest, type Route, route } from './route.ts';

const tag = 'Monitors';

export function viewerOf(request: Pick<ApiRequest, 'key' | 'headers'>, team: Team, context: ApiContext): Viewer {
  return {
    language: languageFor(request, team),
    timezone: zoneFor(request, team),
    now: context.clock.now(),
    pingUrl: context.pingUrl,
    showsSecrets: request.key.scope === 'write',
  };
}

type Settings = z.output<typeof monitorPatch>;

export function wishOf(body: Omit<Settings, 'kind'>): MonitorWish {
  return {
    name: body.name,
    slug: body.slug,
    description: body.description,
    tags: body.tags,
    schedule: body.schedule,
    graceSeconds: body.grace_seconds,
    startGraceSeconds: body.start_grace_seconds,
    maxRunSeconds: body.max_run_seconds,
    learn: body.learn,
    failAfter: body.fail_after,
    armedFrom: body.armed_from,
    channels: body.channels,
    siteId: body.site_id,
  };
}

export function problemOf(refused: Refused, body: unknown): Problem {
  switch (refused.refused) {
    case 'invalid':
      return invalid(refused.errors.map((error) => ({ ...error, given: givenAt(body, error.field) })));
    case 'not_found':
      return notFound('monitor');
    case 'not_paused':
      return new Problem('not_paused', 'the monitor is not paused, so there is nothing to resume');
    case 'slug_taken':
      return new Problem('slug_taken', 'another monitor of the team has this slug', {
        errors: [{ field: 'slug', message: 'is taken by another monitor', given: givenAt(body, 'slug') }],
      });
    case 'origin_taken':
      return new Problem('origin_taken', 'another monitor has the identity that this one had in a drop-in interface');
    case 'key_taken':
      return new Problem('key_taken', 'another monitor has this key', {
        errors: [{ field: 'key', message: 'is taken by another monitor', given: givenAt(body, 'key') }],
      });
  }
}

/** The monitor as it is after a change, or why there was none. */
export async function shown(result: Managed, request: ApiRequest, team: Team, context: ApiContext, status = 200) {
  if ('refused' in result) return problemOf(result, request.body);
  const view = await findMonitorView(context.database, team.id, result.monitor.id);
  if (view === null) return notFound('monitor');
  const body = monitorJson(view, viewerOf(request, team, context));
  return status === 201
    ? { status, body, headers: { location: `${context.publicUrl}/api/v1/monitors/${view.id}` } }
    : { status, body };
}

function pauseOf(body: z.output<typeof pauseBody>, now: number): Pause | Problem {
  const mode = body.mode ?? (body.until === undefined ? 'by_hand' : 'until');
  if (mode !== 'until') {
    if (body.until === undefined) return { mode };
    return invalid([{ field: 'until', message: 'goes with the mode "until" only', given: body.until }]);
  }
  if (body.until === undefined) {
    return invalid([{ field: 'until', message: 'is missing: say when the pause ends, or take the mode "by_hand"' }]);
  }
  const until = instantOf(body.until);
  if (until > now && until <= LAST_GIVEN_INSTANT) return { mode: 'until', until };
  return invalid([{ field: 'until', message: 'must be in the future', given: body.until, allowed: 'a later instant' }]);
}

const create = route({
  method: 'POST',
  path: '/api/v1/monitors',
  scope: 'write',
  tag,
  summary: 'Create a monitor',
  body: monitorCreate,
  example: {
    kind: 'heartbeat',
    name: 'nightly backup',
    schedule: { type: 'cron', expression: '0 2 * * *', timezone: 'Europe/Moscow' },
    grace_seconds: 300,
    tags: ['backup'],
  },
  status: 201,
  answer: monitorAnswer,
  problems: ['slug_taken', 'key_taken'],
  async handle(request, context) {
    const { kind, key, ...rest } = request.body;
    const team = await teamOf(request, context);
    const wish = { ...wishOf(rest), kind, name: rest.name, key };
    const owner = { teamId: team.id, timezone: team.timezone };
    return shown(await createMonitor(context, owner, wish), request, team, context, 201);
  },
});

const list = route({
  method: 'GET',
  path: '/api/v1/monitors',
  scope: 'read',
  tag,
  summary: 'List monitors',
  description: 'In the order of their creation, page by page.',
  query: monitorQuery,
  answer: monitorsAnswer,
  async handle(request, context) {
    const { limit, cursor, status, kind, tag: tags, slug, site: siteId, search } = request.query;
    const afterId = readIdCursor(cursor);
    if (afterId instanceof Problem) return afterId;
    const team = await teamOf(request, context);
    const filter = { statuses: status, kind, tags, slug, siteId, search, afterId };
    const { rows, nextCursor } = cut(
      await listMonitors(context.database, team.id, filter, limit + 1),
      limit,
      (view) => view.id,
    );
    const viewer = viewerOf(request, team, context);
    return { body: { monitors: rows.map((view) => monitorJson(view, viewer)), next_cursor: nextCursor } };
  },
});

const read = route({
  method: 'GET',
  path: '/api/v1/monitors/{id}',
  scope: 'read',
  tag,
  summary: 'Read a monitor',
  params: idParams,
  answer: monitorAnswer,
  problems: ['not_found'],
  async handle(request, context) {
    const team = await teamOf(request, context);
    const view = await findMonitorView(context.database, team.id, request.params.id);
    return view === null ? notFound('monitor') : { body: monitorJson(view, viewerOf(request, team, context)) };
  },
});

const patch = route({
  method: 'PATCH',
  path: '/api/v1/monitors/{id}',
  scope: 'write',
  tag,
  summary: 'Change a monitor',
  description: 'What is not given stays as it is. A changed schedule or grace counts from now on.',
  params: idParams,
  body: monitorPatch,
  example: { grace_seconds: 600 },
  answer: monitorAnswer,
  problems: ['not_found', 'slug_taken'],
  async handle(request, context) {
    const { kind, ...rest } = request.body;
    const team = await teamOf(request, context);
    const { id } = request.params;
    if (kind !== undefined) {
      const view = await findMonitorView(context.database, team.id, id);
      if (view !== null && view.kind !== kind) {
        const message = `cannot be changed: this monitor is a ${view.kind}; make a new one`;
        return invalid([{ field: 'kind', message, given: kind, allowed: [view.kind] }]);
      }
    }
    const owner = { teamId: team.id, timezone: team.timezone };
    return shown(await editMonitor(context, owner, id, wishOf(rest)), request, team, context);
  },
});

const remove = route({
  method: 'DELETE',
  path: '/api/v1/monitors/{id}',
  scope: 'write',
  tag,
  summary: 'Delete a monitor',
  description: 'It is unknown at once and can be restored for 30 days.',
  params: idParams,
  status: 204,
  problems: ['not_found'],
  async handle(request, context) {
    const result = await deleteMonitor(context, request.key.teamId, request.params.id);
    return 'refused' in result ? problemOf(result, undefined) : { body: undefined };
  },
});

const restore = route({
  method: 'POST',
  path: '/api/v1/monitors/{id}/restore',
  scope: 'write',
  tag,
  summary: 'Restore a deleted monitor',
  params: idParams,
  answer: monitorAnswer,
  problems: ['not_found', 'slug_taken', 'origin_taken'],
  async handle(request, context) {
    const team = await teamOf(request, context);
    return shown(await restoreMonitor(context, team.id, request.params.id), request, team, context);
  },
});

const pause = route({
  method: 'POST',
  path: '/api/v1/monitors/{id}/pause',
  scope: 'write',
  tag,
  summary: 'Pause a monitor',
  description: 'Without a body: until somebody resumes it. Signals are stored meanwhile and do not count.',
  params: idParams,
  body: pauseBody,
  example: { mode: 'until_success' },
  answer: monitorAnswer,
  problems: ['not_found'],
  async handle(request, context) {
    const mode = pauseOf(request.body, context.clock.now());
    if (mode instanceof Problem) return mode;
    const team = await teamOf(request, context);
    return shown(await pauseMonitor(context, team.id, request.params.id, mode), request, team, context);
  },
});

const resume = route({
  method: 'POST',
  path: '/api/v1/monitors/{id}/resume',
  scope: 'write',
  tag,
  summary: 'Resume a paused monitor',
  params: idParams,
  answer: monitorAnswer,
  problems: ['not_found', 'not_paused'],
  async handle(request, context) {
    const team = await teamOf(request, context);
    return shown(await resumeMonitor(context, team.id, request.params.id), request, team, context);
  },
});

const rotate = route({
  method: 'POST',
  path: '/api/v1/monitors/{id}/rotate-key',
  scope: 'write',
  tag,
  summary: 'Give a monitor a new ping key',
  description: 'The old ping URLs are unknown at once.',
  params: idParams,
  answer: monitorAnswer,
  problems: ['not_found'],
  async handle(request, context) {
    const team = await teamOf(request, context);
    return shown(await rotateKey(context, team.id, request.params.id), request, team, context);
  },
});

export const monitorRoutes: readonly Route[] = [create, list, read, patch, remove, restore, pause, resume, rotate];
