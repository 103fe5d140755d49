/** Nobody gets this server to call what only it can reach: through the one outbound door, and through channels. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ChannelKinds, closeChannelKinds, createChannelKinds } from '../../src/alerts/channels/registry.ts';
import { createSender, type Sender } from '../../src/alerts/sender.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createOutboundDoor, type OutboundDoor } from '../../src/platform/outbound/door.ts';
import { createSystemResolver, type Resolve } from '../../src/platform/outbound/resolver.ts';
import { findRoute } from '../../src/platform/outbound/route.ts';
import { type Caller, PUBLIC_URL, useApi } from '../harness/api.ts';
import { testLogger } from '../harness/postgres.ts';
import { type HttpReceiver, startHttpReceiver } from '../harness/receivers/http-receiver.ts';
import { type NameServer, startNameServer } from '../harness/receivers/name-server.ts';

const api = useApi();
const TIMEOUT_MS = 10_000;
const PUBLIC = '8.8.8.8';
const METADATA = '169.254.169.254';

/** What the names lead to; `rebind` and `rebind-metadata` change their minds after the first question. */
const NAMES: Readonly<Record<string, (before: number) => readonly string[]>> = {
  'inside.test': () => ['127.0.0.1'],
  'private.test': () => ['10.1.2.3'],
  'metadata.test': () => [METADATA],
  'rebind.test': (before) => [before === 0 ? PUBLIC : '127.0.0.1'],
  'rebind-metadata.test': (before) => [before === 0 ? '127.0.0.1' : METADATA],
  'many.test': () => [...Array.from({ length: 40 }, (_, index) => `10.0.0.${index + 1}`), '127.0.0.1'],
  'mixed.test': () => [METADATA, '0.0.0.0', '127.0.0.1'],
};

let inside: HttpReceiver;
let names: NameServer;
let resolve: Resolve;
const doors: OutboundDoor[] = [];
/** ALLSWELL_PRIVATE_TARGETS=no and yes. */
let closed: OutboundDoor;
let opened: OutboundDoor;

before(async () => {
  inside = await startHttpReceiver();
  names = await startNameServer((name, before) => NAMES[name]?.(before) ?? null);
  resolve = createSystemResolver({ hostsFile: '/nonexistent', servers: [names.address] });
  const door = (privateTargets: boolean) =>
    createOutboundDoor({ clock: systemClock, privateTargets, ownPorts: [{ host: '::', port: 9 }], resolve });
  closed = door(false);
  opened = door(true);
  doors.push(closed, opened);
});
after(async () => {
  await Promise.all(doors.map((door) => door.close()));
  await Promise.all([inside.close(), names.close()]);
});

/** Writings of one place on this machine. `PORT` is where something listens that must not be reached. */
const INSIDE: readonly string[] = [
  'http://127.0.0.1:PORT/',
  'http://2130706433:PORT/',
  'http://0x7f000001:PORT/',
  'http://017700000001:PORT/',
  'http://0x7f.0x0.0x0.0x1:PORT/',
  'http://0177.0.0.1:PORT/',
  'http://127.1:PORT/',
  'http://127.0.0.1.:PORT/',
  'http://１２７.０.０.１:PORT/',
  'http://127。0。0。1:PORT/',
  'http://%31%32%37.0.0.1:PORT/',
  'http://[::ffff:127.0.0.1]:PORT/',
  'http://[::ffff:7f00:1]:PORT/',
  'http://localhost:PORT/',
  'http://anything.localhost:PORT/',
  'http://inside.test:PORT/',
  'http://INSIDE.test.:PORT/',
  'http://8.8.8.8@127.0.0.1:PORT/',
  'http://8.8.8.8:80@127.0.0.1:PORT/',
  'http://127.0.0.1:PORT\\@8.8.8.8/',
  'http://127.0.0.1:PORT#@8.8.8.8/',
  'http:127.0.0.1:PORT/',
];

/** Never called, whatever the operator says of private targets. */
const NEVER: readonly string[] = [
  `http://${METADATA}/latest/meta-data/`,
  'http://2852039166/',
  'http://0xa9fea9fe/',
  'http://0251.0376.0251.0376/',
  `http://[::ffff:${METADATA}]/`,
  'http://[64:ff9b::a9fe:a9fe]/',
  'http://[64:ff9b::169.254.169.254]/',
  'http://[2002:a9fe:a9fe::1]/',
  'http://[fe80::1]/',
  'http://[fd00:ec2::254]/',
  'http://100.100.100.200/',
  'http://0/',
  'http://0.0.0.0:PORT/',
  'http://[::]:PORT/',
  'http://255.255.255.255/',
  'http://224.0.0.1/',
  'http://metadata.test/',
  'http://user@metadata.test/',
  // Our own port.
  'http://127.0.0.1:9/',
  'http://inside.test:9/api/v1/keys',
  'http://[::ffff:127.0.0.1]:9/',
  'http://[::1]:9/',
];

/** Open only where private targets are; nothing listens there, and nothing needs to. */
const PRIVATE: readonly string[] = [
  'http://[::1]:PORT/',
  'http://[::127.0.0.1]:PORT/',
  'http://[64:ff9b::127.0.0.1]:PORT/',
  'http://[fd00::1]:PORT/',
  'http://10.0.0.1:PORT/',
  'http://192.168.0.1:PORT/',
  'http://172.16.0.1:PORT/',
  'http://100.64.0.1:PORT/',
  'http://private.test:PORT/',
  'http://many.test:PORT/',
];

const at = (url: string) => url.replace('PORT', String(inside.port));

async function codeOf(door: OutboundDoor, url: string, maxRedirects = 0): Promise<string | number> {
  const result = await door.request({ url, timeoutMs: TIMEOUT_MS, maxRedirects });
  return result.ok ? result.status : result.code;
}

describe('the outbound door', () => {
  test('of an install for strangers calls nothing of this machine, however it is written', async () => {
    const seen = inside.requests.length;
    for (const url of [...INSIDE, ...PRIVATE, ...NEVER]) {
      assert.equal(await codeOf(closed, at(url)), 'blocked_address', url);
    }
    assert.equal(inside.requests.length, seen);
  });

  test('of an install of our own calls private places in every writing, and the rest never', async () => {
    for (const url of INSIDE) assert.equal(await codeOf(opened, at(url)), 200, url);
    const seen = inside.requests.length;
    for (const url of NEVER) assert.equal(await codeOf(opened, at(url)), 'blocked_address', url);
    assert.equal(inside.requests.length, seen);
  });

  test('goes only where it may also when a redirect says otherwise', async () => {
    for (const url of NEVER) {
      inside.script({ status: 302, headers: { location: at(url) } });
      assert.equal(await codeOf(opened, `${inside.url}/start`, 3), 'blocked_address', url);
    }
    for (const location of [
      '//169.254.169.254/',
      'ftp://127.0.0.1/',
      'gopher://127.0.0.1:6379/_INFO',
      'file:///etc/passwd',
    ]) {
      inside.script({ status: 307, headers: { location } });
      assert.match(String(await codeOf(opened, `${inside.url}/start`, 3)), /^(blocked_address|bad_url)$/, location);
    }
  });
});

describe('a name that changes its mind', () => {
  const signal = new AbortController().signal;

  test('is asked once for a request: the address that was judged is the one that is dialled', async () => {
    const rules = { privateTargets: false, isOwn: () => false };
    const url = new URL('http://rebind.test/');
    const find = () => findRoute({ url, proxyUrl: undefined, rules, resolve, signal });
    assert.deepEqual(await find(), { addresses: [PUBLIC] });
    assert.equal(names.asked('rebind.test'), 1);
    const second = await find();
    assert.equal('code' in second ? second.code : '', 'blocked_address');
  });

  test('is judged anew for each request and each redirect', async () => {
    const url = `http://rebind-metadata.test:${inside.port}/`;
    inside.script({ status: 302, headers: { location: url } });
    assert.equal(await codeOf(opened, url, 2), 'blocked_address');
    assert.equal(names.asked('rebind-metadata.test'), 2);
  });

  test('and one with many addresses is called at those that are open, and at none where none is', async () => {
    assert.equal(await codeOf(closed, at('http://mixed.test:PORT/')), 'blocked_address');
    const result = await opened.request({ url: at('http://mixed.test:PORT/'), timeoutMs: TIMEOUT_MS });
    assert.ok(result.ok);
    assert.equal(result.remoteAddress, '127.0.0.1');
  });
});

describe('a channel', () => {
  let kinds: ChannelKinds;
  let sender: Sender;
  let team: Caller;
  before(async () => {
    kinds = createChannelKinds({
      door: closed,
      clock: systemClock,
      logger: testLogger,
      publicUrl: PUBLIC_URL,
      smtpUrl: null,
      mailFrom: null,
      telegram: { token: null, apiBase: 'http://127.0.0.1:9', proxyUrl: null },
    });
    sender = createSender({ ...api.services, channelKinds: kinds, unsubscribeUrl: () => PUBLIC_URL });
    sender.start();
    team = await api.team();
  });
  after(async () => {
    await sender.stop();
    await closeChannelKinds(kinds);
  });

  const tryChannel = async (kind: string, url: string) => {
    const made = await team.call('POST', '/api/v1/channels', { kind, name: 'x', config: { url } });
    if (made.status === 400) return 'refused';
    assert.equal(made.status, 201, made.text);
    const { json, text } = await team.call('POST', `/api/v1/channels/${made.json.id}/test?wait=10`);
    assert.ok(!/169\.254|127\.0\.0\.1 /.test(JSON.stringify(json.error ?? null)), 'the refusal tells no inner address');
    await team.call('DELETE', `/api/v1/channels/${made.json.id}`);
    return text;
  };

  test('and its test call nothing inside from an install for strangers', async () => {
    const seen = inside.requests.length;
    const urls = [...INSIDE.slice(0, 8), 'http://inside.test:PORT/', 'http://[::1]:PORT/', ...NEVER.slice(0, 6)];
    const tried = ['webhook', 'slack', 'discord'].flatMap((kind) =>
      (kind === 'webhook' ? urls : ['http://127.0.0.1:PORT/', 'http://inside.test:PORT/']).map(async (url) => {
        const said = await tryChannel(kind, at(url));
        assert.ok(said === 'refused' || /is not called/.test(said), `${kind} ${url}: ${said}`);
      }),
    );
    await Promise.all(tried);
    assert.equal(inside.requests.length, seen);
  });
});
