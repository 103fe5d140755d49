import { z } from 'zod';
import type { ManageDeps } from '../../watch/attempt.ts';
import { deleteMonitor, type Managed, pauseMonitor, restoreMonitor, resumeMonitor } from '../../watch/manage.ts';
import { changeTags, cloneMonitor, MAX_TAGS } from '../../watch/manage-many.ts';
import { invalid } from '../problems.ts';
import { id, idParams, line, named, teamOf } from './common.ts';
import { problemOf, shown } from './monitors.ts';
import { MAX_NAME_CHARACTERS, MAX_TAG_CHARACTERS, monitorAnswer } from './monitors-schema.ts';
import { type Route, route } from './route.ts';

const tag = 'Monitors';

/** Monitors that are changed by one call. */
export const MAX_BULK = 500;
const BULK_ACTIONS = ['pause', 'resume', 'delete', 'restore', 'add_tags', 'remove_tags'] as const;
type BulkAction = (typeof BULK_ACTIONS)[number];

const bulkBody = named(
  'Bulk',
  z.strictObject({
    ids: z.array(id).min(1).max(MAX_BULK),
    action: z.enum(BULK_ACTIONS).meta({ description: '`pause`: until somebody resumes it.' }),
    tags: z
      .array(line(MAX_TAG_CHARACTERS))
      .min(1)
      .max(MAX_TAGS)
      .optional()
      .meta({ description: 'For `add_tags` and `remove_tags`.' }),
  }),
);

const bulkAnswer = named(
  'BulkResult',
  z.strictObject({
    done: z.int().meta({ description: 'How many were changed.' }),
    results: z.array(
      z.strictObject({
        id,
        ok: z.boolean(),
        code: z.string().nullable().meta({ description: 'Why not: a code of a problem.' }),
        detail: z.string().nullable(),
      }),
    ),
  }),
);

function act(
  action: BulkAction,
  deps: ManageDeps,
  teamId: string,
  monitorId: string,
  tags: readonly string[],
): Promise<Managed> {
  switch (action) {
    case 'pause':
      return pauseMonitor(deps, teamId, monitorId, { mode: 'by_hand' });
    case 'resume':
      return resumeMonitor(deps, teamId, monitorId);
    case 'delete':
      return deleteMonitor(deps, teamId, monitorId);
    case 'restore':
      return restoreMonitor(deps, teamId, monitorId);
    case 'add_tags':
      return changeTags(deps, teamId, monitorId, { add: tags });
    case 'remove_tags':
      return changeTags(deps, teamId, monitorId, { remove: tags });
  }
}

const bulk = route({
  method: 'POST',
  path: '/api/v1/monitors/bulk',
  scope: 'write',
  tag,
  summary: 'Do the same to many monitors',
  description: 'Each for itself: where one is refused the others are changed all the same.',
  body: bulkBody,
  example: { ids: ['01936f0e-7b1c-7c3a-9f60-2f1d0a4b5c6d'], action: 'add_tags', tags: ['backup'] },
  answer: bulkAnswer,
  async handle({ body, key }, context) {
    const needsTags = body.action === 'add_tags' || body.action === 'remove_tags';
    if (needsTags && body.tags === undefined) {
      return invalid([{ field: 'tags', message: `is missing: ${body.action} needs it` }]);
    }
    if (!needsTags && body.tags !== undefined) {
      return invalid([{ field: 'tags', message: 'goes with add_tags and remove_tags only', given: body.tags }]);
    }
    const results: z.input<typeof bulkAnswer>['results'] = [];
    // One after the other: pings need the connections more.
    for (const monitorId of new Set(body.ids)) {
      const result = await act(body.action, context, key.teamId, monitorId, body.tags ?? []);
      const problem = 'refused' in result ? problemOf(result, undefined) : null;
      const why = { code: problem?.code ?? null, detail: problem?.detail ?? null };
      results.push({ id: monitorId, ok: problem === null, ...why });
    }
    return { body: { done: results.filter(({ ok }) => ok).length, results } };
  },
});

const clone = route({
  method: 'POST',
  path: '/api/v1/monitors/{id}/clone',
  scope: 'write',
  tag,
  summary: 'Make a monitor like this one',
  description: 'With its settings, tags, channels and site, and a key of its own; without its slug and its past.',
  params: idParams,
  body: named('Clone', z.strictObject({ name: line(MAX_NAME_CHARACTERS).optional() }).default({})),
  example: { name: 'nightly backup 2' },
  status: 201,
  answer: monitorAnswer,
  problems: ['not_found'],
  async handle(request, context) {
    const team = await teamOf(request, context);
    const owner = { teamId: team.id, timezone: team.timezone };
    const made = await cloneMonitor(context, owner, request.params.id, request.body.name);
    return shown(made, request, team, context, 201);
  },
});

export const monitorsManyRoutes: readonly Route[] = [bulk, clone];
