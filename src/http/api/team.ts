import { z } from 'zod';
import { LANGUAGES } from '../../core/language/language.ts';
import { isZoneName } from '../../core/schedule/zone.ts';
import { randomBase62 } from '../../platform/random.ts';
import { setTeamPingKey, type Team, updateTeam } from '../../store/teams.ts';
import { id, instant, iso, line, named, teamOf } from './common.ts';
import { type ApiRequest, type Route, route } from './route.ts';

const tag = 'Team';
export const MAX_TEAM_NAME_CHARACTERS = 100;
/** RULES §6. */
const PING_KEY_CHARACTERS = 22;

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
  }),
);

function teamJson(team: Team, { key }: Pick<ApiRequest, 'key'>): z.input<typeof teamAnswer> {
  return {
    id: team.id,
    name: team.name,
    language: team.language,
    timezone: team.timezone,
    ...(key.scope === 'write' ? { ping_key: team.pingKey } : {}),
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
    return { body: teamJson(await teamOf(request, context), request) };
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
    await context.database.transaction((tx) => updateTeam(tx, team.id, { name, language, timezone }));
    return { body: teamJson(await teamOf(request, context), request) };
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
    return { body: teamJson(await teamOf(request, context), request) };
  },
});

export const teamRoutes: readonly Route[] = [read, patch, rotate];
