import { z } from 'zod';
import { dropInSecret, rotateDropInSecret } from '../../accounts/drop-in.ts';
import { LANGUAGES } from '../../core/language/language.ts';
import { isZoneName } from '../../core/schedule/zone.ts';
import { randomBase62 } from '../../platform/random.ts';
import { setTeamPingKey, type Team, updateTeam } from '../../store/teams.ts';
import { MOUNT } from '../dialects/target.ts';
import { id, instant, iso, line, named, teamOf } from './common.ts';
import { type ApiContext, type ApiRequest, type Route, route } from './route.ts';

const tag = 'Team';
export const MAX_TEAM_NAME_CHARACTERS = 100;
/** RULES §6. */
const PING_KEY_CHARACTERS = 22;
/** Five minutes to a week. */
export const MIN_REMINDER_SECONDS = 300;
export const MAX_REMINDER_SECONDS = 604_800;

const teamAnswer = named(
  'Team',
  z.strictObject({
    id,
    name: z.string(),
    language: z.enum(LANGUAGES),
    timezone: z.string(),
    ping_key: z.string().optional().meta({
      description: 'For ping URLs by name: `/ping/{ping_key}/{slug}`. Only with a key that may write.',
    }),
    ping_url: z.string().optional().meta({
      description: 'What ping URLs by name begin with: `{ping_url}/{slug}`. Only with a key that may write.',
    }),
    drop_in_url: z.string().nullable().optional().meta({
      description:
        'The base under which the interfaces of CronBox, CronSentry, Cronflow and gocron live; it is a secret. Null when the key that it was encrypted with is lost. Only with a key that may write.',
    }),
    reminder_every_seconds: z
      .int()
      .nullable()
      .meta({ description: 'How often an open incident that nobody acknowledged is told again.' }),
    created_at: instant,
  }),
);

const teamPatch = named(
  'TeamPatch',
  z.strictObject({
    name: line(MAX_TEAM_NAME_CHARACTERS).optional(),
    language: z.enum(LANGUAGES).optional().meta({ description: 'Of every sentence that the team gets.' }),
    timezone: z
      .string()
      .refine(isZoneName, 'must be a name of the IANA time zone database, such as Europe/Moscow or UTC')
      .optional()
      .meta({ description: 'Where a schedule names none. Schedules that exist keep theirs.' }),
    reminder_every_seconds: z.int().min(MIN_REMINDER_SECONDS).max(MAX_REMINDER_SECONDS).nullable().optional().meta({
      description: 'How often an open incident that nobody acknowledged is told again; null: never.',
    }),
  }),
);

async function secretsOf(team: Team, context: ApiContext) {
  const secret = await dropInSecret(context, team.id);
  return {
    ping_key: team.pingKey,
    ping_url: `${context.pingUrl}/ping/${team.pingKey}`,
    drop_in_url: secret === null ? null : `${context.pingUrl}${MOUNT}/${secret}`,
  };
}

async function teamJson(request: Pick<ApiRequest, 'key'>, context: ApiContext): Promise<z.input<typeof teamAnswer>> {
  const team = await teamOf(request, context);
  return {
    id: team.id,
    name: team.name,
    language: team.language,
    timezone: team.timezone,
    ...(request.key.scope === 'write' ? await secretsOf(team, context) : {}),
    reminder_every_seconds: team.reminderEverySeconds,
    created_at: iso(team.createdAt),
  };
}

const read = route({
  method: 'GET',
  path: '/api/v1/team',
  scope: 'read',
  tag,
  summary: 'Read the team that the key belongs to',
  answer: teamAnswer,
  async handle(request, context) {
    return { body: await teamJson(request, context) };
  },
});

const patch = route({
  method: 'PATCH',
  path: '/api/v1/team',
  scope: 'write',
  role: 'admin',
  tag,
  summary: 'Change the team',
  body: teamPatch,
  example: { timezone: 'Europe/Moscow' },
  answer: teamAnswer,
  async handle(request, context) {
    const team = await teamOf(request, context);
    const { name = team.name, language = team.language, timezone = team.timezone } = request.body;
    const { reminder_every_seconds: reminderEverySeconds = team.reminderEverySeconds } = request.body;
    const change = { name, language, timezone, reminderEverySeconds };
    await context.database.transaction((tx) => updateTeam(tx, team.id, change));
    return { body: await teamJson(request, context) };
  },
});

const rotate = route({
  method: 'POST',
  path: '/api/v1/team/rotate-ping-key',
  scope: 'write',
  role: 'admin',
  tag,
  summary: 'Give the team a new key for ping URLs by name',
  description: 'Ping URLs by name with the old one are unknown at once; the keys of monitors are not touched.',
  answer: teamAnswer,
  async handle(request, context) {
    const pingKey = randomBase62(context.random, PING_KEY_CHARACTERS);
    await context.database.transaction((tx) => setTeamPingKey(tx, request.key.teamId, pingKey));
    return { body: await teamJson(request, context) };
  },
});

const rotateDropIn = route({
  method: 'POST',
  path: '/api/v1/team/rotate-drop-in-secret',
  scope: 'write',
  role: 'admin',
  tag,
  summary: "Give the team a new base for other systems' clients",
  description: 'Addresses under the old one are unknown at once; jobs and their histories stay.',
  answer: teamAnswer,
  async handle(request, context) {
    await rotateDropInSecret(context, request.key.teamId);
    return { body: await teamJson(request, context) };
  },
});

export const teamRoutes: readonly Route[] = [read, patch, rotate, rotateDropIn];
