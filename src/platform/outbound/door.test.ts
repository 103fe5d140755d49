import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { after, afterEach, before, describe, test } from 'node:test';
import { createManualClock } from '../../../test/harness/manual-clock.ts';
import { startConnectProxy } from '../../../test/harness/receivers/connect-proxy.ts';
import { type HttpReceiver, startHttpReceiver } from '../../../test/harness/receivers/http-receiver.ts';
import { TEST_CA_CERT, TEST_SERVER_CERT, TEST_SERVER_KEY } from '../../../test/harness/receivers/test-certificate.ts';
import { systemClock } from '../clock.ts';
import { createOutboundDoor, type OutboundDoor, type OutboundDoorOptions } from './door.ts';
import { MAX_URL_LENGTH } from './hop.ts';
import type { Resolve } from './resolver.ts';

const TIMEOUT_MS = 10_000;
const names: Record<string, readonly string[]> = {};
const resolve: Resolve = async (hostname) => {
  const found = names[hostname];
  if (!found) throw Object.assign(new Error('unknown'), { code: 'ENOTFOUND' });
  return found;
};

const doors: OutboundDoor[] = [];
function open(options: Partial<OutboundDoorOptions> = {}): OutboundDoor {
  const door = createOutboundDoor({ clock: systemClock, privateTargets: true, ownPorts: [], resolve, ...options });
  doors.push(door);
  return door;
}

let receiver: HttpReceiver;
before(async () => {
  receiver = await startHttpReceiver();
});
afterEach(() => receiver.setReply({ status: 200, body: 'ok' }));
after(async () => {
  await Promise.all(doors.map((door) => door.close()));
  await receiver.close();
});

async function refused(door: OutboundDoor, url: string): Promise<string> {
  const result = await door.request({ url, timeoutMs: TIMEOUT_MS });
  assert.ok(!result.ok, `${url} was let through`);
  return result.code;
}

test('a request arrives whole and its answer comes back with the address that gave it', async () => {
  receiver.setReply({ status: 201, headers: { 'x-answer': 'yes', 'set-cookie': 'a=1' }, body: 'made' });
  const result = await open().request({
    url: `${receiver.url}/path?q=1`,
    method: 'PUT',
    headers: { 'X-Mine': 'a' },
    body: 'sent',
    timeoutMs: TIMEOUT_MS,
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
  await open().request({ url, timeoutMs: TIMEOUT_MS });
  const seen = await receiver.waitForRequest((request) => request.path === '/basic');
  assert.equal(seen.headers.authorization, `Basic ${btoa('me:s:cret')}`);
});

describe('addresses', () => {
  const spellings = ['127.0.0.1', '2130706433', '0x7f.1', '0177.0.0.1', '127.1', '[::1]', '[::ffff:127.0.0.1]'];
  for (const host of spellings) {
    test(`a closed install does not call http://${host}/`, async () => {
      assert.equal(
        await refused(open({ privateTargets: false }), `http://${host}:${receiver.port}/`),
        'blocked_address',
      );
    });
  }

  for (const host of [
    '169.254.169.254',
    '[fd00:ec2::254]',
    '100.100.100.200',
    '0.0.0.0',
    '[::]',
    '224.0.0.1',
    '255.255.255.255',
  ]) {
    test(`nobody calls http://${host}/`, async () => {
      assert.equal(await refused(open(), `http://${host}/`), 'blocked_address');
    });
  }

  test('a name that leads to a closed address is refused without saying which', async () => {
    names['inside.test'] = ['10.1.2.3'];
    const door = open({ privateTargets: false });
    const result = await door.request({ url: 'http://inside.test/secret', timeoutMs: TIMEOUT_MS });
    assert.ok(!result.ok);
    assert.equal(result.code, 'blocked_address');
    assert.match(result.text, /inside\.test leads into a private network.*ALLSWELL_PRIVATE_TARGETS/);
    assert.doesNotMatch(result.text, /10\.1\.2\.3|secret/);
  });

  test('of several addresses the closed ones are never dialled', async () => {
    names['both.test'] = ['169.254.169.254', '127.0.0.1'];
    const result = await open().request({ url: `http://both.test:${receiver.port}/`, timeoutMs: TIMEOUT_MS });
    assert.ok(result.ok);
    assert.equal(result.remoteAddress, '127.0.0.1');
  });

  test('a name is asked once and the address that was checked is dialled, whatever it says later', async () => {
    let asked = 0;
    const rebinding: Resolve = async () => {
      asked += 1;
      return [asked === 1 ? '127.0.0.1' : '169.254.169.254'];
    };
    const door = open({ resolve: rebinding });
    const first = await door.request({ url: `http://rebind.test:${receiver.port}/`, timeoutMs: TIMEOUT_MS });
    assert.ok(first.ok);
    assert.equal(first.remoteAddress, '127.0.0.1');
    assert.equal(asked, 1);
    assert.equal(await refused(door, `http://rebind.test:${receiver.port}/`), 'blocked_address');
  });

  test('an address that does not answer gives way to the next one', async () => {
    names['two.test'] = ['127.0.0.2', '127.0.0.1'];
    const result = await open().request({ url: `http://two.test:${receiver.port}/`, timeoutMs: TIMEOUT_MS });
    assert.ok(result.ok);
    assert.equal(result.remoteAddress, '127.0.0.1');
  });

  test('our own port is closed even where private targets are open', async () => {
    const door = open({ ownPorts: [{ host: '::', port: receiver.port }] });
    const count = receiver.requests.length;
    assert.equal(await refused(door, `${receiver.url}/api/monitors`), 'blocked_address');
    const operators = await door.request({ url: receiver.url, timeoutMs: TIMEOUT_MS, isOperatorTarget: true });
    assert.ok(!operators.ok);
    assert.equal(receiver.requests.length, count);
  });

  test("the operator's own targets may be private on a closed install, but not metadata", async () => {
    const door = open({ privateTargets: false });
    const mine = { timeoutMs: TIMEOUT_MS, isOperatorTarget: true };
    assert.equal((await door.request({ url: receiver.url, ...mine })).ok, true);
    const metadata = await door.request({ url: 'http://169.254.169.254/', ...mine });
    assert.ok(!metadata.ok);
    assert.equal(metadata.code, 'blocked_address');
  });
});

describe('redirects', () => {
  const to = (location: string, status = 302) => ({ status, headers: { location } });

  test('are answers when none are asked for', async () => {
    receiver.setReply(to('/next'));
    const result = await open().request({ url: receiver.url, timeoutMs: TIMEOUT_MS });
    assert.ok(result.ok);
    assert.equal(result.status, 302);
  });

  test('are followed as a browser does, without the body after 303', async () => {
    receiver.script(to('/moved', 303), { status: 200, body: 'there' });
    const result = await open().request({
      url: `${receiver.url}/from`,
      method: 'POST',
      body: 'x',
      headers: { 'content-type': 'text/plain', authorization: 'mine' },
      timeoutMs: TIMEOUT_MS,
      maxRedirects: 1,
    });
    assert.ok(result.ok);
    const seen = receiver.requests.at(-1);
    assert.deepEqual([seen?.method, seen?.path, seen?.text], ['GET', '/moved', '']);
    assert.equal(seen?.headers['content-type'], undefined);
    assert.equal(seen?.headers.authorization, 'mine');
  });

  test('keep method and body after 307, and lose credentials on another origin', async () => {
    const other = await startHttpReceiver();
    receiver.script(to(`${other.url}/elsewhere`, 307));
    const headers = { authorization: 'mine', cookie: 'c', 'x-kept': 'k' };
    await open().request({
      url: receiver.url,
      method: 'POST',
      body: 'x',
      headers,
      timeoutMs: TIMEOUT_MS,
      maxRedirects: 3,
    });
    const seen = await other.waitForRequest();
    await other.close();
    assert.deepEqual([seen.method, seen.text, seen.headers['x-kept']], ['POST', 'x', 'k']);
    assert.equal(seen.headers.authorization, undefined);
    assert.equal(seen.headers.cookie, undefined);
    assert.equal(seen.headers.host, new URL(other.url).host);
  });

  test('are checked at each step', async () => {
    for (const [location, code] of [
      ['http://169.254.169.254/latest/meta-data', 'blocked_address'],
      ['http://nowhere.test/', 'dns'],
      ['file:///etc/passwd', 'bad_url'],
    ] as const) {
      receiver.script(to(location));
      const result = await open().request({ url: receiver.url, timeoutMs: TIMEOUT_MS, maxRedirects: 5 });
      assert.ok(!result.ok);
      assert.equal(result.code, code);
    }
  });

  test('end after as many as are allowed', async () => {
    receiver.setReply(to('/again'));
    const count = receiver.requests.length;
    const result = await open().request({ url: receiver.url, timeoutMs: TIMEOUT_MS, maxRedirects: 2 });
    assert.ok(!result.ok);
    assert.equal(result.code, 'too_many_redirects');
    assert.equal(receiver.requests.length - count, 3);
  });
});

describe('bounds', () => {
  test('an endless answer is cut at the cap and the connection closed', async () => {
    const endless = await startHttpReceiver({ reply: { endless: { status: 200 } } });
    const result = await open().request({ url: endless.url, timeoutMs: TIMEOUT_MS, maxResponseBytes: 10_000 });
    assert.ok(result.ok);
    assert.equal(result.truncated, true);
    assert.equal(result.body.length, 10_000);
    await endless.waitForHangUp();
    assert.ok(endless.endlessBytes() < 10_000_000, `${endless.endlessBytes()} bytes were sent`);
    await endless.close();
  });

  test('an answer of exactly the cap is whole', async () => {
    receiver.setReply({ status: 200, body: 'x'.repeat(100) });
    const result = await open().request({ url: receiver.url, timeoutMs: TIMEOUT_MS, maxResponseBytes: 100 });
    assert.ok(result.ok);
    assert.deepEqual([result.truncated, result.body.length], [false, 100]);
  });

  test('the deadline covers an answer that never comes', async () => {
    const clock = createManualClock();
    const hanging = await startHttpReceiver({ reply: { hang: true } });
    const pending = open({ clock }).request({ url: hanging.url, timeoutMs: 20_000 });
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
    const pending = open({ clock }).request({ url: stalling.url, timeoutMs: 1_000 });
    await stalling.waitForRequest();
    // The head has to be here before the time is up; a second exchange on the same loop is long enough for that.
    await open().request({ url: receiver.url, timeoutMs: TIMEOUT_MS });
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
    const pending = open({ clock, resolve: mute }).request({ url: 'http://mute.test/', timeoutMs: 5_000 });
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
    const pending = open({ clock }).request({ url: `https://127.0.0.1:${port}/`, timeoutMs: 5_000 });
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
    const door = open({ clock, maxConcurrent: 2 });
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
    assert.equal(await refused(open(), `${receiver.url}/${'x'.repeat(MAX_URL_LENGTH)}`), 'bad_url');
  });
});

describe('what goes wrong is a value', () => {
  test('a refused connection', async () => {
    const gone = await startHttpReceiver();
    await gone.close();
    const result = await open().request({ url: `${gone.url}/hidden`, timeoutMs: TIMEOUT_MS });
    assert.ok(!result.ok);
    assert.deepEqual(
      [result.code, result.text],
      ['connect', `No connection to 127.0.0.1:${gone.port}: the connection was refused.`],
    );
  });

  test('a connection that is closed after the request', async () => {
    receiver.script({ cut: true });
    const result = await open().request({ url: receiver.url, timeoutMs: TIMEOUT_MS });
    assert.equal(!result.ok && result.code, 'protocol');
    assert.match(result.ok ? '' : result.text, /without an answer/);
  });

  test('an unknown name', async () => assert.equal(await refused(open(), 'http://unknown.test/'), 'dns'));

  test('a name without an address', async () => {
    names['empty.test'] = [];
    assert.equal(await refused(open(), 'http://empty.test/'), 'dns');
  });

  test('a resolver that answers nonsense', async () => {
    names['odd.test'] = ['localhost'];
    assert.equal(await refused(open(), 'http://odd.test/'), 'blocked_address');
  });

  for (const url of ['', 'nonsense', 'ftp://x.test/', 'http://', 'http://%zz@x.test/', 'javascript:alert(1)']) {
    test(`the URL "${url}"`, async () => assert.equal(await refused(open(), url), 'bad_url'));
  }

  test('a header that would break the request', async () => {
    const headers = { 'x-evil': 'a\r\nhost: elsewhere' };
    const result = await open().request({ url: receiver.url, headers, timeoutMs: TIMEOUT_MS });
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
    assert.equal(await refused(open(), `http://127.0.0.1:${port}/`), 'protocol');
    await new Promise((done) => server.close(done));
  });

  test('an abort, before and while it is under way', async () => {
    const early = await open().request({ url: receiver.url, timeoutMs: TIMEOUT_MS, signal: AbortSignal.abort() });
    assert.equal(!early.ok && early.code, 'aborted');
    const hanging = await startHttpReceiver({ reply: { hang: true } });
    const controller = new AbortController();
    const pending = open().request({ url: hanging.url, timeoutMs: TIMEOUT_MS, signal: controller.signal });
    await hanging.waitForRequest();
    controller.abort();
    const late = await pending;
    assert.equal(!late.ok && late.code, 'aborted');
    await hanging.close();
  });

  test('a closed door', async () => {
    const hanging = await startHttpReceiver({ reply: { hang: true } });
    const door = open();
    const pending = door.request({ url: hanging.url, timeoutMs: TIMEOUT_MS });
    await hanging.waitForRequest();
    await door.close();
    const result = await pending;
    assert.equal(!result.ok && result.code, 'aborted');
    assert.equal(await refused(door, receiver.url), 'aborted');
    await hanging.close();
  });
});

describe('TLS and proxies', () => {
  let secure: HttpReceiver;
  before(async () => {
    secure = await startHttpReceiver({ tls: { key: TEST_SERVER_KEY, cert: TEST_SERVER_CERT } });
    names['secure.test'] = ['127.0.0.1'];
  });
  after(() => secure.close());
  const secureUrl = () => `https://secure.test:${secure.port}/`;

  test('an authority of the request is trusted for it, and for no other', async () => {
    const door = open();
    const trusted = await door.request({ url: secureUrl(), caPem: TEST_CA_CERT, timeoutMs: TIMEOUT_MS });
    assert.ok(trusted.ok, JSON.stringify(trusted));
    assert.equal(await refused(door, secureUrl()), 'tls');
  });

  test('a certificate for another name is refused', async () => {
    names['other.test'] = ['127.0.0.1'];
    const url = `https://other.test:${secure.port}/`;
    const result = await open().request({ url, caPem: TEST_CA_CERT, timeoutMs: TIMEOUT_MS });
    assert.equal(!result.ok && result.code, 'tls');
    assert.match(result.ok ? '' : result.text, /for another name/);
  });

  test('a proxy opens the way and looks the name up', async () => {
    const proxy = await startConnectProxy({ 'hidden.test': '127.0.0.1', 'secure.test': '127.0.0.1' });
    const door = open({ privateTargets: false });
    const common = { proxyUrl: proxy.url, timeoutMs: TIMEOUT_MS };
    const plain = await door.request({ url: `http://hidden.test:${receiver.port}/`, ...common });
    assert.ok(plain.ok, JSON.stringify(plain));
    assert.equal(plain.remoteAddress, null);
    const tls = await door.request({ url: secureUrl(), caPem: TEST_CA_CERT, ...common });
    assert.ok(tls.ok, JSON.stringify(tls));
    assert.deepEqual(proxy.targets, [`hidden.test:${receiver.port}`, `secure.test:${secure.port}`]);
    await proxy.close();
  });

  test('an address in the URL is judged although a proxy would dial it', async () => {
    const proxy = await startConnectProxy({});
    const url = 'http://169.254.169.254/';
    const result = await open().request({ url, proxyUrl: proxy.url, timeoutMs: TIMEOUT_MS });
    assert.equal(!result.ok && result.code, 'blocked_address');
    assert.deepEqual(proxy.targets, []);
    await proxy.close();
  });

  test('a proxy that refuses, that is away, or that hangs', async () => {
    const proxy = await startConnectProxy({});
    const door = open();
    const url = 'https://x.test/';
    const denied = await door.request({ url, proxyUrl: proxy.url, timeoutMs: TIMEOUT_MS });
    assert.equal(!denied.ok && denied.code, 'connect');
    await proxy.close();
    const away = await door.request({ url, proxyUrl: proxy.url, timeoutMs: TIMEOUT_MS });
    assert.equal(!away.ok && away.code, 'connect');
    const clock = createManualClock();
    const mute = await startConnectProxy({}, { isMute: true });
    const pending = open({ clock }).request({ url, proxyUrl: mute.url, timeoutMs: 3_000 });
    await mute.waitForTarget();
    clock.advance(3_000);
    const hung = await pending;
    assert.equal(!hung.ok && hung.code, 'timeout');
    await mute.close();
  });
});
