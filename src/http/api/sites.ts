import type { z } from 'zod';
import { type HeldNow, listHeldNow } from '../../store/holds.ts';
import { countSites, findSite, listSites, type SiteView } from '../../store/sites.ts';
import { createSite, editSite, type ManagedSite, removeSite } from '../../watch/manage-sites.ts';
import { invalid, Problem } from '../problems.ts';
import { cut, idParams, iso, isoOrNull, notFound, readIdCursor } from './common.ts';
import { givenAt } from './field-errors.ts';
import { type ApiContext, type ApiRequest, type Route, route } from './route.ts';
import { siteAnswer, siteCreate, siteDetailAnswer, sitePatch, siteQuery, sitesAnswer } from './sites-schema.ts';

const tag = 'Sites';
export const MAX_SITES = 1_000;
/** Held incidents shown with one site; the incidents themselves say it as well. */
const MAX_SHOWN_HELD = 100;

function siteJson({ site, ...view }: SiteView): z.input<typeof siteAnswer> {
  return {
    id: site.id,
    name: site.name,
    gateway_monitor_id: site.gatewayMonitorId,
    gateway_name: view.gatewayName,
    monitors: view.monitors,
    dark_since: isoOrNull(view.darkSince),
    lit_at: isoOrNull(view.litAt),
    held: view.held,
    created_at: iso(site.createdAt),
    updated_at: iso(site.updatedAt),
  };
}

function heldJson(held: HeldNow): z.input<typeof siteDetailAnswer>['held_incidents'][number] {
  return {
    incident_id: held.incidentId,
    monitor: { id: held.monitorId, name: held.monitorName },
    opened_at: iso(held.openedAt),
    reason: held.reason,
    since: iso(held.since),
    until: isoOrNull(held.until),
  };
}

/** The site as it is after a change, or why there was none. */
async function shown(result: ManagedSite, request: ApiRequest, { database }: ApiContext) {
  if ('refused' in result) {
    return result.refused === 'invalid'
      ? invalid(result.errors.map((error) => ({ ...error, given: givenAt(request.body, error.field) })))
      : notFound('site');
  }
  const view = await findSite(database, request.key.teamId, result.site.id);
  return view === null ? notFound('site') : { body: siteJson(view) };
}

const create = route({
  method: 'POST',
  path: '/api/v1/sites',
  scope: 'write',
  tag,
  summary: 'Create a site',
  description: 'Monitors are put behind it with their `site_id`.',
  body: siteCreate,
  example: { name: 'warehouse', gateway_monitor_id: '01936f0e-7b1c-7c3a-9f60-2f1d0a4b5c6d' },
  status: 201,
  answer: siteAnswer,
  async handle(request, context) {
    const { teamId } = request.key;
    if ((await countSites(context.database, teamId)) >= MAX_SITES) {
      return invalid([{ field: '', message: `a team has at most ${MAX_SITES} sites; delete one that nobody needs` }]);
    }
    const wish = { name: request.body.name, gatewayMonitorId: request.body.gateway_monitor_id };
    const answer = await shown(await createSite(context, teamId, wish), request, context);
    if (answer instanceof Problem) return answer;
    return { ...answer, headers: { location: `${context.publicUrl}/api/v1/sites/${answer.body.id}` } };
  },
});

const list = route({
  method: 'GET',
  path: '/api/v1/sites',
  scope: 'read',
  tag,
  summary: 'List sites',
  query: siteQuery,
  answer: sitesAnswer,
  async handle({ query, key }, context) {
    const afterId = readIdCursor(query.cursor);
    if (afterId instanceof Problem) return afterId;
    const found = await listSites(context.database, key.teamId, afterId ?? null, query.limit + 1);
    const { rows, nextCursor } = cut(found, query.limit, (view) => view.site.id);
    return { body: { sites: rows.map(siteJson), next_cursor: nextCursor } };
  },
});

const read = route({
  method: 'GET',
  path: '/api/v1/sites/{id}',
  scope: 'read',
  tag,
  summary: 'Read a site with what is held for it',
  params: idParams,
  answer: siteDetailAnswer,
  problems: ['not_found'],
  async handle({ params, key }, { database }) {
    const view = await findSite(database, key.teamId, params.id);
    if (view === null) return notFound('site');
    const held = await listHeldNow(database, view.site.id, MAX_SHOWN_HELD);
    return { body: { ...siteJson(view), held_incidents: held.map(heldJson) } };
  },
});

const patch = route({
  method: 'PATCH',
  path: '/api/v1/sites/{id}',
  scope: 'write',
  tag,
  summary: 'Change a site',
  description: 'What is not given stays as it is. With another gateway the site is as dark as that one is down.',
  params: idParams,
  body: sitePatch,
  example: { name: 'warehouse, east' },
  answer: siteAnswer,
  problems: ['not_found'],
  async handle(request, context) {
    const wish = { name: request.body.name, gatewayMonitorId: request.body.gateway_monitor_id };
    return shown(await editSite(context, request.key.teamId, request.params.id, wish), request, context);
  },
});

const remove = route({
  method: 'DELETE',
  path: '/api/v1/sites/{id}',
  scope: 'write',
  tag,
  summary: 'Delete a site',
  description: 'Its monitors stay, and stand behind none. What was held for it is told at once.',
  params: idParams,
  status: 204,
  problems: ['not_found'],
  async handle(request, context) {
    const isGone = await removeSite(context, request.key.teamId, request.params.id);
    return isGone === true ? { body: undefined } : notFound('site');
  },
});

export const siteRoutes: readonly Route[] = [create, list, read, patch, remove];
