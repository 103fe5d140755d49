import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { sql } from '../../test/harness/fixtures.ts';
import { usePingServer } from '../../test/harness/ping-server.ts';
import { firstStart } from '../accounts/first-start.ts';
import { systemRandom } from '../platform/random.ts';
import { findApiKey, hashApiKey } from '../store/api-keys.ts';
import { createSealer } from '../store/seal.ts';
import { unsubscribeUrl } from './unsubscribe.ts';

const host = usePingServer();
const { ask, make } = host;
const MULTIPART = ['--b', 'Content-Disposition: form-data; name="List-Unsubscribe"', '', 'One-Click', '--b--', ''].join(
  '\r\n',
);

function assertSafe(headers: ReadonlyMap<string, string>): void {
  const policy = headers.get('content-security-policy') ?? '';
  assert.match(policy, /^default-src 'none'; .*frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /unsafe/);
  assert.equal(headers.get('referrer-policy'), 'no-referrer');
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  assert.match(headers.get('content-type') ?? '', /^text\/html; charset=utf-8/);
}

describe('the one-time link', () => {
  test('survives scanners, makes one owner of two who press at once, and is used up then', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'allswell-pages-'));
    const { setupToken, team } = await firstStart({ ...host.services, dataDir, apiKey: null });
    await rm(dataDir, { recursive: true });
    const path = `/setup/${setupToken}`;
    for (const method of ['GET', 'HEAD', 'GET']) {
      const page = await ask(method, path);
      assert.equal(page.status, 200);
      assertSafe(page.headers);
      assert.doesNotMatch(page.body, /aw_|<script/);
    }
    assert.match((await ask('GET', path, { headers: { 'Accept-Language': 'ru-RU,ru;q=0.9,en' } })).body, /lang="ru"/);
    const press = (email: string, password = 'a long password') =>
      ask('POST', path, {
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ name: 'Anna', email, password }).toString(),
      });
    assert.equal((await press('anna@example.com', 'short')).status, 400);
    const pressed = await Promise.all([press('anna@example.com'), press('boris@example.com')]);
    assert.deepEqual(pressed.map(({ status }) => status).sort(), [200, 410]);
    const done = pressed.find(({ status }) => status === 200);
    assert.match(done?.headers.get('set-cookie') ?? '', /HttpOnly; SameSite=Lax; Secure/);
    const key = /aw_[0-9A-Za-z]{40}/.exec(done?.body ?? '')?.[0] ?? '';
    for (const page of pressed) assertSafe(page.headers);
    const found = await findApiKey(host.database, hashApiKey(key), host.clock.now());
    assert.equal(found?.scope, 'write');
    const owners = await sql(host.database, 'SELECT role FROM member WHERE team_id = $1', [team.id]);
    assert.deepEqual(owners, [{ role: 'owner' }]);
    assert.deepEqual(await sql(host.database, 'SELECT count(*) AS users FROM auth_user'), [{ users: 1 }]);
    assert.equal((await press('clara@example.com')).status, 410);
    assert.equal((await ask('POST', '/setup/guessed')).status, 400);
  });
});

describe('the link that stops messages', () => {
  async function scene(language = 'en') {
    const team = await make.team('<b>Night & watch</b>');
    await sql(host.database, 'UPDATE team SET language = $2 WHERE id = $1', [team.id, language]);
    const channel = await make.channel(team.id, {}, { kind: 'email' });
    const state = async () =>
      (await sql<{ state: string }>(host.database, 'SELECT state FROM channel WHERE id = $1', [channel.id]))[0]?.state;
    const path = new URL(unsubscribeUrl('https://watch.test', host.services.sealer, channel.id)).pathname;
    return { channel, state, path };
  }

  test('changes nothing when it is only opened, in the language of the team', async () => {
    const { path, state } = await scene('ru');
    const before = await state();
    for (const method of ['GET', 'HEAD']) {
      const page = await ask(method, path);
      assert.equal(page.status, 200);
      assertSafe(page.headers);
      if (method === 'GET') {
        assert.match(page.body, /lang="ru"/);
        assert.match(page.body, /&lt;b&gt;Night &amp; watch/);
        assert.match(page.body, /<form method="post">/);
      }
    }
    assert.equal(await state(), before);
  });

  const clicks: readonly (readonly [string, Record<string, string>, string | undefined])[] = [
    ['nothing', {}, undefined],
    ['a form', { 'Content-Type': 'application/x-www-form-urlencoded' }, 'List-Unsubscribe=One-Click'],
    ['a form in parts', { 'Content-Type': 'multipart/form-data; boundary=b' }, MULTIPART],
    ['a form without a name', {}, 'List-Unsubscribe=One-Click'],
    ['JSON', { 'Content-Type': 'application/json' }, 'no JSON at all'],
  ];

  for (const [what, headers, body] of clicks) {
    test(`works with one click that posts ${what}, and once more`, async () => {
      const { path, state } = await scene();
      for (let click = 0; click < 2; click += 1) {
        const page = await ask('POST', path, { headers, ...(body === undefined ? {} : { body }) });
        assert.equal(page.status, 200);
        assertSafe(page.headers);
        assert.equal(page.headers.get('location'), undefined);
        assert.equal(page.headers.get('set-cookie'), undefined);
      }
      assert.equal(await state(), 'broken');
    });
  }

  test('is nobody else’s to make', async () => {
    const { channel, path, state } = await scene();
    const other = await scene();
    const signature = path.split('/').at(-1) ?? '';
    const forged = createSealer('another secret', systemRandom).sign(`unsubscribe:${channel.id}`);
    const wrong = [
      `/unsubscribe/${channel.id}/${forged}`,
      `/unsubscribe/${channel.id}/${signature.slice(0, -1)}`,
      `/unsubscribe/${channel.id}/${signature.toUpperCase()}`,
      `/unsubscribe/${other.channel.id}/${signature}`,
      `/unsubscribe/${channel.id.toUpperCase()}/${signature}`,
      `/unsubscribe/x/${signature}`,
      `/unsubscribe/${channel.id}/%F0%9F%98%80`,
      `/unsubscribe/%00/${signature}`,
    ];
    for (const address of wrong) {
      for (const method of ['GET', 'POST']) {
        assert.equal((await ask(method, address)).status, 404, `${method} ${address}`);
      }
    }
    assert.notEqual(await state(), 'broken');
    assert.notEqual(await other.state(), 'broken');
  });

  test('says "later" without the words of the database when that is away, and refuses what is too big', async () => {
    const { path } = await scene();
    const gone = Object.assign(new Error('password authentication failed for "me"'), { code: '28P01' });
    const database = { ...host.database, query: () => Promise.reject(gone), transaction: () => Promise.reject(gone) };
    const { port } = await host.another({ database });
    const body = new URLSearchParams({ name: 'A', email: 'a@example.com', password: 'a long password' }).toString();
    for (const [method, address] of [
      ['GET', path],
      ['POST', path],
      ['POST', '/setup/x'],
    ] as const) {
      const page = await ask(method, address, { port, ...(method === 'POST' ? { body } : {}) });
      assert.equal(page.status, 503);
      assert.match(page.headers.get('retry-after') ?? '', /^\d+$/);
      assert.doesNotMatch(page.body, /password/);
      assertSafe(page.headers);
    }
    assert.equal((await ask('POST', path, { body: 'x'.repeat(20_000) })).status, 413);
  });
});

describe('what the links in messages lead to', () => {
  const id = '01a1fd43-5e07-773a-8a0f-0dd9165975fb';

  test('says how to see the monitor or the incident, in the language of the browser', async () => {
    const monitor = await ask('GET', `/monitors/${id}`);
    assert.equal(monitor.status, 200);
    assertSafe(monitor.headers);
    assert.ok(monitor.body.includes(`allswell monitor show ${id}`), monitor.body);
    const incident = await ask('GET', `/incidents/${id}`, { headers: { 'Accept-Language': 'ru' } });
    assert.match(incident.body, /Инцидент/);
    assert.ok(incident.body.includes(`/api/v1/incidents/${id}`), incident.body);
  });

  test('is nothing for what is no id', async () => {
    assert.equal((await ask('GET', '/monitors/nonsense')).status, 404);
  });
});
