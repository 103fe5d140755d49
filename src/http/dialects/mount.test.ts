import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Answer, MOUNTS, useDialects } from '../../../test/harness/dialects.ts';
import { dropInSecret, rotateDropInSecret } from '../../accounts/drop-in.ts';
import { MINUTE_MS } from '../../core/instant.ts';
import { systemClock } from '../../platform/clock.ts';
import { createLogger } from '../../platform/logger.ts';
import { createIngest } from '../../watch/ingest.ts';
import { UNKNOWN_KEYS_PER_MINUTE } from '../ping/unknown-limit.ts';

const harness = useDialects(['cronflow', 'cronsentry']);
const CLOSED = 'under /in/{secret}';
/** One address of each dialect, and how it says that something is not there now. */
const ADDRESSES = [
  ['GET', '/api/jobs', { error: 'nothing was stored, try again' }],
  ['POST', '/api/jobs', { error: 'nothing was stored, try again' }],
  ['GET', '/api/ping/01936f0e-7b1c-7c3a-9f60-2f1d0a4b5c6d', { error: 'nothing was stored, try again' }],
  ['GET', '/jobs', { detail: 'Nothing was stored, try again' }],
  ['POST', '/jobs', { detail: 'Nothing was stored, try again' }],
  ['POST', '/jobs/backup/start', { detail: 'Nothing was stored, try again' }],
] as const;
const BODY = JSON.stringify({ name: 'x', schedule: '0 0 * * *' });
const bodyFor = (method: string) =>
  method === 'POST' ? { body: BODY, headers: { 'content-type': 'application/json' } } : {};

async function ask(path: string, method = 'GET', init: RequestInit = {}, port?: number): Promise<Answer> {
  const server = await harness.ready();
  const response = await fetch(`http://127.0.0.1:${port ?? server.port}${path}`, { ...init, method });
  const text = await response.text();
  const isJson = String(response.headers.get('content-type')).includes('json') && text !== '';
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
}

const plain = (answer: Answer) => [answer.status, answer.headers.get('content-type'), answer.text];
const NOTHING = [404, 'text/plain; charset=utf-8', 'not found'];

describe('a base', () => {
  test('that is unknown, or is none, looks like an address at which nothing is', async () => {
    const { secret } = await harness.ready();
    assert.deepEqual(plain(await ask(`/in/${secret}/nothing`)), NOTHING);
    for (const base of [
      'x'.repeat(32),
      secret.slice(1),
      `${secret}0`,
      '-',
      '%',
      '%2d',
      `..%2f${secret}`,
      'a'.repeat(5_000),
    ]) {
      for (const [method, path] of ADDRESSES) {
        assert.deepEqual(plain(await ask(`/in/${base}${path}`, method, bodyFor(method))), NOTHING, base);
      }
      assert.deepEqual(plain(await ask(`/in/${base}/cronflow/jobs`)), NOTHING, base);
    }
    for (const path of ['/in', '/in/', '/in//', '/in/jobs', '/in/-', '/in/-/', '/in/-/cronflow/', '/in/?x=%']) {
      assert.deepEqual(plain(await ask(path)), NOTHING, path);
    }
    const { clock } = (await harness.ready()).host;
    clock.advance(MINUTE_MS);
  });

  test('cannot be guessed fast, and whoever knows one is not slowed down by guessers', async () => {
    const { secret, host } = await harness.ready();
    const guess = async () => ask(`/in/${'y'.repeat(32)}/jobs`);
    const answers: Answer[] = [];
    for (let count = 0; count <= UNKNOWN_KEYS_PER_MINUTE; count += 1) answers.push(await guess());
    assert.deepEqual(new Set(answers.slice(0, -1).map(({ status }) => status)), new Set([404]));
    assert.equal(answers.at(-1)?.status, 429);
    assert.equal(answers.at(-1)?.headers.get('retry-after'), '60');
    assert.equal((await ask(`/in/${secret}/jobs`)).status, 200);
    host.clock.advance(MINUTE_MS);
    assert.equal((await guess()).status, 404);
  });

  test('takes slashes as clients put them together', async () => {
    const { secret } = await harness.ready();
    for (const path of [`/in/${secret}//jobs`, `//in/${secret}/jobs/`, `/in/${secret}/jobs?limit=1`, `/in/${secret}`]) {
      assert.equal((await ask(path)).status, 200, path);
    }
  });

  test('shows its own team and nobody else’s, also after the secret was replaced', async () => {
    const { host, secret } = await harness.ready();
    const other = await host.make.team();
    const theirs = (await dropInSecret(host.services, other.id)) ?? '';
    const make = async (base: string, path: string, name: string) =>
      (await ask(`/in/${base}${path}`, 'POST', { ...bodyFor('POST'), body: BODY.replace('x', name) })).json;
    const job = await make(secret, '/api/jobs', 'ours');
    await make(secret, '/jobs', 'ours');
    assert.deepEqual((await ask(`/in/${theirs}/api/jobs`)).json, []);
    assert.deepEqual((await ask(`/in/${theirs}/jobs`)).json, []);
    for (const [method, path] of [
      ['GET', `/api/jobs/${job.id}`],
      ['PUT', `/api/jobs/${job.id}`],
      ['DELETE', `/api/jobs/${job.id}`],
      ['POST', `/api/jobs/${job.id}/pause`],
      ['POST', `/api/ping/${job.id}`],
      ['POST', '/jobs/ours/start'],
    ] as const) {
      assert.equal(
        (await ask(`/in/${theirs}${path}`, method, bodyFor(method === 'PUT' ? 'POST' : ''))).status,
        404,
        path,
      );
    }
    const same = await make(theirs, '/jobs', 'ours');
    assert.deepEqual([same.name, same.id], ['ours', 1], 'names and numbers are the team’s own');
    const fresh = await rotateDropInSecret(host.services, other.id);
    assert.deepEqual(plain(await ask(`/in/${theirs}/jobs`)), NOTHING);
    assert.equal((await ask(`/in/${fresh}/jobs`)).json.length, 1);
  });
});

describe('dialects that are not open', () => {
  test('are not at the root: it belongs to the API and to pages', async () => {
    const { host } = await harness.ready();
    for (const [method, path] of ADDRESSES) {
      const answer = await ask(path, method, bodyFor(method), host.port);
      assert.deepEqual([answer.status, answer.json.code], [404, 'not_found'], path);
    }
    assert.equal((await ask('/', 'GET', {}, host.port)).json.docs, 'https://watch.example/docs');
    assert.equal((await ask('/in/-/cronflow/jobs', 'GET', {}, host.port)).status, 404);
  });
});

describe('the root of a server with open dialects', () => {
  test('is a page for browsers and a greeting for clients, and the API stays where it is', async () => {
    const page = await ask('/', 'GET', { headers: { accept: 'text/html,*/*' } });
    assert.match(page.text, /<!doctype html>/);
    assert.match((await ask('/')).json.message, /Cron Monitor is running/);
    assert.equal((await ask('/healthz')).json.status, 'ok');
    assert.equal((await ask('/api/v1/monitors')).json.code, 'missing_key');
    assert.equal((await ask('/docs')).status, 200);
    assert.equal((await ask('/nowhere')).json.code, 'not_found');
  });
});

describe('every dialect', () => {
  for (const mount of MOUNTS) {
    test(`says 503 in its own form while the database is away, ${mount}`, async () => {
      const { host, secret } = await harness.ready();
      const { services } = host;
      const gone = () => Promise.reject(Object.assign(new Error('gone'), { code: '57P01' }));
      const database = { ...services.database, query: gone, transaction: gone };
      let refused = 0;
      const onRefused = () => {
        refused += 1;
      };
      const ingest = createIngest({
        ...services,
        nodeId: services.newId(),
        database,
        onRefused,
        unrecordedGap: () => null,
      });
      const config = { ...services.config, openDialects: ['cronflow', 'cronsentry'] as const };
      const { port } = await host.another({ database, ingest, config });
      for (const [method, path, body] of ADDRESSES) {
        const based = mount === CLOSED ? `/in/${secret}${path}` : path;
        const answer = await ask(based, method, bodyFor(method), port);
        assert.deepEqual([answer.status, answer.json], [503, body], path);
        assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/);
      }
      assert.equal(refused, ADDRESSES.length, 'this node knows that it was blind');
    });
  }

  test('says the same when a fault of ours is in the way, never 500, and the log hides the secret', async () => {
    const { host, secret } = await harness.ready();
    const { services } = host;
    const lines: string[] = [];
    const write = (line: string) => lines.push(line);
    const logger = createLogger({ level: 'warn', format: 'text', clock: systemClock, write });
    const broken = { ...services.clock, now: () => Number.NaN };
    const transaction = () => Promise.reject(new TypeError('a fault'));
    const database = { ...services.database, transaction };
    const { port } = await host.another({ logger, database, clock: { ...services.clock, ...broken } });
    for (const [method, path, body] of ADDRESSES.filter(
      ([method, path]) => method === 'POST' && !/backup/.test(path),
    )) {
      const answer = await ask(`/in/${secret}${path}`, method, bodyFor(method), port);
      assert.deepEqual([answer.status, answer.json], [503, body], path);
    }
    assert.equal(lines.length, 2);
    for (const line of lines) {
      assert.match(line, /a call failed/);
      assert.ok(!line.includes(secret), line);
    }
  });

  test('is never stopped by the media type, the encoding or the length of what it gets', async () => {
    const { secret } = await harness.ready();
    for (const [method, path] of ADDRESSES) {
      for (const type of ['', 'multipart/form-data', 'text/plain; charset=koi8-r', ';', '\xff']) {
        const headers = type === '' ? {} : { 'content-type': type };
        const init = method === 'POST' ? { headers, body: Buffer.from([0xff, 0, 0x22, 0x7b]) } : { headers };
        const { status, json } = await ask(`/in/${secret}${path}`, method, init);
        assert.ok(status < 500, `${method} ${path} ${type}: ${status}`);
        assert.ok(Array.isArray(json) || 'error' in json || 'detail' in json);
      }
    }
  });

  test('reads whatever bytes stand in an address, and is broken by none', async () => {
    const { host, secret, port, count } = await harness.ready();
    const before = await count();
    const odd = [
      '\xff\xfe',
      '\xd0',
      '%',
      '%f',
      '%00',
      '%ff',
      '\xe2\x80\xae',
      '..',
      '%2e%2e%2f',
      ';',
      '#',
      "'%20OR%201=1",
    ];
    for (const base of ['', `/in/${secret}`]) {
      for (const bytes of odd) {
        for (const [method, target] of [
          ['POST', `/jobs/${bytes}/start`],
          ['GET', `/jobs?skip=${bytes}`],
          ['GET', `/jobs?${bytes}=1&limit=${bytes}`],
          ['GET', `/api/jobs/${bytes}`],
          ['PUT', `/api/jobs/${bytes}`],
          ['GET', `/api/ping/${bytes}`],
          ['GET', `/?x=${bytes}`],
        ] as const) {
          const answer = await host.ask(method, base + target, { port });
          assert.ok(answer.status < 500, `${method} ${target}: ${answer.status}`);
          assert.match(answer.headers.get('content-type') ?? '', /^application\/json\b/, `${method} ${target}`);
          // Bytes beyond ASCII are refused by Node itself; they are refused in the same form.
          if (answer.status === 400)
            assert.ok(['{"detail":', '{"error":"the'].some((form) => answer.body.startsWith(form)));
        }
      }
    }
    assert.equal(await count(), before);
  });
});
