/** What the fuzzer found (test/fuzz): each of them a test of its own. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { requestBytes, usePingServer } from '../../test/harness/ping-server.ts';

const host = usePingServer();

describe('a client that wants something else than HTTP', () => {
  test('gets an answer and an end when it wants a tunnel', async () => {
    const wire = await host.wire();
    wire.write('CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: watch.test\r\n\r\n');
    const answer = await wire.answer();
    assert.equal(answer?.status, 405);
    assert.equal(answer.headers.get('connection'), 'close');
    await wire.closed;
    wire.end();
  });

  test('is told that its connection ends when it wants another protocol: what it sent ahead is not read', async () => {
    const { id } = await host.make.team();
    const { key } = await host.make.monitor(id);
    for (const target of ['/healthz', '/api/v1/team', `/ping/${key}`]) {
      const wire = await host.wire();
      const headers = { Connection: 'Upgrade', Upgrade: 'h2c' };
      wire.write(Buffer.concat([requestBytes('GET', target, { headers }), requestBytes('GET', '/healthz')]));
      const answer = await wire.answer();
      assert.notEqual(answer, null);
      assert.equal(answer?.headers.get('connection'), 'close', target);
      await wire.closed;
      wire.end();
    }
  });

  test('is not waited for when it wants another protocol and leaves in the middle of a body', async () => {
    const { id } = await host.make.team();
    const monitor = await host.make.monitor(id);
    // Time stands still here: only the end of the connection can end the waiting for the body.
    for (const target of [`/ping/${monitor.key}`, '/api/v1/monitors']) {
      const wire = await host.wire();
      const headers = 'Host: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Type: application/json';
      wire.write(`POST ${target} HTTP/1.1\r\n${headers}\r\nContent-Length: 10\r\n\r\nhello`);
      wire.socket.end();
      await wire.closed;
      wire.end();
    }
  });
});

describe('what stands behind a request', () => {
  test('is told to be unreadable after the request has its answer, not instead of it', async () => {
    const { id } = await host.make.team();
    const monitor = await host.make.monitor(id);
    const wire = await host.wire();
    const ping = requestBytes('POST', `/ping/${monitor.key}`, { body: 'done' });
    wire.write(Buffer.concat([ping, ping, Buffer.from('nonsense\r\n\r\nmore nonsense\r\n\r\n')]));
    const answers = [await wire.answer(), await wire.answer(), await wire.answer()];
    assert.deepEqual(
      answers.map((answer) => answer?.status),
      [200, 200, 400],
    );
    await wire.closed;
    wire.end();
    assert.equal((await host.signals(monitor.id)).length, 2);
  });

  test('is not looked at where the request was to be the last', async () => {
    const { id } = await host.make.team();
    const { key } = await host.make.monitor(id);
    for (const head of [`GET /ping/${key} HTTP/1.0`, `GET /ping/${key} HTTP/1.1\r\nHost: a\r\nConnection: close`]) {
      const wire = await host.wire();
      wire.write(`${head}\r\n\r\nsomething else`);
      assert.equal((await wire.answer())?.status, 200);
      assert.equal(await wire.answer(), null);
      wire.end();
    }
  });

  test('is told as a problem (RFC 9457), as all other errors are', async () => {
    const wire = await host.wire();
    wire.write('POST /api/v1/monitors HTTP/1.1\r\nHost: a\r\nContent-Length: many\r\n\r\n');
    const answer = await wire.answer();
    assert.equal(answer?.headers.get('content-type'), 'application/problem+json');
    assert.deepEqual(JSON.parse(answer?.body ?? ''), {
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      detail: 'the request cannot be read',
      errors: [],
    });
    wire.end();
  });

  test('is told at once where it is the body of the request', async () => {
    const wire = await host.wire();
    wire.write('POST /api/v1/monitors HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n');
    wire.write('Transfer-Encoding: chunked\r\n\r\nzz\r\n');
    assert.equal((await wire.answer())?.status, 400);
    await wire.closed;
    wire.end();
  });
});

describe('a body that nobody takes', () => {
  test('changes nothing about an address at which nothing is, and the connection stays usable', async () => {
    const wire = await host.wire();
    for (const target of ['/nothing/here', '/api/v2/monitors', `/in/${'x'.repeat(32)}/jobs`, '/in']) {
      for (const type of ['application/json', 'text/plain', 'image/png']) {
        wire.write(requestBytes('POST', target, { headers: { 'Content-Type': type }, body: '{"a":}' }));
        assert.equal((await wire.answer())?.status, 404, `${target} ${type}`);
      }
    }
    wire.write(requestBytes('GET', '/healthz'));
    assert.equal((await wire.answer())?.status, 200);
    wire.end();
  });
});
