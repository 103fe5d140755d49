import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { before, describe, test } from 'node:test';
import fc from 'fast-check';
import { type Caller, PUBLIC_URL, useApi } from '../../../test/harness/api.ts';
import { PROBLEMS, problemsMarkdown } from '../problems.ts';
import { MAX_JSON_DEPTH } from './json-safety.ts';

const api = useApi();

const GOOD = { kind: 'heartbeat', name: 'nightly', schedule: { type: 'period', seconds: 300 } };

let team: Caller;

async function raw(payload: string | Buffer, headers: Record<string, string> = {}) {
  const response = await api.app.inject({
    method: 'POST',
    url: '/api/v1/monitors',
    headers: { authorization: `Bearer ${team.writeKey}`, 'content-type': 'application/json', ...headers },
    payload,
  });
  return { status: response.statusCode, headers: response.headers, json: JSON.parse(response.body) };
}

interface Listed {
  readonly field: string;
  readonly message: string;
  readonly given?: unknown;
  readonly allowed?: unknown;
}

async function refused(body: unknown): Promise<Map<string, Listed>> {
  const { status, json } = await team.call('POST', '/api/v1/monitors', body);
  assert.equal(status, 400, JSON.stringify(json));
  assert.equal(json.code, 'invalid_request');
  return new Map(json.errors.map((error: Listed) => [error.field, error]));
}

describe('errors', () => {
  before(async () => {
    team = await api.team();
  });

  test('of every refused field say what is allowed there, whatever refused it', async () => {
    await team.call('POST', '/api/v1/monitors', { ...GOOD, slug: 'taken', key: 'a-key-that-is-taken' });
    const bodies: readonly (readonly [unknown, string, RegExp])[] = [
      [{ kind: 'heartbeat', name: 'x' }, 'schedule', /"type": "cron"/],
      [{ ...GOOD, schedule: { type: 'cron', expression: '61 * * * *' } }, 'schedule.expression', /five fields/],
      [{ ...GOOD, schedule: { type: 'cron', expression: '0 0 30 2 *' } }, 'schedule.expression', /before 2126/],
      [
        { ...GOOD, schedule: { type: 'cron', expression: '@daily', timezone: 'Mars/Phobos' } },
        'schedule.timezone',
        /IANA/,
      ],
      [{ ...GOOD, max_run_seconds: 5 }, 'max_run_seconds', /for a process/],
      [{ kind: 'process', name: 'x', grace_seconds: 5 }, 'grace_seconds', /for a heartbeat/],
      [{ ...GOOD, slug: 'log' }, 'slug', /neither start/],
      [{ ...GOOD, slug: 'taken' }, 'slug', /no other monitor/],
      [{ ...GOOD, key: 'short' }, 'key', /^6 to 64 characters/],
      [{ ...GOOD, key: 'a-key-that-is-taken' }, 'key', /no other monitor/],
      [{ ...GOOD, channels: ['01936f0e-7b1c-7c3a-9f60-2f1d0a4b5c6d'] }, 'channels.0', /ids of channels of this team/],
      [{ ...GOOD, grace_seconds: -1 }, 'grace_seconds', /^at least 0$/],
    ];
    for (const [body, field, allowed] of bodies) {
      const { json } = await team.call('POST', '/api/v1/monitors', body);
      const error = json.errors?.find((one: Listed) => one.field === field);
      assert.match(String(error?.allowed), allowed, JSON.stringify(json));
    }
    const { json } = await team.call('GET', '/api/v1/monitors?cursor=nonsense');
    assert.match(json.errors[0].allowed, /next_cursor/);
  });

  test('docs/errors.md says what the table says', async () => {
    assert.equal(await readFile(new URL('../../../docs/errors.md', import.meta.url), 'utf8'), problemsMarkdown());
  });

  test('are problem+json with every member, and their page knows each code', async () => {
    const { status, headers, json } = await team.call('GET', '/api/v1/monitors/01936f0e-7b1c-7c3a-9f60-2f1d0a4b5c6d');
    assert.equal(status, 404);
    assert.equal(headers['content-type'], 'application/problem+json; charset=utf-8');
    assert.equal(headers['cache-control'], 'no-store');
    assert.deepEqual(json, {
      type: `${PUBLIC_URL}/docs/errors#not_found`,
      title: PROBLEMS.not_found.title,
      status: 404,
      detail: 'there is no monitor with this id',
      code: 'not_found',
      errors: [],
    });
    const page = await team.call('GET', '/docs/errors', undefined, null);
    for (const code of Object.keys(PROBLEMS)) assert.ok(page.text.includes(`id="${code}"`), code);
  });

  test('name every field at once, with what was given and what is allowed', async () => {
    const errors = await refused({ ...GOOD, kind: 'cron', name: '', fail_after: 0, tags: 'a', schedul: 1 });
    assert.deepEqual(errors.get('kind'), {
      field: 'kind',
      message: 'must be one of "heartbeat", "process"',
      given: 'cron',
      allowed: ['heartbeat', 'process'],
    });
    assert.equal(errors.get('name')?.given, '');
    assert.equal(errors.get('fail_after')?.allowed, 'at least 1');
    assert.equal(errors.get('tags')?.message, 'must be a list');
    assert.match(errors.get('schedul')?.message ?? '', /^is not known here/);
    assert.ok(Array.isArray(errors.get('schedul')?.allowed));
    assert.match(JSON.stringify(errors.get('schedul')?.allowed), /"schedule"/);
  });

  test('say once what is wrong with an empty name, and what is meant by the number of a signal', async () => {
    for (const name of ['', '   ']) {
      const { json } = await raw(JSON.stringify({ ...GOOD, name }));
      assert.deepEqual(
        json.errors.map((error: Listed) => [error.field, error.message]),
        [['name', 'must have at least 1 character']],
      );
    }
    const { json: monitor } = await raw(JSON.stringify(GOOD));
    for (const n of ['x', '0', '1.5']) {
      const { status, json } = await team.call('GET', `/api/v1/monitors/${monitor.id}/signals/${n}/body`);
      assert.equal(status, 400);
      assert.match(json.detail, /^n: must be the number of a signal/);
    }
  });

  test('help with words that other systems use', async () => {
    const errors = await refused({ ...GOOD, timeout: 60, grace: 5, tz: 'UTC' });
    assert.match(errors.get('timeout')?.message ?? '', /"type": "period"/);
    assert.match(errors.get('grace')?.message ?? '', /grace_seconds/);
    assert.match(errors.get('tz')?.message ?? '', /schedule/);
  });

  test('are strict about types: no number in quotes, no fraction, no null, no 1 for true', async () => {
    for (const body of [
      { ...GOOD, grace_seconds: '60' },
      { ...GOOD, grace_seconds: 60.5 },
      { ...GOOD, grace_seconds: null },
      { ...GOOD, grace_seconds: -1 },
      { ...GOOD, grace_seconds: 1e300 },
      { ...GOOD, kind: 'process', learn: 1 },
      { ...GOOD, name: 5 },
      { ...GOOD, tags: [1] },
      { ...GOOD, schedule: { type: 'period', seconds: '300' } },
      { ...GOOD, schedule: { type: 'period', seconds: 0 } },
      { ...GOOD, schedule: 'daily' },
      { ...GOOD, channels: 'none' },
      { ...GOOD, channels: ['x'] },
    ]) {
      await refused(body);
    }
  });

  test('name the part of a schedule that is wrong', async () => {
    const cron = await refused({ ...GOOD, schedule: { type: 'cron', expression: '61 * * * *' } });
    assert.equal(cron.get('schedule.expression')?.given, '61 * * * *');
    const zone = await refused({ ...GOOD, schedule: { type: 'cron', expression: '0 2 * * *', timezone: 'Mars/Base' } });
    assert.match(zone.get('schedule.timezone')?.message ?? '', /Mars\/Base/);
    const never = await refused({ ...GOOD, schedule: { type: 'cron', expression: '0 0 31 2 *' } });
    assert.match(never.get('schedule.expression')?.message ?? '', /never/);
    const type = await refused({ ...GOOD, schedule: { type: 'weekly' } });
    assert.deepEqual(type.get('schedule.type')?.allowed, ['period', 'cron', 'oncalendar']);
  });

  test('say of a field with several forms what it may be, and what is wrong inside the form that was meant', async () => {
    const channels = await refused({ ...GOOD, channels: 5 });
    assert.equal(channels.get('channels')?.message, 'must be "all" or a list');
    assert.equal(channels.get('channels')?.given, 5);
    const inside = await refused({ ...GOOD, channels: ['x', 5] });
    assert.match(inside.get('channels.0')?.message ?? '', /^must be an id/);
    assert.match((await refused({ ...GOOD, channels: [5] })).get('channels.0')?.message ?? '', /^must be a text/);
    const { json } = await team.call('POST', '/api/v1/channels', { kind: 'email', name: 'x', config: {} });
    assert.equal(json.errors[0].message, 'is missing; it has to be a text or a list');
  });

  test('count in words that fit', async () => {
    const { json } = await team.call('POST', '/api/v1/monitors', { ...GOOD, name: '' });
    assert.equal(json.errors[0].message, 'must have at least 1 character');
    const long = await refused({ ...GOOD, name: 'x'.repeat(5_000) });
    assert.match(long.get('name')?.message ?? '', /^must have at most \d+ characters$/);
  });

  test('refuse what belongs to the other kind with a sentence that helps', async () => {
    const process = await refused({ ...GOOD, kind: 'process', grace_seconds: 60 });
    assert.match(process.get('grace_seconds')?.message ?? '', /start_grace_seconds.*max_run_seconds/);
    const heartbeat = await refused({ ...GOOD, start_grace_seconds: 5, max_run_seconds: 5, learn: true });
    assert.deepEqual([...heartbeat.keys()].sort(), ['learn', 'max_run_seconds', 'start_grace_seconds']);
    const missing = await refused({ kind: 'heartbeat', name: 'x' });
    assert.match(missing.get('schedule')?.message ?? '', /needs a schedule/);
  });

  test('bodies that are no JSON are 400, whatever is wrong with them', async () => {
    for (const body of ['{', '{"kind":}', 'null,', '\u0000', '{"a":1}{"b":2}', "{'kind':'heartbeat'}"]) {
      const { status, json } = await raw(body);
      assert.equal(status, 400, body);
      assert.equal(json.code, 'invalid_json', body);
    }
    const { json } = await raw(Buffer.from([0x22, 0xff, 0xfe, 0x22]));
    assert.match(json.detail, /UTF-8/);
  });

  test('JSON that is no object is named as such', async () => {
    for (const body of ['null', '5', '"x"', '[]', 'true', '']) {
      const { status, json } = await raw(body);
      assert.equal(status, 400, body);
      assert.equal(json.code, 'invalid_request', body);
    }
  });

  test('NUL, lone surrogates, huge numbers, unsafe keys and deep nesting are refused by name', async () => {
    for (const [text, field] of [
      ['{"kind":"heartbeat","name":"a\\u0000b"}', 'name'],
      ['{"kind":"heartbeat","name":"a\\ud800"}', 'name'],
      ['{"kind":"heartbeat","name":"x","grace_seconds":1e999}', 'grace_seconds'],
      ['{"__proto__":{"kind":"heartbeat"}}', '__proto__'],
      ['{"constructor":{"prototype":{}}}', 'constructor'],
    ] as const) {
      const { status, json } = await raw(text);
      assert.equal(status, 400, text);
      assert.equal(json.errors[0].field, field, text);
    }
    const deep = '['.repeat(400_000) + ']'.repeat(400_000);
    const { status, json } = await raw(`{"name":${deep}}`);
    assert.equal(status, 400);
    assert.match(json.errors[0].message, new RegExp(`${MAX_JSON_DEPTH} levels`));
  });

  test('a body of another type is 415, and is told what to send', async () => {
    for (const type of [
      'application/x-www-form-urlencoded',
      'text/plain',
      'multipart/form-data; boundary=x',
      'nonsense',
    ]) {
      const { status, json } = await raw('kind=heartbeat', { 'content-type': type });
      assert.equal(status, 415, type);
      assert.match(json.detail, /Content-Type: application\/json/);
    }
  });

  test('a body over 1 MiB is 413; one of just that size is read', async () => {
    const filled = (size: number) => {
      const empty = JSON.stringify({ ...GOOD, description: '' });
      return JSON.stringify({ ...GOOD, description: 'x'.repeat(size - empty.length) });
    };
    const over = await raw(filled(1024 * 1024 + 1));
    assert.equal(over.status, 413);
    assert.equal(over.json.code, 'body_too_large');
    const full = await raw(filled(1024 * 1024));
    assert.equal(full.status, 400);
    assert.equal(full.json.errors[0].field, 'description');
    assert.ok(full.json.errors[0].given.length <= 200);
  });

  test('an id that cannot be one is not found; bad cursors, limits and filters are named', async () => {
    for (const path of ['x', '1', '..%2f..', '%00', "'%20OR%201=1--", '01936f0e7b1c7c3a9f602f1d0a4b5c6d']) {
      const { status } = await team.call('GET', `/api/v1/monitors/${path}`);
      assert.ok(status === 404 || status === 400, `${path} ${status}`);
    }
    for (const [query, field] of [
      ['cursor=x', 'cursor'],
      ['cursor=', 'cursor'],
      ['cursor=JyBPUiAxPTE', 'cursor'],
      ['limit=0', 'limit'],
      ['limit=251', 'limit'],
      ['limit=ten', 'limit'],
      ['limit=1e2', 'limit'],
      ['limit=99999999999999999999', 'limit'],
      ['limit=1&limit=2', 'limit'],
      ['status=broken', 'status.0'],
      ['kind=tls', 'kind'],
      ['sort=name', 'sort'],
      ['search=%00', 'search'],
    ] as const) {
      const { status, json } = await team.call('GET', `/api/v1/monitors?${query}`);
      assert.equal(status, 400, query);
      assert.equal(json.errors[0].field, field, query);
    }
  });

  test('an unknown address is 404, a known one with another method 405 with what it takes', async () => {
    const unknown = await team.call('GET', '/api/v1/monitor');
    assert.equal(unknown.json.code, 'not_found');
    const method = await team.call('PUT', '/api/v1/monitors/01936f0e-7b1c-7c3a-9f60-2f1d0a4b5c6d', GOOD);
    assert.equal(method.status, 405);
    assert.equal(method.headers.allow, 'GET, PATCH, DELETE, HEAD');
    assert.equal((await team.call('POST', '/docs')).status, 405);
  });

  test('percent signs that mean nothing are a problem too', async () => {
    const response = await api.app.inject({ method: 'GET', url: '/api/v1/monitors/%zz' });
    assert.equal(response.statusCode, 400);
    assert.equal(JSON.parse(response.body).code, 'invalid_url');
  });

  test('routes that take nothing say so when they are given something', async () => {
    const { json: monitor } = await team.call('POST', '/api/v1/monitors', GOOD);
    const rotate = await team.call('POST', `/api/v1/monitors/${monitor.id}/rotate-key`, { key: 'mine' });
    assert.equal(rotate.status, 400);
    assert.equal(rotate.json.errors[0].field, 'key');
    assert.equal((await team.call('POST', `/api/v1/monitors/${monitor.id}/rotate-key`, {})).status, 200);
    assert.equal((await team.call('GET', '/api/v1/team?verbose=1')).status, 400);
  });

  test('text that looks like SQL, HTML or a path is only text', async () => {
    const nasty = `'; DROP TABLE monitor; -- <script>alert(1)</script> \\ % _ \${x} ../../etc`;
    const { json } = await team.call('POST', '/api/v1/monitors', { ...GOOD, name: nasty, tags: [nasty.slice(0, 40)] });
    assert.equal(json.name, nasty);
    const found = await team.call('GET', `/api/v1/monitors?search=${encodeURIComponent(nasty)}`);
    assert.deepEqual(
      found.json.monitors.map((monitor: { id: string }) => monitor.id),
      [json.id],
    );
    const tagged = await team.call('GET', `/api/v1/monitors?tag=${encodeURIComponent(nasty.slice(0, 40))}`);
    assert.equal(tagged.json.monitors.length, 1);
    const wild = await team.call('GET', '/api/v1/monitors?search=%25%25%25');
    assert.deepEqual(wild.json.monitors, []);
  });

  test('no body whatever makes a 500', async () => {
    const anything = fc.oneof(
      fc.json(),
      fc.jsonValue().map((value) => JSON.stringify(value)),
      fc
        .record(
          {
            kind: fc.oneof(fc.constantFrom('heartbeat', 'process'), fc.anything()),
            name: fc.oneof(fc.string({ unit: 'binary' }), fc.anything()),
            slug: fc.oneof(fc.string(), fc.constant(null)),
            key: fc.string(),
            schedule: fc.oneof(
              fc.record({ type: fc.constant('period'), seconds: fc.oneof(fc.integer(), fc.double()) }),
              fc.record({
                type: fc.constantFrom('cron', 'oncalendar'),
                expression: fc.string(),
                timezone: fc.string(),
              }),
              fc.anything(),
            ),
            grace_seconds: fc.oneof(fc.integer(), fc.double(), fc.anything()),
            tags: fc.oneof(fc.array(fc.string({ unit: 'binary' })), fc.anything()),
            channels: fc.oneof(fc.constant('all'), fc.array(fc.uuid()), fc.anything()),
          },
          { requiredKeys: [] },
        )
        .map((value) => JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? String(item) : item)) ?? ''),
    );
    await fc.assert(
      fc.asyncProperty(anything, async (text) => {
        const { status } = await raw(text);
        assert.ok(status === 201 || (status >= 400 && status < 500), `${status} ${text}`);
      }),
      { numRuns: 300 },
    );
  });
});

describe('over a real socket', () => {
  /** Sends bytes as they are and reads until the server closes. */
  async function exchange(port: number, bytes: string): Promise<string> {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.end(bytes);
    for await (const chunk of socket) chunks.push(chunk);
    return Buffer.concat(chunks).toString('latin1');
  }

  test('a body that announces too much is 413 before it is read, one cut short changes nothing', async () => {
    const port = await api.listen();
    const head = `POST /api/v1/monitors HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${team.writeKey}\r\nContent-Type: application/json\r\n`;
    const over = await exchange(port, `${head}Content-Length: 99999999\r\n\r\n{"kind"`);
    assert.match(over, /^HTTP\/1\.1 413 /);
    assert.match(over, /"code":"body_too_large"/);
    await exchange(port, `${head}Content-Length: 500\r\n\r\n{"kind":"heartbeat"`);
    const chunked = await exchange(
      port,
      `${head}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n`,
    );
    assert.match(chunked, /^HTTP\/1\.1 400 /);
    const gone = await exchange(port, 'GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    assert.match(gone, /^HTTP\/1\.1 404 [\s\S]*application\/problem\+json/);
    const head404 = await exchange(port, 'HEAD /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    assert.match(head404, /^HTTP\/1\.1 200 /);
  });
});
