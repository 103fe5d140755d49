import { z } from 'zod';
import type { IdentityUser, SignedIn } from '../../accounts/identity.ts';
import { makeTeam } from '../../accounts/people.ts';
import { LANGUAGES } from '../../core/language/language.ts';
import { isZoneName } from '../../core/schedule/zone.ts';
import { findActiveMembership, listMemberships, type Membership } from '../../store/members.ts';
import { chooseTeam, deleteOtherSessions, deleteSession, listSessions } from '../../store/sessions.ts';
import { setUserName } from '../../store/users.ts';
import { invalid, Problem } from '../problems.ts';
import { TEAM_HEADER } from './admission.ts';
import { personOf } from './caller.ts';
import { id, idParams, instant, iso, line, named, notFound } from './common.ts';
import { membershipAnswer, personName, userAnswer } from './people-schema.ts';
import { type ApiContext, type ApiRequest, type Route, route } from './route.ts';
import { MAX_TEAM_NAME_CHARACTERS } from './team.ts';

const tag = 'Account';
/** Teams that one person may be in. */
export const MAX_TEAMS = 50;
const MAX_SHOWN_SESSIONS = 100;

export function userJson(user: IdentityUser): z.input<typeof userAnswer> {
  const { id, name, email, emailVerified, twoFactor } = user;
  return { id, name, email, email_verified: emailVerified, two_factor: twoFactor };
}

function membershipJson({ teamId, teamName, role }: Membership): z.input<typeof membershipAnswer> {
  return { id: teamId, name: teamName, role };
}

const meAnswer = named(
  'Me',
  z.strictObject({
    user: userAnswer,
    session: z.strictObject({ id, expires_at: instant }),
    team: membershipAnswer.nullable().meta({ description: 'The team that calls without `Allswell-Team` are about.' }),
    teams: z.array(membershipAnswer),
  }),
);

async function meJson(person: SignedIn, wanted: string | null, { database }: ApiContext) {
  const self = { userId: person.user.id, sessionId: person.sessionId };
  const teams = await listMemberships(database, person.user.id, MAX_TEAMS);
  const active = teams.find(({ teamId }) => teamId === wanted) ?? (await findActiveMembership(database, self, null));
  return {
    user: userJson(person.user),
    session: { id: person.sessionId, expires_at: iso(person.expiresAt) },
    team: active === null ? null : membershipJson(active),
    teams: teams.map(membershipJson),
  };
}

const wantedBy = ({ headers }: Pick<ApiRequest, 'headers'>) => String(headers[TEAM_HEADER] ?? '').toLowerCase();

const me = route({
  method: 'GET',
  path: '/api/v1/me',
  scope: 'self',
  tag,
  summary: 'Read who is signed in',
  answer: meAnswer,
  handle: async (request, context) => ({ body: await meJson(personOf(request), wantedBy(request), context) }),
});

const patch = route({
  method: 'PATCH',
  path: '/api/v1/me',
  scope: 'self',
  tag,
  summary: 'Change what one is called',
  body: named('MePatch', z.strictObject({ name: personName.optional() })),
  example: { name: 'Anna' },
  answer: meAnswer,
  async handle(request, context) {
    const person = personOf(request);
    const { name = person.user.name } = request.body;
    await setUserName(context.database, person.user.id, name, context.clock.now());
    const renamed = { ...person, user: { ...person.user, name } };
    return { body: await meJson(renamed, wantedBy(request), context) };
  },
});

const sessionAnswer = named(
  'Session',
  z.strictObject({
    id,
    current: z.boolean().meta({ description: 'The one that asks.' }),
    address: z.string().nullable(),
    user_agent: z.string().nullable(),
    created_at: instant,
    seen_at: instant.meta({ description: 'To the day.' }),
    expires_at: instant,
  }),
);

const sessions = route({
  method: 'GET',
  path: '/api/v1/sessions',
  scope: 'self',
  tag,
  summary: 'List where one is signed in',
  description: 'The newest first, at most 100.',
  answer: named('SessionList', z.strictObject({ sessions: z.array(sessionAnswer) })),
  async handle(request, { database, clock }) {
    const { user, sessionId } = personOf(request);
    const found = await listSessions(database, user.id, clock.now(), MAX_SHOWN_SESSIONS);
    const shown = found.map((session) => ({
      id: session.id,
      current: session.id === sessionId,
      address: session.address,
      user_agent: session.userAgent,
      created_at: iso(session.createdAt),
      seen_at: iso(session.seenAt),
      expires_at: iso(session.expiresAt),
    }));
    return { body: { sessions: shown } };
  },
});

const endSession = route({
  method: 'DELETE',
  path: '/api/v1/sessions/{id}',
  scope: 'self',
  tag,
  summary: 'Sign out somewhere',
  params: idParams,
  status: 204,
  async handle(request, { database }) {
    const isEnded = await deleteSession(database, personOf(request).user.id, request.params.id);
    return isEnded ? { body: undefined } : notFound('session');
  },
});

const endOthers = route({
  method: 'POST',
  path: '/api/v1/sessions/end-others',
  scope: 'self',
  tag,
  summary: 'Sign out everywhere else',
  answer: named('SessionsEnded', z.strictObject({ ended: z.int() })),
  async handle(request, { database }) {
    const { user, sessionId } = personOf(request);
    return { body: { ended: await deleteOtherSessions(database, user.id, sessionId) } };
  },
});

const teams = route({
  method: 'GET',
  path: '/api/v1/teams',
  scope: 'self',
  tag,
  summary: 'List the teams that one belongs to',
  answer: named('TeamList', z.strictObject({ teams: z.array(membershipAnswer) })),
  async handle(request, { database }) {
    const found = await listMemberships(database, personOf(request).user.id, MAX_TEAMS);
    return { body: { teams: found.map(membershipJson) } };
  },
});

const createTeam = route({
  method: 'POST',
  path: '/api/v1/teams',
  scope: 'self',
  tag,
  summary: 'Make a team of your own',
  description: 'For those who own or administer a team already, and for everybody where sign-up is open.',
  body: named(
    'TeamCreate',
    z.strictObject({
      name: line(MAX_TEAM_NAME_CHARACTERS),
      language: z.enum(LANGUAGES).default('en'),
      timezone: z
        .string()
        .refine(isZoneName, 'must be a name of the IANA time zone database, such as Europe/Moscow or UTC')
        .default('UTC'),
    }),
  ),
  example: { name: 'Night shift', timezone: 'Europe/Moscow' },
  status: 201,
  answer: membershipAnswer,
  problems: ['role_too_low'],
  async handle(request, context) {
    const { user } = personOf(request);
    const { address, body } = request;
    const known = await listMemberships(context.database, user.id, MAX_TEAMS);
    if (known.length >= MAX_TEAMS)
      return invalid([{ field: '', message: `one person is in ${MAX_TEAMS} teams at most` }]);
    const mayMake =
      context.accounts.signup === 'open' || known.some(({ role }) => role === 'owner' || role === 'admin');
    if (!mayMake) return new Problem('role_too_low', 'only who owns or administers a team makes another one here');
    const owner = { userId: user.id, name: user.name, address };
    const deps = { ...context, passwords: context.accounts.passwords };
    const team = await context.database.transaction((tx) => makeTeam(tx, deps, body, owner));
    return { body: { id: team.id, name: team.name, role: 'owner' as const } };
  },
});

const choose = route({
  method: 'POST',
  path: '/api/v1/teams/{id}/choose',
  scope: 'self',
  tag,
  summary: 'Choose the team that this session is about',
  description: 'For calls without the header `Allswell-Team`.',
  params: idParams,
  answer: meAnswer,
  async handle(request, context) {
    const person = personOf(request);
    const self = { userId: person.user.id, sessionId: person.sessionId };
    const wanted = await findActiveMembership(context.database, self, request.params.id);
    if (wanted === null) return notFound('team of yours');
    await chooseTeam(context.database, person.sessionId, wanted.teamId);
    return { body: await meJson(person, wanted.teamId, context) };
  },
});

export const meRoutes: readonly Route[] = [me, patch, sessions, endSession, endOthers, teams, createTeam, choose];
