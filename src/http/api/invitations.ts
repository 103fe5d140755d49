import { z } from 'zod';
import { linkTo } from '../../accounts/links.ts';
import { invitationTexts, sendAccountMail } from '../../accounts/mails.ts';
import { type AcceptRefusal, acceptInvitation, type Guest, invite } from '../../accounts/people.ts';
import { LANGUAGES } from '../../core/language/language.ts';
import { mayChangeRole } from '../../core/roles.ts';
import {
  countInvitations,
  deleteInvitation,
  findInvitation,
  findInvitationByToken,
  hashInvitationToken,
  type Invitation,
  listInvitations,
} from '../../store/invitations.ts';
import { findUserByEmail } from '../../store/users.ts';
import { invalid, Problem, type ProblemCode } from '../problems.ts';
import { callerName, membershipOf } from './caller.ts';
import { cut, id, idParams, instant, iso, named, notFound, paging, readIdCursor, teamOf } from './common.ts';
import { signInCookies } from './entry.ts';
import { email, membershipAnswer, password, personName, role, token } from './people-schema.ts';
import { type ApiContext, type ApiRequest, type Route, route } from './route.ts';

const tag = 'Members';
/** Invitations of one team that were not accepted yet, expired ones included. */
export const MAX_INVITATIONS = 200;

const invitationFields = {
  id,
  email: z.string(),
  role,
  invited_by: z.string(),
  created_at: instant,
  expires_at: instant,
};
const invitationAnswer = named('Invitation', z.strictObject(invitationFields));

function invitationJson(invitation: Invitation): z.input<typeof invitationAnswer> {
  return {
    id: invitation.id,
    email: invitation.email,
    role: invitation.role,
    invited_by: invitation.invitedBy,
    created_at: iso(invitation.createdAt),
    expires_at: iso(invitation.expiresAt),
  };
}

const list = route({
  method: 'GET',
  path: '/api/v1/invitations',
  scope: 'people',
  role: 'admin',
  tag,
  summary: 'List invitations that were not accepted yet',
  query: z.strictObject({ ...paging }),
  answer: named(
    'InvitationPage',
    z.strictObject({ invitations: z.array(invitationAnswer), next_cursor: z.string().nullable() }),
  ),
  async handle({ query, key }, { database }) {
    const afterId = readIdCursor(query.cursor);
    if (afterId instanceof Problem) return afterId;
    const found = await listInvitations(database, key.teamId, afterId ?? null, query.limit + 1);
    const { rows, nextCursor } = cut(found, query.limit, (row) => row.id);
    return { body: { invitations: rows.map(invitationJson), next_cursor: nextCursor } };
  },
});

const read = route({
  method: 'GET',
  path: '/api/v1/invitations/{id}',
  scope: 'people',
  role: 'admin',
  tag,
  summary: 'Read an invitation',
  params: idParams,
  answer: invitationAnswer,
  async handle({ params, key }, { database }) {
    const invitation = await findInvitation(database, key.teamId, params.id);
    return invitation === null ? notFound('invitation') : { body: invitationJson(invitation) };
  },
});

/** Whether the link went out by mail, so that whoever invited knows whether to hand it over. */
async function mailed(
  to: string,
  url: string,
  by: string,
  request: Pick<ApiRequest, 'key'>,
  context: ApiContext,
): Promise<'sent' | 'failed' | 'off'> {
  const { mailer } = context.accounts;
  if (mailer === null) return 'off';
  const { name, language } = await teamOf(request, context);
  const isSent = await sendAccountMail(mailer, to, invitationTexts(name, by, language), url, language);
  return isSent ? 'sent' : 'failed';
}

const create = route({
  method: 'POST',
  path: '/api/v1/invitations',
  scope: 'people',
  role: 'admin',
  tag,
  summary: 'Invite somebody into the team',
  description:
    'The link is mailed where there is a mail server, and is in this answer only. It works once, within 7 days. A new invitation to the same address takes the place of the old one.',
  body: named('InvitationCreate', z.strictObject({ email, role: role.default('member') })),
  example: { email: 'anna@example.com', role: 'member' },
  status: 201,
  answer: named(
    'InvitationCreated',
    z.strictObject({
      ...invitationFields,
      url: z.string().meta({ description: 'To be handed over where no mail went out.' }),
      mail: z.enum(['sent', 'failed', 'off']).meta({ description: '`off`: this install has no mail server.' }),
    }),
  ),
  problems: ['already_member', 'sign_up_closed'],
  async handle(request, context) {
    const { body } = request;
    const { accounts, database, publicUrl } = context;
    const actor = membershipOf(request);
    if (!mayChangeRole(actor.role, null, body.role)) return new Problem('role_too_low', 'only owners make owners');
    if (accounts.signup === 'closed' && (await findUserByEmail(database, body.email)) === null) {
      return new Problem('sign_up_closed', 'this address has no account, and ALLSWELL_SIGNUP is "closed"');
    }
    if ((await countInvitations(database, actor.teamId)) >= MAX_INVITATIONS) {
      return invalid([{ field: '', message: `a team has at most ${MAX_INVITATIONS} invitations; take one back` }]);
    }
    const invitedBy = callerName(request.caller);
    const wish = { teamId: actor.teamId, email: body.email, role: body.role, invitedBy };
    const made = await invite({ ...context, passwords: accounts.passwords }, database, wish);
    if ('refused' in made) return new Problem('already_member', 'somebody with this address is in the team');
    const url = linkTo(publicUrl, 'invitation', made.token);
    const mail = await mailed(made.invitation.email, url, invitedBy, request, context);
    return { body: { ...invitationJson(made.invitation), url, mail } };
  },
});

const remove = route({
  method: 'DELETE',
  path: '/api/v1/invitations/{id}',
  scope: 'people',
  role: 'admin',
  tag,
  summary: 'Take an invitation back',
  params: idParams,
  status: 204,
  async handle({ params, key }, { database }) {
    const isGone = await database.transaction((tx) => deleteInvitation(tx, key.teamId, params.id));
    return isGone ? { body: undefined } : notFound('invitation');
  },
});

const look = route({
  method: 'POST',
  path: '/api/v1/invitations/look',
  scope: 'open',
  tag,
  summary: 'Read the invitation of a link',
  description: 'Nothing is used up by it.',
  body: named('InvitationLook', z.strictObject({ token })),
  example: { token: 'TOKEN' },
  answer: named(
    'InvitationView',
    z.strictObject({
      team: z.string(),
      email: z.string(),
      role,
      invited_by: z.string(),
      language: z.enum(LANGUAGES),
      has_account: z.boolean().meta({ description: 'Sign in first, then accept; else accept with a password.' }),
      expires_at: instant,
    }),
  ),
  problems: ['link_used'],
  async handle({ body }, { database, clock }) {
    const view = await findInvitationByToken(database, hashInvitationToken(body.token), clock.now());
    if (view === null) return REFUSALS.link_used;
    return {
      body: {
        team: view.teamName,
        email: view.email,
        role: view.role,
        invited_by: view.invitedBy,
        language: view.language,
        has_account: view.hasAccount,
        expires_at: iso(view.expiresAt),
      },
    };
  },
});

const REFUSALS: Readonly<Record<AcceptRefusal, Problem>> = {
  link_used: new Problem('link_used', 'this invitation was used or taken back, or it has expired'),
  already_member: new Problem('already_member', 'you are in this team already'),
  email_taken: new Problem('email_taken', 'there is an account with this address: sign in, then accept'),
  other_account: new Problem(
    'other_account',
    'this invitation is for another address than the one you are signed in with',
  ),
  sign_in_needed: new Problem('sign_in_needed', 'there is an account with this address: sign in, then accept'),
};

function guestOf({
  caller,
  body,
}: ApiRequest<unknown, unknown, { name?: string | undefined; password?: string | undefined }>): Guest | Problem {
  if (caller.type === 'person') {
    const { id, name, email } = caller.person.user;
    return { type: 'known', userId: id, name: name || email, email };
  }
  const { name, password } = body;
  if (name !== undefined && password !== undefined) return { type: 'new', name, password };
  const missing = (field: 'name' | 'password') => ({ field, message: 'is needed by who makes an account' });
  return invalid([
    ...(name === undefined ? [missing('name')] : []),
    ...(password === undefined ? [missing('password')] : []),
  ]);
}

const accept = route({
  method: 'POST',
  path: '/api/v1/invitations/accept',
  scope: 'open',
  tag,
  summary: 'Accept an invitation',
  description:
    'Whoever is signed in joins with that account; others make one with a name and a password, and are signed in.',
  body: named(
    'InvitationAccept',
    z.strictObject({ token, name: personName.optional(), password: password.optional() }),
  ),
  example: { token: 'TOKEN', name: 'Anna', password: 'a long password' },
  answer: named('Joined', z.strictObject({ team: membershipAnswer.pick({ id: true, name: true }) })),
  problems: [...(Object.keys(REFUSALS) as ProblemCode[]), 'sign_up_closed'],
  async handle(request, context) {
    const { accounts } = context;
    const guest = guestOf(request);
    if (guest instanceof Problem) return guest;
    if (guest.type === 'new' && accounts.signup === 'closed') {
      return new Problem('sign_up_closed', 'ALLSWELL_SIGNUP is "closed": nobody gets an account here');
    }
    const deps = { ...context, passwords: accounts.passwords };
    const joined = await acceptInvitation(deps, request.body.token, guest, request.address);
    if ('refused' in joined) return REFUSALS[joined.refused];
    if (guest.type === 'known') return { body: { team: joined.team } };
    const cookies = await signInCookies(joined.email, guest.password, request, context);
    return { body: { team: joined.team }, headers: { 'set-cookie': cookies } };
  },
});

export const invitationRoutes: readonly Route[] = [list, read, create, remove, look, accept];
