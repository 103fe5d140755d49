import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type IncomingMessage, request } from 'node:http';
import { PassThrough } from 'node:stream';
import { describe, test } from 'node:test';
import { createManualClock } from '../../../test/harness/manual-clock.ts';
import { usePingServer } from '../../../test/harness/ping-server.ts';
import { waitFor } from '../../../test/harness/wait-for.ts';
import { SECOND_MS } from '../../core/instant.ts';
import {
  createBodyReader,
  KEPT_BODY_BYTES,
  LINGER_MS,
  MAX_HELD_BYTES,
  MAX_READ_BYTES,
  SLOW_BODY_MS,
  STALLED_BODY_MS,
} from './body.ts';

const host = usePingServer();
const { make, ask, signals } = host;

async function monitor() {
  return make.monitor((await make.team()).id);
}

const bytesOf = (length: number) => Buffer.from(Uint8Array.from({ length }, (_, index) => (index * 31 + 7) % 256));
const post = (key: string, headers: string) => `POST /ping/${key} HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n`;

describe('a body', () => {
  test('is kept byte for byte up to 100 kB, whatever it is called and however it is encoded', async () => {
    const one = await monitor();
    const types = ['application/json', 'multipart/form-data', 'text/plain; charset=utf-16', 'no/such thing;;;', ''];
    const sizes = [0, 1, KEPT_BODY_BYTES - 1, KEPT_BODY_BYTES, KEPT_BODY_BYTES + 1];
    for (const [index, size] of sizes.entries()) {
      const headers = { 'Content-Type': types[index] ?? '', 'Content-Encoding': 'gzip' };
      const answer = await ask('POST', `/ping/${one.key}`, { headers, body: bytesOf(size) });
      assert.equal(`${answer.status} ${answer.body}`, '200 OK');
      assert.notEqual(answer.headers.get('connection'), 'close');
      const last = (await signals(one.id)).at(-1);
      assert.equal(last?.body_size, size);
      assert.deepEqual(last?.body, size === 0 ? null : bytesOf(Math.min(size, KEPT_BODY_BYTES)));
    }
  });

  test('that a GET or HEAD brings is kept as well', async () => {
    const one = await monitor();
    for (const method of ['GET', 'HEAD']) {
      assert.equal((await ask(method, `/ping/${one.key}`, { body: 'said by a GET' })).status, 200);
    }
    assert.deepEqual(
      (await signals(one.id)).map(({ body }) => body?.toString()),
      ['said by a GET', 'said by a GET'],
    );
  });

  test('in chunks is put together; the next request on the connection is the next request', async () => {
    const one = await monitor();
    const wire = await host.wire();
    wire.write(`${post(one.key, 'Transfer-Encoding: chunked')}3\r\nabc\r\n4;ext=1\r\ndefg\r\n0\r\nTrailer: x\r\n\r\n`);
    assert.equal((await wire.answer())?.status, 200);
    wire.write(`${post(one.key, 'Content-Length: 2')}hi`);
    assert.equal((await wire.answer())?.status, 200);
    wire.end();
    assert.deepEqual(
      (await signals(one.id)).map(({ body }) => body?.toString()),
      ['abcdefg', 'hi'],
    );
  });

  test('that waits for "100 Continue" is asked for', async () => {
    const one = await monitor();
    const wire = await host.wire();
    wire.write(post(one.key, 'Content-Length: 5\r\nExpect: 100-continue'));
    assert.equal((await wire.answer())?.status, 100);
    wire.write('hello');
    assert.equal((await wire.answer())?.status, 200);
    wire.end();
    assert.equal((await signals(one.id))[0]?.body?.toString(), 'hello');
  });

  test('of 16 MiB is read to its end and the connection kept; one byte more counts too and closes it', async () => {
    const one = await monitor();
    const whole = bytesOf(MAX_READ_BYTES);
    const kept = await ask('POST', `/ping/${one.key}`, { body: whole });
    assert.equal(kept.status, 200);
    assert.notEqual(kept.headers.get('connection'), 'close');
    const closed = await ask('POST', `/ping/${one.key}`, { body: Buffer.concat([whole, Buffer.from('!')]) });
    assert.equal(`${closed.status} ${closed.body}`, '200 OK');
    assert.equal(closed.headers.get('connection'), 'close');
    const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
    for (const signal of await signals(one.id)) {
      assert.ok(signal.body !== null && signal.body_size >= MAX_READ_BYTES);
      assert.equal(digest(signal.body), digest(whole.subarray(0, KEPT_BODY_BYTES)));
    }
  });

  test('without end is cut: a client in the middle of sending reads the 200 and no reset', async () => {
    const one = await monitor();
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sending = request({ port: host.port, host: '127.0.0.1', method: 'POST', path: `/ping/${one.key}` });
      const chunk = Buffer.alloc(256 * 1024);
      let isAnswered = false;
      const send = () => {
        while (!isAnswered && sending.write(chunk));
      };
      sending.on('drain', send).on('error', reject);
      sending.on('response', (response) => {
        isAnswered = true;
        response.resume().on('end', () => {
          resolve(response.statusCode);
          sending.destroy();
        });
      });
      send();
    });
    assert.equal(status, 200);
    assert.equal((await signals(one.id)).length, 1);
  });

  test(`that stalls counts after ${STALLED_BODY_MS / SECOND_MS} s with what came, and the connection ends`, async () => {
    const one = await monitor();
    const wire = await host.wire();
    wire.write(`${post(one.key, 'Content-Length: 1000')}as far as`);
    await waitFor('the wait for more', () => host.clock.pending() === 2);
    host.clock.advance(STALLED_BODY_MS - 1);
    wire.write(' it got');
    await waitFor('the rest', () => wire.socket.writableLength === 0 && wire.socket.bytesWritten > 80);
    // Each byte is a sign that it gets on: the wait begins anew with it.
    await ask('GET', '/healthz');
    host.clock.advance(STALLED_BODY_MS - 1);
    assert.deepEqual(await signals(one.id), []);
    host.clock.advance(1);
    const answer = await wire.answer();
    assert.equal(answer?.status, 200);
    assert.equal(answer?.headers.get('connection'), 'close');
    await waitFor('the farewell', () => host.clock.pending() === 1);
    host.clock.advance(LINGER_MS);
    await wire.closed;
    assert.equal((await signals(one.id))[0]?.body?.toString(), 'as far as it got');
  });

  test(`that drips for ever counts after ${SLOW_BODY_MS / SECOND_MS} s`, async () => {
    const one = await monitor();
    const wire = await host.wire();
    wire.write(post(one.key, 'Transfer-Encoding: chunked'));
    await waitFor('the wait for more', () => host.clock.pending() === 2);
    const until = host.clock.now() + SLOW_BODY_MS;
    while (host.clock.now() < until) {
      wire.write('1\r\n.\r\n');
      await ask('GET', '/healthz');
      host.clock.advance(STALLED_BODY_MS / 2);
    }
    assert.equal((await wire.answer())?.status, 200);
    wire.end();
    await waitFor('the farewell to be called off', () => host.clock.pending() === 0);
    const [signal] = await signals(one.id);
    assert.match(signal?.body?.toString() ?? '', /^\.{8,9}$/);
  });

  test('whose sender goes away in the middle counts with what came, and with its address', async () => {
    const one = await monitor();
    for (const headers of ['Content-Length: 1000', 'Transfer-Encoding: chunked']) {
      const wire = await host.wire();
      wire.write(`${post(one.key, headers)}${headers.startsWith('T') ? '7\r\nthe end\r\n' : 'the end'}`);
      await waitFor('the wait for more', () => host.clock.pending() === 2);
      await ask('GET', '/healthz');
      wire.end();
    }
    await waitFor('both signals', async () => (await signals(one.id)).length === 2);
    for (const { body, remote_addr } of await signals(one.id))
      assert.deepEqual([body?.toString(), remote_addr], ['the end', '127.0.0.1']);
    assert.equal(host.clock.pending(), 0, 'no timer is left behind');
  });

  test('that breaks the rules of chunks counts with what came before', async () => {
    const one = await monitor();
    const wire = await host.wire();
    wire.write(`${post(one.key, 'Transfer-Encoding: chunked')}2\r\nok\r\nnonsense\r\n`);
    await wire.closed;
    await waitFor('the signal', async () => (await signals(one.id)).length === 1);
    wire.end();
    assert.equal((await ask('GET', `/ping/${one.key}`)).status, 200);
  });

  test('of a request that is refused is read as well, and bounded in the same way', async () => {
    const wire = await host.wire();
    wire.write(`${post('x', 'Content-Length: 1000')}never finished`);
    await waitFor('the wait for more', () => host.clock.pending() === 2);
    host.clock.advance(STALLED_BODY_MS);
    assert.equal((await wire.answer())?.status, 404);
    wire.end();
    await waitFor('the farewell to be called off', () => host.clock.pending() === 0);
  });

  test('is cut shorter, not refused, where very many are being read at the same time', async () => {
    const read = createBodyReader(createManualClock());
    const size = KEPT_BODY_BYTES;
    const start = () => {
      const stream = new PassThrough();
      stream.write(bytesOf(size));
      return { stream, body: read(Object.assign(stream, { headers: {} }) as unknown as IncomingMessage) };
    };
    const readings = Array.from({ length: Math.ceil(MAX_HELD_BYTES / size) + 1 }, start);
    await new Promise((resolve) => setImmediate(resolve));
    for (const { stream } of readings) stream.end('!');
    const bodies = await Promise.all(readings.map(({ body }) => body));
    const lengths = bodies.map(({ bytes }) => bytes?.length ?? 0);
    assert.equal(
      lengths.reduce((sum, length) => sum + length, 0),
      MAX_HELD_BYTES,
    );
    assert.deepEqual(lengths.slice(-2), [MAX_HELD_BYTES % size, 0]);
    assert.ok(bodies.every((body) => body.size === size + 1 && !body.cutShort));
    const next = start();
    next.stream.end();
    assert.equal((await next.body).bytes?.length, size, 'the room is free again');
  });
});
