import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { type HttpReceiver, startHttpReceiver } from '../../../test/harness/receivers/http-receiver.ts';
import { createTestDoors, refusalCode, TEST_TIMEOUT_MS } from '../../../test/harness/test-doors.ts';
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

describe('addresses', () => {
  const spellings = ['127.0.0.1', '2130706433', '0x7f.1', '0177.0.0.1', '127.1', '[::1]', '[::ffff:127.0.0.1]'];
  for (const host of spellings) {
    test(`a closed install does not call http://${host}/`, async () => {
      assert.equal(
        await refusalCode(doors.open({ privateTargets: false }), `http://${host}:${receiver.port}/`),
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
      assert.equal(await refusalCode(doors.open(), `http://${host}/`), 'blocked_address');
    });
  }

  test('a name that leads to a closed address is refused without saying which', async () => {
    doors.names['inside.test'] = ['10.1.2.3'];
    const door = doors.open({ privateTargets: false });
    const result = await door.request({ url: 'http://inside.test/secret', timeoutMs: TEST_TIMEOUT_MS });
    assert.ok(!result.ok);
    assert.equal(result.code, 'blocked_address');
    assert.match(result.text, /inside\.test leads into a private network.*ALLSWELL_PRIVATE_TARGETS/);
    assert.doesNotMatch(result.text, /10\.1\.2\.3|secret/);
  });

  test('of several addresses the closed ones are never dialled', async () => {
    doors.names['both.test'] = ['169.254.169.254', '127.0.0.1'];
    const result = await doors
      .open()
      .request({ url: `http://both.test:${receiver.port}/`, timeoutMs: TEST_TIMEOUT_MS });
    assert.ok(result.ok);
    assert.equal(result.remoteAddress, '127.0.0.1');
  });

  test('a name is asked once and the address that was checked is dialled, whatever it says later', async () => {
    let asked = 0;
    const rebinding: Resolve = async () => {
      asked += 1;
      return [asked === 1 ? '127.0.0.1' : '169.254.169.254'];
    };
    const door = doors.open({ resolve: rebinding });
    const first = await door.request({ url: `http://rebind.test:${receiver.port}/`, timeoutMs: TEST_TIMEOUT_MS });
    assert.ok(first.ok);
    assert.equal(first.remoteAddress, '127.0.0.1');
    assert.equal(asked, 1);
    assert.equal(await refusalCode(door, `http://rebind.test:${receiver.port}/`), 'blocked_address');
  });

  test('an address that does not answer gives way to the next one', async () => {
    doors.names['two.test'] = ['127.0.0.2', '127.0.0.1'];
    const result = await doors.open().request({ url: `http://two.test:${receiver.port}/`, timeoutMs: TEST_TIMEOUT_MS });
    assert.ok(result.ok);
    assert.equal(result.remoteAddress, '127.0.0.1');
  });

  test('our own port is closed even where private targets are open', async () => {
    const door = doors.open({ ownPorts: [{ host: '::', port: receiver.port }] });
    const count = receiver.requests.length;
    assert.equal(await refusalCode(door, `${receiver.url}/api/monitors`), 'blocked_address');
    const operators = await door.request({ url: receiver.url, timeoutMs: TEST_TIMEOUT_MS, isOperatorTarget: true });
    assert.ok(!operators.ok);
    assert.equal(receiver.requests.length, count);
  });

  test("the operator's own targets may be private on a closed install, but not metadata", async () => {
    const door = doors.open({ privateTargets: false });
    const mine = { timeoutMs: TEST_TIMEOUT_MS, isOperatorTarget: true };
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
    const result = await doors.open().request({ url: receiver.url, timeoutMs: TEST_TIMEOUT_MS });
    assert.ok(result.ok);
    assert.equal(result.status, 302);
  });

  test('are followed as a browser does, without the body after 303', async () => {
    receiver.script(to('/moved', 303), { status: 200, body: 'there' });
    const result = await doors.open().request({
      url: `${receiver.url}/from`,
      method: 'POST',
      body: 'x',
      headers: { 'content-type': 'text/plain', authorization: 'mine' },
      timeoutMs: TEST_TIMEOUT_MS,
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
    await doors.open().request({
      url: receiver.url,
      method: 'POST',
      body: 'x',
      headers,
      timeoutMs: TEST_TIMEOUT_MS,
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
      const result = await doors.open().request({ url: receiver.url, timeoutMs: TEST_TIMEOUT_MS, maxRedirects: 5 });
      assert.ok(!result.ok);
      assert.equal(result.code, code);
    }
  });

  test('end after as many as are allowed', async () => {
    receiver.setReply(to('/again'));
    const count = receiver.requests.length;
    const result = await doors.open().request({ url: receiver.url, timeoutMs: TEST_TIMEOUT_MS, maxRedirects: 2 });
    assert.ok(!result.ok);
    assert.equal(result.code, 'too_many_redirects');
    assert.equal(receiver.requests.length - count, 3);
  });
});
