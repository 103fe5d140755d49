import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { after, afterEach, before, describe, test } from 'node:test';
import { createManualClock } from '../../../test/harness/manual-clock.ts';
import { type HttpReceiver, startHttpReceiver } from '../../../test/harness/receivers/http-receiver.ts';
import { createTestDoors, refusalCode, TEST_TIMEOUT_MS } from '../../../test/harness/test-doors.ts';
import { MAX_URL_LENGTH } from './hop.ts';
import type { Resolve } from './resolver.ts';

const doors = createTestDoors();
let receiver: HttpReceiver;
before(async () => {
  receiver = await startHttpReceiver();
});
afterEach(() => receiver.setReply({ status: 200, body: 'ok' }));
after(async () => {
  await doors.closeAll();
  await receiver.close();
});

describe('bounds', () => {
  test('an endless answer is cut at the cap and the connection closed', async () => {
    const endless = await startHttpReceiver({ reply: { endless: { status: 200 } } });
    const result = await doors
      .open()
      .request({ url: endless.url, timeoutMs: TEST_TIMEOUT_MS, maxResponseBytes: 10_000 });
    assert.ok(result.ok);
    assert.equal(result.truncated, true);
    assert.equal(result.body.length, 10_000);
    await endless.waitForHangUp();
    assert.ok(endless.endlessBytes() < 10_000_000, `${endless.endlessBytes()} bytes were sent`);
    await endless.close();
  });

  test('an answer of exactly the cap is whole', async () => {
    receiver.setReply({ status: 200, body: 'x'.repeat(100) });
    const result = await doors.open().request({ url: receiver.url, timeoutMs: TEST_TIMEOUT_MS, maxResponseBytes: 100 });
    assert.ok(result.ok);
    assert.deepEqual([result.truncated, result.body.length], [false, 100]);
  });

  test('the deadline covers an answer that never comes', async () => {
    const clock = createManualClock();
    const hanging = await startHttpReceiver({ reply: { hang: true } });
    const pending = doors.open({ clock }).request({ url: hanging.url, timeoutMs: 20_000 });
    await hanging.waitForRequest();
    clock.advance(20_000);
    const result = await pending;
    assert.ok(!result.ok);
    assert.equal(result.code, 'timeout');
    assert.match(result.text, /within 20 s/);
    await hanging.waitForHangUp();
    assert.equal(clock.pending(), 0);
    await hanging.close();
  });

  test('the deadline covers a body that stops, and the status is told', async () => {
    const clock = createManualClock();
    const stalling = await startHttpReceiver({ reply: { stall: { status: 202, body: 'begun' } } });
    const pending = doors.open({ clock }).request({ url: stalling.url, timeoutMs: 1_000 });
    await stalling.waitForRequest();
    // The head has to be here before the time is up; a second exchange on the same loop is long enough for that.
    await doors.open().request({ url: receiver.url, timeoutMs: TEST_TIMEOUT_MS });
    clock.advance(1_000);
    const result = await pending;
    assert.deepEqual(result, {
      ok: false,
      code: 'timeout',
      text: 'There was no complete answer within 1 s.',
      status: 202,
    });
    await stalling.close();
  });

  test('the deadline covers a name server that never answers', async () => {
    const clock = createManualClock();
    const asked = Promise.withResolvers<void>();
    const mute: Resolve = () => {
      asked.resolve();
      return new Promise(() => undefined);
    };
    const pending = doors.open({ clock, resolve: mute }).request({ url: 'http://mute.test/', timeoutMs: 5_000 });
    await asked.promise;
    clock.advance(5_000);
    const result = await pending;
    assert.equal(!result.ok && result.code, 'timeout');
  });

  test('the deadline covers a TLS handshake that never goes on', async () => {
    const clock = createManualClock();
    const accepted = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    const mute: Server = createServer((socket) => {
      socket
        .on('error', () => undefined)
        .on('close', () => closed.resolve())
        .resume();
      accepted.resolve();
    });
    await new Promise<void>((done) => mute.listen(0, '127.0.0.1', done));
    const address = mute.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const pending = doors.open({ clock }).request({ url: `https://127.0.0.1:${port}/`, timeoutMs: 5_000 });
    await accepted.promise;
    clock.advance(5_000);
    const result = await pending;
    assert.equal(!result.ok && result.code, 'timeout');
    await closed.promise;
    await new Promise((done) => mute.close(done));
  });

  test('no more than the allowed number is under way, and waiting counts into the deadline', async () => {
    const clock = createManualClock();
    const hanging = await startHttpReceiver({ reply: { hang: true } });
    const door = doors.open({ clock, maxConcurrent: 2 });
    const long = [1, 2].map(() => door.request({ url: hanging.url, timeoutMs: 10_000 }));
    await hanging.waitForCount(2);
    const third = door.request({ url: hanging.url, timeoutMs: 1_000 });
    const fourth = door.request({ url: `${receiver.url}/fourth`, timeoutMs: 60_000 });
    clock.advance(1_000);
    const waited = await third;
    assert.equal(!waited.ok && waited.code, 'timeout');
    clock.advance(9_000);
    await Promise.all(long);
    assert.equal((await fourth).ok, true);
    assert.equal(hanging.requests.length, 2);
    await hanging.close();
  });

  test('a URL has a longest length', async () => {
    assert.equal(await refusalCode(doors.open(), `${receiver.url}/${'x'.repeat(MAX_URL_LENGTH)}`), 'bad_url');
  });
});
