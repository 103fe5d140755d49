import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { runChannelContract } from '../../../../test/contract/channel-contract.ts';
import { arrangeHttpScene } from '../../../../test/contract/http-scene.ts';
import { hostileMessage, hugeMessage, sampleMessage, sampleRequest } from '../../../../test/contract/sample-message.ts';
import { startConnectProxy } from '../../../../test/harness/receivers/connect-proxy.ts';
import { parseTelegramHtml } from '../../../../test/harness/receivers/telegram-html.ts';
import {
  startTelegramReceiver,
  type TelegramReceiver,
  tooManyRequests,
} from '../../../../test/harness/receivers/telegram-receiver.ts';
import { systemClock } from '../../../platform/clock.ts';
import { createOutboundDoor, type OutboundDoor } from '../../../platform/outbound/door.ts';
import { createTelegramChannel, type TelegramConfig } from './index.ts';
import { MAX_TEXT_LENGTH, renderTelegramHtml, renderTelegramPlain } from './render.ts';

const CHAT = 77;

runChannelContract({
  name: 'telegram',
  secrets: () => ['123456:TEST-token_of-the-fake-bot'],
  notApplicable: { blocked: "the address is the operator's own" },
  retryAfterMs: 9_000,
  unendingIs: 'temporary',
  async arrange(situation, tools) {
    const telegram = await startTelegramReceiver();
    telegram.setChat(CHAT, { state: 'open' });
    return arrangeHttpScene(situation, tools, {
      http: telegram.http,
      rateLimited: tooManyRequests(9),
      goAway: () => telegram.setChat(CHAT, { state: 'blocked' }),
      build: (base) => ({
        channel: createTelegramChannel({ ...tools, token: telegram.token, apiBase: base, proxyUrl: null }),
        config: { chat_id: CHAT, title: 'Night watch' },
      }),
    });
  },
});

describe('telegram', () => {
  let telegram: TelegramReceiver;
  let door: OutboundDoor;
  before(() => {
    // Closed for private targets: the operator's own Bot API server may be private all the same.
    door = createOutboundDoor({ clock: systemClock, privateTargets: false, ownPorts: [] });
  });
  beforeEach(async () => {
    telegram = await startTelegramReceiver();
    telegram.setChat(CHAT, { state: 'open', threads: [5], closedThreads: [6] });
  });
  afterEach(() => telegram.close());
  after(() => door.close());

  const deps = () => ({ door, clock: systemClock, token: telegram.token, apiBase: `${telegram.url}/`, proxyUrl: null });
  const send = (config: TelegramConfig = { chat_id: CHAT }, changes = {}) =>
    createTelegramChannel(deps()).send(sampleRequest(config, changes));

  test('a message reads as a person wants it', async () => {
    const outcome = await send();
    assert.ok(outcome.ok);
    assert.equal(outcome.providerId, '1');
    assert.equal(outcome.newConfig, undefined);
    const [sent] = telegram.messages;
    assert.equal(
      sent?.text,
      [
        'DOWN nightly backup: nothing since 02:03 yesterday',
        'Expected 02:00, got nothing by 02:05; the last run took 31 min and ended 02:03 yesterday.',
        'Monitor: nightly backup',
        'Schedule: 0 2 * * * (Europe/Moscow)',
        'dumping shop',
        'done in 31 min',
        'Open',
      ].join('\n'),
    );
    assert.match(
      String(sent?.payload.text),
      /<a href="https:\/\/allswell.example\/incidents\/1\?a=1&amp;b=2">Open<\/a>/,
    );
    assert.deepEqual(sent?.payload.link_preview_options, { is_disabled: true });
  });

  test('a recovery answers its opening, a topic is kept', async () => {
    await send({ chat_id: CHAT, thread_id: 5 }, { openingProviderId: '41' });
    const payload = telegram.messages[0]?.payload;
    assert.deepEqual(payload?.reply_parameters, { message_id: 41, allow_sending_without_reply: true });
    assert.equal(payload?.message_thread_id, 5);
  });

  test('a group that moved is followed, and the new number is given back', async () => {
    telegram.setChat(-100, { state: 'migrated', to: -1_001 });
    telegram.setChat(-1_001, { state: 'open' });
    const outcome = await send({ chat_id: -100, title: 'Ops' });
    assert.ok(outcome.ok);
    assert.deepEqual(outcome.newConfig, { chat_id: -1_001, title: 'Ops' });
    assert.equal(telegram.messages[0]?.chatId, '-1001');
    assert.equal(telegram.http.requests.length, 2);
  });

  test('a group that moves for ever is given up', async () => {
    telegram.setChat(1, { state: 'migrated', to: 2 });
    telegram.setChat(2, { state: 'migrated', to: 1 });
    const outcome = await send({ chat_id: 1 });
    assert.equal(!outcome.ok && outcome.kind, 'permanent_channel');
    assert.ok(telegram.http.requests.length <= 4);
  });

  test('a topic that is gone is left out from now on', async () => {
    const outcome = await send({ chat_id: CHAT, thread_id: 9, title: 'Ops' });
    assert.ok(outcome.ok);
    assert.deepEqual(outcome.newConfig, { chat_id: CHAT, title: 'Ops' });
  });

  test('refused mark-up is followed by plain text, once', async () => {
    const description = "Bad Request: can't parse entities: Unsupported start tag";
    const refusal = { status: 400, body: JSON.stringify({ ok: false, error_code: 400, description }) };
    telegram.http.script(refusal);
    const outcome = await send();
    assert.equal(outcome.ok, true);
    assert.equal(telegram.messages[0]?.payload.parse_mode, undefined);
    assert.match(telegram.messages[0]?.text ?? '', /^DOWN .*\nhttps:\/\/allswell\.example\/incidents\/1\?a=1&b=2$/s);
    telegram.http.script(refusal, refusal);
    const again = await send();
    assert.equal(!again.ok && again.kind, 'permanent_message');
  });

  for (const state of ['blocked', 'kicked', 'deleted', 'no_rights'] as const) {
    test(`a chat that is ${state} is gone for good`, async () => {
      telegram.setChat(CHAT, { state });
      const outcome = await send();
      assert.equal(!outcome.ok && outcome.kind, 'permanent_channel');
    });
  }

  test('so are a chat that nobody knows and a closed topic', async () => {
    for (const config of [{ chat_id: 404 }, { chat_id: CHAT, thread_id: 6 }]) {
      const outcome = await send(config);
      assert.equal(!outcome.ok && outcome.kind, 'permanent_channel');
    }
  });

  test("a dead token is the operator's, and is not repeated", async () => {
    const channel = createTelegramChannel({ ...deps(), token: '999:WRONG-token' });
    const outcome = await channel.send(sampleRequest({ chat_id: CHAT }));
    assert.ok(!outcome.ok);
    assert.deepEqual([outcome.kind, outcome.code], ['operator', 'telegram_401']);
    telegram.http.setReply({ status: 404, body: '{"ok":false,"error_code":404,"description":"Not Found"}' });
    const missing = await send();
    assert.equal(!missing.ok && missing.kind, 'operator');
  });

  test('a page of something in between is judged by its status', async () => {
    for (const [status, kind] of [
      [502, 'temporary'],
      [200, 'temporary'],
      [503, 'temporary'],
    ] as const) {
      telegram.http.setReply({ status, body: '<html>hello</html>' });
      const outcome = await send();
      assert.equal(!outcome.ok && outcome.kind, kind);
    }
  });

  test('without a token nothing is sent and the setting is named', async () => {
    const channel = createTelegramChannel({ ...deps(), token: null });
    const outcome = await channel.send(sampleRequest({ chat_id: CHAT }));
    assert.ok(!outcome.ok);
    assert.deepEqual([outcome.kind, outcome.code], ['operator', 'not_configured']);
    assert.match(outcome.safeText, /TELEGRAM_BOT_TOKEN/);
  });

  test('the proxy is used where one is set', async () => {
    const proxy = await startConnectProxy({ 'telegram.test': '127.0.0.1' });
    const apiBase = `http://telegram.test:${telegram.http.port}`;
    const channel = createTelegramChannel({ ...deps(), apiBase, proxyUrl: proxy.url });
    assert.equal((await channel.send(sampleRequest({ chat_id: CHAT }))).ok, true);
    assert.deepEqual(proxy.targets, [`telegram.test:${telegram.http.port}`]);
    await proxy.close();
  });

  test('the settings name a chat by number or by @name', () => {
    const accepts = (config: unknown) => createTelegramChannel(deps()).configSchema.safeParse(config).success;
    for (const chat_id of [1, -1_001_234_567_890, '-1001234567890', '@nightwatch'])
      assert.equal(accepts({ chat_id }), true);
    for (const chat_id of [1.5, '', 'nightwatch', '@x', null]) assert.equal(accepts({ chat_id }), false);
    assert.equal(accepts({ chat_id: 1, thread_id: 0 }), false);
  });
});

describe('telegram text', () => {
  test('is within the limit as a reader counts, for any message', () => {
    for (const message of [sampleMessage(), hugeMessage(), hostileMessage()]) {
      const parsed = parseTelegramHtml(renderTelegramHtml(message));
      assert.ok(parsed.ok, JSON.stringify(parsed));
      assert.ok(parsed.text.length <= MAX_TEXT_LENGTH);
      assert.ok(renderTelegramPlain(message).length <= MAX_TEXT_LENGTH);
    }
  });

  test('of escaped characters only one counts, so that nothing is cut that would have fitted', () => {
    const parsed = parseTelegramHtml(
      renderTelegramHtml(sampleMessage({ facts: [], links: [], outputTail: '&'.repeat(3_900) })),
    );
    assert.ok(parsed.ok);
    assert.equal(parsed.text.split('&').length - 1, 3_900);
  });

  test('loses its output first and keeps the end of it', () => {
    const outputTail = `begin${'x'.repeat(3_990)}end`;
    const lines = Array.from({ length: 20 }, (_, index) => `monitor ${index}`);
    const parsed = parseTelegramHtml(renderTelegramHtml(sampleMessage({ outputTail, lines })));
    assert.ok(parsed.ok);
    assert.match(parsed.text, /monitor 19/);
    assert.match(parsed.text, /end\nOpen$/);
    assert.doesNotMatch(parsed.text, /begin/);
  });

  test('says how many lines were left out', () => {
    const lines = Array.from({ length: 500 }, (_, index) => `monitor ${index} is down since 02:00`);
    assert.match(renderTelegramPlain(sampleMessage({ lines })), /… and \d+ more/);
    assert.match(renderTelegramPlain(sampleMessage({ lines, language: 'ru' })), /… и ещё \d+/);
  });
});
