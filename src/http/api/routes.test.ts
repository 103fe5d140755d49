import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import Fastify from 'fastify';
import { type Caller, useApi } from '../../../test/harness/api.ts';
import { ROUTES, registerApi } from './index.ts';
import type { Route } from './route.ts';
import { fastifyPath } from './server.ts';

const api = useApi();

interface Operation {
  readonly operationId: string;
  readonly security: readonly unknown[];
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<Record<string, unknown>>;
}

async function document() {
  const response = await api.app.inject({ method: 'GET', url: '/api/openapi.json' });
  return JSON.parse(response.body);
}

/** One thing of every kind that has an id. */
interface Things {
  readonly monitor: string;
  readonly channel: string;
  readonly incident: string;
  readonly delivery: string;
  readonly key: string;
  readonly link: string;
  readonly site: string;
  readonly maintenance: string;
  readonly page: string;
}

async function makeThings(team: Caller): Promise<Things> {
  const channel = await team.call('POST', '/api/v1/channels', {
    kind: 'webhook',
    name: 'ops',
    config: { url: 'http://127.0.0.1:9/hook' },
  });
  const monitor = await team.call('POST', '/api/v1/monitors', {
    kind: 'process',
    name: 'report',
    schedule: { type: 'period', seconds: 3_600 },
  });
  await api.ping(monitor.json.ping_url.split('/').at(-1), { kind: 'fail', body: Buffer.from('boom'), bodySize: 4 });
  const incidents = await team.call('GET', '/api/v1/incidents?state=open');
  const deliveries = await team.call('GET', '/api/v1/deliveries');
  const key = await team.call('POST', '/api/v1/keys', { name: 'ci', scope: 'read' });
  const gateway = await team.call('POST', '/api/v1/monitors', {
    kind: 'heartbeat',
    name: 'gateway',
    schedule: { type: 'period', seconds: 60 },
  });
  const site = await team.call('POST', '/api/v1/sites', { name: 'HQ', gateway_monitor_id: gateway.json.id });
  const planned = { name: 'report', once: { from: '2030-01-01T00:00:00Z', to: '2030-01-02T00:00:00Z' }, all: true };
  const maintenance = await team.call('POST', '/api/v1/maintenance', planned);
  const page = await team.call('POST', '/api/v1/status-pages', { slug: `r-${api.services.newId()}`, title: 'report' });
  const link = api.services.newId();
  await api.database.query(
    {
      name: 'test_link',
      text: `INSERT INTO telegram_link (id, team_id, name, token_hash, created_at, expires_at)
        VALUES ($1, $2, 'owner report', $4, $3::bigint, $3::bigint + 60000)`,
    },
    [link, team.teamId, api.clock.now(), link],
  );
  return {
    link,
    site: site.json.id,
    maintenance: maintenance.json.id,
    page: page.json.id,
    monitor: monitor.json.id,
    channel: channel.json.id,
    incident: incidents.json.incidents[0].id,
    delivery: deliveries.json.deliveries[0].id,
    key: key.json.id,
  };
}

/** What stands in a path before an id, by the thing that it is the id of. */
const PLACES: Readonly<Record<string, keyof Things>> = {
  monitors: 'monitor',
  channels: 'channel',
  incidents: 'incident',
  deliveries: 'delivery',
  keys: 'key',
  'telegram-links': 'link',
  sites: 'site',
  maintenance: 'maintenance',
  'status-pages': 'page',
};

/** What has to be asked. */
const QUERIES: Readonly<Record<string, (things: Things) => string>> = {
  '/api/v1/events': () => '?seconds=0',
  '/api/v1/beats': ({ monitor }) => `?monitors=${monitor}`,
  '/api/v1/monitors/{id}/history': () => '?from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:00Z',
};

/** The route's address with the ids of `things` in it. */
function addressOf(route: Route, things: Things): string {
  const [, place = ''] = /^\/api\/v1\/([\w-]+)\/\{id\}/.exec(route.path) ?? [];
  const thing = PLACES[place];
  assert.equal(thing === undefined, !route.path.includes('{id}'), `${route.path}: which id?`);
  const id = thing === undefined ? '' : things[thing];
  const query = QUERIES[route.path]?.(things) ?? '';
  const path = route.path
    .replace('{id}', id)
    .replace('{n}', '1')
    .replace('{file}', 'start.js')
    .replace('{kind}', 'daily');
  return path + query;
}

const BODIES: Readonly<Record<string, unknown>> = {
  'POST /api/v1/monitors': { kind: 'heartbeat', name: 'x', schedule: { type: 'period', seconds: 60 } },
  'POST /api/v1/channels': { kind: 'webhook', name: 'x', config: { url: 'http://127.0.0.1:9/x' } },
  'POST /api/v1/keys': { name: 'x', scope: 'read' },
  'POST /api/v1/schedules/preview': { schedule: { type: 'period', seconds: 60 } },
  'PATCH /api/v1/monitors/{id}': { name: 'taken over' },
  'PATCH /api/v1/channels/{id}': { name: 'taken over' },
  'POST /api/v1/maintenance': {
    name: 'x',
    all: true,
    once: { from: '2030-01-01T00:00:00Z', to: '2030-01-02T00:00:00Z' },
  },
  'POST /api/v1/status-pages': { slug: 'x', title: 'x' },
  'PATCH /api/v1/status-pages/{id}': { title: 'taken over' },
  'PATCH /api/v1/maintenance/{id}': { name: 'taken over' },
  'PATCH /api/v1/sites/{id}': { name: 'taken over' },
  'POST /api/v1/sites': { name: 'x', gateway_monitor_id: '01936f0e-7b1c-7c3a-9f60-2f1d0a4b5c6d' },
  'POST /api/v1/incidents/{id}/snooze': { until: '2030-01-01T00:00:00Z' },
  'PATCH /api/v1/team': {},
  'POST /api/v1/telegram-links': { name: 'x' },
  'PUT /api/v1/summaries/{kind}': { time: '07:30' },
};

const nameOf = (route: Route) => `${route.method} ${route.path}`;
const bodyOf = (route: Route) => BODIES[nameOf(route)];

describe('the list of routes', () => {
  test('is all that the server answers to', async () => {
    const app = Fastify();
    const registered: string[] = [];
    app.addHook('onRoute', ({ method, url }) => {
      if (method !== 'HEAD') registered.push(`${method} ${url}`);
    });
    registerApi(app, api.services);
    await app.ready();
    assert.deepEqual(registered.sort(), ROUTES.map((route) => `${route.method} ${fastifyPath(route.path)}`).sort());
    await app.close();
  });

  test('says of each route who may call it, and all of them stand in OpenAPI', async () => {
    const { paths } = await document();
    const described = Object.entries(paths as Record<string, Record<string, Operation>>).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    assert.deepEqual(described.sort(), ROUTES.map(nameOf).sort());
    for (const route of ROUTES) {
      assert.ok(['open', 'read', 'write', 'people', 'self'].includes(route.scope), nameOf(route));
      const operation: Operation = paths[route.path][route.method.toLowerCase()];
      assert.equal(operation.security.length > 0, route.scope !== 'open', nameOf(route));
    }
  });

  test('opens nothing but what RULES §7 opens, and how people get in', () => {
    const open = ROUTES.filter((route) => route.scope === 'open').map(nameOf);
    assert.deepEqual(open.sort(), [
      'GET /',
      'GET /api/openapi.json',
      'GET /api/v1/sign-in-options',
      'GET /docs',
      'GET /docs/assets/{file}',
      'GET /docs/errors',
      'GET /healthz',
      'GET /readyz',
      // Each asks for the token of a link, or for nothing that is anybody's.
      'POST /api/v1/invitations/accept',
      'POST /api/v1/invitations/look',
      'POST /api/v1/setup',
      'POST /api/v1/sign-up',
    ]);
  });

  test('lets a read key change nothing', () => {
    const harmless = ['POST /api/v1/schedules/preview'];
    for (const route of ROUTES) {
      if (route.method === 'GET' || harmless.includes(nameOf(route)) || route.scope === 'open') continue;
      assert.ok(['write', 'people', 'self'].includes(route.scope), nameOf(route));
    }
  });
});

describe('the OpenAPI document', () => {
  test('is 3.1, its references resolve, its operations have names of their own and all their parameters', async () => {
    const json = await document();
    assert.match(json.openapi, /^3\.1\.\d+$/);
    assert.equal(typeof json.info.title, 'string');
    assert.equal(typeof json.info.version, 'string');
    const text = JSON.stringify(json);
    for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      assert.ok(name in json.components.schemas, name);
    }
    assert.ok(!text.includes('$defs'));
    const operations = Object.entries(json.paths as Record<string, Record<string, Operation>>).flatMap(
      ([path, methods]) => Object.values(methods).map((operation) => ({ path, operation })),
    );
    assert.equal(new Set(operations.map(({ operation }) => operation.operationId)).size, operations.length);
    for (const { path, operation } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = operation.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
      assert.deepEqual(declared, inPath, path);
      assert.ok(
        Object.keys(operation.responses).some((status) => status.startsWith('2')),
        path,
      );
    }
  });

  test('describes the body of a new monitor as the README shows it', async () => {
    const { components } = await document();
    const { properties, required } = components.schemas.MonitorCreate;
    assert.deepEqual(required, ['kind', 'name']);
    for (const field of ['schedule', 'grace_seconds', 'slug', 'tags', 'description', 'channels', 'key', 'fail_after']) {
      assert.ok(field in properties, field);
    }
    assert.match(properties.grace_seconds.description, /late/);
  });
});

describe('examples', () => {
  test('of bodies are taken as they stand', () => {
    const withBody = ROUTES.filter((route) => route.body !== undefined);
    assert.ok(withBody.length >= 8);
    for (const { body, example, method, path } of withBody) {
      assert.ok(body?.safeParse(example).success, `${method} ${path}`);
    }
  });
});

describe('who may call', () => {
  test("another team's things are in no list, and cannot be chosen", async () => {
    const owner = await api.team('owner');
    const things = await makeThings(owner);
    const stranger = await api.team('stranger');
    for (const [path, name] of [
      ['/api/v1/monitors', 'monitors'],
      ['/api/v1/channels', 'channels'],
      ['/api/v1/incidents', 'incidents'],
      [`/api/v1/incidents?monitor=${things.monitor}`, 'incidents'],
      ['/api/v1/deliveries', 'deliveries'],
      [`/api/v1/deliveries?channel=${things.channel}`, 'deliveries'],
      [`/api/v1/deliveries?incident=${things.incident}`, 'deliveries'],
    ] as const) {
      const { status, json } = await stranger.call('GET', path);
      assert.equal(status, 200, path);
      assert.deepEqual(json[name], [], path);
    }
    const keys = await stranger.call('GET', '/api/v1/keys');
    assert.ok(keys.json.keys.every((key: { id: string }) => key.id !== things.key));
    const taken = await stranger.call('POST', '/api/v1/monitors', {
      kind: 'heartbeat',
      name: 'x',
      schedule: { type: 'period', seconds: 60 },
      channels: [things.channel],
    });
    assert.equal(taken.status, 400);
    assert.equal(taken.json.errors[0].field, 'channels.0');
  });

  test('a read key sees no ping URL and no key on any route', async () => {
    const team = await api.team();
    const things = await makeThings(team);
    const monitor = await team.call('GET', `/api/v1/monitors/${things.monitor}`);
    const secret: string = monitor.json.ping_url.split('/').at(-1);
    const { json } = await team.call('GET', '/api/v1/team');
    for (const route of ROUTES.filter((route) => route.scope === 'read')) {
      const address = addressOf(route, things);
      const { status, text } = await team.call(route.method, address, bodyOf(route), team.readKey);
      assert.ok(status < 300, `${nameOf(route)} ${status}`);
      assert.ok(!text.includes(secret), nameOf(route));
      assert.ok(!text.includes(json.ping_key), nameOf(route));
    }
  });

  test('the key may stand in X-Api-Key, and its last use is noted', async () => {
    const team = await api.team();
    const response = await api.app.inject({ url: '/api/v1/team', headers: { 'x-api-key': team.readKey } });
    assert.equal(response.statusCode, 200);
    const { json } = await team.call('GET', '/api/v1/keys');
    const used = json.keys.find((key: { name: string }) => key.name === 'read');
    assert.equal(used.last_used_at, new Date(api.clock.now()).toISOString());
  });

  test('a key that expired is unknown, though it was known a moment ago', async () => {
    const team = await api.team();
    const soon = new Date(api.clock.now() + 2_000).toISOString();
    const made = await team.call('POST', '/api/v1/keys', { name: 'guest', scope: 'read', expires_at: soon });
    assert.match(made.json.key, /^aw_[0-9A-Za-z]{40}$/);
    assert.equal((await team.call('GET', '/api/v1/team', undefined, made.json.key)).status, 200);
    api.clock.advance(2_000);
    const after = await team.call('GET', '/api/v1/team', undefined, made.json.key);
    assert.equal(after.json.code, 'unknown_key');
  });
});
