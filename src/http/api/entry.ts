import { z } from 'zod';
import { LINK_PAGES } from '../../accounts/links.ts';
import { type NewPerson, setUpOwner, signUp } from '../../accounts/people.ts';
import { MAIL_FROM, MAIL_TO } from '../../accounts/throttle.ts';
import { networkOf } from '../../platform/address-range.ts';
import { hasOwner } from '../../store/members.ts';
import { findFirstTeam } from '../../store/teams.ts';
import { normalEmail } from '../../store/users.ts';
import { deviceCookie } from '../auth.ts';
import { Problem } from '../problems.ts';
import type { Services } from '../services.ts';
import { named } from './common.ts';
import { email, membershipAnswer, password, personName, token } from './people-schema.ts';
import { type ApiRequest, type Route, route } from './route.ts';

const tag = 'Account';

/** Signs somebody in who has just chosen a password; answers the cookies of the session and of the device. */
export async function signInCookies(
  email: string,
  password: string,
  { address, headers }: Pick<ApiRequest, 'address' | 'headers'>,
  context: Services,
): Promise<string[]> {
  const from = { address, agent: String(headers['user-agent'] ?? '') };
  const cookies = await context.accounts.identities.signIn(email, password, from);
  return [...cookies, deviceCookie(email, context)];
}

const options = route({
  method: 'GET',
  path: '/api/v1/sign-in-options',
  scope: 'open',
  tag,
  summary: 'How one can sign in here',
  answer: named(
    'SignInOptions',
    z.strictObject({
      setup_needed: z.boolean().meta({ description: 'Nobody owns this install yet: open its one-time link.' }),
      sign_up: z.enum(['closed', 'invite', 'open']),
      mail: z.boolean().meta({ description: 'Links to sign in and to set a new password can be mailed.' }),
      passkeys: z.boolean(),
      provider: z.string().nullable().meta({ description: 'What the OpenID provider is called; its id is `oidc`.' }),
    }),
  ),
  async handle(_request, { accounts, database }) {
    const team = await findFirstTeam(database);
    const isOwned = team !== null && (await hasOwner(database, team.id));
    const { signup, mailer, hasPasskeys, oidcName } = accounts;
    return {
      body: {
        setup_needed: !isOwned,
        sign_up: signup,
        mail: mailer !== null,
        passkeys: hasPasskeys,
        provider: oidcName,
      },
    };
  },
});

/** What both ways of setting up do: the page and the API. */
export async function setUp(
  token: string,
  person: NewPerson,
  request: Pick<ApiRequest, 'address' | 'headers'>,
  context: Services,
): Promise<{ readonly teamId: string; readonly teamName: string; readonly cookies: string[] } | Problem> {
  const deps = { ...context, passwords: context.accounts.passwords };
  const joined = await setUpOwner(deps, token, person, request.address);
  if ('refused' in joined) {
    return joined.refused === 'link_used'
      ? new Problem('link_used', 'this install has its owner, or the link is not the newest one')
      : new Problem('email_taken', 'there is an account with this address');
  }
  const cookies = await signInCookies(person.email, person.password, request, context);
  return { teamId: joined.team.id, teamName: joined.team.name, cookies };
}

const setup = route({
  method: 'POST',
  path: '/api/v1/setup',
  scope: 'open',
  tag,
  summary: 'Become the owner by the one-time link',
  description: `Whoever comes first owns the first team and is signed in. The link (\`${LINK_PAGES.setup}/TOKEN\`) is printed at the first start.`,
  body: named('SetUp', z.strictObject({ token, name: personName, email, password })),
  example: { token: 'TOKEN', name: 'Anna', email: 'anna@example.com', password: 'a long password' },
  status: 201,
  answer: named('SetUpDone', z.strictObject({ team: membershipAnswer })),
  problems: ['link_used', 'email_taken'],
  async handle(request, context) {
    const { token, ...person } = request.body;
    const done = await setUp(token, person, request, context);
    if (done instanceof Problem) return done;
    const team = { id: done.teamId, name: done.teamName, role: 'owner' as const };
    return { body: { team }, headers: { 'set-cookie': done.cookies } };
  },
});

const signUpRoute = route({
  method: 'POST',
  path: '/api/v1/sign-up',
  scope: 'open',
  tag,
  summary: 'Make an account, where sign-up is open',
  description:
    'The address has to be confirmed before the account can be used; the answer is the same whether or not it has an account already.',
  body: named('SignUp', z.strictObject({ name: personName, email, password })),
  example: { name: 'Anna', email: 'anna@example.com', password: 'a long password' },
  status: 202,
  answer: named('SignUpAnswer', z.strictObject({ next: z.literal('confirm_email') })),
  problems: ['sign_up_closed', 'too_many_attempts', 'not_configured'],
  async handle(request, context) {
    const { accounts, publicUrl } = context;
    const { body, address, headers } = request;
    if (accounts.signup !== 'open') {
      return new Problem('sign_up_closed', `ALLSWELL_SIGNUP is "${accounts.signup}": nobody can sign up by themselves`);
    }
    if (accounts.mailer === null) return new Problem('not_configured', 'no mail can be sent: SMTP_URL is not set');
    const attempt = await accounts.throttle.begin([
      { rule: MAIL_TO, about: [normalEmail(body.email)] },
      { rule: MAIL_FROM, about: [networkOf(address)] },
    ]);
    if ('waitSeconds' in attempt) {
      return new Problem('too_many_attempts', `wait ${attempt.waitSeconds} s and try again`, {
        headers: { 'retry-after': String(attempt.waitSeconds) },
      });
    }
    await attempt.failed();
    const accept = headers['accept-language'] === undefined ? undefined : String(headers['accept-language']);
    const language = accounts.languageOf(accept);
    const team = { name: language === 'ru' ? 'Моя команда' : 'My team', language, timezone: 'UTC' };
    const made = await signUp({ ...context, passwords: accounts.passwords }, body, team, address);
    if ('refused' in made) accounts.mail('accountExists', normalEmail(body.email), `${publicUrl}/sign-in`, language);
    else await accounts.identities.askToConfirm(normalEmail(body.email), accept);
    return { body: { next: 'confirm_email' as const } };
  },
});

export const entryRoutes: readonly Route[] = [options, setup, signUpRoute];
