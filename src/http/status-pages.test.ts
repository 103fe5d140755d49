import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { useApi } from '../../test/harness/api.ts';
import { waitFor } from '../../test/harness/wait-for.ts';
import { DAY_MS, HOUR_MS } from '../core/instant.ts';
import { BAR_DAYS, barsFrom, historyOf } from '../core/status-page.ts';
import { PAGE_TTL_MS } from './status-pages.ts';

const api = useApi();
const PNG = Buffer.from('89504e470d0a1a0a0000', 'hex');
const get = (url: string, host?: string) =>
  api.app.inject({ url, headers: host === undefined ? { host: 'watch.example' } : { host } });

async function scene(more: Record<string, unknown> = {}) {
  const team = await api.team();
  const make = async (name: string, tags: string[] = []) => {
    const body = { kind: 'heartbeat', name, tags, schedule: { type: 'period', seconds: 3_600 } };
    const { json } = await team.call('POST', '/api/v1/monitors', body);
    return { id: json.id as string, key: json.ping_url.split('/').at(-1) as string };
  };
  const [shop, tagged, secret] = [
    await make('shop-db-01'),
    await make('<b>mail</b>', ['web']),
    await make('secret job'),
  ];
  const slug = `p-${team.teamId.slice(-12)}`;
  const groups = [{ title: 'Services', monitors: [{ id: shop.id, name: 'Shop' }], tags: ['web'] }];
  const made = await team.call('POST', '/api/v1/status-pages', { slug, title: 'Acme & Co', groups, ...more });
  assert.equal(made.status, 201, made.text);
  for (const { key } of [shop, tagged, secret]) await api.ping(key);
  return { team, shop, tagged, secret, slug, page: made.json };
}

describe('a status page', () => {
  test('shows what was chosen and leaks nothing else, on the page, in its feed and in its badges', async () => {
    const { team, shop, tagged, secret, slug, page } = await scene({
      intro: 'Hello',
      announcements: [{ title: 'Move', text: 'At night' }],
    });
    assert.equal(page.url, `https://watch.example/status/${slug}`);
    await api.ping(shop.key, { kind: 'fail', exitStatus: 77, body: Buffer.from('password=hunter2'), bodySize: 16 });
    const all = await Promise.all(
      ['', '/feed.xml', '/badge.svg', '/badge.json', '/badge.json?name=Shop'].map((part) =>
        get(`/status/${slug}${part}`),
      ),
    );
    const [html, feed, svg, whole, one] = all.map((answer) => answer.body) as [string, string, string, string, string];
    for (const answer of all) {
      assert.equal(answer.statusCode, 200);
      assert.match(String(answer.headers['cache-control']), /^public, max-age=30$/);
    }
    for (const words of [
      'Acme &amp; Co',
      '1 of 2 is down.',
      'Shop: down since',
      '&lt;b&gt;mail&lt;/b&gt;',
      'Hello',
      'Move',
      'At night',
    ]) {
      assert.ok(html.includes(words), words);
    }
    assert.ok(!html.includes('<script'));
    assert.doesNotMatch(String(all[0]?.headers['content-security-policy']), /unsafe/);
    assert.match(feed, /<title>Shop: down since [^<]+<\/title>/);
    assert.match(svg, /^<svg /);
    assert.deepEqual(
      [JSON.parse(whole).status, JSON.parse(one)],
      ['down', { label: 'Shop', message: 'down', status: 'down' }],
    );
    const leaks = [shop, tagged, secret].flatMap(({ id, key }) => [id, key]);
    for (const leak of [...leaks, team.teamId, page.id, 'shop-db-01', 'secret job', 'hunter2', 'exit']) {
      for (const answer of all) assert.ok(!answer.body.includes(leak), leak);
    }
    assert.equal((await get(`/status/${slug}/badge.svg?name=secret job`)).statusCode, 404);
    assert.equal((await get(`/status/${slug}/logo`)).statusCode, 404);
    assert.equal((await get(`/status/${slug}/nothing`)).statusCode, 404);
    assert.equal((await get('/status/nobody')).statusCode, 404);
  });

  test('can be about the whole team, also about what is made later, and counts each thing once', async () => {
    const { team, shop, slug, page } = await scene({
      announcements: [
        { title: 'Older', at: '2026-11-01T00:00:00Z' },
        { title: 'Newer', at: '2026-11-02T00:00:00Z' },
      ],
    });
    const groups = [
      { title: 'Shop', monitors: [{ id: shop.id, name: 'Shop' }], tags: ['web'] },
      { title: 'Web', tags: ['web'] },
      { title: 'All else', all: true },
    ];
    const changed = await team.call('PATCH', `/api/v1/status-pages/${page.id}`, { groups });
    assert.deepEqual(
      changed.json.groups.map((group: { all: boolean }) => group.all),
      [false, false, true],
    );
    const body = { kind: 'heartbeat', name: 'made later', schedule: { type: 'period', seconds: 3_600 } };
    const later = (await team.call('POST', '/api/v1/monitors', body)).json;
    await api.ping(later.ping_url.split('/').at(-1), { kind: 'fail' });
    const stranger = await api.team();
    await stranger.call('POST', '/api/v1/monitors', { ...body, name: 'of a stranger' });
    const html = (await get(`/status/${slug}`)).body;
    assert.match(html, /1 of 4 is down\./);
    const rest = html.slice(html.indexOf('All else'));
    assert.ok(rest.includes('made later') && rest.includes('secret job'));
    assert.ok(!rest.includes('<b>Shop</b>') && !html.includes('of a stranger'));
    assert.equal(html.split('&lt;b&gt;mail&lt;/b&gt;').length - 1, 2, 'it stands in both groups that name its tag');
    assert.ok(html.indexOf('Newer') < html.indexOf('Older'));
  });

  test('says of a bad day which one it was and for how long, and shows it by its form too', async () => {
    const { shop, slug } = await scene();
    await api.ping(shop.key, { kind: 'fail' });
    api.clock.advance(2 * HOUR_MS);
    await api.ping(shop.key);
    const html = (await get(`/status/${slug}`)).body;
    const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
    const [bad = ''] = html.match(/<path class="d" d="M445 0l2 5[^>]+><title>[^<]+/) ?? [];
    assert.ok(bad.endsWith(`<title>${day.format(api.clock.now())}: down for 2 h`), bad);
  });

  test('is cached for a moment, can be a draft, and speaks Russian', async () => {
    const { team, slug, page } = await scene({ language: 'ru', timezone: 'Europe/Moscow' });
    const first = await get(`/status/${slug}`);
    assert.match(first.body, /Всё работает\./);
    await team.call('PATCH', `/api/v1/status-pages/${page.id}`, { title: 'New', public: false });
    assert.equal((await get(`/status/${slug}`)).body, first.body);
    api.clock.advance(PAGE_TTL_MS);
    assert.equal((await get(`/status/${slug}`)).statusCode, 404);
  });

  test('has a domain of its own, where nothing else is answered', async () => {
    const host = `s-${api.services.random.uuid()}.example.org`;
    const { slug } = await scene({ host, logo: PNG.toString('base64') });
    api.clock.advance(PAGE_TTL_MS);
    // The first one has the domains read again, and does not wait for it.
    await get('/healthz', 'elsewhere.example');
    const page = await waitFor('the domain to be known', async () => {
      const answer = await get('/', host);
      return answer.body.startsWith('<!doctype') ? answer : null;
    });
    assert.equal(page?.statusCode, 200);
    assert.match(page?.body ?? '', /<h1>Acme &amp; Co<\/h1>/);
    assert.match(page?.body ?? '', /src="\/logo"/);
    const logo = await get('/logo', host);
    assert.deepEqual([logo.headers['content-type'], logo.rawPayload.equals(PNG)], ['image/png', true]);
    assert.equal((await get('/feed.xml', `${host}:8443`)).statusCode, 200);
    for (const path of ['/docs', '/api/openapi.json', `/status/${slug}`])
      assert.equal((await get(path, host)).statusCode, 404, path);
    assert.equal((await get('/healthz', 'elsewhere.example')).statusCode, 200);
  });

  test('refuses what is taken, unknown, too large or no picture, by its field', async () => {
    const { team, slug, page, shop } = await scene();
    const stranger = await api.team();
    const nowhere = '01936f0e-7b1c-7c3a-9f60-2f1d0a4b5c6d';
    for (const [who, body, field] of [
      [stranger, { slug, title: 'x' }, 'slug'],
      [stranger, { slug: `${slug}-2`, title: 'x', groups: [{ monitors: [{ id: shop.id }] }] }, 'groups'],
      [team, { slug: 'x/y', title: 'x' }, 'slug'],
      [team, { slug: `${slug}-3`, title: 'x', host: 'http://x' }, 'host'],
      [team, { slug: `${slug}-3`, title: 'x', logo: Buffer.from('<svg onload="x">').toString('base64') }, 'logo'],
      [team, { slug: `${slug}-3`, title: 'x', groups: [{ monitors: [{ id: nowhere }] }] }, 'groups'],
    ] as const) {
      const { status, json } = await who.call('POST', '/api/v1/status-pages', body);
      assert.deepEqual([status, json.errors?.[0]?.field], [400, field], JSON.stringify(json));
    }
    const listed = await team.call('GET', '/api/v1/status-pages');
    assert.deepEqual(
      listed.json.status_pages.map((one: { id: string }) => one.id),
      [page.id],
    );
    assert.equal((await team.call('DELETE', `/api/v1/status-pages/${page.id}`)).status, 204);
    assert.equal((await team.call('GET', `/api/v1/status-pages/${page.id}`)).status, 404);
  });
});

describe('the days of a monitor', () => {
  const now = Date.UTC(2026, 10, 21, 12);
  const facts = { status: 'up', statusAtFrom: 'new', changes: [], downs: [] } as const;

  test('are ninety, today is the last, and what was not watched has no colour', () => {
    const start = barsFrom(now);
    const { bars } = historyOf({ ...facts, changes: [{ at: start + 88 * DAY_MS, to: 'up' }] }, [], now);
    assert.equal(bars.length, BAR_DAYS);
    assert.deepEqual(bars.slice(-3), ['none', 'up', 'up']);
  });

  test('tell a short failure from a long one', () => {
    const day = barsFrom(now) + 88 * DAY_MS;
    const changes = [{ at: barsFrom(now), to: 'up' }] as const;
    const down = (ms: number) =>
      historyOf({ ...facts, changes, downs: [{ from: day, to: day + ms }] }, [], now).bars.at(-2);
    assert.deepEqual([down(HOUR_MS), down(2 * HOUR_MS)], ['partly', 'down']);
  });
});
