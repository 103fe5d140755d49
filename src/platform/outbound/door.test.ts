import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, afterEach, before, describe, test } from 'node:test';
import { type HttpReceiver, startHttpReceiver } from '../../../test/harness/receivers/http-receiver.ts';
import { createTestDoors, refusalCode, TEST_TIMEOUT_MS } from '../../../test/harness/test-doors.ts';

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

test('a request arrives whole and its answer comes back with the address that gave it', async () => {
  receiver.setReply({ status: 201, headers: { 'x-answer': 'yes', 'set-cookie': 'a=1' }, body: 'made' });
  const result = await doors.open().request({
    url: `${receiver.url}/path?q=1`,
    method: 'PUT',
    headers: { 'X-Mine': 'a' },
    body: 'sent',
    timeoutMs: TEST_TIMEOUT_MS,
  });
  assert.ok(result.ok);
  assert.equal(result.status, 201);
  assert.equal(result.headers['x-answer'], 'yes');
  assert.equal(result.body.toString(), 'made');
  assert.equal(result.truncated, false);
  assert.equal(result.remoteAddress, '127.0.0.1');
  const seen = receiver.requests.at(-1);
  assert.equal(seen?.method, 'PUT');
  assert.equal(seen?.path, '/path?q=1');
  assert.equal(seen?.headers['x-mine'], 'a');
  assert.equal(seen?.headers['user-agent'], 'allswell');
  assert.equal(seen?.headers.connection, 'close');
  assert.equal(seen?.text, 'sent');
});

test('user and password of a URL become basic authentication', async () => {
  const url = `http://me:s%3Acret@127.0.0.1:${receiver.port}/basic`;
  await doors.open().request({ url, timeoutMs: TEST_TIMEOUT_MS });
  const seen = await receiver.waitForRequest((request) => request.path === '/basic');
  assert.equal(seen.headers.authorization, `Basic ${btoa('me:s:cret')}`);
});

describe('what goes wrong is a value', () => {
  test('a refused connection', async () => {
    const gone = await startHttpReceiver();
    await gone.close();
    const result = await doors.open().request({ url: `${gone.url}/hidden`, timeoutMs: TEST_TIMEOUT_MS });
    assert.ok(!result.ok);
    assert.deepEqual(
      [result.code, result.text],
      ['connect', `No connection to 127.0.0.1:${gone.port}: the connection was refused.`],
    );
  });

  test('a connection that is closed after the request', async () => {
    receiver.script({ cut: true });
    const result = await doors.open().request({ url: receiver.url, timeoutMs: TEST_TIMEOUT_MS });
    assert.equal(!result.ok && result.code, 'protocol');
    assert.match(result.ok ? '' : result.text, /without an answer/);
  });

  test('an unknown name', async () => assert.equal(await refusalCode(doors.open(), 'http://unknown.test/'), 'dns'));

  test('a name without an address', async () => {
    doors.names['empty.test'] = [];
    assert.equal(await refusalCode(doors.open(), 'http://empty.test/'), 'dns');
  });

  test('a resolver that answers nonsense', async () => {
    doors.names['odd.test'] = ['localhost'];
    assert.equal(await refusalCode(doors.open(), 'http://odd.test/'), 'blocked_address');
  });

  for (const url of ['', 'nonsense', 'ftp://x.test/', 'http://', 'http://%zz@x.test/', 'javascript:alert(1)']) {
    test(`the URL "${url}"`, async () => assert.equal(await refusalCode(doors.open(), url), 'bad_url'));
  }

  test('a header that would break the request', async () => {
    const headers = { 'x-evil': 'a\r\nhost: elsewhere' };
    const result = await doors.open().request({ url: receiver.url, headers, timeoutMs: TEST_TIMEOUT_MS });
    assert.equal(!result.ok && result.code, 'bad_url');
  });

  test('something that is not HTTP', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined).resume();
      socket.end('SSH-2.0-OpenSSH\r\n');
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    assert.equal(await refusalCode(doors.open(), `http://127.0.0.1:${port}/`), 'protocol');
    await new Promise((done) => server.close(done));
  });

  test('an abort, before and while it is under way', async () => {
    const early = await doors
      .open()
      .request({ url: receiver.url, timeoutMs: TEST_TIMEOUT_MS, signal: AbortSignal.abort() });
    assert.equal(!early.ok && early.code, 'aborted');
    const hanging = await startHttpReceiver({ reply: { hang: true } });
    const controller = new AbortController();
    const pending = doors.open().request({ url: hanging.url, timeoutMs: TEST_TIMEOUT_MS, signal: controller.signal });
    await hanging.waitForRequest();
    controller.abort();
    const late = await pending;
    assert.equal(!late.ok && late.code, 'aborted');
    await hanging.close();
  });

  test('a closed door', async () => {
    const hanging = await startHttpReceiver({ reply: { hang: true } });
    const door = doors.open();
    const pending = door.request({ url: hanging.url, timeoutMs: TEST_TIMEOUT_MS });
    await hanging.waitForRequest();
    await door.close();
    const result = await pending;
    assert.equal(!result.ok && result.code, 'aborted');
    assert.equal(await refusalCode(door, receiver.url), 'aborted');
    await hanging.close();
  });
});
