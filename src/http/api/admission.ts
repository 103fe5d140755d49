import type { IncomingHttpHeaders } from 'node:http';
import { isAtLeast, type Role } from '../../core/roles.ts';
import { findActiveMembership } from '../../store/members.ts';
import { Problem } from '../problems.ts';
import { isSameOrigin } from '../same-origin.ts';
import type { Caller } from './caller.ts';
import { keyOf } from './keys-ring.ts';
import type { ApiContext, Route, RouteScope } from './route.ts';

/** Chooses among the teams of a person; a key has one team only. */
export const TEAM_HEADER = 'allswell-team';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const LEAST_ROLE: Readonly<Record<Exclude<RouteScope, 'open' | 'self'>, Role>> = {
  read: 'readonly',
  write: 'member',
  people: 'readonly',
};

/** Who was let in, and the cookies that carry their session on. */
export interface Admitted {
  readonly caller: Caller;
  readonly cookies: readonly string[];
}

interface Knock {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

/**
 * The one place that decides who may call a route: a key of its team and scope, or somebody signed in with a role in the
 * team that they speak for. Where both are given the key counts.
 */
export async function admit(route: Route, request: Knock, context: ApiContext): Promise<Admitted | Problem> {
  const forPeople = route.scope === 'people' || route.scope === 'self';
  if (keyOf(request.headers) !== null) return admitKey(route, request, forPeople, context);
  const identified = await context.accounts.identities.identify(request.headers);
  if (identified === null) {
    if (route.scope === 'open') return { caller: { type: 'nobody' }, cookies: [] };
    return forPeople
      ? new Problem('sign_in_needed', 'nobody is signed in here, or no longer')
      : noKey(context, request);
  }
  const { person, cookies } = identified;
  if (changes(route, request.method) && !isSameOrigin(request.headers, context.publicUrl)) {
    if (route.scope === 'open') return { caller: { type: 'nobody' }, cookies: [] };
    return new Problem('cross_site', 'a change with the cookie of a session has to be made by a page of this server');
  }
  if (route.scope === 'open' || route.scope === 'self') {
    return { caller: { type: 'person', person, membership: null }, cookies };
  }
  const wanted = wantedTeam(request.headers);
  const self = { userId: person.user.id, sessionId: person.sessionId };
  const membership = wanted === 'nonsense' ? null : await findActiveMembership(context.database, self, wanted);
  if (membership === null) {
    const detail = wanted === null ? 'you belong to no team yet' : `you do not belong to the team of Allswell-Team`;
    return new Problem('not_a_member', detail);
  }
  const least = route.role ?? LEAST_ROLE[route.scope];
  if (!isAtLeast(membership.role, least)) {
    return new Problem('role_too_low', `your role here is "${membership.role}", and this needs "${least}"`);
  }
  return { caller: { type: 'person', person, membership }, cookies };
}

function changes(route: Route, method: string): boolean {
  return route.method !== 'GET' || (method !== 'GET' && method !== 'HEAD');
}

async function admitKey(
  route: Route,
  { headers }: Knock,
  forPeople: boolean,
  context: ApiContext,
): Promise<Admitted | Problem> {
  if (route.scope === 'open') return { caller: { type: 'nobody' }, cookies: [] };
  const key = await context.keyRing.identify(headers);
  if (key instanceof Problem) return key;
  if (forPeople) return new Problem('person_needed', 'an API key cannot do this; somebody has to sign in');
  const wanted = wantedTeam(headers);
  if (wanted !== null && wanted !== key.teamId) {
    return new Problem('not_a_member', 'this key does not belong to the team of Allswell-Team');
  }
  if (route.scope === 'write' && key.scope !== 'write') {
    return new Problem(
      'write_key_needed',
      'this key has the scope "read", and the call needs one with the scope "write"',
    );
  }
  return { caller: { type: 'key', key }, cookies: [] };
}

/** The key ring has the words for a key that is missing. */
async function noKey(context: ApiContext, { headers }: Knock): Promise<Problem> {
  const problem = await context.keyRing.identify(headers);
  if (problem instanceof Problem) return problem;
  throw new Error('a key appeared that was not there');
}

function wantedTeam(headers: IncomingHttpHeaders): string | null | 'nonsense' {
  const given = headers[TEAM_HEADER];
  if (given === undefined || given === '') return null;
  const id = String(given).toLowerCase();
  return UUID.test(id) ? id : 'nonsense';
}
