import { DAY_MS } from '../core/instant.ts';
import type { Language } from '../core/language/language.ts';
import type { Role } from '../core/roles.ts';
import type { Clock } from '../platform/clock.ts';
import { type Random, randomBase62 } from '../platform/random.ts';
import { insertAudit } from '../store/audit.ts';
import type { Database, Transaction } from '../store/database.ts';
import { readInstall, takeInstall } from '../store/install.ts';
import {
  findInvitationByToken,
  hashInvitationToken,
  type Invitation,
  saveInvitation,
  takeInvitation,
} from '../store/invitations.ts';
import { insertMember, isMemberByEmail } from '../store/members.ts';
import { findFirstTeam, insertTeam, type Team } from '../store/teams.ts';
import { findUserByEmail, insertUser, normalEmail } from '../store/users.ts';
import { hashToken, SETUP_TOKEN, TEAM_PING_KEY_LENGTH } from './first-start.ts';
import type { Passwords } from './password.ts';

export const INVITATION_MS = 7 * DAY_MS;
const INVITATION_TOKEN_LENGTH = 43;

export interface PeopleDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly passwords: Passwords;
}

/** What somebody says of themselves when they get an account. */
export interface NewPerson {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

export interface Joined {
  readonly userId: string;
  readonly team: Pick<Team, 'id' | 'name'>;
}

/** Rolls the transaction back and comes out as the value. */
class Refusal extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

async function refusable<T, C extends string>(work: () => Promise<T>): Promise<T | { readonly refused: C }> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.code as C };
    throw error;
  }
}

interface Prepared {
  readonly userId: string;
  readonly person: NewPerson;
  readonly hash: string;
}

/** Passwords are hashed before the transaction: nobody waits for a lock that long. */
async function prepare(deps: PeopleDeps, person: NewPerson): Promise<Prepared> {
  return { userId: deps.newId(), person, hash: await deps.passwords.hash(person.password) };
}

async function makeUser(
  tx: Transaction,
  deps: PeopleDeps,
  { userId, person, hash }: Prepared,
  emailVerified: boolean,
): Promise<void> {
  const { name, email } = person;
  const password = { accountId: deps.newId(), hash };
  const isMade = await insertUser(tx, {
    id: userId,
    name,
    email,
    emailVerified,
    createdAt: deps.clock.now(),
    password,
  });
  if (!isMade) throw new Refusal('email_taken');
}

async function join(
  tx: Transaction,
  deps: PeopleDeps,
  to: { readonly teamId: string; readonly userId: string; readonly role: Role },
  note: { readonly action: string; readonly name: string; readonly address: string },
): Promise<void> {
  const now = deps.clock.now();
  if (!(await insertMember(tx, { ...to, joinedAt: now }))) throw new Refusal('already_member');
  await insertAudit(tx, {
    id: deps.newId(),
    teamId: to.teamId,
    at: now,
    actorKind: 'person',
    actorId: to.userId,
    actorName: note.name,
    action: note.action,
    targetKind: 'member',
    targetId: to.userId,
    targetName: note.name,
    changes: { role: { before: null, after: to.role } },
    address: note.address,
  });
}

/**
 * The one-time link of the first start: whoever opens it owns the first team. The token, the person and the ownership
 * are one transaction; of two at the same time one finds the token gone.
 */
export async function setUpOwner(
  deps: PeopleDeps,
  token: string,
  person: NewPerson,
  address: string,
): Promise<Joined | { readonly refused: 'link_used' | 'email_taken' }> {
  const tokenHash = hashToken(token);
  if ((await readInstall(deps.database, SETUP_TOKEN)) !== tokenHash) return { refused: 'link_used' };
  const prepared = await prepare(deps, person);
  return refusable(() =>
    deps.database.transaction(async (tx) => {
      if (!(await takeInstall(tx, SETUP_TOKEN, tokenHash))) throw new Refusal('link_used');
      const team = await findFirstTeam(tx);
      if (team === null) throw new Error('the first team is missing');
      await makeUser(tx, deps, prepared, true);
      const owner = { teamId: team.id, userId: prepared.userId, role: 'owner' } as const;
      await join(tx, deps, owner, { action: 'team.set_up', name: person.name, address });
      return { userId: prepared.userId, team: { id: team.id, name: team.name } };
    }),
  );
}

/** A team of one's own. */
export async function makeTeam(
  tx: Transaction,
  deps: PeopleDeps,
  team: { readonly name: string; readonly language: Language; readonly timezone: string },
  owner: { readonly userId: string; readonly name: string; readonly address: string },
): Promise<Team> {
  const made = {
    id: deps.newId(),
    ...team,
    pingKey: randomBase62(deps.random, TEAM_PING_KEY_LENGTH),
    createdAt: deps.clock.now(),
  };
  await insertTeam(tx, made);
  const to = { teamId: made.id, userId: owner.userId, role: 'owner' } as const;
  await join(tx, deps, to, { action: 'team.create', name: owner.name, address: owner.address });
  return { ...made, reminderEverySeconds: null };
}

/** Where sign-up is open: an account whose address is still to be confirmed, with a team of its own. */
export async function signUp(
  deps: PeopleDeps,
  person: NewPerson,
  team: { readonly name: string; readonly language: Language; readonly timezone: string },
  address: string,
): Promise<Joined | { readonly refused: 'email_taken' }> {
  // The work of the hash comes first in either case: the time says nothing about who has an account.
  const prepared = await prepare(deps, person);
  return refusable(() =>
    deps.database.transaction(async (tx) => {
      await makeUser(tx, deps, prepared, false);
      const made = await makeTeam(tx, deps, team, { userId: prepared.userId, name: person.name, address });
      return { userId: prepared.userId, team: { id: made.id, name: made.name } };
    }),
  );
}

/** Invites an address into a team; an older invitation of the same address is void. The token is shown once. */
export async function invite(
  deps: PeopleDeps,
  database: Database,
  wish: { readonly teamId: string; readonly email: string; readonly role: Role; readonly invitedBy: string },
): Promise<{ readonly invitation: Invitation; readonly token: string } | { readonly refused: 'already_member' }> {
  const { clock, random, newId } = deps;
  const email = normalEmail(wish.email);
  const token = randomBase62(random, INVITATION_TOKEN_LENGTH);
  const now = clock.now();
  return database.transaction(async (tx) => {
    if (await isMemberByEmail(tx, wish.teamId, email)) return { refused: 'already_member' as const };
    const wanted = { ...wish, id: newId(), email, createdAt: now, expiresAt: now + INVITATION_MS };
    return { invitation: await saveInvitation(tx, wanted, hashInvitationToken(token)), token };
  });
}

/** Whom an invitation was accepted by: somebody signed in, or somebody who makes an account with it. */
export type Guest =
  | { readonly type: 'known'; readonly userId: string; readonly name: string; readonly email: string }
  | { readonly type: 'new'; readonly name: string; readonly password: string };

export type AcceptRefusal = 'link_used' | 'already_member' | 'email_taken' | 'other_account' | 'sign_in_needed';

/**
 * Joins the team of an invitation, once. The invited address counts as confirmed: an admin of the team named it. It has
 * to be the guest's own.
 */
export async function acceptInvitation(
  deps: PeopleDeps,
  token: string,
  guest: Guest,
  address: string,
): Promise<(Joined & { readonly email: string }) | { readonly refused: AcceptRefusal }> {
  const { database, clock } = deps;
  const tokenHash = hashInvitationToken(token);
  const view = await findInvitationByToken(database, tokenHash, clock.now());
  if (view === null) return { refused: 'link_used' };
  if (guest.type === 'known' && normalEmail(guest.email) !== view.email) return { refused: 'other_account' };
  if (guest.type === 'new' && (await findUserByEmail(database, view.email)) !== null) {
    return { refused: 'sign_in_needed' };
  }
  const prepared =
    guest.type === 'new'
      ? await prepare(deps, { name: guest.name, email: view.email, password: guest.password })
      : null;
  return refusable(() =>
    database.transaction(async (tx) => {
      const taken = await takeInvitation(tx, tokenHash, clock.now());
      if (taken === null) throw new Refusal('link_used');
      if (prepared !== null) await makeUser(tx, deps, prepared, true);
      const userId = guest.type === 'known' ? guest.userId : (prepared?.userId ?? '');
      const to = { teamId: taken.teamId, userId, role: taken.role };
      await join(tx, deps, to, { action: 'member.join', name: guest.name, address });
      return { userId, email: view.email, team: { id: taken.teamId, name: view.teamName } };
    }),
  );
}
