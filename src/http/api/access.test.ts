/**
 * Every route of the server, and what everybody gets there. A new route without a row fails; so does one that answers
 * somebody otherwise than its row says.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import Fastify from 'fastify';
import { type ApiAnswer, type Caller, useApi } from '../../../test/harness/api.ts';
import { makeAccount, makePerson, openBrowser } from '../../../test/harness/people.ts';
import type { Role } from '../../core/roles.ts';
import { registerRoutes } from '../routes.ts';
import { ROUTES } from './index.ts';
import type { Route } from './route.ts';
import { fastifyPath } from './server.ts';

const api = useApi();

/** Who asks, in the order of the columns. `other_key` and `stranger` (an owner) belong to another team. */
const WHO = [
  'nobody',
  'read_key',
  'write_key',
  'other_key',
  'owner',
  'admin',
  'member',
  'readonly',
  'stranger',
] as const;
type Who = (typeof WHO)[number];

// biome-ignore format: a table
const TABLE: Readonly<Record<string, string>> = {
  //                                             nobody, read, write, other key; owner, admin, member, readonly, stranger
  'GET /':                                       '200 200 200 200 200 200 200 200 200',
  'GET /api/openapi.json':                       '200 200 200 200 200 200 200 200 200',
  'GET /api/v1/audit':                           '401 403 200 200 200 200 403 403 200',
  'GET /api/v1/channels':                        '401 200 200 200 200 200 200 200 200',
  'POST /api/v1/channels':                       '401 403 201 201 201 201 201 403 201',
  'DELETE /api/v1/channels/{id}':                '401 403 204 404 204 204 204 403 404',
  'GET /api/v1/channels/{id}':                   '401 200 200 404 200 200 200 200 404',
  'PATCH /api/v1/channels/{id}':                 '401 403 200 404 200 200 200 403 404',
  'POST /api/v1/channels/{id}/test':             '401 403 202 404 202 202 202 403 404',
  'GET /api/v1/deliveries':                      '401 200 200 200 200 200 200 200 200',
  'GET /api/v1/deliveries/{id}':                 '401 200 200 404 200 200 200 200 404',
  'POST /api/v1/deliveries/{id}/resend':         '401 403 202 404 202 202 202 403 404',
  'GET /api/v1/gaps':                            '401 200 200 200 200 200 200 200 200',
  'GET /api/v1/incidents':                       '401 200 200 200 200 200 200 200 200',
  'GET /api/v1/incidents/{id}':                  '401 200 200 404 200 200 200 200 404',
  'GET /api/v1/invitations':                     '401 403 403 403 200 200 403 403 200',
  'POST /api/v1/invitations':                    '401 403 403 403 201 201 403 403 201',
  'POST /api/v1/invitations/accept':             '410 410 410 410 410 410 410 410 410',
  'POST /api/v1/invitations/look':               '410 410 410 410 410 410 410 410 410',
  'DELETE /api/v1/invitations/{id}':             '401 403 403 403 204 204 403 403 404',
  'GET /api/v1/invitations/{id}':                '401 403 403 403 200 200 403 403 404',
  'GET /api/v1/keys':                            '401 403 200 200 200 200 403 403 200',
  'POST /api/v1/keys':                           '401 403 201 201 201 201 403 403 201',
  'DELETE /api/v1/keys/{id}':                    '401 403 204 404 204 204 403 403 404',
  'GET /api/v1/keys/{id}':                       '401 403 200 404 200 200 403 403 404',
  'GET /api/v1/me':                              '401 403 403 403 200 200 200 200 200',
  'PATCH /api/v1/me':                            '401 403 403 403 200 200 200 200 200',
  'GET /api/v1/members':                         '401 403 200 200 200 200 200 200 200',
  'DELETE /api/v1/members/{id}':                 '401 403 403 403 204 204 403 403 404',
  'GET /api/v1/members/{id}':                    '401 403 200 404 200 200 200 200 404',
  'PATCH /api/v1/members/{id}':                  '401 403 403 403 200 200 403 403 404',
  'GET /api/v1/monitors':                        '401 200 200 200 200 200 200 200 200',
  'POST /api/v1/monitors':                       '401 403 201 201 201 201 201 403 201',
  'DELETE /api/v1/monitors/{id}':                '401 403 204 404 204 204 204 403 404',
  'GET /api/v1/monitors/{id}':                   '401 200 200 404 200 200 200 200 404',
  'PATCH /api/v1/monitors/{id}':                 '401 403 200 404 200 200 200 403 404',
  'GET /api/v1/monitors/{id}/history':           '401 200 200 404 200 200 200 200 404',
  'GET /api/v1/monitors/{id}/incidents':         '401 200 200 404 200 200 200 200 404',
  'POST /api/v1/monitors/{id}/pause':            '401 403 200 404 200 200 200 403 404',
  'POST /api/v1/monitors/{id}/restore':          '401 403 200 404 200 200 200 403 404',
  'POST /api/v1/monitors/{id}/resume':           '401 403 200 404 200 200 200 403 404',
  'POST /api/v1/monitors/{id}/rotate-key':       '401 403 200 404 200 200 200 403 404',
  'GET /api/v1/monitors/{id}/runs':              '401 200 200 404 200 200 200 200 404',
  'GET /api/v1/monitors/{id}/signals':           '401 200 200 404 200 200 200 200 404',
  'GET /api/v1/monitors/{id}/signals/{n}/body':  '401 200 200 404 200 200 200 200 404',
  'GET /api/v1/monitors/{id}/slots':             '401 200 200 404 200 200 200 200 404',
  'GET /api/v1/monitors/{id}/uptime':            '401 200 200 404 200 200 200 200 404',
  'GET /api/v1/nodes':                           '401 200 200 200 200 200 200 200 200',
  'POST /api/v1/schedules/preview':              '401 200 200 200 200 200 200 200 200',
  'GET /api/v1/sessions':                        '401 403 403 403 200 200 200 200 200',
  'POST /api/v1/sessions/end-others':            '401 403 403 403 200 200 200 200 200',
  'DELETE /api/v1/sessions/{id}':                '401 403 403 403 204 204 204 204 404',
  'POST /api/v1/setup':                          '410 410 410 410 410 410 410 410 410',
  'GET /api/v1/sign-in-options':                 '200 200 200 200 200 200 200 200 200',
  'POST /api/v1/sign-up':                        '403 403 403 403 403 403 403 403 403',
  'GET /api/v1/team':                            '401 200 200 200 200 200 200 200 200',
  'PATCH /api/v1/team':                          '401 403 200 200 200 200 403 403 200',
  'POST /api/v1/team/leave':                     '401 403 403 403 204 204 204 204 409',
  'POST /api/v1/team/rotate-ping-key':           '401 403 200 200 200 200 403 403 200',
  'POST /api/v1/team/transfer':                  '401 403 403 403 200 403 403 403 404',
  'GET /api/v1/teams':                           '401 403 403 403 200 200 200 200 200',
  'POST /api/v1/teams':                          '401 403 403 403 201 201 403 403 201',
  'POST /api/v1/teams/{id}/choose':              '401 403 403 403 200 200 200 200 404',
  'POST /api/v1/telegram-links':                 '401 403 409 409 409 409 409 403 409',
  'GET /api/v1/telegram-links/{id}':             '401 403 200 404 200 200 200 403 404',
  'GET /docs':                                   '200 200 200 200 200 200 200 200 200',
  'GET /docs/assets/{file}':                     '200 200 200 200 200 200 200 200 200',
  'GET /docs/errors':                            '200 200 200 200 200 200 200 200 200',
  'GET /api/v1/summaries/{kind}':               '401 200 200 200 200 200 200 200 200',
  'GET /api/v1/summary':                         '401 200 200 200 200 200 200 200 200',
  'PUT /api/v1/summaries/{kind}':               '401 403 200 200 200 200 200 403 200',
  'DELETE /api/v1/summaries/{kind}':            '401 403 204 204 204 204 204 403 204',
  'POST /api/v1/summaries/{kind}/send':         '401 403 202 202 202 202 202 403 202',
  'GET /api/v1/sites':                           '401 200 200 200 200 200 200 200 200',
  'POST /api/v1/sites':                          '401 403 201 400 201 201 201 403 400',
  'GET /api/v1/sites/{id}':                      '401 200 200 404 200 200 200 200 404',
  'PATCH /api/v1/sites/{id}':                    '401 403 200 404 200 200 200 403 404',
  'DELETE /api/v1/sites/{id}':                   '401 403 204 404 204 204 204 403 404',
  'POST /api/v1/imports':                        '401 403 200 200 200 200 200 403 200',
  'POST /api/v1/team/rotate-drop-in-secret':     '401 403 200 200 200 200 403 403 200',
  'GET /api/v1/beats':                           '401 200 200 200 200 200 200 200 200',
  'GET /api/v1/events':                          '401 200 200 200 200 200 200 200 200',
  'GET /api/v1/overview':                        '401 200 200 200 200 200 200 200 200',
  'GET /api/v1/overview/monitors':               '401 200 200 200 200 200 200 200 200',
  'POST /api/v1/monitors/bulk':                  '401 403 200 200 200 200 200 403 200',
  'POST /api/v1/monitors/{id}/clone':            '401 403 201 404 201 201 201 403 404',
  'POST /api/v1/incidents/{id}/acknowledge':     '401 403 200 404 200 200 200 403 404',
  'POST /api/v1/incidents/{id}/snooze':          '401 403 200 404 200 200 200 403 404',
  'GET /api/v1/incidents/{id}/timeline':         '401 200 200 404 200 200 200 200 404',
  'GET /api/v1/maintenance':                     '401 200 200 200 200 200 200 200 200',
  'POST /api/v1/maintenance':                    '401 403 201 201 201 201 201 403 201',
  'DELETE /api/v1/maintenance/{id}':             '401 403 204 404 204 204 204 403 404',
  'GET /api/v1/maintenance/{id}':                '401 200 200 404 200 200 200 200 404',
  'PATCH /api/v1/maintenance/{id}':              '401 403 200 404 200 200 200 403 404',
  // Planned for 2030.
  'POST /api/v1/maintenance/{id}/end':           '401 403 409 404 409 409 409 403 404',
  'GET /api/v1/status-pages':                    '401 200 200 200 200 200 200 200 200',
  'POST /api/v1/status-pages':                   '401 403 201 201 201 201 201 403 201',
  'DELETE /api/v1/status-pages/{id}':            '401 403 204 404 204 204 204 403 404',
  'GET /api/v1/status-pages/{id}':               '401 200 200 404 200 200 200 200 404',
  'PATCH /api/v1/status-pages/{id}':             '401 403 200 404 200 200 200 403 404',
  'GET /healthz':                                '200 200 200 200 200 200 200 200 200',
  'GET /metrics':                                '401 200 200 200 200 200 200 200 200',
  'GET /readyz':                                 '200 200 200 200 200 200 200 200 200',
};

/** Ids of what a team has, and of the caller's own. */
interface Things {
  readonly monitor: string;
  readonly channel: string;
  readonly incident: string;
  readonly delivery: string;
  readonly key: string;
  readonly link: string;
  readonly member: string;
  readonly heir: string;
  readonly invitation: string;
  readonly session: string;
  readonly site: string;
  readonly maintenance: string;
  readonly page: string;
  readonly team: string;
}

const PLACES: Readonly<Record<string, keyof Things>> = {
  monitors: 'monitor',
  channels: 'channel',
  incidents: 'incident',
  deliveries: 'delivery',
  keys: 'key',
  'telegram-links': 'link',
  members: 'member',
  invitations: 'invitation',
  sessions: 'session',
  sites: 'site',
  maintenance: 'maintenance',
  'status-pages': 'page',
  teams: 'team',
};

const nameOf = ({ method, path }: Pick<Route, 'method' | 'path'>) => `${method} ${path}`;

function addressOf(route: Route, things: Things): string {
  const [, place = ''] = /^\/api\/v1\/([\w-]+)\/\{id\}/.exec(route.path) ?? [];
  const thing = PLACES[place];
  assert.equal(thing === undefined, !route.path.includes('{id}'), `${route.path}: which id?`);
  const id = thing === undefined ? '' : things[thing];
  const queries: Readonly<Record<string, string>> = {
    '/api/v1/events': '?seconds=0',
    '/api/v1/beats': `?monitors=${things.monitor}`,
    '/api/v1/monitors/{id}/history': '?from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:00Z',
  };
  const query = queries[route.path] ?? '';
  const path = route.path
    .replace('{id}', id)
    .replace('{n}', '1')
    .replace('{kind}', 'weekly')
    .replace('{file}', 'start.js');
  return path + query;
}

const PLANNED = { name: 'x', once: { from: '2030-01-01T00:00:00Z', to: '2030-01-02T00:00:00Z' }, all: true };
const PERSON = { name: 'Anna', email: 'anna@example.com', password: 'a long password' };

function bodyOf(route: Route, things: Things): unknown {
  const bodies: Readonly<Record<string, unknown>> = {
    'POST /api/v1/monitors': { kind: 'heartbeat', name: 'x', schedule: { type: 'period', seconds: 60 } },
    'POST /api/v1/channels': { kind: 'webhook', name: 'x', config: { url: 'http://127.0.0.1:9/x' } },
    'POST /api/v1/keys': { name: 'x', scope: 'read' },
    'POST /api/v1/schedules/preview': { schedule: { type: 'period', seconds: 60 } },
    'PATCH /api/v1/monitors/{id}': { name: 'renamed' },
    'PATCH /api/v1/channels/{id}': { name: 'renamed' },
    'PATCH /api/v1/team': {},
    'PUT /api/v1/summaries/{kind}': { time: '07:30' },
    'PATCH /api/v1/me': {},
    'PATCH /api/v1/members/{id}': { role: 'readonly' },
    'POST /api/v1/telegram-links': { name: 'x' },
    'POST /api/v1/team/transfer': { member_id: things.heir },
    'POST /api/v1/invitations': { email: 'new@example.com', role: 'member' },
    'POST /api/v1/invitations/look': { token: 'x' },
    'POST /api/v1/invitations/accept': { token: 'x', name: 'x', password: 'a long password' },
    'POST /api/v1/setup': { token: 'x', ...PERSON },
    'POST /api/v1/sign-up': PERSON,
    'POST /api/v1/teams': { name: 'x' },
    'POST /api/v1/imports': {
      source: 'healthchecks',
      monitors: [
        { external_key: 'x', monitor: { kind: 'heartbeat', name: 'x', schedule: { type: 'period', seconds: 60 } } },
      ],
    },
    'POST /api/v1/sites': { name: 'x', gateway_monitor_id: things.monitor },
    'POST /api/v1/maintenance': PLANNED,
    'PATCH /api/v1/maintenance/{id}': { name: 'renamed' },
    'POST /api/v1/status-pages': { slug: `a-${api.services.newId()}`, title: 'x' },
    'PATCH /api/v1/status-pages/{id}': { title: 'renamed' },
    'POST /api/v1/monitors/bulk': { ids: [things.monitor], action: 'add_tags', tags: ['x'] },
    'POST /api/v1/incidents/{id}/snooze': { until: '2030-01-01T00:00:00Z' },
    'PATCH /api/v1/sites/{id}': { name: 'renamed' },
  };
  return bodies[nameOf(route)];
}

async function makeThings(team: Caller, session: string, ownTeam: string): Promise<Things> {
  const { teamId } = team;
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
  const site = await team.call('POST', '/api/v1/sites', { name: 'office', gateway_monitor_id: gateway.json.id });
  const maintenance = await team.call('POST', '/api/v1/maintenance', { ...PLANNED, name: 'report' });
  const page = await team.call('POST', '/api/v1/status-pages', { slug: `a-${api.services.newId()}`, title: 'report' });
  const [link, invitation] = [api.services.newId(), api.services.newId()];
  await api.database.query(
    {
      name: 'test_link',
      text: `INSERT INTO telegram_link (id, team_id, name, token_hash, created_at, expires_at)
        VALUES ($1, $2, 'owner report', $4, $3::bigint, $3::bigint + 60000)`,
    },
    [link, teamId, api.clock.now(), link],
  );
  await api.database.query(
    {
      name: 'test_invitation',
      text: `INSERT INTO invitation (id, team_id, email, role, invited_by, token_hash, created_at, expires_at)
        VALUES ($1, $2, 'guest@example.com', 'member', 'me', $4, $3::bigint, $3::bigint + 60000)`,
    },
    [invitation, teamId, api.clock.now(), Buffer.from(invitation)],
  );
  const { userId: member } = await makeAccount(api, { teamId, role: 'member' });
  const { userId: heir } = await makeAccount(api, { teamId, role: 'member' });
  return {
    link,
    invitation,
    member,
    heir,
    session,
    monitor: monitor.json.id,
    channel: channel.json.id,
    incident: incidents.json.incidents[0].id,
    delivery: deliveries.json.deliveries[0].id,
    key: key.json.id,
    site: site.json.id,
    maintenance: maintenance.json.id,
    page: page.json.id,
    team: ownTeam,
  };
}

type Ask = (method: string, path: string, body: unknown) => Promise<ApiAnswer>;

async function aPerson(teamId: string, role: Role) {
  const person = await makePerson(api, { teamId, role });
  const elsewhere = openBrowser(api);
  await elsewhere.call('POST', '/api/auth/sign-in/email', { email: person.email, password: PERSON.password });
  const { json } = await person.call('GET', '/api/v1/sessions');
  const other = json.sessions.find((one: { current: boolean }) => !one.current);
  const ask: Ask = (method, path, body) => person.call(method, path, body);
  return { ask, session: other.id as string };
}

/** A team of its own for each column: what one does is not in the way of the next. */
async function scene(who: Who): Promise<{ readonly ask: Ask; readonly things: Things }> {
  const team = await api.team(who);
  const { teamId } = team;
  if (who !== 'owner') await makeAccount(api, { teamId, role: 'owner' });
  const other = await api.team('another');
  const roles: Partial<Record<Who, { readonly in: string; readonly role: Role }>> = {
    owner: { in: teamId, role: 'owner' },
    admin: { in: teamId, role: 'admin' },
    member: { in: teamId, role: 'member' },
    readonly: { in: teamId, role: 'readonly' },
    stranger: { in: other.teamId, role: 'owner' },
  };
  const place = roles[who];
  if (place !== undefined) {
    const { ask, session } = await aPerson(place.in, place.role);
    // A stranger's own session is no other's: here it is somebody else's that is asked for.
    const shown = who === 'stranger' ? (await aPerson(teamId, 'member')).session : session;
    return { ask, things: await makeThings(team, shown, teamId) };
  }
  const keys: Partial<Record<Who, string>> = {
    read_key: team.readKey,
    write_key: team.writeKey,
    other_key: other.writeKey,
  };
  const key = keys[who] ?? null;
  const ask: Ask = (method, path, body) => team.call(method, path, body, key);
  return { ask, things: await makeThings(team, api.services.newId(), teamId) };
}

/** What ends something comes last; what needs an open incident before a pause that closes it. */
function turn(route: Route): number {
  if (route.path.startsWith('/api/v1/incidents/{id}/')) return -1;
  if (nameOf(route) === 'POST /api/v1/team/leave') return 3;
  if (['POST /api/v1/team/transfer', 'POST /api/v1/sessions/end-others'].includes(nameOf(route))) return 2;
  return route.method === 'DELETE' ? 1 : 0;
}

describe('every route of the API', () => {
  test('has a row', () => {
    assert.deepEqual(Object.keys(TABLE).sort(), ROUTES.map(nameOf).sort());
    for (const [name, row] of Object.entries(TABLE)) assert.match(row, /^\d{3}( \d{3}){8}$/, name);
  });

  for (const [column, who] of WHO.entries()) {
    test(`answers ${who} as the table says`, async () => {
      const { ask, things } = await scene(who);
      const wrong: string[] = [];
      for (const route of ROUTES.toSorted((a, b) => turn(a) - turn(b))) {
        const expected = Number(TABLE[nameOf(route)]?.split(' ')[column]);
        const { status, text } = await ask(route.method, addressOf(route, things), bodyOf(route, things));
        if (status !== expected) wrong.push(`${nameOf(route)}: ${status} instead of ${expected} ${text.slice(0, 200)}`);
        const leaks = expected === 404 && /report|guest@/.test(text);
        if (leaks) wrong.push(`${nameOf(route)} tells about what is not there`);
      }
      assert.deepEqual(wrong, []);
    });
  }
});

/**
 * Everything that is no call of the API: what somebody gets there who has nothing, from a page of ours. `/ping/…` stands
 * before the router (http/ping/route.ts) and is open to who knows the address.
 */
// biome-ignore format: a table
const OTHER_ROUTES: Readonly<Record<string, number>> = {
  'GET /setup/:token': 200,
  'POST /setup/:token': 400,
  'GET /monitors/:id': 404,
  'GET /incidents/:id': 404,
  'GET /status/:slug': 404,
  'GET /status/:slug/:part': 404,
  'GET /unsubscribe/:channelId/:signature': 404,
  'POST /unsubscribe/:channelId/:signature': 404,
  'GET /allswell-run.mjs': 200,
  'GET /allswell.sh': 200,
};

// biome-ignore format: a table
const AUTH_ROUTES: Readonly<Record<string, number>> = {
  'GET /api/auth/callback/oidc': 409,
  'GET /api/auth/get-session': 200,
  'GET /api/auth/list-accounts': 409,
  'GET /api/auth/magic-link/verify': 400,
  'GET /api/auth/passkey/generate-authenticate-options': 200,
  'GET /api/auth/passkey/generate-register-options': 401,
  'GET /api/auth/passkey/list-user-passkeys': 401,
  'GET /api/auth/verify-email': 400,
  'POST /api/auth/change-password': 400,
  'POST /api/auth/link-social': 409,
  'POST /api/auth/passkey/delete-passkey': 400,
  'POST /api/auth/passkey/update-passkey': 400,
  'POST /api/auth/passkey/verify-authentication': 400,
  'POST /api/auth/passkey/verify-registration': 400,
  'POST /api/auth/request-password-reset': 409,
  'POST /api/auth/reset-password': 400,
  'POST /api/auth/send-verification-email': 409,
  'POST /api/auth/sign-in/email': 400,
  'POST /api/auth/sign-in/magic-link': 409,
  'POST /api/auth/sign-in/social': 409,
  'POST /api/auth/sign-out': 200,
  'POST /api/auth/two-factor/disable': 400,
  'POST /api/auth/two-factor/enable': 400,
  'POST /api/auth/two-factor/generate-backup-codes': 400,
  'POST /api/auth/two-factor/get-totp-uri': 400,
  'POST /api/auth/two-factor/verify-backup-code': 400,
  'POST /api/auth/two-factor/verify-totp': 400,
  'POST /api/auth/unlink-account': 409,
};

/** Interfaces of other systems: with a secret that nobody has there is nothing. Open ones are in the dialects' own tests. */
// biome-ignore format: a table
const DIALECT_ROUTES: Readonly<Record<string, number>> = {
  'DELETE /in/:base/cronsentry/api/jobs/:id': 404,
  'GET /in/:base/cronflow': 404,
  'GET /in/:base/cronflow/jobs': 404,
  'GET /in/:base/cronsentry/api/jobs': 404,
  'GET /in/:base/cronsentry/api/jobs/:id': 404,
  'GET /in/:base/gocron': 404,
  'GET /in/:base/gocron/cron': 404,
  'GET /in/:base/gocron/cron/:account': 404,
  'GET /in/:base/gocron/cron/missed': 404,
  'GET /in/:base/gocron/healthcheck': 404,
  'GET /in/:base/gocron/version': 404,
  'GET,HEAD,TRACE,DELETE,OPTIONS,PATCH,PUT,POST,QUERY /in': 404,
  'GET,POST /in/:base/cronsentry/api/ping/:id': 404,
  'POST /in/:base/cronflow/jobs': 404,
  'POST /in/:base/cronflow/jobs/:name/failure': 404,
  'POST /in/:base/cronflow/jobs/:name/start': 404,
  'POST /in/:base/cronflow/jobs/:name/success': 404,
  'POST /in/:base/cronsentry/api/jobs': 404,
  'POST /in/:base/cronsentry/api/jobs/:id/pause': 404,
  'POST /in/:base/cronsentry/api/jobs/:id/resume': 404,
  'POST /in/:base/gocron': 404,
  'PUT /in/:base/cronsentry/api/jobs/:id': 404,
};

describe('every other route', () => {
  test('has a row, and answers who has nothing as it says', async () => {
    const known: Readonly<Record<string, number>> = { ...OTHER_ROUTES, ...AUTH_ROUTES, ...DIALECT_ROUTES };
    const app = Fastify();
    const registered: string[] = [];
    app.addHook('onRoute', ({ method, url }) => {
      if (method !== 'HEAD') registered.push(`${method} ${url}`);
    });
    await registerRoutes(app, api.services);
    await app.ready();
    await app.close();
    const ofTheApi = new Set(ROUTES.map((route) => `${route.method} ${fastifyPath(route.path)}`));
    const others = registered.filter((name) => !ofTheApi.has(name));
    assert.deepEqual(others.sort(), Object.keys(known).sort());
    const wrong: string[] = [];
    for (const name of others) {
      const [methods = '', path = ''] = name.split(' ');
      const [method = ''] = methods.split(',');
      const address = path.replaceAll(/:\w+/g, 'x');
      const { status, text } = await openBrowser(api).call(
        method,
        address,
        method === 'POST' && /auth/.test(path) ? {} : undefined,
      );
      if (status !== known[name]) wrong.push(`${name}: ${status} instead of ${known[name]} ${text.slice(0, 100)}`);
    }
    assert.deepEqual(wrong, []);
  });
});
