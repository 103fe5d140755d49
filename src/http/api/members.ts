import { z } from 'zod';
import { mayChangeRole, type Role } from '../../core/roles.ts';
import type { Transaction } from '../../store/database.ts';
import {
  countMembers,
  deleteMember,
  findMember,
  listMembers,
  type Member,
  setMemberRole,
} from '../../store/members.ts';
import { lockTeam } from '../../store/teams.ts';
import { Problem } from '../problems.ts';
import { membershipOf, personOf } from './caller.ts';
import { cut, id, idParams, iso, named, notFound, paging, readIdCursor } from './common.ts';
import { memberAnswer, role } from './people-schema.ts';
import { type ApiContext, type Route, route } from './route.ts';

const tag = 'Members';

function memberJson(member: Member): z.input<typeof memberAnswer> {
  const { userId, name, email, role, twoFactor, joinedAt } = member;
  return { id: userId, name, email, role, two_factor: twoFactor, joined_at: iso(joinedAt) };
}

const list = route({
  method: 'GET',
  path: '/api/v1/members',
  scope: 'write',
  role: 'readonly',
  tag,
  summary: 'List the people of the team',
  description: 'A key that only reads does not see their addresses, and therefore not this list.',
  query: z.strictObject({ ...paging }),
  answer: named('MemberPage', z.strictObject({ members: z.array(memberAnswer), next_cursor: z.string().nullable() })),
  async handle({ query, key }, { database }) {
    const afterId = readIdCursor(query.cursor);
    if (afterId instanceof Problem) return afterId;
    const found = await listMembers(database, key.teamId, afterId ?? null, query.limit + 1);
    const { rows, nextCursor } = cut(found, query.limit, (member) => member.userId);
    return { body: { members: rows.map(memberJson), next_cursor: nextCursor } };
  },
});

const read = route({
  method: 'GET',
  path: '/api/v1/members/{id}',
  scope: 'write',
  role: 'readonly',
  tag,
  summary: 'Read one of the people of the team',
  params: idParams,
  answer: memberAnswer,
  async handle({ params, key }, { database }) {
    const member = await findMember(database, key.teamId, params.id);
    return member === null ? notFound('member') : { body: memberJson(member) };
  },
});

const noOwnerLeft = new Problem('last_owner', 'a team needs an owner, and this is its only one');

/** Changes a member's role, or takes them out (`to` null), under the team's lock; a Problem when that may not be. */
async function change(
  tx: Transaction,
  teamId: string,
  userId: string,
  to: Role | null,
  mayChange: (from: Role) => boolean,
): Promise<Member | Problem> {
  await lockTeam(tx, teamId);
  const member = await findMember(tx, teamId, userId);
  if (member === null) return notFound('member');
  if (!mayChange(member.role)) {
    return new Problem('role_too_low', 'only owners change what owners are, and make new ones');
  }
  if (member.role === 'owner' && to !== 'owner' && (await countMembers(tx, teamId)).owners === 1) return noOwnerLeft;
  if (to === null) await deleteMember(tx, teamId, userId);
  else await setMemberRole(tx, teamId, userId, to);
  return member;
}

const patch = route({
  method: 'PATCH',
  path: '/api/v1/members/{id}',
  scope: 'people',
  role: 'admin',
  tag,
  summary: 'Give somebody another role',
  description: 'Admins manage everybody but owners.',
  params: idParams,
  body: named('MemberPatch', z.strictObject({ role })),
  example: { role: 'admin' },
  answer: memberAnswer,
  problems: ['not_found', 'last_owner'],
  async handle(request, { database }) {
    const { params, body } = request;
    const actor = membershipOf(request);
    return database.transaction(async (tx) => {
      const before = await change(tx, actor.teamId, params.id, body.role, (from) =>
        mayChangeRole(actor.role, from, body.role),
      );
      return before instanceof Problem ? before : { body: memberJson({ ...before, role: body.role }) };
    });
  },
});

const remove = route({
  method: 'DELETE',
  path: '/api/v1/members/{id}',
  scope: 'people',
  role: 'admin',
  tag,
  summary: 'Take somebody out of the team',
  description: 'What they made stays. Keys that they made stay as well; delete those that they know.',
  params: idParams,
  status: 204,
  problems: ['not_found', 'last_owner'],
  async handle(request, { database }) {
    const actor = membershipOf(request);
    return database.transaction(async (tx) => {
      const gone = await change(tx, actor.teamId, request.params.id, null, (from) =>
        mayChangeRole(actor.role, from, null),
      );
      return gone instanceof Problem ? gone : { body: undefined };
    });
  },
});

const leave = route({
  method: 'POST',
  path: '/api/v1/team/leave',
  scope: 'people',
  tag,
  summary: 'Leave the team',
  status: 204,
  problems: ['last_owner'],
  audit: { action: 'member.leave', target: 'member' },
  async handle(request, { database }) {
    const { teamId } = membershipOf(request);
    const { user } = personOf(request);
    const gone = await database.transaction((tx) => change(tx, teamId, user.id, null, () => true));
    if (gone instanceof Problem) return gone;
    const changes = { role: { before: gone.role, after: null } };
    return { body: undefined, audit: { targetId: user.id, targetName: gone.name, changes } };
  },
});

async function handOver(tx: Transaction, teamId: string, from: string, to: string): Promise<Member | Problem> {
  await lockTeam(tx, teamId);
  const heir = await findMember(tx, teamId, to);
  if (heir === null) return notFound('member');
  if (from !== to) await setMemberRole(tx, teamId, from, 'admin');
  await setMemberRole(tx, teamId, to, 'owner');
  return heir;
}

const transfer = route({
  method: 'POST',
  path: '/api/v1/team/transfer',
  scope: 'people',
  role: 'owner',
  tag,
  summary: 'Hand the team over to another member',
  description: 'They become an owner, the caller becomes an admin.',
  body: named('TeamTransfer', z.strictObject({ member_id: id })),
  example: { member_id: '01936f0e-7b1c-7c3a-9f60-2f1d0a4b5c6d' },
  answer: memberAnswer,
  problems: ['not_found'],
  audit: { action: 'team.transfer', target: 'member' },
  async handle(request, context: ApiContext) {
    const { teamId } = membershipOf(request);
    const { user } = personOf(request);
    const heirId = request.body.member_id;
    const heir = await context.database.transaction((tx) => handOver(tx, teamId, user.id, heirId));
    if (heir instanceof Problem) return heir;
    const changes = { role: { before: heir.role, after: 'owner' } };
    return {
      body: memberJson({ ...heir, role: 'owner' }),
      audit: { targetId: heirId, targetName: heir.name, changes },
    };
  },
});

export const memberRoutes: readonly Route[] = [list, read, patch, remove, leave, transfer];
