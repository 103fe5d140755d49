import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { useApi } from '../../../test/harness/api.ts';
import { makePerson, OWN_PAGE, openBrowser, PASSWORD } from '../../../test/harness/people.ts';
import { firstStart } from '../../accounts/first-start.ts';

const api = useApi();

describe('the first owner', () => {
  test('of five who use the one-time link at once is one, who is signed in and may do everything', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'allswell-people-'));
    const { setupToken: token, team } = await firstStart({ ...api.services, dataDir, apiKey: null });
    await rm(dataDir, { recursive: true });
    const browser = openBrowser(api);
    assert.equal((await browser.call('GET', '/api/v1/sign-in-options')).json.setup_needed, true);
    const wrong = await browser.call('POST', '/api/v1/setup', {
      token: 'x',
      name: 'A',
      email: 'a@b.example',
      password: PASSWORD,
    });
    assert.equal(wrong.json.code, 'link_used');
    const five = await Promise.all(
      Array.from({ length: 5 }, async (_, index) => {
        const own = openBrowser(api);
        const body = { token, name: `Owner ${index}`, email: `Owner${index}@Example.com`, password: PASSWORD };
        return { own, answer: await own.call('POST', '/api/v1/setup', body) };
      }),
    );
    assert.deepEqual(five.map(({ answer }) => answer.status).sort(), [201, 410, 410, 410, 410]);
    const { own } = five.find(({ answer }) => answer.status === 201) ?? assert.fail();
    const { json: me } = await own.call('GET', '/api/v1/me');
    assert.deepEqual(me.team, { id: team.id, name: team.name, role: 'owner' });
    assert.match(me.user.email, /^owner\d@example\.com$/);
    assert.equal(me.user.email_verified, true);
    assert.equal((await browser.call('GET', '/api/v1/sign-in-options')).json.setup_needed, false);

    const monitor = { kind: 'heartbeat', name: 'backup', schedule: { type: 'period', seconds: 60 } };
    const made = await own.call('POST', '/api/v1/monitors', monitor);
    assert.equal(made.status, 201, made.text);
    assert.match(made.json.ping_url, /\/ping\//);
    const { json: log } = await own.call('GET', '/api/v1/audit');
    assert.deepEqual(
      log.entries.map((entry: { action: string }) => entry.action),
      ['monitor.create', 'team.set_up'],
    );
    assert.equal(log.entries[0].target.name, 'backup');
    assert.equal(log.entries[0].target.id, made.json.id);
    assert.equal(log.entries[0].address, '192.0.2.1');
  });
});

describe('a session', () => {
  test('changes nothing for pages of others', async () => {
    const { teamId } = await api.team();
    const person = await makePerson(api, { teamId, role: 'owner' });
    const body = { name: 'taken over' };
    for (const headers of [{}, { origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site', ...OWN_PAGE }]) {
      const { status, json } = await person.call('PATCH', '/api/v1/team', body, headers);
      assert.deepEqual([status, json.code], [403, 'cross_site'], JSON.stringify(headers));
    }
    assert.equal((await person.call('GET', '/api/v1/team', undefined, {})).json.name, 'team');
    assert.equal((await person.call('PATCH', '/api/v1/team', { name: 'ours' })).json.name, 'ours');
  });

  test('ends when it is told to, here and elsewhere, and its token is shown nowhere', async () => {
    const person = await makePerson(api);
    const elsewhere = openBrowser(api, '198.51.100.7');
    await elsewhere.call('POST', '/api/auth/sign-in/email', { email: person.email, password: PASSWORD });
    const { json, text } = await person.call('GET', '/api/v1/sessions');
    assert.equal(json.sessions.length, 2);
    assert.deepEqual(json.sessions.map((one: { address: string }) => one.address).sort(), [
      '192.0.2.1',
      '198.51.100.7',
    ]);
    for (const cookie of [...person.cookies.values(), ...elsewhere.cookies.values()]) {
      assert.ok(!text.includes(decodeURIComponent(cookie).split('.')[0] ?? ''));
    }
    const other = json.sessions.find((one: { current: boolean }) => !one.current);
    assert.equal((await person.call('DELETE', `/api/v1/sessions/${other.id}`)).status, 204);
    assert.equal((await elsewhere.call('GET', '/api/v1/me')).json.code, 'sign_in_needed');
    assert.equal((await person.call('POST', '/api/auth/sign-out', {})).status, 200);
    assert.equal((await person.call('GET', '/api/v1/me')).status, 401);
  });
});
