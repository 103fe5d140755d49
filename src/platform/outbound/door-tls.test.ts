import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { createManualClock } from '../../../test/harness/manual-clock.ts';
import { startConnectProxy } from '../../../test/harness/receivers/connect-proxy.ts';
import { type HttpReceiver, startHttpReceiver } from '../../../test/harness/receivers/http-receiver.ts';
import { startSocksProxy } from '../../../test/harness/receivers/socks-proxy.ts';
import {
  TEST_CA_CERT,
  TEST_EXPIRED_CERT,
  TEST_EXPIRED_KEY,
  TEST_SERVER_CERT,
  TEST_SERVER_KEY,
} from '../../../test/harness/receivers/test-certificate.ts';
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

describe('TLS and proxies', () => {
  let secure: HttpReceiver;
  before(async () => {
    secure = await startHttpReceiver({ tls: { key: TEST_SERVER_KEY, cert: TEST_SERVER_CERT } });
    doors.names['secure.test'] = ['127.0.0.1'];
  });
  after(() => secure.close());
  const secureUrl = () => `https://secure.test:${secure.port}/`;

  test('an authority of the request is trusted for it, and for no other', async () => {
    const door = doors.open();
    const trusted = await door.request({ url: secureUrl(), caPem: TEST_CA_CERT, timeoutMs: TEST_TIMEOUT_MS });
    assert.ok(trusted.ok, JSON.stringify(trusted));
    assert.equal(await refusalCode(door, secureUrl()), 'tls');
  });

  test('a certificate for another name is refused', async () => {
    doors.names['other.test'] = ['127.0.0.1'];
    const url = `https://other.test:${secure.port}/`;
    const result = await doors.open().request({ url, caPem: TEST_CA_CERT, timeoutMs: TEST_TIMEOUT_MS });
    assert.equal(!result.ok && result.code, 'tls');
    assert.match(result.ok ? '' : result.text, /for another name/);
  });

  test('a certificate that has expired is refused, and named as the reason', async () => {
    const expired = await startHttpReceiver({ tls: { key: TEST_EXPIRED_KEY, cert: TEST_EXPIRED_CERT } });
    const url = `https://secure.test:${expired.port}/`;
    const result = await doors.open().request({ url, caPem: TEST_EXPIRED_CERT, timeoutMs: TEST_TIMEOUT_MS });
    assert.equal(!result.ok && result.code, 'tls');
    assert.match(result.ok ? '' : result.text, /the certificate has expired/);
    await expired.close();
  });

  test('a proxy opens the way and looks the name up', async () => {
    const proxy = await startConnectProxy({ 'hidden.test': '127.0.0.1', 'secure.test': '127.0.0.1' });
    const door = doors.open({ privateTargets: false });
    const common = { proxyUrl: proxy.url, timeoutMs: TEST_TIMEOUT_MS };
    const plain = await door.request({ url: `http://hidden.test:${receiver.port}/`, ...common });
    assert.ok(plain.ok, JSON.stringify(plain));
    assert.equal(plain.remoteAddress, null);
    const tls = await door.request({ url: secureUrl(), caPem: TEST_CA_CERT, ...common });
    assert.ok(tls.ok, JSON.stringify(tls));
    assert.deepEqual(proxy.targets, [`hidden.test:${receiver.port}`, `secure.test:${secure.port}`]);
    await proxy.close();
  });

  test('a SOCKS proxy opens the way as well, and says when there is none', async () => {
    const proxy = await startSocksProxy({ 'secure.test': '127.0.0.1' });
    const common = { proxyUrl: proxy.url, caPem: TEST_CA_CERT, timeoutMs: TEST_TIMEOUT_MS };
    const door = doors.open({ privateTargets: false });
    const tls = await door.request({ url: secureUrl(), ...common });
    assert.ok(tls.ok, JSON.stringify(tls));
    assert.deepEqual(proxy.targets, [`secure.test:${secure.port}`]);
    const unknown = await door.request({ url: 'https://elsewhere.test/', ...common });
    assert.equal(!unknown.ok && unknown.code, 'connect');
    await proxy.close();
  });

  test('an address in the URL is judged although a proxy would dial it', async () => {
    const proxy = await startConnectProxy({});
    const url = 'http://169.254.169.254/';
    const result = await doors.open().request({ url, proxyUrl: proxy.url, timeoutMs: TEST_TIMEOUT_MS });
    assert.equal(!result.ok && result.code, 'blocked_address');
    assert.deepEqual(proxy.targets, []);
    await proxy.close();
  });

  test('a proxy that refuses, that is away, or that hangs', async () => {
    const proxy = await startConnectProxy({});
    const door = doors.open();
    const url = 'https://x.test/';
    const denied = await door.request({ url, proxyUrl: proxy.url, timeoutMs: TEST_TIMEOUT_MS });
    assert.equal(!denied.ok && denied.code, 'connect');
    await proxy.close();
    const away = await door.request({ url, proxyUrl: proxy.url, timeoutMs: TEST_TIMEOUT_MS });
    assert.equal(!away.ok && away.code, 'connect');
    const clock = createManualClock();
    const mute = await startConnectProxy({}, { isMute: true });
    const pending = doors.open({ clock }).request({ url, proxyUrl: mute.url, timeoutMs: 3_000 });
    await mute.waitForTarget();
    clock.advance(3_000);
    const hung = await pending;
    assert.equal(!hung.ok && hung.code, 'timeout');
    await mute.close();
  });
});
