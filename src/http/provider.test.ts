import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { useApi } from '../../test/harness/api.ts';
import { type OidcProvider, startOidcProvider } from '../../test/harness/oidc-provider.ts';
import { makeAccount, makePerson, openBrowser } from '../../test/harness/people.ts';

let provider: OidcProvider | undefined;
const api = useApi({
  people: async () => {
    provider = await startOidcProvider();
    const { issuer, clientId, clientSecret } = provider;
    return { oidc: { issuer, clientId, clientSecret, name: 'Company' } };
  },
});
after(() => provider?.close());

/** Goes to the provider and back as this person; answers where the browser ends up, and the browser. */
async function comeAs(person: OidcProvider['person']) {
  assert.ok(provider !== undefined);
  provider.person = person;
  const browser = openBrowser(api);
  const body = { provider: 'oidc', callbackURL: '/' };
  const { status, json, text } = await browser.call('POST', '/api/auth/sign-in/social', body);
  assert.equal(status, 200, text);
  const back = await browser.call('GET', provider.authorize(json.url));
  return { browser, back, me: await browser.call('GET', '/api/v1/me') };
}

const somebody = (email: string, verified = true) => ({
  sub: `sub of ${email}`,
  email,
  email_verified: verified,
  name: 'Olga',
});

describe('an OpenID provider', () => {
  test('is offered under its name', async () => {
    assert.equal((await openBrowser(api).call('GET', '/api/v1/sign-in-options')).json.provider, 'Company');
  });

  test('lets nobody in who was not invited', async () => {
    const { me, back } = await comeAs(somebody('stranger@example.com'));
    assert.equal(me.status, 401);
    assert.equal(back.status, 302);
    const users = await api.database.query({
      name: 'test_users',
      text: `SELECT FROM auth_user WHERE email LIKE 'stranger%'`,
    });
    assert.equal(users.length, 0);
  });

  test('brings in who was invited; the invitation is then accepted as ever', async () => {
    const { teamId } = await api.team('crew');
    const owner = await makePerson(api, { teamId, role: 'owner' });
    const made = await owner.call('POST', '/api/v1/invitations', { email: 'olga@example.com' });
    assert.equal(made.json.mail, 'off');
    const { browser, me } = await comeAs(somebody('olga@example.com'));
    assert.deepEqual([me.json.user.email, me.json.team], ['olga@example.com', null]);
    assert.equal((await browser.call('GET', '/api/v1/monitors')).json.code, 'not_a_member');
    const token = made.json.url.split('/').at(-1);
    assert.equal((await browser.call('POST', '/api/v1/invitations/accept', { token })).status, 200);
    const again = await comeAs(somebody('olga@example.com'));
    assert.equal(again.me.json.team.name, 'crew');
  });

  test('that does not vouch for an address gets nobody’s account by it', async () => {
    const { email } = await makeAccount(api);
    assert.equal((await comeAs(somebody(email, false))).me.status, 401);
    assert.equal((await comeAs(somebody(email, true))).me.status, 200);
  });
});
