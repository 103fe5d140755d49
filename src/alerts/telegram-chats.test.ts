import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { useDatabase } from '../../test/harness/database.ts';
import { createFixtures, sql, testSealer } from '../../test/harness/fixtures.ts';
import { createManualClock } from '../../test/harness/manual-clock.ts';
import { testLogger } from '../../test/harness/postgres.ts';
import { createTestDoors } from '../../test/harness/test-doors.ts';
import { systemRandom } from '../platform/random.ts';
import { insertTelegramLink, TELEGRAM_LINK_MS } from '../store/telegram-links.ts';
import { fillAddresses } from './channel-records.ts';
import { createChannelKinds } from './channels/registry.ts';
import { createLinkToken } from './channels/telegram/link-token.ts';
import { followMigration, linkChat, markBlocked, markReturned } from './telegram-chats.ts';

const db = useDatabase();
const clock = createManualClock();
const make = createFixtures(() => db.database, clock);
const doors = createTestDoors();
after(() => doors.closeAll());
const channelKinds = createChannelKinds({
  door: doors.open(),
  clock,
  logger: testLogger,
  publicUrl: 'https://watch.example',
  smtpUrl: null,
  mailFrom: null,
  telegram: { token: null, apiBase: 'http://127.0.0.1:9', proxyUrl: null },
});
/** Each in a millisecond of its own, so that ids stand in the order of their making. */
const newId = () => {
  clock.advance(1);
  const id = make.newId();
  clock.advance(1);
  return id;
};
const options = () => ({
  database: db.database,
  clock,
  random: systemRandom,
  newId,
  logger: testLogger,
  sealer: testSealer,
  channelKinds,
});

let lastChat = 100;
const newChat = () => {
  lastChat += 1;
  return { chatId: lastChat, threadId: null, title: 'Anna', kind: 'private' as const };
};

async function makeLink(teamId: string): Promise<string> {
  const { token, hash } = createLinkToken(systemRandom);
  const link = { id: newId(), teamId, name: 'Anna', createdAt: clock.now() };
  const expiresAt = clock.now() + TELEGRAM_LINK_MS;
  await db.database.transaction((tx) => insertTelegramLink(tx, { ...link, expiresAt }, hash));
  return token;
}

interface ChannelRow extends Record<string, unknown> {
  readonly id: string;
  readonly state: string;
  readonly broken_reason: string | null;
  readonly address_hash: string | null;
}
const channelsOf = (teamId: string) =>
  sql<ChannelRow>(db.database, 'SELECT * FROM channel WHERE team_id = $1 ORDER BY id', [teamId]);

describe('a chat with a token', () => {
  test('is linked once when the same message comes twice, and answered alike', async () => {
    const team = await make.team();
    const chat = newChat();
    const token = await makeLink(team.id);
    const first = await linkChat(options(), token, chat);
    assert.match(first ?? '', /^Linked\./);
    assert.equal(await linkChat(options(), token, chat), first);
    assert.equal((await channelsOf(team.id)).length, 1);
  });

  test('is linked once when two nodes hear of it at the same time', async () => {
    const team = await make.team();
    const chat = newChat();
    const token = await makeLink(team.id);
    const answers = await Promise.all([1, 2, 3].map(() => linkChat(options(), token, chat)));
    assert.equal(new Set(answers).size, 1);
    assert.equal((await channelsOf(team.id)).length, 1);
  });

  test('is told so when the token is too old', async () => {
    const team = await make.team();
    const token = await makeLink(team.id);
    clock.advance(TELEGRAM_LINK_MS);
    assert.match((await linkChat(options(), token, newChat())) ?? '', /too old/);
    assert.deepEqual(await channelsOf(team.id), []);
  });

  test('may belong to two teams, and to two topics of one', async () => {
    const [one, other] = [await make.team('one'), await make.team('other')];
    const chat = newChat();
    for (const team of [one, other]) {
      assert.match(
        (await linkChat(options(), await makeLink(team.id), chat)) ?? '',
        new RegExp(`^Linked.*${team === one ? 'one' : 'other'}`),
      );
    }
    const topic = { ...chat, threadId: 7, kind: 'supergroup' as const };
    assert.match((await linkChat(options(), await makeLink(one.id), topic)) ?? '', /^Linked/);
    assert.match((await linkChat(options(), await makeLink(one.id), topic)) ?? '', /already/);
    assert.equal((await channelsOf(one.id)).length, 2);
    assert.equal((await channelsOf(other.id)).length, 1);
  });

  test('whose channel was broken has a working one again', async () => {
    const team = await make.team();
    const chat = newChat();
    await linkChat(options(), await makeLink(team.id), chat);
    await markBlocked(options(), chat.chatId);
    assert.equal((await channelsOf(team.id))[0]?.state, 'broken');
    assert.match((await linkChat(options(), await makeLink(team.id), chat)) ?? '', /already/);
    assert.equal((await channelsOf(team.id))[0]?.state, 'ok');
  });

  test('with a very long or very odd title is linked all the same', async () => {
    const team = await make.team();
    const odd = { ...newChat(), title: `\n${'\u{1F525}'.repeat(400)}\0` };
    assert.match((await linkChat(options(), await makeLink(team.id), odd)) ?? '', /^Linked/);
  });
});

describe('a bot that was thrown out', () => {
  test('breaks the channels of that chat alone, in each team, and each team is told once and in its language', async () => {
    const [one, other] = [await make.team(), await make.team()];
    await sql(db.database, `UPDATE team SET language = 'ru' WHERE id = $1`, [other.id]);
    const chat = newChat();
    for (const team of [one, other]) {
      await linkChat(options(), await makeLink(team.id), chat);
      await make.channel(team.id);
    }
    await linkChat(options(), await makeLink(one.id), newChat());
    await markBlocked(options(), chat.chatId);
    await markBlocked(options(), chat.chatId);
    const states = (await channelsOf(one.id)).map(({ state }) => state);
    assert.deepEqual(states, ['broken', 'ok', 'ok']);
    assert.match((await channelsOf(one.id))[0]?.broken_reason ?? '', /^the bot was blocked/);
    assert.match((await channelsOf(other.id))[0]?.broken_reason ?? '', /^бот заблокирован/);
    const notices = await sql<{ team_id: string; kind: string; reason: string }>(
      db.database,
      `SELECT team_id, kind, data->>'reason' AS reason FROM notice WHERE team_id = ANY ($1::uuid[])`,
      [[one.id, other.id]],
    );
    // The first team has two other channels, the second one has one.
    assert.equal(notices.filter(({ team_id }) => team_id === one.id).length, 2);
    assert.equal(notices.filter(({ team_id }) => team_id === other.id).length, 1);
    assert.ok(notices.every(({ kind }) => kind === 'warning'));
    await markReturned(options(), chat.chatId);
    assert.ok((await channelsOf(one.id)).every(({ state, broken_reason }) => state === 'ok' && broken_reason === null));
  });
});

describe('the address of a chat', () => {
  test('is kept as a hash that only our key can make, follows a migration, and is filled in where it is missing', async () => {
    const team = await make.team();
    const chat = newChat();
    await linkChat(options(), await makeLink(team.id), chat);
    const [before] = await channelsOf(team.id);
    assert.match(before?.address_hash ?? '', /^[\w-]{43}$/);
    await followMigration(options(), chat.chatId, -1_001);
    const [moved] = await channelsOf(team.id);
    assert.notEqual(moved?.address_hash, before?.address_hash);
    // As after an import with another secret key.
    await sql(db.database, 'UPDATE channel SET address_hash = NULL WHERE team_id = $1', [team.id]);
    const unreadable = await make.channel(team.id, {}, { kind: 'telegram' });
    await sql(db.database, `UPDATE channel SET config_sealed = '\\x0102' WHERE id = $1`, [unreadable.id]);
    await fillAddresses(options());
    assert.equal((await channelsOf(team.id))[0]?.address_hash, moved?.address_hash);
    await markBlocked(options(), -1_001);
    assert.equal((await channelsOf(team.id))[0]?.state, 'broken');
  });
});
