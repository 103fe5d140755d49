import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, test } from 'node:test';
import { PUBLIC_URL, useApi } from '../../test/harness/api.ts';
import { tokenIn, useMail } from '../../test/harness/mail-rig.ts';
import {
  type Browser,
  forgetDevice,
  makeAccount,
  makePerson,
  OWN_PAGE,
  openBrowser,
  PASSWORD,
} from '../../test/harness/people.ts';
import { createIdentities } from '../accounts/identity.ts';
import { makeResetToken } from '../accounts/operator.ts';
import { ACCOUNT, PAIR } from '../accounts/throttle.ts';

const mail = useMail();
const api = useApi({ people: mail.people({ signup: 'open' }) });

const signIn = (browser: Browser, email: string, password = PASSWORD) =>
  browser.call('POST', '/api/auth/sign-in/email', { email, password });

async function isSignedIn(browser: Browser): Promise<boolean> {
  return (await browser.call('GET', '/api/v1/me')).status === 200;
}

describe('signing in with a password', () => {
  test('gives a cookie that no script reads, that stays with our pages and with HTTPS', async () => {
    const { email } = await makeAccount(api);
    const browser = openBrowser(api);
    assert.equal((await signIn(browser, email, 'a wrong password')).status, 401);
    assert.equal(await isSignedIn(browser), false);
    const answer = await signIn(browser, email.toUpperCase());
    assert.equal(answer.status, 200, answer.text);
    const lines = [answer.headers['set-cookie'] ?? []].flat().map(String);
    const session = lines.find((line) => line.startsWith('__Secure-allswell.session_token='));
    for (const line of [session ?? '', lines.find((line) => line.startsWith('allswell.device=')) ?? '']) {
      for (const part of [/; HttpOnly/i, /; Secure/i, /; SameSite=Lax/i, /; Path=\/(;|$)/i]) assert.match(line, part);
    }
    assert.equal(await isSignedIn(browser), true);
  });

  test('below a path keeps to that path', async () => {
    const { email } = await makeAccount(api);
    const { services } = api;
    const identities = createIdentities({
      ...services,
      publicUrl: 'http://localhost:8080/watch',
      passwords: services.accounts.passwords,
      mails: { resetPassword: () => undefined, confirmEmail: () => undefined, signInLink: () => undefined },
      confirmsEmail: false,
      oidc: null,
      passkeys: false,
      mayMakeAccount: async () => false,
    });
    const [cookie = ''] = await identities.signIn(email, PASSWORD, { address: '192.0.2.9', agent: '' });
    assert.match(cookie, /^allswell\.session_token=.*; Path=\/watch(;|$)/);
    assert.doesNotMatch(cookie, /; Secure/i);
    const request = new Request('http://localhost:8080/watch/api/auth/get-session', {
      headers: { cookie: cookie.split(';')[0] ?? '' },
    });
    const answer = await identities.handle(request, false);
    assert.ok((await answer?.text())?.includes(email));
  });

  test('is for our own pages', async () => {
    const { email } = await makeAccount(api);
    for (const headers of [{}, { origin: 'https://evil.example' }, { ...OWN_PAGE, 'sec-fetch-site': 'cross-site' }]) {
      const body = { email, password: PASSWORD };
      const answer = await openBrowser(api).call('POST', '/api/auth/sign-in/email', body, headers);
      assert.equal(answer.json.code, 'cross_site');
    }
  });

  test('makes no account by itself, and what the library has besides is closed', async () => {
    const browser = openBrowser(api);
    const body = { email: 'new@example.com', password: PASSWORD, name: 'New' };
    for (const path of [
      'sign-up/email',
      'update-user',
      'delete-user',
      'list-sessions',
      'revoke-sessions',
      'change-email',
    ]) {
      assert.equal((await browser.call('POST', `/api/auth/${path}`, body)).status, 404, path);
    }
  });
});

describe('guessing', () => {
  test('waits longer and longer, for that address alone', async () => {
    const { email } = await makeAccount(api);
    const guesser = openBrowser(api, '203.0.113.1');
    for (let tries = 0; tries < PAIR.free; tries += 1)
      assert.equal((await signIn(guesser, email, 'wrong')).status, 401);
    const refused = await signIn(guesser, email);
    assert.deepEqual([refused.status, refused.json.code], [429, 'too_many_attempts']);
    assert.equal(refused.headers['retry-after'], '1');
    assert.equal((await signIn(openBrowser(api, '203.0.113.2'), email)).status, 200, 'elsewhere nobody waits');
    api.clock.advance(1_000);
    assert.equal((await signIn(guesser, email, 'wrong')).status, 401);
    assert.equal((await signIn(guesser, email)).headers['retry-after'], '2');
    api.clock.advance(2_000);
    assert.equal((await signIn(guesser, email)).status, 200);
  });

  test('a hundred at once are no more than the free ones', async () => {
    const { email } = await makeAccount(api);
    const crowd = openBrowser(api, '203.0.113.3');
    const answers = await Promise.all(Array.from({ length: 100 }, () => signIn(crowd, email, 'wrong')));
    // One that is over and counted while a later one looks counts twice: rather fewer than more.
    const tried = answers.filter(({ status }) => status === 401).length;
    assert.ok(tried >= 1 && tried <= PAIR.free, String(tried));
    assert.equal(answers.filter(({ status }) => status === 429).length, answers.length - tried);
  });

  test('from everywhere only slows an account down, and not where it was signed in before', async () => {
    const { email } = await makeAccount(api);
    const home = openBrowser(api, '198.51.100.1');
    assert.equal((await signIn(home, email)).status, 200);
    for (let tries = 0; tries < ACCOUNT.free; tries += 1) {
      await signIn(openBrowser(api, `203.0.113.${10 + tries}`), email, 'wrong');
    }
    const elsewhere = openBrowser(api, '203.0.113.200');
    assert.equal((await signIn(elsewhere, email)).status, 429);
    assert.equal((await signIn(home, email)).status, 200, 'a known device does not wait');
    // Nor when the guessing comes from its own address.
    const sameAddress = openBrowser(api, '198.51.100.1');
    for (let tries = 0; tries < 40; tries += 1) await signIn(sameAddress, email, 'wrong');
    assert.equal((await signIn(home, email)).status, 200);
    forgetDevice(home);
    assert.equal((await signIn(home, email)).status, 429);
    api.clock.advance(ACCOUNT.maxWaitMs + PAIR.maxWaitMs);
    assert.equal((await signIn(elsewhere, email)).status, 200);
  });

  test('leaves no names behind', async () => {
    const rows = await api.database.query<{ key: string }>({
      name: 'test_keys',
      text: 'SELECT key FROM sign_in_attempt',
    });
    assert.ok(rows.length > 0);
    assert.ok(rows.every(({ key }) => /^[\w-]{32}$/.test(key)));
  });
});

describe('links by mail', () => {
  test('sign in once, in the language of the browser; where a code is wanted they say so', async () => {
    const { email } = await makeAccount(api);
    const browser = openBrowser(api);
    const ask = (language: string) =>
      browser.call('POST', '/api/auth/sign-in/magic-link', { email }, { ...OWN_PAGE, 'accept-language': language });
    const received = await mail.next(email, () => ask('ru'));
    assert.equal(received.mail.subject, 'Ссылка для входа');
    assert.match(received.mail.html ?? '', /lang="ru"/);
    const path = `/api/auth/magic-link/verify?token=${tokenIn(received, 'sign-in-link')}`;
    assert.equal((await browser.call('GET', path)).status, 200);
    assert.equal(await isSignedIn(browser), true);
    const again = openBrowser(api);
    await again.call('GET', path);
    assert.equal(await isSignedIn(again), false, 'the link is used up');
    await api.database.query(
      { name: 'test_2fa', text: `UPDATE auth_user SET "twoFactorEnabled" = true WHERE email = $1` },
      [email],
    );
    const refused = await mail.next(email, () => ask('en'));
    assert.equal(refused.mail.subject, 'Signing in by link is off');
    assert.doesNotMatch(refused.mail.text ?? '', /sign-in-link/);
  });

  test('set a new password once, and sign out everywhere', async () => {
    const person = await makePerson(api);
    const browser = openBrowser(api);
    const received = await mail.next(person.email, () =>
      browser.call('POST', '/api/auth/request-password-reset', { email: person.email }),
    );
    assert.equal(received.mail.subject, 'Set a new password');
    const token = tokenIn(received, 'reset-password');
    const reset = (newPassword: string) => browser.call('POST', '/api/auth/reset-password', { token, newPassword });
    assert.equal((await reset('short')).status, 400);
    assert.equal((await reset('another password')).status, 200);
    assert.equal((await reset('yet another one')).status, 400);
    assert.equal(await isSignedIn(person), false);
    assert.equal((await signIn(browser, person.email)).status, 401);
    assert.equal((await signIn(browser, person.email, 'another password')).status, 200);
  });

  test('the operator makes one without mail', async () => {
    const { email } = await makeAccount(api);
    assert.equal(await makeResetToken(api.services, 'nobody@example.com'), null);
    const token = await makeResetToken(
      { ...api.services, clock: { ...api.clock, now: Date.now } },
      email.toUpperCase(),
    );
    const browser = openBrowser(api);
    const body = { token, newPassword: 'handed over' };
    assert.equal((await browser.call('POST', '/api/auth/reset-password', body)).status, 200);
    assert.equal((await browser.call('POST', '/api/auth/reset-password', body)).status, 400);
    assert.equal((await signIn(browser, email, 'handed over')).status, 200);
  });

  test('say the same whether or not there is such an account, and do not flood anybody', async () => {
    const { email } = await makeAccount(api);
    const browser = openBrowser(api, '203.0.113.240');
    const ask = (to: string) => browser.call('POST', '/api/auth/request-password-reset', { email: to });
    const [known, unknown] = [await ask(email), await ask('nobody@example.com')];
    assert.deepEqual([known.status, known.text], [unknown.status, unknown.text]);
    await ask(email);
    await ask(email);
    const refused = await ask(email);
    assert.equal(refused.status, 429);
    assert.equal(refused.headers['retry-after'], '30');
  });
});

describe('sign-up, where it is open', () => {
  test('asks to confirm the address first', async () => {
    const browser = openBrowser(api, '192.0.2.77');
    const body = { name: 'Vera', email: 'Vera@example.com', password: PASSWORD };
    const received = await mail.next('vera@example.com', async () => {
      const answer = await browser.call('POST', '/api/v1/sign-up', body, { ...OWN_PAGE, 'accept-language': 'ru' });
      assert.deepEqual([answer.status, answer.json], [202, { next: 'confirm_email' }]);
    });
    assert.equal(received.mail.subject, 'Подтвердите адрес');
    assert.equal((await signIn(browser, body.email)).status, 403);
    const token = tokenIn(received, 'confirm-email');
    assert.equal((await browser.call('GET', `/api/auth/verify-email?token=${encodeURIComponent(token)}`)).status, 200);
    assert.equal((await signIn(browser, body.email)).status, 200);
    const { json: me } = await browser.call('GET', '/api/v1/me');
    assert.deepEqual([me.team.name, me.team.role], ['Моя команда', 'owner']);

    const again = await mail.next('vera@example.com', async () => {
      const answer = await browser.call('POST', '/api/v1/sign-up', { ...body, name: 'Mallory' });
      assert.deepEqual([answer.status, answer.json], [202, { next: 'confirm_email' }]);
    });
    assert.equal(again.mail.subject, 'You have an account already');
  });
});

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The code that an app would show (RFC 6238). */
function codeOf(uri: string, steps = 0): string {
  const secret = new URL(uri).searchParams.get('secret') ?? '';
  const bits = [...secret].map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? []);
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const digest = createHmac('sha1', key).update(counter).digest();
  const at = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

describe('a second factor', () => {
  test('is asked for once it is set up; a recovery code takes its place once', async () => {
    const person = await makePerson(api);
    const post = (path: string, body: unknown, browser: Browser = person) =>
      browser.call('POST', `/api/auth/two-factor/${path}`, body);
    assert.equal((await post('enable', { password: 'a wrong password' })).status, 400);
    const { json } = await post('enable', { password: PASSWORD });
    assert.match(json.totpURI, /^otpauth:\/\/totp\/allswell/);
    assert.equal(json.backupCodes.length, 10);
    assert.equal((await post('verify-totp', { code: codeOf(json.totpURI) })).status, 200);
    assert.equal((await person.call('GET', '/api/v1/me')).json.user.two_factor, true);

    const browser = openBrowser(api);
    const half = await signIn(browser, person.email);
    assert.equal(half.json.twoFactorRedirect, true);
    assert.equal(await isSignedIn(browser), false);
    assert.equal((await post('verify-totp', { code: '000000' }, browser)).status, 401);
    assert.equal((await post('verify-totp', { code: codeOf(json.totpURI, 0) }, browser)).status, 200);
    assert.equal(await isSignedIn(browser), true);

    const [code] = json.backupCodes;
    for (const expected of [200, 401]) {
      const without = openBrowser(api);
      await signIn(without, person.email);
      assert.equal((await post('verify-backup-code', { code }, without)).status, expected);
      assert.equal(await isSignedIn(without), expected === 200);
    }
    const kept = await api.database.query<{ secret: string }>({
      name: 'test_secret',
      text: 'SELECT * FROM auth_two_factor',
    });
    assert.ok(!JSON.stringify(kept).includes(code), 'recovery codes are encrypted');
    assert.equal((await post('disable', { password: PASSWORD }, browser)).status, 200);
    assert.equal((await signIn(openBrowser(api), person.email)).json.twoFactorRedirect, undefined);
  });
});

test('the address of the server stands in every link', () => {
  assert.equal(PUBLIC_URL, 'https://watch.example');
  for (const { mail: one } of mail.smtp.mails) assert.match(one.text ?? '', /https:\/\/watch\.example\//);
});
