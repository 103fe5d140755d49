import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { runChannelContract } from '../../../../test/contract/channel-contract.ts';
import { arrangeHttpScene } from '../../../../test/contract/http-scene.ts';
import { SAMPLE_ATTEMPT_AT, sampleMessage, sampleRequest } from '../../../../test/contract/sample-message.ts';
import { createManualClock } from '../../../../test/harness/manual-clock.ts';
import { type HttpReceiver, type Reply, startHttpReceiver } from '../../../../test/harness/receivers/http-receiver.ts';
import { systemClock } from '../../../platform/clock.ts';
import { createOutboundDoor, type OutboundDoor } from '../../../platform/outbound/door.ts';
import { systemRandom } from '../../../platform/random.ts';
import type { ChannelKind } from '../contract.ts';
import { MAX_HEADER_VALUE_LENGTH, MAX_HEADERS } from './headers.ts';
import { createWebhookChannel, WEBHOOK_TIMEOUT_MS, WEBHOOK_TOTAL_MS, type WebhookConfig } from './index.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const PATH = '/hooks/sEcReT-path?token=sEcReT-query';
const HEADER_VALUE = 'Bearer sEcReT-header';

runChannelContract({
  name: 'webhook',
  secrets: () => ['sEcReT-path', 'sEcReT-query', 'sEcReT-header', SECRET, SECRET.slice(6)],
  notApplicable: {},
  retryAfterMs: 7_000,
  unendingIs: 'taken',
  async arrange(situation, tools) {
    const http = await startHttpReceiver({
      reply: { status: 200, body: `thanks for ${PATH} ${HEADER_VALUE} ${SECRET}` },
    });
    return arrangeHttpScene(situation, tools, {
      http,
      rateLimited: { status: 429, headers: { 'retry-after': '7' } },
      goAway: () => http.setReply({ status: 410, body: 'gone' }),
      build: (base) => ({
        channel: createWebhookChannel(tools),
        config: { url: `${base}${PATH}`, secret: SECRET, headers: { authorization: HEADER_VALUE } },
      }),
      repetitionKeys: () => http.requests.map((request) => request.headers['webhook-id'] ?? ''),
    });
  },
});

describe('webhook', () => {
  let receiver: HttpReceiver;
  let door: OutboundDoor;
  let channel: ChannelKind<WebhookConfig>;
  before(async () => {
    door = createOutboundDoor({ clock: systemClock, privateTargets: true, ownPorts: [] });
    channel = createWebhookChannel({ door, clock: systemClock });
  });
  beforeEach(async () => {
    receiver = await startHttpReceiver();
  });
  afterEach(() => receiver.close());
  after(() => door.close());
  const config = () => ({ url: `${receiver.url}/hook`, secret: SECRET });

  test('is verified by the library of the standard', async () => {
    const now = Date.now();
    await channel.send(sampleRequest(config(), { attemptAt: now }));
    const seen = await receiver.waitForRequest();
    const verified = new Webhook(SECRET).verify(seen.text, { ...seen.headers });
    assert.deepEqual(verified, sampleMessage().events[0]);
    assert.equal(seen.headers['webhook-id'], sampleRequest(config()).deliveryId);
    assert.equal(seen.headers['webhook-timestamp'], String(Math.floor(now / 1_000)));
    assert.equal(seen.headers['content-type'], 'application/json');
  });

  test('a body that was changed on the way is not verified', async () => {
    await channel.send(sampleRequest(config(), { attemptAt: Date.now() }));
    const seen = await receiver.waitForRequest();
    assert.throws(() => new Webhook(SECRET).verify(seen.text.replace('opened', 'closed'), { ...seen.headers }));
  });

  test('the timestamp and the signature are of the attempt, the id is of the delivery', async () => {
    await channel.send(sampleRequest(config()));
    await channel.send(sampleRequest(config(), { attemptAt: SAMPLE_ATTEMPT_AT + 60_000 }));
    const [first, second] = await receiver.waitForCount(2);
    assert.equal(first?.headers['webhook-id'], second?.headers['webhook-id']);
    assert.notEqual(first?.headers['webhook-signature'], second?.headers['webhook-signature']);
    assert.equal(Number(second?.headers['webhook-timestamp']) - Number(first?.headers['webhook-timestamp']), 60);
  });

  test('several events are several requests in order, each with its own id', async () => {
    const events = ['incident.opened', 'incident.resolved'].map((type) => ({
      type,
      timestamp: '2026-01-05T12:00:00Z',
      data: {},
    }));
    const outcome = await channel.send(
      sampleRequest(config(), { message: sampleMessage({ events }), deliveryId: 'd1' }),
    );
    assert.equal(outcome.ok, true);
    const seen = await receiver.waitForCount(2);
    assert.deepEqual(
      seen.map((request) => request.headers['webhook-id']),
      ['d1', 'd1.1'],
    );
    assert.deepEqual(
      seen.map((request) => request.json()),
      events,
    );
  });

  test('after the first event that is not taken no other is sent', async () => {
    receiver.script({ status: 200 }, { status: 500 });
    const events = [1, 2, 3].map((n) => ({ type: `event.${n}`, timestamp: '2026-01-05T12:00:00Z', data: {} }));
    const outcome = await channel.send(sampleRequest(config(), { message: sampleMessage({ events }) }));
    assert.equal(!outcome.ok && outcome.code, 'http_500');
    assert.equal(receiver.requests.length, 2);
  });

  test('many slow events stay within the longest attempt', async () => {
    const clock = createManualClock();
    const slowDoor = createOutboundDoor({ clock, privateTargets: true, ownPorts: [] });
    // Each answer takes just less than one request may take.
    receiver.setReply(() => {
      clock.advance(WEBHOOK_TIMEOUT_MS - 1);
      return { status: 200 };
    });
    const events = Array.from({ length: 10 }, (_, n) => ({ type: `event.${n}`, timestamp: '', data: {} }));
    const slow = createWebhookChannel({ door: slowDoor, clock });
    const outcome = await slow.send(sampleRequest(config(), { message: sampleMessage({ events }) }));
    assert.equal(!outcome.ok && outcome.code, 'timeout');
    assert.equal(receiver.requests.length, 2);
    assert.ok(clock.monotonic() < WEBHOOK_TOTAL_MS + WEBHOOK_TIMEOUT_MS);
    await slowDoor.close();
  });

  test('a 2xx whose body never ends is taken: a repetition would only double it', async () => {
    const clock = createManualClock();
    const slowDoor = createOutboundDoor({ clock, privateTargets: true, ownPorts: [] });
    receiver.script({ stall: { status: 202, body: 'beg' } });
    const pending = createWebhookChannel({ door: slowDoor, clock }).send(sampleRequest(config()));
    await receiver.waitForRequest();
    // A second exchange on the same loop takes longer than the head of the first one.
    await channel.send(sampleRequest(config()));
    clock.advance(WEBHOOK_TIMEOUT_MS);
    assert.deepEqual(await pending, { ok: true, status: 202 });
    await slowDoor.close();
  });

  const answers: readonly (readonly [Reply, string, string])[] = [
    [{ status: 301, headers: { location: '/x' } }, 'permanent_channel', 'http_301'],
    [{ status: 302, headers: { location: '/x' } }, 'temporary', 'http_302'],
    [{ status: 400 }, 'permanent_message', 'http_400'],
    [{ status: 401 }, 'permanent_channel', 'http_401'],
    [{ status: 403 }, 'permanent_channel', 'http_403'],
    [{ status: 404 }, 'permanent_channel', 'http_404'],
    [{ status: 408 }, 'temporary', 'http_408'],
    [{ status: 410 }, 'permanent_channel', 'http_410'],
    [{ status: 413 }, 'permanent_message', 'http_413'],
    [{ status: 422 }, 'permanent_message', 'http_422'],
    [{ status: 425 }, 'temporary', 'http_425'],
    [{ status: 429 }, 'rate_limited', 'http_429'],
    [{ status: 500 }, 'temporary', 'http_500'],
    [{ status: 502 }, 'temporary', 'http_502'],
    [{ status: 504 }, 'temporary', 'http_504'],
  ];
  for (const [reply, kind, code] of answers) {
    test(`${code} is ${kind}`, async () => {
      receiver.setReply(reply);
      const outcome = await channel.send(sampleRequest(config()));
      assert.ok(!outcome.ok);
      assert.deepEqual([outcome.kind, outcome.code], [kind, code]);
      assert.equal(receiver.requests.length, 1, 'a redirect was followed');
    });
  }

  test('Retry-After is understood as seconds and as a date, and never as more than a day', async () => {
    const cases: readonly (readonly [string, number | undefined])[] = [
      ['120', 120_000],
      ['0', 0],
      [new Date(SAMPLE_ATTEMPT_AT + 90_000).toUTCString(), 90_000],
      [new Date(SAMPLE_ATTEMPT_AT - 90_000).toUTCString(), 0],
      ['99999999', 86_400_000],
      ['soon', undefined],
    ];
    for (const [value, expected] of cases) {
      receiver.setReply({ status: 503, headers: { 'retry-after': value } });
      const outcome = await channel.send(sampleRequest(config()));
      assert.ok(!outcome.ok);
      assert.equal(outcome.retryAfterMs, expected, value);
    }
  });

  test('a secret is made where none is given, and kept where one is', () => {
    const made = channel.prepareConfig?.({ url: 'https://x.test/' }, systemRandom);
    assert.match(made?.secret ?? '', /^whsec_[A-Za-z0-9+/]{43}=$/);
    assert.equal(channel.configSchema.safeParse(made).success, true);
    assert.equal(channel.prepareConfig?.({ url: 'https://x.test/', secret: SECRET }, systemRandom).secret, SECRET);
  });

  test('a secret has 24 to 64 bytes', () => {
    for (const [bytes, isGood] of [
      [23, false],
      [24, true],
      [64, true],
      [65, false],
    ] as const) {
      const secret = `whsec_${Buffer.alloc(bytes, 1).toString('base64')}`;
      assert.equal(channel.configSchema.safeParse({ url: 'https://x.test/', secret }).success, isGood, String(bytes));
      if (!isGood) continue;
      const expected = createHmac('sha256', Buffer.alloc(bytes, 1)).update('a.1.b').digest('base64');
      assert.equal(new Webhook(secret).sign('a', new Date(1_000), 'b'), `v1,${expected}`);
    }
    for (const secret of ['', 'whsec_', 'whsec_%%%', SECRET.slice(6), `whsec_${'A'.repeat(33)}`]) {
      assert.equal(channel.configSchema.safeParse({ url: 'https://x.test/', secret }).success, false, secret);
    }
  });

  test('headers that would break the request are refused', () => {
    const accepts = (headers: Record<string, string>) =>
      channel.configSchema.safeParse({ url: 'https://x.test/', headers }).success;
    assert.equal(accepts({ 'X-Api-Key': 'k', Authorization: 'Bearer a b' }), true);
    assert.equal(accepts({ 'x-long': 'v'.repeat(MAX_HEADER_VALUE_LENGTH) }), true);
    assert.equal(accepts({ 'x-long': 'v'.repeat(MAX_HEADER_VALUE_LENGTH + 1) }), false);
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`x-${n}`, 'v']));
    assert.equal(accepts(many(MAX_HEADERS)), true);
    assert.equal(accepts(many(MAX_HEADERS + 1)), false);
    const refused = [
      'Host',
      'content-length',
      'Webhook-Signature',
      'transfer-encoding',
      'Proxy-Authorization',
      'a b',
      '',
    ];
    for (const name of refused) assert.equal(accepts({ [name]: 'v' }), false, name);
    for (const value of ['', ' ', 'a\r\nb: c', 'é', 'a ']) assert.equal(accepts({ 'x-a': value }), false, value);
  });

  test('URLs that are no web addresses are refused', () => {
    for (const url of [
      '',
      'example.com',
      'ftp://x.test/',
      'javascript:alert(1)',
      `https://x.test/${'a'.repeat(2_048)}`,
    ]) {
      assert.equal(channel.configSchema.safeParse({ url }).success, false, url);
    }
  });

  test('settings are shown with the last four characters of their secrets', () => {
    const shown = channel.mask({
      url: 'https://x.test/hooks/abcdefgh1234',
      secret: SECRET,
      headers: { 'x-key': 'short' },
    });
    assert.deepEqual(shown, {
      url: 'https://x.test/***1234',
      secret: `***${SECRET.slice(-4)}`,
      headers: { 'x-key': '***' },
    });
    assert.equal(channel.mask({ url: 'https://x.test' }).url, 'https://x.test/');
  });
});
