import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createClient } from '../src/cli/client.ts';
import { readArguments } from '../src/cli/command.ts';
import { channelCommands } from '../src/cli/commands/channels.ts';
import { type Config, readConfig } from '../src/config.ts';
import { type RunningNode, startNode } from '../src/main.ts';
import { findFreePort } from '../src/platform/free-port.ts';
import { systemRandom } from '../src/platform/random.ts';
import { useDatabase } from './harness/database.ts';
import { open as openStoreDatabase, testLogger } from './harness/postgres.ts';
import { type HttpReceiver, startHttpReceiver } from './harness/receivers/http-receiver.ts';
import { createJournal } from './harness/receivers/journal.ts';
import { startTelegramReceiver, type TelegramReceiver } from './harness/receivers/telegram-receiver.ts';
import { waitFor } from './harness/wait-for.ts';

const KEY = 'a-key-for-the-tests-of-telegram';
const ANNA = { id: 5, type: 'private', first_name: 'Anna' };
const GROUP = { id: -100, type: 'group', title: 'Night watch' };

const db = useDatabase();
let telegram: TelegramReceiver;
let hook: HttpReceiver;
let dataDir: string;
const nodes: RunningNode[] = [];

interface Node {
  readonly running: RunningNode;
  readonly config: Config;
  readonly env: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers whose form they assert.
  call(method: string, path: string, body?: unknown): Promise<any>;
}

async function start(roles = 'web,watch,deliver'): Promise<Node> {
  const port = await findFreePort('127.0.0.1');
  const env = {
    ALLSWELL_API_KEY: KEY,
    ALLSWELL_SECRET_KEY: 'a secret for the tests of telegram',
    ALLSWELL_DATA: dataDir,
    ALLSWELL_URL: `http://127.0.0.1:${port}`,
    ALLSWELL_ROLES: roles,
    HOST: '127.0.0.1',
    PORT: String(port),
    TELEGRAM_BOT_TOKEN: telegram.token,
    TELEGRAM_API_BASE: telegram.url,
  };
  const read = readConfig(env, dataDir);
  if (!read.ok) throw new Error(read.message);
  const store = {
    database: db.database,
    due: db.database,
    ingest: openStoreDatabase(db.connection),
    description: 'a test database',
    close: async () => undefined,
  };
  const started = await startNode({ config: read.config, port, store, logger: testLogger, random: systemRandom });
  if (!started.ok) throw new Error(started.message);
  const { stop, ...node } = started.node;
  const running = {
    ...node,
    async stop() {
      await stop();
      await store.ingest.close();
    },
  };
  nodes.push(running);
  return {
    running,
    config: read.config,
    env,
    async call(method, path, body) {
      const response = await fetch(`http://127.0.0.1:${port}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, ...(text === '' ? {} : JSON.parse(text)) };
    },
  };
}

async function stop(node: Node): Promise<void> {
  nodes.splice(nodes.indexOf(node.running), 1);
  await node.running.stop();
}

const polls = () => telegram.http.requests.filter(({ path }) => path.endsWith('/getUpdates')).length;
const messagesIn = (chatId: number) => telegram.messages.filter((message) => message.chatId === String(chatId));

/** What the bot says to the next update in this chat. */
async function answerTo(chatId: number, update: Readonly<Record<string, unknown>>): Promise<string> {
  const before = messagesIn(chatId).length;
  telegram.pushUpdate(update);
  await telegram.waitForMessage(() => messagesIn(chatId).length > before);
  return messagesIn(chatId).at(-1)?.text ?? '';
}

const membership = (chat: object, from: string, to: string) => ({
  my_chat_member: { chat, old_chat_member: { status: from, user: {} }, new_chat_member: { status: to, user: {} } },
});
const tokenOf = (url: string) => new URL(url).searchParams.values().next().value ?? '';

before(async () => {
  await db.made;
  telegram = await startTelegramReceiver();
  for (const chat of [ANNA.id, GROUP.id, -1_001, 6]) telegram.setChat(chat, { state: 'open', threads: [7] });
  hook = await startHttpReceiver();
  dataDir = await mkdtemp(join(tmpdir(), 'allswell-telegram-'));
});
after(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  await hook.close();
  await telegram.close();
  await rm(dataDir, { recursive: true, force: true });
});

describe('a whole node with a bot', () => {
  let node: Node;
  before(async () => {
    node = await start();
  });
  after(() => stop(node));

  const channelOf = (id: string) => node.call('GET', `/channels/${id}`);
  const stateOf = async (id: string) => (await channelOf(id)).state;

  test('makes a chat a channel that alerts reach, and says so in both places', async () => {
    const link = await node.call('POST', '/telegram-links', { name: 'Anna' });
    assert.equal(link.status, 'waiting');
    assert.equal(link.private_url, `https://t.me/${telegram.botName}?start=${link.code}`);
    assert.equal(link.group_url, `https://t.me/${telegram.botName}?startgroup=${link.code}`);
    assert.equal((await node.call('GET', `/telegram-links/${link.id}`)).channel, null);

    const said = await answerTo(ANNA.id, { message: { chat: ANNA, text: `/start ${tokenOf(link.private_url)}` } });
    assert.equal(said, 'Linked. Alerts of the team My team come here from now on.');
    const linked = await node.call('GET', `/telegram-links/${link.id}`);
    assert.equal(linked.status, 'linked');
    assert.deepEqual([linked.channel.title, linked.channel.chat_kind], ['Anna', 'private']);
    const channel = await channelOf(linked.channel.id);
    assert.deepEqual([channel.name, channel.kind], ['Anna', 'telegram']);
    assert.deepEqual(channel.config, { chat_id: ANNA.id, title: 'Anna' });

    const sent = await node.call('POST', `/channels/${channel.id}/test?wait=10`);
    assert.equal(sent.state, 'sent');
    assert.match(messagesIn(ANNA.id).at(-1)?.text ?? '', /Anna/);
  });

  test('links a chat once: a second link finds the channel, a used one makes none', async () => {
    const link = await node.call('POST', '/telegram-links', { name: 'Anna again' });
    const start = { message: { chat: ANNA, text: `/start ${link.code}` } };
    assert.match(await answerTo(ANNA.id, start), /linked already/);
    const { channels } = await node.call('GET', '/channels');
    assert.equal(channels.length, 1);
    const done = await node.call('GET', `/telegram-links/${link.id}`);
    assert.deepEqual([done.status, done.channel.id], ['linked', channels[0].id]);
    const elsewhere = { message: { chat: { ...ANNA, id: 6 }, text: `/start ${link.code}` } };
    assert.match(await answerTo(6, elsewhere), /used already/);
    assert.equal((await node.call('GET', '/channels')).channels.length, 1);
  });

  test('marks the channel broken when the bot is blocked, tells elsewhere, and revives it when it returns', async () => {
    const url = `${hook.url}/told`;
    const webhook = await node.call('POST', '/channels', { kind: 'webhook', name: 'ops', config: { url } });
    const { channels } = await node.call('GET', '/channels');
    const { id } = channels.find((channel: { kind: string }) => channel.kind === 'telegram');
    telegram.pushUpdate(membership(ANNA, 'member', 'kicked'));
    const told = await hook.waitForRequest((request) => request.text.includes('channel.broken'));
    assert.match(told.text, /Anna.*the bot was blocked, or removed from the chat/);
    const broken = await channelOf(id);
    assert.deepEqual([broken.state, broken.broken_reason], ['broken', 'the bot was blocked, or removed from the chat']);
    telegram.pushUpdate(membership(ANNA, 'kicked', 'member'));
    await waitFor('the channel works again', async () => (await stateOf(id)) === 'ok');
    await node.call('DELETE', `/channels/${webhook.id}`);
  });

  test('links a topic of a group by its own command, and answers there, in the language of the team', async () => {
    await node.call('PATCH', '/team', { language: 'ru' });
    const link = await node.call('POST', '/telegram-links', { name: 'ночная смена' });
    const message = {
      chat: GROUP,
      text: `/start@${telegram.botName} ${tokenOf(link.group_url)}`,
      is_topic_message: true,
      message_thread_id: 7,
    };
    assert.match(await answerTo(GROUP.id, { message }), /^Готово\. Оповещения команды «My team»/);
    assert.equal(messagesIn(GROUP.id).at(-1)?.payload.message_thread_id, 7);
    const { channel } = await node.call('GET', `/telegram-links/${link.id}`);
    assert.deepEqual((await channelOf(channel.id)).config, { chat_id: GROUP.id, thread_id: 7, title: 'Night watch' });
    await node.call('PATCH', '/team', { language: 'en' });
  });

  test('follows a group that became a supergroup, whichever way it hears of it', async () => {
    const { channels } = await node.call('GET', '/channels');
    const { id } = channels.find((channel: { name: string }) => channel.name === 'ночная смена');
    telegram.pushUpdate({ message: { chat: GROUP, migrate_to_chat_id: -1_001 } });
    await waitFor('the new number', async () => (await channelOf(id)).config.chat_id === -1_001);
    telegram.pushUpdate(membership(GROUP, 'member', 'left'));
    // That it moved again is heard of only by sending.
    telegram.setChat(-1_001, { state: 'migrated', to: -1_002 });
    telegram.setChat(-1_002, { state: 'open', threads: [7] });
    assert.equal((await node.call('POST', `/channels/${id}/test?wait=10`)).state, 'sent');
    const { state, config } = await channelOf(id);
    assert.deepEqual([state, config.chat_id], ['ok', -1_002]);
    telegram.pushUpdate(membership({ ...GROUP, id: -1_002 }, 'member', 'kicked'));
    await waitFor('it is found under its newest number', async () => (await stateOf(id)) === 'broken');
  });

  test('knows a chat again that was given by its number, and loses sight of it when it is changed', async () => {
    const given = { kind: 'telegram', name: 'by number', config: { chat_id: '6' } };
    const { id } = await node.call('POST', '/channels', given);
    telegram.pushUpdate(membership({ ...ANNA, id: 6 }, 'member', 'kicked'));
    await waitFor('it is found by its number', async () => (await stateOf(id)) === 'broken');
    await node.call('PATCH', `/channels/${id}`, { config: { chat_id: 60 } });
    assert.equal(await stateOf(id), 'ok');
    telegram.pushUpdate(membership({ ...ANNA, id: 6 }, 'member', 'left'));
    telegram.pushUpdate(membership({ ...ANNA, id: 60 }, 'member', 'kicked'));
    await waitFor('it is found by its new number', async () => (await stateOf(id)) === 'broken');
  });

  test('answers an unknown token in a chat, and leaves posts of broadcast channels alone', async () => {
    const token = 'abcdefghijklmnopqrst_-';
    telegram.pushUpdate({ channel_post: { chat: { id: 6, type: 'channel', title: 'News' }, text: token } });
    assert.match(await answerTo(ANNA.id, { message: { chat: ANNA, text: `/start ${token}` } }), /not known here/);
    assert.equal(messagesIn(6).filter(({ text }) => text.includes('not known')).length, 0);
  });

  test('lets the command line wait for the chat', async () => {
    const lines = createJournal<string>('line');
    const notes = createJournal<string>('note');
    const output = { line: lines.add, note: notes.add };
    const client = createClient(node.config, node.env);
    const run = (name: string, args: readonly string[]) => {
      const command = channelCommands.find((one) => one.name === name);
      assert.ok(command, name);
      return command.run(readArguments(command, args), { config: node.config, client, output });
    };
    const done = run('channel add', ['telegram', '--name', 'on call']);
    const [, token = ''] = /\?startgroup=(\S+)/.exec(await notes.waitFor()) ?? [];
    const chat = { ...GROUP, id: -7, title: 'On call' };
    telegram.setChat(-7, { state: 'open' });
    await answerTo(-7, { message: { chat, text: `/start@${telegram.botName} ${token}` } });
    assert.equal(await done, 0);
    assert.match(
      await lines.waitFor(),
      /^alarms go to the group "On call" now: "on call" \(telegram\) is [0-9a-f-]{36};/,
    );
    assert.equal(await run('channel test', ['on call']), 0);
    assert.match(lines.entries[1] ?? '', /^sent: 200/);
    assert.match(messagesIn(-7).at(-1)?.text ?? '', /on call/);
  });
});

describe('of two nodes', () => {
  const metrics = async (node: Node) => {
    const response = await fetch(`${node.running.url}/metrics`, { headers: { authorization: `Bearer ${KEY}` } });
    return /^allswell_telegram_poll_age_seconds (\S+)$/m.exec(await response.text())?.[1] ?? null;
  };

  test('one reads what people send, both make links, and the other goes on when the first one stops', async () => {
    const first = await start();
    await waitFor('the first one reads', async () => (await metrics(first)) !== null);
    const second = await start();
    const before = polls();
    const link = await second.call('POST', '/telegram-links', { name: 'through the second' });
    assert.match(await answerTo(ANNA.id, { message: { chat: ANNA, text: `/start ${link.code}` } }), /linked/i);
    assert.ok(Number(await metrics(first)) < 50);
    assert.equal(await metrics(second), null);
    await waitFor('only the first one polls', () => polls() === before + 1);

    await stop(first);
    const next = await second.call('POST', '/telegram-links', { name: 'after the first' });
    await waitFor('the second one reads', async () => (await metrics(second)) !== null);
    assert.match(await answerTo(6, { message: { chat: { ...ANNA, id: 6 }, text: `/start ${next.code}` } }), /Linked/);
    await stop(second);
  });

  test('one that only serves the web makes links and does not read', async () => {
    const before = polls();
    const web = await start('web');
    const link = await web.call('POST', '/telegram-links', { name: 'from the web' });
    assert.equal(link.status, 'waiting');
    assert.equal(polls(), before);
    await stop(web);
  });
});
