import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { useApi } from '../../../test/harness/api.ts';
import { tokenIn, useMail } from '../../../test/harness/mail-rig.ts';
import { makeAccount, makePerson, openBrowser, PASSWORD, type Person } from '../../../test/harness/people.ts';
import { INVITATION_MS } from '../../accounts/people.ts';

const mail = useMail();
const api = useApi({ people: mail.people() });

async function aTeam() {
  const { teamId, call } = await api.team('Night watch');
  const owner = await makePerson(api, { teamId, role: 'owner' });
  const admin = await makePerson(api, { teamId, role: 'admin' });
  const member = await makePerson(api, { teamId, role: 'member' });
  return { teamId, owner, admin, member, call };
}

async function roles(person: Person): Promise<Record<string, string>> {
  const { json } = await person.call('GET', '/api/v1/members');
  return Object.fromEntries(json.members.map((one: { id: string; role: string }) => [one.id, one.role]));
}

describe('an invitation', () => {
  test('brings somebody new in, by mail, once', async () => {
    const { admin } = await aTeam();
    const received = await mail.next('guest@example.com', async () => {
      const made = await admin.call('POST', '/api/v1/invitations', { email: 'Guest@Example.com', role: 'readonly' });
      assert.equal(made.status, 201, made.text);
      assert.equal(made.json.mail, 'sent');
    });
    assert.match(received.mail.subject ?? '', /Night watch/);
    const token = tokenIn(received, 'invitations');
    const guest = openBrowser(api);
    const { json: view } = await guest.call('POST', '/api/v1/invitations/look', { token });
    assert.deepEqual(
      [view.team, view.email, view.role, view.has_account],
      ['Night watch', 'guest@example.com', 'readonly', false],
    );
    const accept = (body: object) => guest.call('POST', '/api/v1/invitations/accept', { token, ...body });
    assert.deepEqual((await accept({ name: 'Guest' })).json.errors[0].field, 'password');
    assert.equal((await accept({ name: 'Guest', password: 'short' })).status, 400);
    assert.equal((await accept({ name: 'Guest', password: PASSWORD })).status, 200);
    const { json: me } = await guest.call('GET', '/api/v1/me');
    assert.deepEqual([me.user.email, me.team.role], ['guest@example.com', 'readonly']);
    assert.equal((await accept({})).json.code, 'link_used');
    assert.equal((await admin.call('GET', '/api/v1/invitations')).json.invitations.length, 0);
  });

  test('is for its address alone; whoever has an account signs in first and then has two teams', async () => {
    const { owner, teamId } = await aTeam();
    const home = await api.team('home');
    const guest = await makePerson(api, { teamId: home.teamId, role: 'owner' });
    const other = await makePerson(api);
    const made = await owner.call('POST', '/api/v1/invitations', { email: guest.email, role: 'owner' });
    const token = made.json.url.split('/').at(-1);
    const accept = (browser: Person | ReturnType<typeof openBrowser>, body: object = {}) =>
      browser.call('POST', '/api/v1/invitations/accept', { token, ...body });
    assert.equal((await accept(openBrowser(api), { name: 'x', password: PASSWORD })).json.code, 'sign_in_needed');
    assert.equal((await accept(other)).json.code, 'other_account');
    api.clock.advance(1_000);
    assert.equal((await accept(guest)).status, 200);
    const { json: me } = await guest.call('GET', '/api/v1/me');
    assert.deepEqual([me.team.name, me.teams.length], ['home', 2]);

    const named = await guest.call('GET', '/api/v1/team', undefined, { 'allswell-team': teamId });
    assert.equal(named.json.name, 'Night watch');
    assert.equal((await guest.call('GET', '/api/v1/team')).json.name, 'home');
    await guest.call('POST', `/api/v1/teams/${teamId}/choose`);
    assert.equal((await guest.call('GET', '/api/v1/team')).json.name, 'Night watch');
    for (const wrong of [api.services.newId(), 'nonsense']) {
      const answer = await guest.call('GET', '/api/v1/team', undefined, { 'allswell-team': wrong });
      assert.equal(answer.json.code, 'not_a_member');
    }
    assert.equal((await owner.call('POST', '/api/v1/invitations', { email: guest.email })).json.code, 'already_member');
  });

  test('expires, can be taken back, and a new one takes its place', async () => {
    const { admin } = await aTeam();
    const invite = async () => {
      const { json } = await admin.call('POST', '/api/v1/invitations', { email: 'late@example.com' });
      return { id: json.id as string, token: json.url.split('/').at(-1) as string };
    };
    const look = async (token: string) =>
      (await openBrowser(api).call('POST', '/api/v1/invitations/look', { token })).status;
    const first = await invite();
    const second = await invite();
    assert.deepEqual([await look(first.token), await look(second.token)], [410, 200]);
    api.clock.advance(INVITATION_MS);
    assert.equal(await look(second.token), 410);
    const third = await invite();
    assert.equal((await admin.call('DELETE', `/api/v1/invitations/${third.id}`)).status, 204);
    assert.equal(await look(third.token), 410);
    const rows = await api.database.query({ name: 'test_invitations', text: 'SELECT * FROM invitation' });
    assert.ok(!JSON.stringify(rows).includes(third.token));
  });

  test('to be an owner is an owner’s to make', async () => {
    const { admin } = await aTeam();
    const answer = await admin.call('POST', '/api/v1/invitations', { email: 'x@example.com', role: 'owner' });
    assert.equal(answer.json.code, 'role_too_low');
  });
});

describe('roles', () => {
  test('of owners are changed by owners, and the last owner stays', async () => {
    const { owner, admin, member } = await aTeam();
    const give = (who: Person, whom: Person, role: string) =>
      who.call('PATCH', `/api/v1/members/${whom.userId}`, { role });
    assert.equal((await give(admin, owner, 'member')).json.code, 'role_too_low');
    assert.equal((await give(admin, member, 'owner')).json.code, 'role_too_low');
    assert.equal((await admin.call('DELETE', `/api/v1/members/${owner.userId}`)).json.code, 'role_too_low');
    assert.equal((await give(admin, member, 'admin')).json.role, 'admin');
    assert.equal((await give(owner, owner, 'admin')).json.code, 'last_owner');
    assert.equal((await owner.call('POST', '/api/v1/team/leave')).json.code, 'last_owner');
    assert.equal((await owner.call('DELETE', `/api/v1/members/${owner.userId}`)).json.code, 'last_owner');
    const handed = await owner.call('POST', '/api/v1/team/transfer', { member_id: member.userId });
    assert.equal(handed.json.role, 'owner');
    assert.deepEqual(await roles(member), {
      [owner.userId]: 'admin',
      [admin.userId]: 'admin',
      [member.userId]: 'owner',
    });
    assert.equal((await owner.call('POST', '/api/v1/team/leave')).status, 204);
    assert.equal((await owner.call('GET', '/api/v1/team')).json.code, 'not_a_member');
  });

  test('of two owners who leave at the same time one stays', async () => {
    const { teamId, owner } = await aTeam();
    const second = await makePerson(api, { teamId, role: 'owner' });
    const answers = await Promise.all([owner, second].map((one) => one.call('POST', '/api/v1/team/leave')));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [204, 409]);
  });

  test('that only read see no secrets', async () => {
    const { teamId, call } = await aTeam();
    const reader = await makePerson(api, { teamId, role: 'readonly' });
    const schedule = { type: 'period', seconds: 60 };
    const made = await call('POST', '/api/v1/monitors', { kind: 'heartbeat', name: 'x', schedule });
    const key = made.json.ping_url.split('/').at(-1);
    const seen = await reader.call('GET', `/api/v1/monitors/${made.json.id}`);
    assert.equal(seen.status, 200);
    assert.ok(!seen.text.includes(key));
    assert.equal((await reader.call('GET', '/api/v1/team')).json.ping_key, undefined);
  });
});

describe('the audit log', () => {
  test('tells who changed what from what to what, and no secrets; refusals and looks are not in it', async () => {
    const { owner, member, call, teamId } = await aTeam();
    const schedule = { type: 'period', seconds: 60 };
    const made = await member.call('POST', '/api/v1/monitors', { kind: 'heartbeat', name: 'backup', schedule });
    const path = `/api/v1/monitors/${made.json.id}`;
    await member.call('PATCH', path, { name: 'nightly backup', tags: ['db'] });
    await member.call('PATCH', path, { name: '' });
    await member.call('POST', `${path}/resume`);
    await member.call('POST', `${path}/rotate-key`);
    await call('POST', '/api/v1/schedules/preview', { schedule });
    await owner.call('PATCH', '/api/v1/team', { timezone: 'Europe/Moscow' });
    const key = await owner.call('POST', '/api/v1/keys', { name: 'ci', scope: 'read' });
    assert.equal(key.json.created_by, owner.email.replace(/@.*/, ''));
    const webhook = { kind: 'webhook', name: 'ops', config: { url: 'http://127.0.0.1:9/very-secret-path' } };
    const channel = await call('POST', '/api/v1/channels', webhook);
    await call('DELETE', `/api/v1/channels/${channel.json.id}`);
    await owner.call('PATCH', `/api/v1/members/${member.userId}`, { role: 'admin' });
    await owner.call('DELETE', `/api/v1/members/${member.userId}`);

    const { json, text } = await owner.call('GET', '/api/v1/audit');
    const brief = json.entries.map((entry: Record<string, Record<string, unknown>>) =>
      [entry.action, entry.actor?.kind, entry.target?.name].join(' '),
    );
    const name = member.email.replace(/@.*/, '');
    assert.deepEqual(brief, [
      `member.delete person ${name}`,
      `member.update person ${name}`,
      'channel.delete key ops',
      'channel.create key ops',
      'key.create person ci',
      'team.update person Night watch',
      'monitor.rotate_key person nightly backup',
      'monitor.update person nightly backup',
      'monitor.create person backup',
    ]);
    const of = (action: string) => json.entries.find((entry: { action: string }) => entry.action === action);
    assert.deepEqual(of('monitor.update').changes, {
      name: { before: 'backup', after: 'nightly backup' },
      tags: { before: [], after: ['db'] },
    });
    assert.deepEqual(of('member.update').changes, { role: { before: 'member', after: 'admin' } });
    assert.deepEqual(of('team.update').changes, { timezone: { before: 'UTC', after: 'Europe/Moscow' } });
    for (const secret of [made.json.ping_url.split('/').at(-1), key.json.key, 'very-secret-path']) {
      assert.ok(!text.includes(secret), secret);
    }
    const filtered = await call('GET', `/api/v1/audit?action=monitor&target=${made.json.id}&limit=2`);
    assert.equal(filtered.json.entries.length, 2);
    const rest = await call('GET', `/api/v1/audit?action=monitor&limit=2&cursor=${filtered.json.next_cursor}`);
    assert.deepEqual(
      rest.json.entries.map((one: { action: string }) => one.action),
      ['monitor.create'],
    );
    assert.ok(teamId);
  });

  test('has the entry in the same transaction as the change', async () => {
    const { owner } = await aTeam();
    const schedule = { type: 'period', seconds: 60 };
    await api.database.query({
      name: 'test_broken_log',
      text: `ALTER TABLE audit ADD CONSTRAINT no_more CHECK (action <> 'monitor.create') NOT VALID`,
    });
    const answer = await owner.call('POST', '/api/v1/monitors', { kind: 'heartbeat', name: 'lost', schedule });
    await api.database.query({ name: 'test_mended_log', text: 'ALTER TABLE audit DROP CONSTRAINT no_more' });
    assert.equal(answer.status, 500);
    assert.deepEqual((await owner.call('GET', '/api/v1/monitors')).json.monitors, [], 'no change without its entry');
  });
});

describe('keys', () => {
  test('the last one that writes may go where people are, and not where it is all there is', async () => {
    const alone = await api.team('alone');
    const { json } = await alone.call('GET', '/api/v1/keys');
    const [write] = json.keys.filter((key: { scope: string }) => key.scope === 'write');
    assert.equal((await alone.call('DELETE', `/api/v1/keys/${write.id}`)).json.code, 'last_write_key');
    await makeAccount(api, { teamId: alone.teamId, role: 'owner' });
    assert.equal((await alone.call('DELETE', `/api/v1/keys/${write.id}`)).status, 204);
  });
});
