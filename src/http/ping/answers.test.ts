import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sql } from '../../../test/harness/fixtures.ts';
import { requestBytes, usePingServer } from '../../../test/harness/ping-server.ts';
import { waitFor } from '../../../test/harness/wait-for.ts';
import { openWire } from '../../../test/harness/wire.ts';
import { SECOND_MS } from '../../core/instant.ts';
import { createIngest } from '../../watch/ingest.ts';
import { pauseMonitor } from '../../watch/manage.ts';
import { createWakeLoop } from '../../watch/wake.ts';
import { CLOSE_WITHIN_MS } from '../server.ts';

const host = usePingServer();
const { make, ask, signals } = host;
const RUN = '0f8fad5b-d9cb-469f-a165-70867728950e';

async function monitor() {
  return make.monitor((await make.team()).id);
}

describe('the URL table', () => {
  const good: readonly (readonly [string, string, number | null])[] = [
    ['KEY', 'success', null],
    ['KEY/', 'success', null],
    ['KEY/start', 'start', null],
    ['KEY/start/', 'start', null],
    ['KEY/fail', 'fail', null],
    ['KEY/log', 'log', null],
    ['KEY/0', 'success', 0],
    ['KEY/1', 'fail', 1],
    ['KEY/007', 'fail', 7],
    ['KEY/255', 'fail', 255],
    ['KEY/000000000000000000000255', 'fail', 255],
    ['start/KEY/start', 'start', null],
    ['end/KEY/end', 'success', null],
    ['end/KEY/end/', 'success', null],
    ['TEAM/SLUG', 'success', null],
    ['TEAM/SLUG/', 'success', null],
    ['TEAM/SLUG/start', 'start', null],
    ['TEAM/SLUG/fail', 'fail', null],
    ['TEAM/SLUG/log', 'log', null],
    ['TEAM/SLUG/3', 'fail', 3],
    ['KEY?anything=else&x', 'success', null],
    ['KEY?', 'success', null],
    ['KEY?%', 'success', null],
    ['KEY?create=1', 'success', null],
    ['TEAM/SLUG?create=1&kind=nonsense', 'success', null],
    [`KEY/start?rid=${RUN}`, 'start', null],
    [`KEY?rid=${RUN.toUpperCase()}`, 'success', null],
    [`KEY?rid=${RUN}&rid=nonsense`, 'success', null],
    ['%4bEY'.replace('%4bEY', 'ENCODED'), 'success', null],
    ['UPPER/start', 'start', null],
  ];

  test('every good form counts once, as what it says, and is answered 200 OK', async () => {
    const team = await make.team();
    const one = await make.monitor(team.id);
    const fill = (form: string) =>
      form
        .replace('KEY', one.key)
        .replace('UPPER', one.key.toUpperCase())
        .replace('ENCODED', one.key.replaceAll('-', '%2d'))
        .replace('TEAM', team.pingKey)
        .replace('SLUG', one.slug);
    for (const [index, [form, kind, exitStatus]] of good.entries()) {
      const answer = await ask('GET', `/ping/${fill(form)}`);
      assert.equal(`${answer.status} ${answer.body}`, '200 OK', form);
      const stored = await signals(one.id);
      assert.equal(stored.length, index + 1, form);
      const last = stored.at(-1);
      assert.deepEqual([last?.kind, last?.exit_status], [kind, exitStatus], form);
      if (form.includes('rid=')) assert.equal(last?.run_id, RUN);
    }
  });

  const bad: readonly (readonly [string, number, string])[] = [
    ['KEY/256', 400, 'invalid url format'],
    [`KEY/${'9'.repeat(400)}`, 400, 'invalid url format'],
    ['TEAM/SLUG/256', 400, 'invalid url format'],
    ['TEAM/Upper', 400, 'invalid url format'],
    [`TEAM/${'s'.repeat(101)}`, 400, 'invalid url format'],
    ['KEY/FAIL', 400, 'invalid url format'],
    ['TEAM/SLUG/FAIL', 400, 'invalid url format'],
    ['KEY/-1', 404, 'not found'],
    ['KEY/foo', 404, 'not found'],
    ['KEY/1.5', 404, 'not found'],
    ['KEY/+1', 404, 'not found'],
    ['KEY//', 404, 'not found'],
    ['KEY/start/more', 404, 'not found'],
    ['TEAM/SLUG/start/more', 404, 'not found'],
    ['start/KEY/end', 404, 'not found'],
    ['start/KEY', 404, 'not found'],
    ['TEAM', 404, 'not found'],
    ['TEAM/no-such-slug', 404, 'not found'],
    ['TEAM/no-such-slug?create=0', 404, 'not found'],
    ['TEAM/no-such-slug?create=yes', 404, 'not found'],
    ['TEAM/no-such-slug?create=', 404, 'not found'],
    ['NOKEY', 404, 'not found'],
    ['NOKEY/fail', 404, 'not found'],
    ['NOKEY?create=1', 404, 'not found'],
    ['NOKEY/a-slug?create=1', 404, 'not found'],
    ['UNDASHED', 404, 'not found'],
    ['', 404, 'not found'],
    ['/', 404, 'not found'],
    ['%', 404, 'not found'],
    ['%zz', 404, 'not found'],
    ['KEY%', 404, 'not found'],
    ['KEY%00', 404, 'not found'],
    ['KEY%0a', 404, 'not found'],
    ['KEY%2Ffail', 404, 'not found'],
    ['TEAM%00/SLUG', 404, 'not found'],
    ['%f0%9f%98%80/%f0%9f%98%80', 404, 'not found'],
    ["';DROP TABLE monitor;--", 404, 'not found'],
    ['KEY?rid=', 400, 'invalid uuid format'],
    ['KEY?rid=nonsense', 400, 'invalid uuid format'],
    [`KEY?rid=${RUN.replaceAll('-', '')}`, 400, 'invalid uuid format'],
    [`KEY?rid={${RUN}}`, 400, 'invalid uuid format'],
    [`KEY?rid=${RUN}%0A`, 400, 'invalid uuid format'],
    [`KEY?rid=${RUN}0`, 400, 'invalid uuid format'],
    ['KEY?rid=%', 400, 'invalid uuid format'],
    ['KEY?rid=%00', 400, 'invalid uuid format'],
  ];

  test('every bad form has its answer, and nothing is stored', async () => {
    const team = await make.team();
    const one = await make.monitor(team.id);
    const fill = (form: string) =>
      form
        .replace('UNDASHED', one.key.replaceAll('-', ''))
        .replace('NOKEY', '00000000-0000-4000-8000-000000000000')
        .replace('KEY', one.key)
        .replace('TEAM', team.pingKey)
        .replace('SLUG', one.slug);
    for (const [form, status, text] of bad) {
      const target = `/ping/${fill(form)}`.replace(/[ ;']/g, (sign) => encodeURIComponent(sign));
      const answer = await ask('GET', target);
      assert.equal(`${answer.status} ${answer.body}`, `${status} ${text}`, form);
    }
    assert.deepEqual(await signals(one.id), []);
  });

  test('absolute targets and doubled slashes reach the same monitor; other things beside /ping/ do not', async () => {
    const one = await monitor();
    const counted = [
      `http://watch.test/ping/${one.key}`,
      `HTTPS://user:word@watch.test:8080/ping/${one.key}/fail?x=y`,
      `//ping/${one.key}`,
      `///ping/${one.key}/0`,
    ];
    for (const target of counted) assert.equal((await ask('GET', target)).status, 200, target);
    assert.equal((await signals(one.id)).length, counted.length);
    for (const target of [
      `/PING/${one.key}`,
      `/ping`,
      '/pingu',
      `ftp://watch.test/ping/${one.key}`,
      'http://watch.test/nowhere',
    ]) {
      assert.equal((await ask('GET', target)).status, 404, target);
    }
    assert.equal((await ask('GET', 'http://watch.test/healthz')).status, 200);
  });

  test('targets that no parser takes and very long ones end that connection alone', async () => {
    const one = await monitor();
    for (const target of [`/ping/${one.key}\0`, `/ping/ ${one.key}`, `/ping/${'x'.repeat(70_000)}`]) {
      const { status } = await ask('GET', target);
      assert.ok(status >= 400 && status < 500, `${status}`);
    }
    assert.equal((await ask('GET', `/ping/${one.key}/${'s'.repeat(50_000)}`)).status, 400);
    assert.equal((await ask('GET', `/ping/${one.key}?${'q'.repeat(50_000)}`)).status, 200);
  });
});

describe('methods', () => {
  test('GET, HEAD, POST and PUT count and are logged with their name', async () => {
    const one = await monitor();
    for (const method of ['GET', 'HEAD', 'POST', 'PUT']) {
      const answer = await ask(method, `/ping/${one.key}`);
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('content-length'), '2');
      assert.equal(answer.headers.get('access-control-allow-origin'), '*');
      assert.equal(answer.headers.get('ping-body-limit'), '100000');
      assert.equal(answer.headers.get('cache-control'), 'no-store');
      assert.match(answer.headers.get('content-type') ?? '', /^text\/plain/);
    }
    assert.deepEqual(
      (await signals(one.id)).map(({ method }) => method),
      ['GET', 'HEAD', 'POST', 'PUT'],
    );
  });

  test('OPTIONS is answered 204 for browsers and counts nothing; other methods are told what is allowed', async () => {
    const one = await monitor();
    const options = await ask('OPTIONS', `/ping/${one.key}`);
    assert.equal(options.status, 204);
    assert.equal(options.headers.get('access-control-allow-origin'), '*');
    assert.match(options.headers.get('access-control-allow-methods') ?? '', /PUT/);
    for (const method of ['DELETE', 'PATCH', 'TRACE', 'PROPFIND', 'M-SEARCH']) {
      const answer = await ask(method, `/ping/${one.key}`, { body: 'x' });
      assert.equal(answer.status, 405, method);
      assert.equal(answer.headers.get('allow'), 'GET, HEAD, POST, PUT, OPTIONS');
    }
    assert.deepEqual(await signals(one.id), []);
  });
});

describe('a connection', () => {
  test('stays usable after every kind of answer, also for requests that were sent ahead', async () => {
    const one = await monitor();
    const wire = await host.wire();
    const body = 'y'.repeat(5_000);
    const requests: readonly (readonly [string, string, number, boolean])[] = [
      ['GET', `/ping/${one.key}`, 200, false],
      ['POST', `/ping/${one.key}/256`, 400, true],
      ['POST', `/ping/${one.key}`, 200, true],
      ['DELETE', `/ping/${one.key}`, 405, true],
      ['HEAD', `/ping/${one.key}`, 200, false],
      ['PUT', '/ping/no-such-key', 404, true],
      ['POST', `/ping/${one.key}?rid=bad`, 400, true],
      ['OPTIONS', `/ping/${one.key}`, 204, false],
      ['POST', '/ping/x', 404, true],
      ['GET', '/healthz', 200, false],
      ['GET', `/ping/${one.key}/fail`, 200, true],
    ];
    wire.write(
      Buffer.concat(requests.map(([method, target, , big]) => requestBytes(method, target, big ? { body } : {}))),
    );
    for (const [method, target, status] of requests) {
      const answer = await wire.answer(method === 'HEAD');
      assert.equal(answer?.status, status, `${method} ${target}`);
      assert.notEqual(answer?.headers.get('connection'), 'close', `${method} ${target}`);
    }
    wire.end();
    assert.deepEqual(
      (await signals(one.id)).map(({ kind, body_size }) => `${kind} ${body_size}`),
      ['success 0', 'success 5000', 'success 0', 'fail 5000'],
    );
  });

  test('of HTTP/1.0 is answered and closed; one that is closed by its client right after the request counts', async () => {
    const one = await monitor();
    const old = await host.wire();
    old.write(`GET /ping/${one.key} HTTP/1.0\r\n\r\n`);
    assert.equal((await old.answer())?.status, 200);
    await old.closed;
    const hasty = await host.wire();
    hasty.socket.end(`GET /ping/${one.key} HTTP/1.1\r\nHost: x\r\n\r\n`);
    assert.equal((await hasty.answer())?.status, 200);
    assert.equal((await signals(one.id)).length, 2);
  });

  test('that offers to upgrade or expects the impossible still brings its ping', async () => {
    const one = await monitor();
    for (const headers of [
      { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'AAMAAABkAAQAoAAAAAIAAAAA' },
      { Connection: 'Upgrade', Upgrade: 'websocket' },
      { Expect: 'the-moon' },
    ]) {
      assert.equal((await ask('GET', `/ping/${one.key}`, { headers })).status, 200);
    }
    assert.equal((await signals(one.id)).length, 3);
  });
});

describe('a server that closes', () => {
  test('answers what is under way, ends its connections, and waits no longer than it says', async () => {
    const one = await monitor();
    const { port, server } = await host.another({});
    const kept = await openWire(port);
    kept.write(requestBytes('GET', `/ping/${one.key}`));
    assert.equal((await kept.answer())?.headers.get('connection'), 'keep-alive');
    const stuck = await openWire(port);
    stuck.write(`POST /ping/${one.key} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf`);
    const slow = await openWire(port);
    slow.write(`POST /ping/${one.key} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf`);
    await waitFor('both to be waited for', () => host.clock.pending() === 4);
    const closed = server.close();
    await kept.closed;
    slow.write(', all');
    const answer = await slow.answer();
    assert.deepEqual([answer?.status, answer?.headers.get('connection')], [200, 'close']);
    await slow.closed;
    host.clock.advance(CLOSE_WITHIN_MS);
    await closed;
    stuck.end();
    await waitFor('the half to count', async () => (await signals(one.id)).length === 3);
    assert.equal(host.clock.pending(), 0);
  });
});

describe('answers of the state', () => {
  test('a paused monitor says so in a header; the signal is stored with its real kind and does not count', async () => {
    const one = await monitor();
    const paused = await pauseMonitor(host.services, one.teamId, one.id, { mode: 'by_hand' });
    assert.ok('monitor' in paused);
    const answer = await ask('GET', `/ping/${one.key}/fail`);
    assert.equal(`${answer.status} ${answer.body}`, '200 OK');
    assert.equal(answer.headers.get('allswell-monitor'), 'paused');
    assert.deepEqual(
      (await signals(one.id)).map(({ kind, not_counted }) => [kind, not_counted]),
      [['fail', 'paused']],
    );
  });

  test('without a database the answer is 503 with Retry-After, whatever was asked, and this node knows it was blind', async () => {
    const one = await monitor();
    const refused: number[] = [];
    const gone = Object.assign(new Error('gone'), { code: '57P01' });
    const { services } = host;
    const ingest = createIngest({
      nodeId: services.newId(),
      database: { ...services.database, transaction: () => Promise.reject(gone) },
      definitions: services.definitions,
      clock: host.clock,
      newId: services.newId,
      logger: services.logger,
      onRefused: (at) => refused.push(at),
      unrecordedGap: () => null,
    });
    const { port } = await host.another({ ingest });
    for (const target of [`/ping/${one.key}`, '/ping/unknown-key', '/ping/team-key/slug?create=1']) {
      const answer = await ask('POST', target, { port, body: 'x' });
      assert.equal(answer.status, 503, target);
      assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
    }
    assert.equal(refused.length, 3);
    assert.deepEqual(await signals(one.id), []);
  });

  test('a fault of our own is a 503 too, never a 500, and no ping is called stored', async () => {
    const one = await monitor();
    const ingest = { ...host.services.ingest, accept: () => Promise.reject(new TypeError('a fault')) };
    const { port } = await host.another({ ingest });
    const answer = await ask('GET', `/ping/${one.key}`, { port });
    assert.equal(answer.status, 503);
    assert.deepEqual(await signals(one.id), []);
  });

  test('200 means on disk: the answer waits for the commit', async () => {
    const one = await monitor();
    const gate = Promise.withResolvers<void>();
    let committed = false;
    const { services } = host;
    const ingest = createIngest({
      nodeId: services.newId(),
      database: {
        ...services.database,
        transaction: async (work) => {
          const result = await services.database.transaction(work);
          await gate.promise;
          committed = true;
          return result;
        },
      },
      definitions: services.definitions,
      clock: host.clock,
      newId: services.newId,
      logger: services.logger,
      onRefused: () => undefined,
      unrecordedGap: () => null,
    });
    const { port } = await host.another({ ingest });
    const answered = ask('GET', `/ping/${one.key}`, { port }).then((answer) => ({ answer, committed }));
    await waitFor('the row', async () => (await signals(one.id)).length === 1);
    gate.resolve();
    const { answer, committed: before } = await answered;
    assert.equal(answer.status, 200);
    assert.equal(before, true);
  });

  test('the head of a request is its time: one whose body comes after the deadline withdraws the incident', async () => {
    const { services, clock } = host;
    const one = await make.monitor((await make.team()).id, { periodSeconds: 60, graceSeconds: 10 });
    assert.equal((await ask('GET', `/ping/${one.key}`)).status, 200);
    const deadline = clock.now() + 70 * SECOND_MS;
    clock.advance(70 * SECOND_MS - 100);
    const wire = await host.wire();
    wire.write(`POST /ping/${one.key} HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab`);
    await clock.waitForTimer(SECOND_MS);
    clock.advance(5 * SECOND_MS);
    const { ingest } = services;
    const watcher = createWakeLoop({
      ...services,
      canJudge: () => true,
      oldestPendingAt: ingest.oldestPendingAt,
      settleAll: ingest.settleAll,
    });
    await watcher.look();
    const incidents = () =>
      sql<{ resolution: string | null; opened_at: number; resolved_at: number | null }>(
        host.database,
        'SELECT opened_at, resolution, resolved_at FROM incident WHERE monitor_id = $1',
        [one.id],
      );
    assert.deepEqual(
      (await incidents()).map(({ opened_at, resolution }) => ({ opened_at, resolution })),
      [{ opened_at: deadline, resolution: null }],
      'a body that does not end keeps no deadline waiting',
    );
    wire.write('cd');
    assert.equal((await wire.answer())?.status, 200);
    wire.end();
    await ingest.settle();
    assert.deepEqual(
      (await incidents()).map(({ resolution }) => resolution),
      ['withdrawn'],
    );
    const last = (await signals(one.id)).at(-1);
    assert.equal(last?.received_at, deadline - 100);
    assert.equal(last?.body?.toString(), 'abcd');
  });
});
