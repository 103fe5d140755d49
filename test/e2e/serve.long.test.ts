/** The server as a process: how it starts, stops, is killed, and loses its database. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { findFreePort } from '../../src/platform/free-port.ts';
import { waitFor } from '../harness/wait-for.ts';
import { openWire } from '../harness/wire.ts';
import { makeFolder, removeFolder, type ServerProcess, startServer } from './server-process.ts';

const folder = makeFolder();
const started = new Set<ServerProcess>();

function serve(name: string, env: Record<string, string> = {}, args: readonly string[] = []): ServerProcess {
  const cwd = join(folder, name);
  mkdirSync(cwd, { recursive: true });
  const server = startServer(cwd, { ALLSWELL_DATA: join(cwd, 'data'), ...env }, args);
  started.add(server);
  server.ended.finally(() => started.delete(server));
  return server;
}

after(async () => {
  for (const server of started) server.child.kill('SIGTERM');
  await Promise.all([...started].map((server) => server.ended));
  removeFolder(folder);
});

async function stop(server: ServerProcess): Promise<void> {
  server.child.kill('SIGTERM');
  assert.equal(await server.ended, 0, server.output().stderr);
}

const keyFile = (name: string) => readFileSync(join(folder, name, 'data', 'api-key'), 'utf8').trim();

/** One call of the API with the key that the server left for its own host. */
async function call(name: string, url: string, method: string, path: string, body?: unknown) {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { Authorization: `Bearer ${keyFile(name)}`, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

async function addMonitor(name: string, url: string): Promise<string> {
  const wish = { kind: 'heartbeat', name: 'job', schedule: { type: 'period', seconds: 3_600 } };
  const { status, json } = await call(name, url, 'POST', '/api/v1/monitors', wish);
  assert.equal(status, 201, JSON.stringify(json));
  return String(json.ping_url);
}

const holdPort = (): Promise<Server> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '::', () => resolve(server));
  });

const postmasterPid = (name: string) =>
  Number(readFileSync(join(folder, name, 'data', 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('a server that stops', () => {
  test('lets a slow request finish, exits 0, and leaves no database running', async () => {
    const server = serve('orderly');
    const url = await server.ready();
    const pingUrl = await addMonitor('orderly', url);
    const { port, pathname } = new URL(pingUrl);
    const slow = await openWire(Number(port));
    slow.write(`POST ${pathname} HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc`);
    const kept = await openWire(Number(port));
    kept.write(`GET ${pathname} HTTP/1.1\r\nHost: x\r\n\r\n`);
    assert.equal((await kept.answer())?.status, 200);
    const pid = postmasterPid('orderly');
    server.child.kill('SIGTERM');
    await kept.closed;
    slow.write('def');
    const answer = await slow.answer();
    assert.equal(`${answer?.status} ${answer?.body}`, '200 OK');
    assert.equal(answer?.headers.get('connection'), 'close');
    assert.equal(await server.ended, 0);
    assert.ok(!isAlive(pid));
    const { stdout, stderr } = server.output();
    assert.match(stdout, /^allswell is ready at http:\/\/localhost:\d+ \(its own PostgreSQL 18; data in /);
    assert.match(stdout, /works once\): http:\/\/localhost:\d+\/setup\/\w{43}/);
    assert.doesNotMatch(stderr, /error|Error/);
    const again = serve('orderly');
    await again.ready();
    assert.doesNotMatch(again.output().stdout, /setup/, 'the link is shown once');
    await stop(again);
  });

  test('says that it listens nowhere when it is no web node', async () => {
    const server = serve('silent', {}, ['--roles', 'watch,deliver']);
    await waitFor('the ready line', () => server.output().stdout.includes('allswell is ready'));
    assert.match(
      server.output().stdout,
      /^allswell is ready to watch and deliver; it listens nowhere, web nodes do \(its own PostgreSQL 18; data in /,
    );
    await stop(server);
  });

  test('at a second signal ends at once; its database is found running the next time', async () => {
    const server = serve('forced');
    const { port, pathname } = new URL(await addMonitor('forced', await server.ready()));
    const stuck = await openWire(Number(port));
    stuck.write(`POST ${pathname} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 6\r\n\r\nabc`);
    assert.equal((await stuck.answer())?.status, 100, 'the server has the request in hand');
    server.child.kill('SIGTERM');
    await waitFor('the first signal to be heard', () => server.output().stderr.includes('stopping'));
    server.child.kill('SIGTERM');
    assert.equal(await server.ended, 143);
    stuck.end();
    const next = serve('forced');
    await next.ready();
    assert.match(next.output().stdout, /found running/);
    await stop(next);
  });

  test('by kill -9 is replaced by one that takes its database over, with every ping that was answered', async () => {
    const server = serve('killed');
    const url = await server.ready();
    const pingUrl = await addMonitor('killed', url);
    const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(pingUrl, { method: 'POST', body: 'x' })));
    assert.ok(answers.every(({ status }) => status === 200));
    server.child.kill('SIGKILL');
    await server.ended;
    const next = serve('killed');
    const { json } = await call('killed', await next.ready(), 'GET', '/api/v1/monitors');
    assert.match(next.output().stdout, /found running/);
    const [monitor] = json.monitors as { signal_count: number }[];
    assert.equal(monitor?.signal_count, 20);
    await stop(next);
  });
});

describe('a server that cannot start', () => {
  test('says that its port is taken, exits 1 and stops its database', async () => {
    const holder = await holdPort();
    const address = holder.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const server = serve('port', { PORT: String(port) });
    assert.equal(await server.ended, 1);
    holder.close();
    assert.match(server.output().stderr, new RegExp(`^allswell: PORT: ${port} is in use by another program`, 'm'));
    assert.doesNotMatch(server.output().stderr, /^\s+at /m);
    assert.equal(server.output().stdout, '');
    const next = serve('port');
    await next.ready();
    assert.doesNotMatch(next.output().stdout, /found running/);
    await stop(next);
  });

  test('leaves a data folder alone that another one uses, and one whose secrets have another key', async () => {
    const first = serve('shared', { ALLSWELL_SECRET_KEY: 'the first key of them all' });
    const url = await first.ready();
    const second = serve('shared');
    assert.equal(await second.ended, 1);
    assert.match(second.output().stderr, /^allswell: Another allswell \(.*\) uses the data folder /m);
    assert.equal((await fetch(`${url}/readyz`)).status, 200, 'the first one goes on');
    await stop(first);
    const other = serve('shared', { ALLSWELL_SECRET_KEY: 'hunter2 hunter2 hunter2' });
    assert.equal(await other.ended, 1);
    assert.match(other.output().stderr, /^allswell: ALLSWELL_SECRET_KEY: [^\n]+$/m);
    assert.doesNotMatch(other.output().stderr, /hunter2/);
  });
});

describe('a server', () => {
  test('without the role web takes no port', async (t) => {
    const holder = await holdPort();
    t.after(() => holder.close());
    const address = holder.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const server = serve('deliver', { PORT: String(port) }, ['--roles', 'deliver']);
    assert.equal(await server.ready(), '');
    await stop(server);
  });

  test('whose PostgreSQL is killed refuses pings with 503, recovers by itself, and records the gap', async () => {
    const server = serve('outage', { PORT: String(await findFreePort('::')) });
    const url = await server.ready();
    const pingUrl = await addMonitor('outage', url);
    assert.equal((await fetch(pingUrl)).status, 200);
    const pid = postmasterPid('outage');
    process.kill(pid, 'SIGKILL');
    const refused = await waitFor('a refusal', async () => {
      const response = await fetch(pingUrl);
      return response.status === 200 ? null : response;
    });
    assert.equal(refused?.status, 503);
    assert.match(refused?.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
    await waitFor('a ping that is taken', async () => (await fetch(pingUrl)).status === 200, 60_000);
    assert.notEqual(postmasterPid('outage'), pid);
    const gap = await waitFor('the gap', async () => {
      const { status, json } = await call('outage', url, 'GET', '/api/v1/gaps');
      return status === 200 ? (json.gaps as { kind: string }[]).find(({ kind }) => kind === 'ingest') : undefined;
    });
    assert.ok(gap);
    await waitFor('readiness', async () => (await fetch(`${url}/readyz`)).status === 200);
    await stop(server);
  });

  test('goes on when nobody reads its log any more: a pipe that ended, a terminal that was closed', async () => {
    const server = serve('unread', { LOG_LEVEL: 'debug' });
    const url = await server.ready();
    const pingUrl = await addMonitor('unread', url);
    server.child.stdout?.destroy();
    server.child.stderr?.destroy();
    // It has something to say about that, and nobody to say it to.
    process.kill(postmasterPid('unread'), 'SIGKILL');
    await waitFor('a refusal', async () => (await fetch(pingUrl)).status === 503);
    await waitFor('recovery', async () => (await fetch(pingUrl)).status === 200, 60_000);
    await stop(server);
  });

  test('logs no key and no secret, even when it logs all it can', async () => {
    const apiKey = 'an-operators-own-key-0123456789';
    const env = { LOG_LEVEL: 'debug', ALLSWELL_API_KEY: apiKey, ALLSWELL_SECRET_KEY: 'a-secret-key-0123456789' };
    const server = serve('logs', env);
    const url = await server.ready();
    const pingUrl = await addMonitor('logs', url);
    const pingKey = new URL(pingUrl).pathname.split('/')[2] ?? '';
    const { json } = await call('logs', url, 'GET', '/api/v1/team');
    const teamKey = String(json.ping_key);
    const setup = /\/setup\/(\w{43})/.exec(server.output().stdout)?.[1] ?? '';
    const owner = { name: 'Anna', email: 'anna@example.com', password: 'a password for the log' };
    const form = new URLSearchParams(owner);
    const handed = await (await fetch(`${url}/setup/${setup}`, { method: 'POST', body: form })).text();
    const given = /aw_\w{40}/.exec(handed)?.[0] ?? '';
    for (const value of [pingKey, teamKey, setup, given]) assert.ok(value.length >= 20, value);
    await fetch(`${url}/in/${'s'.repeat(43)}/x`, { method: 'POST', body: 'x' });
    for (const path of [`/ping/${pingKey}/256`, `/ping/${teamKey}/made?create=1`, `/ping/start/${pingKey}/start`]) {
      await fetch(`${url}${path}`);
    }
    await fetch(`${url}/api/v1/monitors`, { headers: { 'X-Api-Key': given } });
    await fetch(`${url}/api/v1/monitors`, { method: 'POST', headers: { 'X-Api-Key': apiKey }, body: '{' });
    process.kill(postmasterPid('logs'), 'SIGKILL');
    await waitFor('a refusal', async () => (await fetch(pingUrl)).status === 503);
    await fetch(`${url}/ping/${teamKey}/another?create=1`);
    await fetch(`${url}/api/v1/monitors`, { headers: { 'X-Api-Key': given } });
    await waitFor('recovery', async () => (await fetch(pingUrl)).status === 200, 60_000);
    await stop(server);
    const { stderr } = server.output();
    assert.match(stderr, /debug|warn/);
    const secrets = [
      owner.password,
      pingKey,
      teamKey,
      setup,
      given,
      apiKey,
      env.ALLSWELL_SECRET_KEY,
      keyFile('logs'),
      's'.repeat(43),
    ];
    for (const secret of secrets) assert.ok(!stderr.includes(secret), `${secret} is in the log`);
  });
});
