import { z } from 'zod';
import { gatherMissed, gatherSummary } from '../../alerts/summaries/gather.ts';
import { MAX_TARGETS } from '../../alerts/summaries/loop.ts';
import { type TeamNoticeData, tellOfTeam } from '../../alerts/summaries/notices.ts';
import { chosenTargets, slackTargets } from '../../alerts/summaries/targets.ts';
import { SECOND_MS } from '../../core/instant.ts';
import { isZoneName } from '../../core/schedule/zone.ts';
import {
  isTimeOfDay,
  nextTime,
  PERIOD_OF,
  periodUntil,
  SUMMARY_KINDS,
  type SummaryKind,
  WEEKDAYS,
} from '../../core/summary/timetable.ts';
import { sleep } from '../../platform/clock.ts';
import { findLivingChannels } from '../../store/channels.ts';
import { type DeliveryRow, findDelivery } from '../../store/delivery-log.ts';
import {
  deleteSummarySchedule,
  findLastSummary,
  findSummarySchedule,
  readSummaryTargets,
  type SummarySchedule,
  type SummaryTarget,
  saveSummarySchedule,
} from '../../store/summary-schedules.ts';
import type { Team } from '../../store/teams.ts';
import { invalid, Problem } from '../problems.ts';
import { id, isoOrNull, maybeInstant, named, teamOf } from './common.ts';
import { DELIVERY_STATES } from './delivery-json.ts';
import { type ApiContext, type Route, route } from './route.ts';

const tag = 'Summaries';
const DEFAULT_TIME = '09:00';
const DEFAULT_WEEKDAY = 'monday';
/** Monitors that a message about what is missed now carries; the others are counted. */
const MAX_MISSED_TOLD = 50;
const MAX_WAIT_SECONDS = 10;
/** How often a waiting call looks at its deliveries. */
const LOOK_EVERY_MS = 50;

const kindParams = z.strictObject({ kind: z.enum(SUMMARY_KINDS) });
const sendParams = z.strictObject({ kind: z.enum([...SUMMARY_KINDS, 'now']) });

const time = z
  .string()
  .refine(isTimeOfDay, 'must be a time of day such as 09:00')
  .meta({ examples: ['09:00'] });
const weekday = z.enum(WEEKDAYS);
const channels = z.union([z.literal('all'), z.array(id).max(MAX_TARGETS)], {
  error: 'must be "all" or a list of ids of channels',
});

const settings = named(
  'SummarySettings',
  z.strictObject({
    enabled: z.boolean().default(true),
    weekday: weekday.optional().meta({ description: `Of a weekly one only; ${DEFAULT_WEEKDAY} when not given.` }),
    time: time.default(DEFAULT_TIME).meta({ description: 'On the wall clock of `timezone`.' }),
    timezone: z
      .string()
      .refine(isZoneName, 'must be a name of the IANA time zone database, such as Europe/Moscow or UTC')
      .optional()
      .meta({ description: "The team's when not given." }),
    channels: channels.default('all').meta({
      description: 'Every channel of the team, also later ones, but not that of SLACK_WEBHOOK_URL; or those listed.',
    }),
  }),
);

const settingsAnswer = named(
  'SummarySchedule',
  z.strictObject({
    kind: z.enum(SUMMARY_KINDS),
    enabled: z.boolean(),
    weekday: weekday.nullable(),
    time: z.string(),
    timezone: z.string(),
    channels: z.union([z.literal('all'), z.array(id)]),
    next_at: maybeInstant.meta({ description: 'When the next one is made; null while it is off.' }),
    last_at: maybeInstant.meta({ description: 'The end of the period of the last one that was made.' }),
  }),
);

function defaultSchedule(kind: SummaryKind, team: Team): SummarySchedule {
  return {
    teamId: team.id,
    kind,
    enabled: false,
    weekday: kind === 'weekly' ? DEFAULT_WEEKDAY : null,
    time: DEFAULT_TIME,
    timezone: team.timezone,
    channelIds: null,
    nextAt: null,
  };
}

async function shown(kind: SummaryKind, team: Team, context: ApiContext) {
  const { database } = context;
  const schedule = (await findSummarySchedule(database, team.id, kind)) ?? defaultSchedule(kind, team);
  const { enabled, weekday: day, time: at, timezone, channelIds, nextAt } = schedule;
  return {
    kind,
    enabled,
    weekday: day,
    time: at,
    timezone,
    channels: channelIds === null ? ('all' as const) : [...channelIds],
    next_at: isoOrNull(nextAt),
    last_at: isoOrNull(await findLastSummary(database, team.id, kind)),
  };
}

const read = route({
  method: 'GET',
  path: '/api/v1/summaries/{kind}',
  scope: 'read',
  tag,
  summary: 'Read when the team gets its daily or weekly summary',
  description: 'One that nobody asked for is off.',
  params: kindParams,
  answer: settingsAnswer,
  async handle(request, context) {
    return { body: await shown(request.params.kind, await teamOf(request, context), context) };
  },
});

/** What was asked for as a whole: a PUT leaves nothing of what was. */
function wanted(kind: SummaryKind, body: z.output<typeof settings>, team: Team, context: ApiContext): SummarySchedule {
  const timetable = {
    kind,
    weekday: kind === 'weekly' ? (body.weekday ?? DEFAULT_WEEKDAY) : null,
    time: body.time,
    timezone: body.timezone ?? team.timezone,
  };
  return {
    ...timetable,
    teamId: team.id,
    enabled: body.enabled,
    channelIds: body.channels === 'all' ? null : body.channels,
    nextAt: body.enabled ? nextTime(timetable, context.clock.now()) : null,
  };
}

async function refusal(schedule: SummarySchedule, body: z.output<typeof settings>, { database }: ApiContext) {
  if (schedule.kind === 'daily' && body.weekday !== undefined) {
    return invalid([{ field: 'weekday', message: 'belongs to the weekly summary', given: body.weekday }]);
  }
  const chosen = schedule.channelIds ?? [];
  const living = new Set(await findLivingChannels(database, schedule.teamId, chosen));
  const unknown = chosen.flatMap((channel, index) =>
    living.has(channel)
      ? []
      : [{ field: `channels.${index}`, message: 'there is no channel with this id', given: channel }],
  );
  return unknown.length > 0 ? invalid(unknown) : null;
}

const write = route({
  method: 'PUT',
  path: '/api/v1/summaries/{kind}',
  scope: 'write',
  tag,
  summary: 'Choose when the team gets its daily or weekly summary, and where',
  params: kindParams,
  body: settings,
  example: { time: '09:00', timezone: 'Europe/Moscow' },
  answer: settingsAnswer,
  async handle(request, context) {
    const { kind } = request.params;
    const team = await teamOf(request, context);
    const schedule = wanted(kind, request.body, team, context);
    const refused = await refusal(schedule, request.body, context);
    if (refused !== null) return refused;
    await context.database.transaction((tx) => saveSummarySchedule(tx, schedule, context.clock.now()));
    return { body: await shown(kind, team, context) };
  },
});

const remove = route({
  method: 'DELETE',
  path: '/api/v1/summaries/{kind}',
  scope: 'write',
  tag,
  summary: 'Have no such summary any more',
  params: kindParams,
  status: 204,
  async handle({ params, key }, context) {
    await deleteSummarySchedule(context.database, key.teamId, params.kind);
    return { body: undefined };
  },
});

type SendKind = z.output<typeof sendParams>['kind'];

async function targetsOf(kind: SendKind, teamId: string, { database }: ApiContext) {
  const working = await readSummaryTargets(database, teamId, MAX_TARGETS);
  if (kind === 'now') return slackTargets(working);
  const schedule = await findSummarySchedule(database, teamId, kind);
  return chosenTargets(working, schedule?.channelIds ?? null);
}

async function contentOf(kind: SendKind, team: Team, { database, clock }: ApiContext): Promise<TeamNoticeData> {
  const now = clock.now();
  if (kind === 'now') return { missed: await gatherMissed(database, team.id, now, MAX_MISSED_TOLD) };
  const period = PERIOD_OF[kind];
  return { summary: await gatherSummary(database, team.id, period, periodUntil(period, now, team.timezone)) };
}

/** Tried at least once, or not to be tried: more is not worth waiting for. */
const isWaitingFor = ({ state }: DeliveryRow) => state === 'queued' || state === 'sending';

/** Looks until every delivery was tried, or nobody waits any more. */
async function waitForAttempts(
  teamId: string,
  ids: readonly string[],
  waitMs: number,
  signal: AbortSignal,
  { clock, database }: ApiContext,
): Promise<readonly DeliveryRow[]> {
  const until = clock.monotonic() + waitMs;
  for (;;) {
    const found = await Promise.all(ids.map((delivery) => findDelivery(database, teamId, delivery)));
    const deliveries = found.filter((delivery) => delivery !== null);
    const isOver = !deliveries.some(isWaitingFor);
    if (isOver || clock.monotonic() >= until || signal.aborted) return deliveries;
    await sleep(clock, LOOK_EVERY_MS, signal);
  }
}

function noChannel(kind: SendKind, targets: readonly SummaryTarget[]): Problem | null {
  if (targets.length > 0) return null;
  return new Problem(
    'no_channel',
    kind === 'now'
      ? 'the team has no Slack channel that works, and SLACK_WEBHOOK_URL gives it none'
      : 'none of the channels that this summary goes to works',
  );
}

const send = route({
  method: 'POST',
  path: '/api/v1/summaries/{kind}/send',
  scope: 'write',
  tag,
  summary: 'Send a summary now',
  description:
    '`daily` and `weekly` go where their settings say, about the time until now; `now` is what is missed at this moment, and goes to Slack. The regular ones are not changed by it.',
  params: sendParams,
  query: z.strictObject({
    wait: z.int().min(0).max(MAX_WAIT_SECONDS).default(0).meta({
      description: 'Seconds to wait for the first attempt before answering.',
    }),
  }),
  status: 202,
  answer: named(
    'SummarySent',
    z.strictObject({
      deliveries: z.array(
        z.strictObject({
          id,
          channel: z.strictObject({ id, name: z.string(), kind: z.string() }),
          state: z.enum(DELIVERY_STATES),
          reason: z.string().nullable(),
        }),
      ),
    }),
  ),
  problems: ['no_channel'],
  async handle(request, context) {
    const { params, query, signal } = request;
    const { database, newId, clock } = context;
    const team = await teamOf(request, context);
    const targets = await targetsOf(params.kind, team.id, context);
    const refused = noChannel(params.kind, targets);
    if (refused !== null) return refused;
    const notice = { teamId: team.id, subjectId: newId(), data: await contentOf(params.kind, team, context) };
    const ids = await database.transaction((tx) => tellOfTeam(tx, newId, notice, targets, clock.now()));
    const deliveries = await waitForAttempts(team.id, ids, query.wait * SECOND_MS, signal, context);
    return {
      body: {
        deliveries: deliveries.map(({ id: delivery, channelId, channelName, channelKind, state, reason }) => ({
          id: delivery,
          channel: { id: channelId, name: channelName, kind: channelKind },
          state,
          reason,
        })),
      },
    };
  },
});

export const summariesRoutes: readonly Route[] = [read, write, remove, send];
