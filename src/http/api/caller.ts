import type { SignedIn } from '../../accounts/identity.ts';
import type { ApiKey, ApiScope } from '../../store/api-keys.ts';
import type { Membership } from '../../store/members.ts';
import type { ApiRequest } from './route.ts';

/** Whose call it is. */
export type Caller =
  | { readonly type: 'nobody' }
  | { readonly type: 'key'; readonly key: ApiKey }
  | {
      readonly type: 'person';
      readonly person: SignedIn;
      /** The team in whose name they act; null for calls that are about no team. */
      readonly membership: Membership | null;
    };

/** In which team a call acts and how far: `write` sees secrets, too. */
export interface TeamAccess {
  readonly teamId: string;
  readonly scope: ApiScope;
}

/** Open calls, and those of people for themselves, are about no team. */
export const NO_TEAM: TeamAccess = Object.freeze({ teamId: '', scope: 'read' });

/** The access that a caller has. */
export function accessOf(caller: Caller): TeamAccess {
  if (caller.type === 'key') return caller.key;
  if (caller.type === 'nobody' || caller.membership === null) return NO_TEAM;
  const { teamId, role } = caller.membership;
  return { teamId, scope: role === 'readonly' ? 'read' : 'write' };
}

/** The person who calls a route for people. */
export function personOf({ caller }: Pick<ApiRequest, 'caller'>): SignedIn {
  if (caller.type !== 'person') throw new Error('a route for people was called by nobody');
  return caller.person;
}

/** The same with their place in the team, for routes of the scope `people`. */
export function membershipOf({ caller }: Pick<ApiRequest, 'caller'>): Membership {
  if (caller.type !== 'person' || caller.membership === null) throw new Error('a member was expected');
  return caller.membership;
}

/** What people and logs call them. */
export function callerName(caller: Caller): string {
  if (caller.type === 'nobody') return '';
  return caller.type === 'key' ? caller.key.name : caller.person.user.name || caller.person.user.email;
}
