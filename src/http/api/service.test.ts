/** The team and its keys, previews, gaps, nodes, and what the service says of itself. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PUBLIC_URL, useApi } from '../../../test/harness/api.ts';
import { open } from '../../../test/harness/postgres.ts';
import { registerNode } from '../../store/nodes.ts';
import { registerRoutes } from '../routes.ts';
import { createHttpServer } from '../server.ts';
import { metricsText } from './service.ts';

let missing: string | null = null;
const api = useApi({
  health: {
    notReady: () => missing,
    metrics: async () => [
      { name: 'allswell_pings_total', type: 'counter', help: 'Pings.', value: 3, labels: { result: 'stored' } },
      { name: 'allswell_pings_total', type: 'counter', help: 'Pings.', value: 1, labels: { result: 'unknown' } },
    ],
  },
});

const at = (ms: number) => new Date(ms).toISOString();

describe('the team', () => {
  test('can be read and changed; its ping key can be replaced', async () => {
    const team = await api.team('night watch');
    const { json } = await team.call('GET', '/api/v1/team');
    assert.match(json.ping_key, /^[0-9A-Za-z]{22}$/);
    assert.deepEqual(json, {
      id: team.teamId,
      name: 'night watch',
      language: 'en',
      timezone: 'UTC',
      ping_key: json.ping_key,
      ping_url: `${api.services.pingUrl}/ping/${json.ping_key}`,
      drop_in_url: json.drop_in_url,
      reminder_every_seconds: null,
      created_at: at(api.clock.now()),
    });
    assert.ok(!('ping_key' in (await team.call('GET', '/api/v1/team', undefined, team.readKey)).json));
    const change = { name: 'Ночной дозор', language: 'ru', timezone: 'Europe/Moscow' };
    const changed = (await team.call('PATCH', '/api/v1/team', change)).json;
    assert.deepEqual(changed, { ...json, ...change });
    const rotated = (await team.call('POST', '/api/v1/team/rotate-ping-key')).json;
    assert.notEqual(rotated.ping_key, json.ping_key);
    for (const [body, field] of [
      [{ language: 'de' }, 'language'],
      [{ timezone: 'Moscow' }, 'timezone'],
      [{ timezone: '+03:00' }, 'timezone'],
      [{ name: ' ' }, 'name'],
      [{ name: 'a\nb' }, 'name'],
      [{ ping_key: 'x' }, 'ping_key'],
    ] as const) {
      const { status, json: problem } = await team.call('PATCH', '/api/v1/team', body);
      assert.deepEqual([status, problem.errors[0].field], [400, field]);
    }
  });
});

describe("the base for other systems' clients", () => {
  test('is made when first asked for, stays, is shown to writers only, and can be replaced', async () => {
    const team = await api.team();
    const read = async () => (await team.call('GET', '/api/v1/team')).json.drop_in_url;
    const url = await read();
    assert.match(url, /^https:\/\/watch\.example\/in\/[0-9A-Za-z]{32}$/);
    assert.equal(await read(), url);
    assert.ok(!('drop_in_url' in (await team.call('GET', '/api/v1/team', undefined, team.readKey)).json));
    const [row] = await api.database.query<{ row: string }>(
      { name: 'test_team_row', text: 'SELECT team::text AS row FROM team WHERE id = $1' },
      [team.teamId],
    );
    assert.ok(!row?.row.includes(url.split('/').at(-1)), 'the secret is not kept as it is');
    const { json } = await team.call('POST', '/api/v1/team/rotate-drop-in-secret');
    assert.notEqual(json.drop_in_url, url);
    assert.equal(await read(), json.drop_in_url);
    const asked = async (base: string) =>
      (await api.app.inject({ url: `${base.replace('https://watch.example', '')}/jobs` })).statusCode;
    assert.deepEqual([await asked(url), await asked(json.drop_in_url)], [404, 200]);
  });

  test('is told to be lost when the key that it was encrypted with is', async () => {
    const team = await api.team();
    const url = (await team.call('GET', '/api/v1/team')).json.drop_in_url;
    await api.database.query(
      { name: 'test_lose_key', text: "UPDATE team SET drop_in_sealed = '\\x01' WHERE id = $1" },
      [team.teamId],
    );
    const { status, json } = await team.call('GET', '/api/v1/team');
    assert.deepEqual([status, json.drop_in_url], [200, null]);
    assert.equal((await api.app.inject({ url: `${new URL(url).pathname}/jobs` })).statusCode, 200);
  });

  test('of several who ask first all see the same', async () => {
    const team = await api.team();
    const urls = await Promise.all(
      [1, 2, 3].map(async () => (await team.call('GET', '/api/v1/team')).json.drop_in_url),
    );
    assert.equal(new Set(urls).size, 1);
  });
});

describe('API keys', () => {
  test('are shown once, work with their scope, and are unknown once deleted', async () => {
    const team = await api.team();
    api.clock.advance(1);
    const made = await team.call('POST', '/api/v1/keys', { name: 'ci', scope: 'read' });
    assert.equal(made.status, 201);
    const { key, ...rest } = made.json;
    assert.match(key, /^aw_[0-9A-Za-z]{40}$/);
    const { json } = await team.call('GET', '/api/v1/keys');
    assert.deepEqual(json.keys.at(-1), rest);
    assert.equal(json.keys.length, 3);
    assert.equal((await team.call('GET', '/api/v1/monitors', undefined, key)).status, 200);
    assert.equal((await team.call('DELETE', `/api/v1/keys/${rest.id}`)).status, 204);
    assert.equal((await team.call('GET', '/api/v1/monitors', undefined, key)).status, 401);
    assert.equal((await team.call('DELETE', `/api/v1/keys/${rest.id}`)).status, 404);
  });

  test('nobody can lock the team out: the last lasting write key stays, also when two go at once', async () => {
    const team = await api.team();
    const soon = at(api.clock.now() + 60_000);
    await team.call('POST', '/api/v1/keys', { name: 'guest', scope: 'write', expires_at: soon });
    const other = (await team.call('POST', '/api/v1/keys', { name: 'other', scope: 'write', expires_at: null })).json;
    const { json } = await team.call('GET', '/api/v1/keys');
    const own = json.keys.find((key: { name: string }) => key.name === 'write');
    const statuses = await Promise.all([
      team.call('DELETE', `/api/v1/keys/${own.id}`).then(({ status }) => status),
      team.call('DELETE', `/api/v1/keys/${other.id}`, undefined, other.key).then(({ status }) => status),
    ]);
    assert.deepEqual(statuses.sort(), [204, 409]);
  });

  test('that have expired already cannot be made', async () => {
    const team = await api.team();
    for (const expires of [at(api.clock.now()), '2020-01-01T00:00:00Z', 'tomorrow']) {
      const body = { name: 'x', scope: 'read', expires_at: expires };
      const { status, json } = await team.call('POST', '/api/v1/keys', body);
      assert.deepEqual([status, json.errors[0].field], [400, 'expires_at']);
    }
  });
});

describe('a schedule preview', () => {
  test('puts it into words and shows its next times, marked where the clock is changed', async () => {
    const team = await api.team();
    const { status, json } = await team.call('POST', '/api/v1/schedules/preview', {
      schedule: { type: 'cron', expression: '30 2 * * *', timezone: 'Europe/Berlin' },
      from: '2027-03-27T00:00:00+01:00',
      count: 3,
    });
    assert.equal(status, 200);
    assert.equal(json.description, 'at 02:30 every day, Europe/Berlin');
    assert.deepEqual(json.next, ['2027-03-27T01:30:00.000Z', '2027-03-28T01:00:00.000Z', '2027-03-29T00:30:00.000Z']);
    assert.deepEqual(
      json.runs.map((run: { clock_change: boolean }) => run.clock_change),
      [false, true, false],
    );
  });

  test('shows five from now on unless told otherwise, and works with a read key', async () => {
    const team = await api.team();
    const body = { schedule: { type: 'period', seconds: 60 } };
    const { json } = await team.call('POST', '/api/v1/schedules/preview', body, team.readKey);
    assert.equal(json.next.length, 5);
    assert.equal(json.next[0], at(api.clock.now() + 60_000));
  });

  test('refuses what could not be saved, with the same words', async () => {
    const team = await api.team();
    for (const [body, field] of [
      [{ schedule: { type: 'cron', expression: 'x' } }, 'schedule.expression'],
      [{ schedule: { type: 'cron', expression: '0 0 30 2 *' } }, 'schedule.expression'],
      [{ schedule: { type: 'oncalendar', expression: 'Mon', timezone: 'X' } }, 'schedule.timezone'],
      [{ schedule: { type: 'period', seconds: 60 }, count: 51 }, 'count'],
      [{ schedule: { type: 'period', seconds: 60 }, from: 'now' }, 'from'],
      [{}, 'schedule'],
    ] as const) {
      const { status, json } = await team.call('POST', '/api/v1/schedules/preview', body);
      assert.deepEqual([status, json.errors[0].field], [400, field]);
      const given = field.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown>)?.[key], body);
      assert.deepEqual(json.errors[0].given, given, field);
    }
  });
});

describe('the install', () => {
  test('lists the times when nobody was looking, the last one first', async () => {
    const team = await api.team();
    const from = api.clock.now();
    for (const [n, kind] of ['ingest', 'watch'].entries()) {
      api.clock.advance(1);
      await api.database.query(
        {
          name: 'test_gap',
          text: 'INSERT INTO gap (id, kind, from_at, to_at, reason) VALUES ($1, $2, $3, $4, $5)',
        },
        [api.services.newId(), kind, from, from + (n + 1) * 5_000, 'a test'],
      );
    }
    const first = (await team.call('GET', '/api/v1/gaps?limit=1')).json;
    assert.deepEqual(first.gaps, [
      {
        id: first.gaps[0].id,
        kind: 'watch',
        from: at(from),
        to: at(from + 10_000),
        duration_seconds: 10,
        reason: 'a test',
      },
    ]);
    const second = (await team.call('GET', `/api/v1/gaps?limit=1&cursor=${first.next_cursor}`)).json;
    assert.deepEqual([second.gaps[0].kind, second.next_cursor], ['ingest', null]);
  });

  test('lists its nodes and says which of them live', async () => {
    const team = await api.team();
    const node = { id: api.services.newId(), host: 'a', pid: 7, roles: ['web', 'watch'] as const };
    await api.database.transaction((tx) => registerNode(tx, node, api.clock.now()));
    const { json } = await team.call('GET', '/api/v1/nodes');
    const seen = at(api.clock.now());
    assert.deepEqual(json.nodes, [
      { ...node, roles: ['web', 'watch'], alive: true, started_at: seen, seen_at: seen, stopped_at: null },
    ]);
    api.clock.advance(3_000);
    assert.equal((await team.call('GET', '/api/v1/nodes')).json.nodes[0].alive, false);
  });
});

describe('the service', () => {
  test('says that it lives, and whether it works', async () => {
    const team = await api.team();
    assert.deepEqual((await team.call('GET', '/healthz', undefined, null)).json, { status: 'ok' });
    assert.deepEqual((await team.call('GET', '/readyz', undefined, null)).json, { status: 'ready', reason: null });
    missing = 'deadlines are not being judged';
    const { status, json } = await team.call('GET', '/readyz', undefined, null);
    missing = null;
    assert.equal(status, 503);
    assert.deepEqual(json, { status: 'not_ready', reason: 'deadlines are not being judged' });
  });

  test('gives its numbers to those who have a key, in the form of Prometheus', async () => {
    const team = await api.team();
    const { headers, text } = await team.call('GET', '/metrics', undefined, team.readKey);
    assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
    assert.match(text, /# TYPE allswell_pings_total counter\nallswell_pings_total\{result="stored"\} 3\n/);
    assert.match(text, /allswell_team_monitors\{status="up"\} 0\n/);
    for (const line of text.trimEnd().split('\n')) {
      assert.match(line, /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"]*"\})? [0-9.]+)$/);
    }
    assert.equal(text.match(/# TYPE allswell_pings_total/g)?.length, 1);
  });

  test('escapes what stands in labels', () => {
    const labels = { name: 'a "b"\\\n' };
    const text = metricsText([{ name: 'x', type: 'gauge', help: 'h', value: 1, labels }]);
    assert.equal(text.split('\n')[2], 'x{name="a \\"b\\"\\\\\\n"} 1');
  });

  test('sends browsers to a page and programs to JSON', async () => {
    const page = await api.app.inject({ url: '/?status=down', headers: { accept: 'text/html,application/xhtml+xml' } });
    assert.match(String(page.headers['content-type']), /^text\/html/);
    assert.match(page.body, /href="\/docs"/);
    const json = await api.app.inject({ url: '/' });
    assert.equal(JSON.parse(json.body).docs, `${PUBLIC_URL}/docs`);
  });

  test('shows its documentation under a policy that lets nothing inline or foreign run', async () => {
    const page = await api.app.inject({ url: '/docs' });
    assert.equal(page.statusCode, 200);
    const policy = String(page.headers['content-security-policy']);
    assert.match(policy, /default-src 'none'; script-src 'self';/);
    assert.ok(!policy.includes('unsafe'));
    assert.ok(!/<script>|<script [^>]*>[^<]|style=|onload=|https?:/.test(page.body));
    const linked = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path);
    assert.equal(linked.length, 4);
    for (const path of linked) {
      const asset = await api.app.inject({ url: path });
      assert.equal(asset.statusCode, 200, path);
      assert.ok(asset.rawPayload.length > 100, path);
      assert.equal(asset.headers['x-content-type-options'], 'nosniff');
    }
    for (const path of ['package.json', '..%2fpackage.json', 'swagger-ui.js.map']) {
      const asset = await api.app.inject({ url: `/docs/assets/${path}` });
      assert.ok(asset.statusCode === 400 || asset.statusCode === 404, `${path} ${asset.statusCode}`);
    }
  });
});

describe('without its database', () => {
  test('calls are 503 with the time to wait, and what needs no database still answers', async () => {
    const team = await api.team();
    const away = open({ host: '/nowhere', port: 5432, user: 'postgres', database: 'postgres' });
    const server = createHttpServer({ ...api.services, database: away });
    await registerRoutes(server.app, { ...api.services, database: away });
    const call = (url: string) => server.app.inject({ url, headers: { 'x-api-key': team.writeKey } });
    for (const url of ['/api/v1/monitors', '/api/v1/team', '/metrics']) {
      const answer = await call(url);
      assert.deepEqual([answer.statusCode, JSON.parse(answer.body).code], [503, 'unavailable'], url);
      assert.equal(answer.headers['retry-after'], '2');
    }
    for (const url of ['/healthz', '/docs', '/api/openapi.json']) assert.equal((await call(url)).statusCode, 200, url);
    await server.close();
    await away.close();
  });

  test('a fault of our own is a 500 with the id that the log has, and nothing of what it was', async () => {
    const team = await api.team();
    const logged: unknown[] = [];
    const logger = { ...api.services.logger, error: (_: string, fields?: object) => logged.push(fields) };
    const services = {
      ...api.services,
      logger,
      health: {
        notReady: () => {
          throw new Error('a secret of the inside');
        },
        metrics: async () => [],
      },
    };
    const server = createHttpServer(services);
    await registerRoutes(server.app, services);
    const answer = await server.app.inject({ url: '/readyz', headers: { 'x-api-key': team.writeKey } });
    const json = JSON.parse(answer.body);
    assert.deepEqual([answer.statusCode, json.code], [500, 'internal']);
    assert.ok(!answer.body.includes('secret'));
    assert.equal((logged[0] as { id: string }).id, json.id);
    await server.close();
  });
});
