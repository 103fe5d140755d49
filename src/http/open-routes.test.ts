/**
 * Everything that this server answers without an API key or a session, and why. A route that is new and open, or gone,
 * fails here; those that are closed are in api/access.test.ts, with what everybody gets there.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import Fastify from 'fastify';
import { usePingServer } from '../../test/harness/ping-server.ts';
import { dropInSecret } from '../accounts/drop-in.ts';
import { SECOND_MS } from '../core/instant.ts';
import { randomBase62 } from '../platform/random.ts';
import { type ApiScope, hashApiKey, insertApiKey } from '../store/api-keys.ts';
import { ROUTES } from './api/index.ts';
import { fastifyPath } from './api/server.ts';
import { AUTH_PATHS } from './auth-paths.ts';
import { DASHBOARD_PATHS, type Dashboard } from './dashboard.ts';
import { registerRoutes } from './routes.ts';

const host = usePingServer();

const dashboard: Dashboard = {
  page: '<!doctype html>',
  assets: new Map([['index.js', { body: Buffer.from('1'), type: 'text/javascript', encoded: [] }]]),
};

const DESCRIPTION = 'says how to use the server, and nothing about anybody';
const LIFE = 'for load balancers: says whether this node is well, and nothing about anybody';
const TOKEN = 'the token in the link or body is the key; without it there is nothing';
const PAGE = 'the same page for everybody; what it shows it asks the API for';
const SHOWN = 'what a team chose to show to everybody (status-pages.test.ts)';
const FILE = 'the same file for everybody';
const SECRET = 'the secret in the path is the key, or the operator opened the dialect (ALLSWELL_OPEN_DIALECTS)';
const IDENTITY = 'proves who somebody is; slowed down, and for our own pages only (auth.test.ts)';

// biome-ignore format: a table
const OPEN: Readonly<Record<string, string>> = {
  'GET /': DESCRIPTION,
  'GET /api/openapi.json': DESCRIPTION,
  'GET /docs': DESCRIPTION,
  'GET /docs/assets/:file': FILE,
  'GET /docs/errors': DESCRIPTION,
  'GET /healthz': LIFE,
  'GET /readyz': LIFE,
  'GET /api/v1/sign-in-options': 'the sign-in page has to know before anybody is known',
  'POST /api/v1/invitations/accept': TOKEN,
  'POST /api/v1/invitations/look': TOKEN,
  'POST /api/v1/setup': TOKEN,
  'POST /api/v1/sign-up': 'how people begin, where the operator lets them (ALLSWELL_SIGNUP)',
  'POST /setup/:token': TOKEN,
  'GET /unsubscribe/:channelId/:signature': TOKEN,
  'POST /unsubscribe/:channelId/:signature': TOKEN,
  'GET /status/:slug': SHOWN,
  'GET /status/:slug/:part': SHOWN,
  'GET /allswell-run.mjs': FILE,
  'GET /allswell.sh': FILE,
  'GET /assets/:name': FILE,
  ...Object.fromEntries(DASHBOARD_PATHS.map((path) => [`GET ${path}`, PAGE])),
  ...Object.fromEntries(AUTH_PATHS.map(({ method, path }) => [`${method} /api/auth${path}`, IDENTITY])),
  '* /in': 'says "not found" to everybody',
  'GET /in/:base/cronflow': SECRET,
  'GET /in/:base/cronflow/jobs': SECRET,
  'POST /in/:base/cronflow/jobs': SECRET,
  'POST /in/:base/cronflow/jobs/:name/failure': SECRET,
  'POST /in/:base/cronflow/jobs/:name/start': SECRET,
  'POST /in/:base/cronflow/jobs/:name/success': SECRET,
  'DELETE /in/:base/cronsentry/api/jobs/:id': SECRET,
  'GET /in/:base/cronsentry/api/jobs': SECRET,
  'GET /in/:base/cronsentry/api/jobs/:id': SECRET,
  'GET,POST /in/:base/cronsentry/api/ping/:id': SECRET,
  'POST /in/:base/cronsentry/api/jobs': SECRET,
  'POST /in/:base/cronsentry/api/jobs/:id/pause': SECRET,
  'POST /in/:base/cronsentry/api/jobs/:id/resume': SECRET,
  'PUT /in/:base/cronsentry/api/jobs/:id': SECRET,
  'GET /in/:base/gocron': SECRET,
  'GET /in/:base/gocron/cron': SECRET,
  'GET /in/:base/gocron/cron/:account': SECRET,
  'GET /in/:base/gocron/cron/missed': SECRET,
  'GET /in/:base/gocron/healthcheck': SECRET,
  'GET /in/:base/gocron/version': SECRET,
  'POST /in/:base/gocron': SECRET,
};

/** Where the dashboard was not built, instead of its pages. */
const WITHOUT_DASHBOARD: Readonly<Record<string, string>> = {
  'GET /setup/:token': TOKEN,
  'GET /monitors/:id': 'says how to see the thing, and not whether there is one',
  'GET /incidents/:id': 'says how to see the thing, and not whether there is one',
};

/** Before any router (ping/route.ts): whoever knows the address may call it, and can do no more than that. */
const PINGS = [
  '/ping/:key',
  '/ping/:key/start',
  '/ping/:key/fail',
  '/ping/:key/log',
  '/ping/:key/0',
  '/ping/start/:key/start',
  '/ping/end/:key/end',
  '/ping/:team/:slug',
  '/ping/:team/:slug/fail',
  '/in/:base/ping/:key',
];

async function registered(shown: Dashboard | null): Promise<string[]> {
  const app = Fastify();
  const names: string[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    const methods = [method].flat();
    if (methods.join() !== 'HEAD') names.push(`${methods.length > 2 ? '*' : methods.join()} ${url}`);
  });
  await registerRoutes(app, { ...host.services, dashboard: shown });
  await app.ready();
  await app.close();
  return names;
}

async function makeKey(teamId: string, scope: ApiScope): Promise<string> {
  const { database, clock, random, newId } = host.services;
  const key = `aw_${randomBase62(random, 40)}`;
  const row = { id: newId(), teamId, name: scope, scope, createdAt: clock.now(), expiresAt: null };
  await insertApiKey(database, row, hashApiKey(key));
  return key;
}

const addressOf = (name: string) => (name.split(' ')[1] ?? '').replaceAll(/:\w+/g, 'x').replaceAll('*', 'x');
const methodOf = (name: string) => (name.startsWith('*') ? 'GET' : (name.split(/[ ,]/)[0] ?? ''));

describe('what is answered without a key', () => {
  test('is on this list, with its reason', async () => {
    const closed = new Set(
      ROUTES.filter(({ scope }) => scope !== 'open').map(({ method, path }) => `${method} ${fastifyPath(path)}`),
    );
    const openWith = async (shown: Dashboard | null) => (await registered(shown)).filter((name) => !closed.has(name));
    assert.deepEqual((await openWith(dashboard)).sort(), Object.keys(OPEN).sort());
    const always = Object.keys(OPEN).filter((name) => OPEN[name] !== PAGE && name !== 'GET /assets/:name');
    assert.deepEqual((await openWith(null)).sort(), [...always, ...Object.keys(WITHOUT_DASHBOARD)].sort());
  });

  test('is answered in the same way to a read key and to the key of any team: keys open nothing there', async () => {
    const { port } = await host.another({ dashboard });
    const [one, other] = [await host.make.team(), await host.make.team()];
    const keys = [null, await makeKey(one.id, 'read'), await makeKey(other.id, 'write')];
    const answers: string[][] = [];
    for (const key of keys) {
      const seen: string[] = [];
      for (const name of [...Object.keys(OPEN), ...PINGS.map((path) => `GET ${path}`)]) {
        // Guesses of secrets are counted per minute, and time stands still here.
        host.clock.advance(SECOND_MS);
        const headers = { 'Content-Type': 'application/json', ...(key === null ? {} : { 'X-Api-Key': key }) };
        const body = methodOf(name) === 'GET' ? {} : { body: '{}' };
        const { status } = await host.ask(methodOf(name), addressOf(name), { headers, ...body, port });
        assert.ok(status < 500, `${name}: ${status}`);
        seen.push(`${name} ${status}`);
      }
      answers.push(seen);
    }
    assert.deepEqual(answers[1], answers[0]);
    assert.deepEqual(answers[2], answers[0]);
  });

  test('gives nothing of a team to the secret or the ping key of another', async () => {
    const [one, other] = [await host.make.team(), await host.make.team()];
    const monitor = await host.make.monitor(one.id);
    const theirs = (await dropInSecret(host.services, other.id)) ?? '';
    for (const [method, target] of [
      ['GET', `/ping/${other.pingKey}/${monitor.slug}`],
      ['POST', `/ping/${other.pingKey}/${monitor.slug}/fail`],
      ['GET', `/in/${theirs}/api/jobs/${monitor.id}`],
      ['DELETE', `/in/${theirs}/api/jobs/${monitor.id}`],
      ['POST', `/in/${theirs}/api/ping/${monitor.id}`],
      ['POST', `/in/${theirs}/jobs/${monitor.slug}/start`],
    ] as const) {
      assert.equal((await host.ask(method, target)).status, 404, target);
    }
    assert.deepEqual(await host.signals(monitor.id), []);
  });
});
