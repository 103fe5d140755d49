import { z } from 'zod';
import { activeUntil, MAX_MAINTENANCE_SECONDS, nextMaintenance } from '../../core/maintenance.ts';
import { describeSchedule } from '../../core/schedule/describe.ts';
import { HOLD_OUTCOMES, type HoldOutcome } from '../../core/sites.ts';
import {
  findMaintenance,
  listMaintenance,
  listMaintenanceIncidents,
  type MaintenanceRecord,
  timesOf,
} from '../../store/maintenance.ts';
import type { Team } from '../../store/teams.ts';
import {
  createMaintenance,
  editMaintenance,
  endMaintenance,
  MAX_MAINTENANCES,
  type MaintenanceWish,
  removeMaintenance,
} from '../../watch/manage-maintenance.ts';
import { MAX_TAGS } from '../../watch/manage-many.ts';
import { invalid, Problem } from '../problems.ts';
import {
  cut,
  givenInstant,
  id,
  idParams,
  instant,
  instantOf,
  iso,
  isoOrNull,
  line,
  maybeInstant,
  named,
  notFound,
  paging,
  readIdCursor,
  teamOf,
} from './common.ts';
import { givenAt } from './field-errors.ts';
import { MAX_NAME_CHARACTERS, MAX_TAG_CHARACTERS } from './monitors-schema.ts';
import { type ApiContext, type ApiRequest, type Route, route } from './route.ts';
import { scheduleAnswer, scheduleInput } from './schedules-schema.ts';

const tag = 'Maintenance';
/** Monitors and sites that one maintenance names; more by tag, site or all. */
export const MAX_CHOSEN = 500;
/** Incidents shown with one maintenance, the last ones. */
const MAX_SHOWN_INCIDENTS = 100;

const settings = {
  once: z
    .strictObject({ from: givenInstant, to: givenInstant })
    .optional()
    .meta({ description: 'From one instant to another.' }),
  repeat: z
    .strictObject({ schedule: scheduleInput, duration_seconds: z.int().min(60).max(MAX_MAINTENANCE_SECONDS) })
    .optional()
    .meta({ description: 'From each slot of a schedule (cron or OnCalendar) on, for so long.' }),
  all: z.boolean().optional().meta({ description: 'Every monitor of the team.' }),
  monitors: z.array(id).max(MAX_CHOSEN).optional(),
  tags: z.array(line(MAX_TAG_CHARACTERS)).max(MAX_TAGS).optional().meta({ description: 'Monitors with one of these.' }),
  sites: z.array(id).max(MAX_CHOSEN).optional().meta({ description: 'What stands behind them, and their gateways.' }),
};

const create = named('MaintenanceCreate', z.strictObject({ name: line(MAX_NAME_CHARACTERS), ...settings }));
const patch = named('MaintenancePatch', z.strictObject({ name: line(MAX_NAME_CHARACTERS).optional(), ...settings }));

const fields = {
  id,
  name: z.string(),
  once: z.strictObject({ from: instant, to: instant }).nullable(),
  repeat: z.strictObject({ schedule: scheduleAnswer, duration_seconds: z.int() }).nullable(),
  all: z.boolean(),
  monitors: z.array(id),
  tags: z.array(z.string()),
  sites: z.array(id),
  active_until: maybeInstant.meta({ description: 'When the one under way ends; null: none is.' }),
  next_at: maybeInstant.meta({ description: 'When the next one begins; null: never again.' }),
  ended_at: maybeInstant.meta({ description: 'When one was ended before its time; new times forget it.' }),
  created_at: instant,
  updated_at: instant,
};
const answer = named('Maintenance', z.strictObject(fields));
const detailAnswer = named(
  'MaintenanceDetail',
  z.strictObject({
    ...fields,
    incidents: z
      .array(
        z.strictObject({
          incident_id: id,
          monitor: z.strictObject({ id, name: z.string() }),
          opened_at: instant,
          held_since: instant,
          outcome: z.enum(HOLD_OUTCOMES).nullable().meta({
            description: 'Null: held now. `told`: still down at the end. `recovered`: over before it, only listed.',
          }),
        }),
      )
      .meta({ description: 'What it holds and held, the last first.' }),
  }),
);

function repeatJson(row: MaintenanceRecord, { language }: Team): z.input<typeof answer>['repeat'] {
  const { scheduleType: type, expression, timezone, durationSeconds } = row;
  if (type === null || expression === null || timezone === null || durationSeconds === null) return null;
  const schedule = { type, expression, timezone };
  const description = describeSchedule(schedule, language);
  return { schedule: { ...schedule, description }, duration_seconds: durationSeconds };
}

function json(row: MaintenanceRecord, team: Team, now: number): z.input<typeof answer> {
  const times = timesOf(row);
  const { fromAt, toAt } = row;
  return {
    id: row.id,
    name: row.name,
    once: fromAt === null || toAt === null ? null : { from: iso(fromAt), to: iso(toAt) },
    repeat: repeatJson(row, team),
    all: row.allMonitors,
    monitors: [...row.monitorIds],
    tags: [...row.tags],
    sites: [...row.siteIds],
    active_until: isoOrNull(times === null ? null : activeUntil(times, now)),
    next_at: isoOrNull(times === null ? null : nextMaintenance(times, now)),
    ended_at: isoOrNull(row.endedAt),
    created_at: iso(row.createdAt),
    updated_at: iso(row.updatedAt),
  };
}

function wishOf({ once, repeat, ...rest }: z.output<typeof patch>): MaintenanceWish {
  return {
    ...rest,
    once: once === undefined ? undefined : { from: instantOf(once.from), to: instantOf(once.to) },
    repeat: repeat === undefined ? undefined : { schedule: repeat.schedule, durationSeconds: repeat.duration_seconds },
  };
}

async function save(
  request: ApiRequest<unknown, unknown, z.output<typeof patch>>,
  context: ApiContext,
  target: string | null,
) {
  const team = await teamOf(request, context);
  const owner = { teamId: team.id, timezone: team.timezone };
  const wish = wishOf(request.body);
  const result = await (target === null
    ? createMaintenance(context, owner, wish)
    : editMaintenance(context, owner, target, wish));
  if ('maintenance' in result) return { body: json(result.maintenance, team, context.clock.now()) };
  if (result.refused === 'invalid') {
    return invalid(result.errors.map((error) => ({ ...error, given: givenAt(request.body, error.field) })));
  }
  if (result.refused === 'full') {
    return invalid([
      { field: '', message: `a team has at most ${MAX_MAINTENANCES} maintenances; delete those that are over` },
    ]);
  }
  return notFound('maintenance');
}

const make = route({
  method: 'POST',
  path: '/api/v1/maintenance',
  scope: 'write',
  tag,
  summary: 'Plan a maintenance',
  description:
    'While it lasts alarms are held and everything is measured as ever. At its end what is still down is told, once; what recovered is only listed.',
  body: create,
  example: {
    name: 'patch night',
    repeat: { schedule: { type: 'cron', expression: '0 2 * * 6', timezone: 'Europe/Moscow' }, duration_seconds: 7_200 },
    tags: ['linux'],
  },
  status: 201,
  answer,
  handle: (request, context) => save(request, context, null),
});

const change = route({
  method: 'PATCH',
  path: '/api/v1/maintenance/{id}',
  scope: 'write',
  tag,
  summary: 'Change a maintenance',
  description: 'What is not given stays as it is. One under way ends or goes on by what it is then.',
  params: idParams,
  body: patch,
  example: { name: 'patch night' },
  answer,
  problems: ['not_found'],
  handle: (request, context) => save(request, context, request.params.id),
});

const list = route({
  method: 'GET',
  path: '/api/v1/maintenance',
  scope: 'read',
  tag,
  summary: 'List maintenances',
  query: z.strictObject(paging),
  answer: named(
    'MaintenancePage',
    z.strictObject({ maintenance: z.array(answer), next_cursor: z.string().nullable() }),
  ),
  async handle(request, context) {
    const { limit, cursor } = request.query;
    const afterId = readIdCursor(cursor);
    if (afterId instanceof Problem) return afterId;
    const team = await teamOf(request, context);
    const found = await listMaintenance(context.database, team.id, afterId ?? null, limit + 1);
    const { rows, nextCursor } = cut(found, limit, (row) => row.id);
    const now = context.clock.now();
    return { body: { maintenance: rows.map((row) => json(row, team, now)), next_cursor: nextCursor } };
  },
});

const read = route({
  method: 'GET',
  path: '/api/v1/maintenance/{id}',
  scope: 'read',
  tag,
  summary: 'Read a maintenance with what it holds',
  params: idParams,
  answer: detailAnswer,
  problems: ['not_found'],
  async handle(request, context) {
    const team = await teamOf(request, context);
    const row = await findMaintenance(context.database, team.id, request.params.id);
    if (row === null) return notFound('maintenance');
    const incidents = await listMaintenanceIncidents(context.database, row.id, MAX_SHOWN_INCIDENTS);
    const shown = incidents.map((one) => ({
      incident_id: one.incidentId,
      monitor: { id: one.monitorId, name: one.monitorName },
      opened_at: iso(one.openedAt),
      held_since: iso(one.since),
      outcome: one.outcome as HoldOutcome | null,
    }));
    return { body: { ...json(row, team, context.clock.now()), incidents: shown } };
  },
});

const end = route({
  method: 'POST',
  path: '/api/v1/maintenance/{id}/end',
  scope: 'write',
  tag,
  summary: 'End a maintenance that is under way',
  description: 'What is still down is told now. One that repeats comes again at its next time.',
  params: idParams,
  answer,
  problems: ['not_found', 'not_under_way'],
  async handle(request, context) {
    const team = await teamOf(request, context);
    const result = await endMaintenance(context, team.id, request.params.id);
    if ('maintenance' in result) return { body: json(result.maintenance, team, context.clock.now()) };
    if (result.refused !== 'not_under_way') return notFound('maintenance');
    return new Problem('not_under_way', 'the maintenance is not under way, so there is nothing to end');
  },
});

const remove = route({
  method: 'DELETE',
  path: '/api/v1/maintenance/{id}',
  scope: 'write',
  tag,
  summary: 'Delete a maintenance',
  description: 'What it holds and is still down is told now.',
  params: idParams,
  status: 204,
  problems: ['not_found'],
  async handle({ params, key }, context) {
    return (await removeMaintenance(context, key.teamId, params.id)) ? { body: undefined } : notFound('maintenance');
  },
});

export const maintenanceRoutes: readonly Route[] = [make, list, read, change, end, remove];
