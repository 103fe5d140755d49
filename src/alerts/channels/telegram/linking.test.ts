import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { Update } from 'grammy/types';
import { createManualClock, type ManualClock } from '../../../../test/harness/manual-clock.ts';
import { createJournal } from '../../../../test/harness/receivers/journal.ts';
import { startTelegramReceiver, type TelegramReceiver } from '../../../../test/harness/receivers/telegram-receiver.ts';
import { systemClock } from '../../../platform/clock.ts';
import { createLogger } from '../../../platform/logger.ts';
import { createOutboundDoor, type OutboundDoor } from '../../../platform/outbound/door.ts';
import { systemRandom } from '../../../platform/random.ts';
import { createTelegramApi } from './api.ts';
import { createLinkToken, findLinkToken, hashLinkToken, telegramDeepLinks } from './link-token.ts';
import {
  CONFLICT_BACKOFF_MS,
  createTelegramLinking,
  FORGET_OFFSET_AFTER_MS,
  type LinkingCallbacks,
  MAX_BACKOFF_MS,
  MIN_BACKOFF_MS,
  type TelegramLinking,
} from './linking.ts';
import { readUpdate } from './updates.ts';

const TOKEN = 'abcdefghijklmnopqrst_-';
const BOT = 'allswell_test_bot';

/** Telegram's updates have many fields that nothing here looks at. */
function update(fields: Record<string, unknown>): Update {
  return { update_id: 1, ...fields } as unknown as Update;
}
const privateChat = { id: 5, type: 'private', first_name: 'Anna', last_name: 'Petrova' };
const group = { id: -100, type: 'supergroup', title: 'Night watch' };

describe('an update', () => {
  test('with /start and a token links a private chat', () => {
    const event = readUpdate(update({ message: { text: `/start ${TOKEN}`, chat: privateChat } }), BOT);
    assert.deepEqual(event, {
      type: 'link',
      token: TOKEN,
      chat: { chatId: 5, threadId: null, title: 'Anna Petrova', kind: 'private' },
    });
  });

  test('with /start@bot in a topic links that topic', () => {
    const message = {
      text: `/start@AllsWell_Test_Bot ${TOKEN}`,
      chat: group,
      is_topic_message: true,
      message_thread_id: 7,
    };
    const event = readUpdate(update({ message }), BOT);
    assert.equal(event?.type === 'link' && event.chat.threadId, 7);
    assert.equal(event?.type === 'link' && event.chat.title, 'Night watch');
  });

  test('that only answers to something outside a topic links no topic', () => {
    const message = { text: `/start ${TOKEN}`, chat: group, message_thread_id: 7 };
    const event = readUpdate(update({ message }), BOT);
    assert.equal(event?.type === 'link' && event.chat.threadId, null);
  });

  test('with a token in a channel post links the channel', () => {
    const chat = { id: -200, type: 'channel', title: 'Alarms' };
    const event = readUpdate(update({ channel_post: { text: `the code: ${TOKEN}.`, chat } }), BOT);
    assert.deepEqual(event, {
      type: 'link',
      token: TOKEN,
      chat: { chatId: -200, threadId: null, title: 'Alarms', kind: 'channel' },
    });
  });

  test('to another bot, or without a token, or about anything else, is none of ours', () => {
    for (const message of [
      { text: `/start@other_bot ${TOKEN}`, chat: group },
      { text: '/start', chat: privateChat },
      { text: '/start short', chat: privateChat },
      { text: TOKEN, chat: privateChat },
      { chat: privateChat, sticker: {} },
    ]) {
      assert.equal(readUpdate(update({ message }), BOT), null);
    }
    assert.equal(readUpdate(update({ channel_post: { text: 'hello', chat: group } }), BOT), null);
    assert.equal(readUpdate(update({ poll: {} }), BOT), null);
  });

  test('about our membership says when we were thrown out and when we came back', () => {
    const change = (from: object, to: object) =>
      readUpdate(update({ my_chat_member: { chat: group, old_chat_member: from, new_chat_member: to } }), BOT)?.type ??
      null;
    assert.equal(change({ status: 'member' }, { status: 'kicked' }), 'blocked');
    assert.equal(change({ status: 'administrator' }, { status: 'left' }), 'blocked');
    assert.equal(change({ status: 'kicked' }, { status: 'member' }), 'returned');
    assert.equal(change({ status: 'left' }, { status: 'restricted', is_member: true }), 'returned');
    assert.equal(change({ status: 'member' }, { status: 'restricted', is_member: false }), 'blocked');
    assert.equal(change({ status: 'member' }, { status: 'administrator' }), null);
  });
});

test('a link token is 128 bits in 22 characters and is found again in what people paste', () => {
  const { token, hash } = createLinkToken(systemRandom);
  assert.match(token, /^[A-Za-z0-9_-]{22}$/);
  assert.equal(hash, hashLinkToken(token));
  assert.match(hash, /^[0-9a-f]{64}$/);
  assert.equal(findLinkToken(`code "${token}"!`), token);
  assert.equal(findLinkToken(`x${token}`), null);
  assert.deepEqual(telegramDeepLinks('bot', 't'), {
    private: 'https://t.me/bot?start=t',
    group: 'https://t.me/bot?startgroup=t',
  });
});

describe('reading updates', () => {
  let telegram: TelegramReceiver;
  let door: OutboundDoor;
  let clock: ManualClock;
  let events = createJournal<string>('event');
  let log = createJournal<string>('log line');
  let stored: number | null = null;
  let callbacks: LinkingCallbacks;
  const running: TelegramLinking[] = [];

  before(() => {
    door = createOutboundDoor({ clock: systemClock, privateTargets: false, ownPorts: [] });
  });
  beforeEach(async () => {
    telegram = await startTelegramReceiver();
    telegram.setChat(5, { state: 'open' });
    telegram.setChat(-100, { state: 'open', threads: [7] });
    clock = createManualClock();
    events = createJournal('event');
    log = createJournal('log line');
    stored = null;
    callbacks = {
      async onLink(token, chat) {
        events.add(`link ${token} ${chat.chatId}`);
        return `Linked to ${chat.title}`;
      },
      onBlocked: async (chatId) => events.add(`blocked ${chatId}`),
      onReturned: async (chatId) => events.add(`returned ${chatId}`),
      onMigrated: async (chatId, to) => events.add(`migrated ${chatId} to ${to}`),
    };
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((linking) => linking.stop()));
    await telegram.close();
  });
  after(() => door.close());

  function start(token = telegram.token): TelegramLinking {
    const linking = createTelegramLinking({
      api: createTelegramApi(door, { token, apiBase: telegram.url, proxyUrl: null }),
      clock,
      logger: createLogger({ level: 'warn', format: 'text', clock, write: (line) => log.add(line) }),
      store: {
        load: async () => stored,
        save: async (offset) => {
          stored = offset;
        },
      },
      callbacks,
    });
    running.push(linking);
    linking.start();
    return linking;
  }
  const startCommand = (chat: object = privateChat) => ({ message: { text: `/start ${TOKEN}`, chat } });

  test('a token is told and answered where it was sent', async () => {
    telegram.pushUpdate({
      message: { text: `/start@${BOT} ${TOKEN}`, chat: group, is_topic_message: true, message_thread_id: 7 },
    });
    start();
    const answer = await telegram.waitForMessage();
    assert.equal(answer.text, 'Linked to Night watch');
    assert.equal(answer.payload.message_thread_id, 7);
    assert.deepEqual(events.entries, [`link ${TOKEN} -100`]);
  });

  test('what comes while a poll waits is told at once, blocking and returning too', async () => {
    start();
    await telegram.waitForPolls(1);
    const member = (status: string) => ({ user: {}, status });
    telegram.pushUpdate({
      my_chat_member: { chat: privateChat, old_chat_member: member('member'), new_chat_member: member('kicked') },
    });
    await events.waitForCount(1);
    telegram.pushUpdate({
      my_chat_member: { chat: privateChat, old_chat_member: member('kicked'), new_chat_member: member('member') },
    });
    await events.waitForCount(2);
    assert.deepEqual(events.entries, ['blocked 5', 'returned 5']);
  });

  test('an update is told once, also after a restart', async () => {
    const id = telegram.pushUpdate(startCommand());
    const first = start();
    await telegram.waitForPolls(2);
    assert.equal(stored, id + 1);
    await first.stop();
    start();
    await telegram.waitForPolls(3);
    assert.equal(events.entries.length, 1);
  });

  test('an update that Telegram repeats is not told again', async () => {
    stored = 2_000;
    telegram.http.script({
      status: 200,
      body: JSON.stringify({ ok: true, result: { id: 1, is_bot: true, first_name: 'a', username: BOT } }),
    });
    telegram.http.script({
      status: 200,
      body: JSON.stringify({
        ok: true,
        result: [
          { update_id: 1_999, ...startCommand() },
          { update_id: 2_000, ...startCommand() },
        ],
      }),
    });
    start();
    await telegram.waitForPolls(1);
    assert.equal(events.entries.length, 1);
    assert.equal(stored, 2_001);
  });

  test('a group that became a supergroup is told with its new number', async () => {
    telegram.pushUpdate({ message: { chat: { ...group, type: 'group' }, migrate_to_chat_id: -1_001 } });
    start();
    assert.equal(await events.waitFor(), 'migrated -100 to -1001');
  });

  test('after a week of silence Telegram may count anew, and low numbers are news', async () => {
    stored = 2_000;
    start();
    await telegram.waitForPolls(1);
    const other = createTelegramApi(door, { token: telegram.token, apiBase: telegram.url, proxyUrl: null });
    const controller = new AbortController();
    const theirs = other.call((api) => api.getUpdates({}), { timeoutMs: 60_000, signal: controller.signal });
    await clock.waitForTimer(CONFLICT_BACKOFF_MS);
    clock.advance(FORGET_OFFSET_AFTER_MS + 1);
    await telegram.waitForPolls(3);
    telegram.pushUpdate({ update_id: 5, ...startCommand() });
    await events.waitForCount(1);
    await telegram.waitForPolls(4);
    assert.equal(stored, 6);
    controller.abort();
    await theirs;
  });

  test('the age of the last answer can be told while updates are read, and only then', async () => {
    const linking = start();
    await telegram.waitForPolls(1);
    clock.advance(40_000);
    assert.equal(linking.lastPollMonotonic, 0);
    telegram.pushUpdate(startCommand());
    await telegram.waitForPolls(2);
    assert.equal(linking.lastPollMonotonic, 40_000);
    await linking.stop();
    assert.equal(linking.lastPollMonotonic, null);
  });

  test('a second reader makes the first one rest', async () => {
    start();
    await telegram.waitForPolls(1);
    const other = createTelegramApi(door, { token: telegram.token, apiBase: telegram.url, proxyUrl: null });
    const controller = new AbortController();
    const theirs = other.call((api) => api.getUpdates({ timeout: 50 }), {
      timeoutMs: 60_000,
      signal: controller.signal,
    });
    await telegram.waitForPolls(2);
    await clock.waitForTimer(CONFLICT_BACKOFF_MS);
    assert.match((await log.waitFor()) ?? '', /Conflict/);
    clock.advance(CONFLICT_BACKOFF_MS);
    await telegram.waitForPolls(3);
    controller.abort();
    await theirs;
  });

  test('failures are followed by longer and longer rests, and a success ends them', async () => {
    telegram.http.setReply({ status: 502, body: 'bad gateway' });
    start();
    for (const rest of [MIN_BACKOFF_MS, 2 * MIN_BACKOFF_MS, 4 * MIN_BACKOFF_MS]) {
      await clock.waitForTimer();
      assert.equal(clock.pending(), 1);
      clock.advance(rest - 1);
      assert.equal(clock.pending(), 1, `rested less than ${rest} ms`);
      clock.advance(1);
    }
    await clock.waitForTimer();
    assert.ok(telegram.http.requests.length >= 4);
  });

  test('a dead token is tried seldom and said, without the token', async () => {
    const linking = start('999:WRONG-token');
    const line = await log.waitFor();
    assert.match(line, /could not be read/);
    assert.ok(!line.includes('WRONG'));
    assert.equal(await linking.botName(), null);
    await clock.waitForTimer();
    assert.ok(clock.pending() === 1 && MAX_BACKOFF_MS >= MIN_BACKOFF_MS);
  });

  test('an update that cannot be handled is tried three times and then let go', async () => {
    const good = callbacks.onLink;
    callbacks = {
      ...callbacks,
      onLink: async (token, chat) => {
        events.add(`tried ${chat.chatId}`);
        if (chat.chatId === -100) throw new Error('the database is away');
        return good(token, chat);
      },
    };
    telegram.pushUpdate(startCommand(group));
    telegram.pushUpdate(startCommand());
    start();
    for (const count of [1, 2]) {
      await events.waitForCount(count);
      await clock.waitForTimer();
      clock.advance(MAX_BACKOFF_MS);
    }
    await events.waitFor((event) => event === `link ${TOKEN} 5`);
    assert.deepEqual(events.entries.slice(0, 4), ['tried -100', 'tried -100', 'tried -100', 'tried 5']);
  });

  test('stopping does not wait for the poll', async () => {
    const linking = start();
    await telegram.waitForPolls(1);
    await linking.stop();
    assert.equal(clock.pending(), 0);
    linking.start();
    await telegram.waitForPolls(2);
  });

  test('the name of the bot is asked once', async () => {
    const linking = start();
    assert.equal(await linking.botName(), BOT);
    await telegram.waitForPolls(1);
    assert.equal(await linking.botName(), BOT);
    assert.ok(telegram.http.requests.filter((request) => request.path.endsWith('/getMe')).length <= 2);
  });
});
