import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { useApi } from '../../../test/harness/api.ts';
import { insertTelegramLink, MAX_WAITING_LINKS, TELEGRAM_LINK_MS } from '../../store/telegram-links.ts';

const api = useApi();
const PATH = '/api/v1/telegram-links';

async function insert(teamId: string): Promise<string> {
  const { newId, clock, database } = api.services;
  const id = newId();
  const link = { id, teamId, name: 'ops', createdAt: clock.now(), expiresAt: clock.now() + TELEGRAM_LINK_MS };
  await database.transaction((tx) => insertTelegramLink(tx, link, `hash of ${id}`));
  return id;
}

// What goes on with a bot is in test/telegram.test.ts, through whole nodes.
describe('links for Telegram', () => {
  test('without a bot are refused with the setting that is missing', async () => {
    const team = await api.team();
    const { status, json } = await team.call('POST', PATH, { name: 'ops' });
    assert.deepEqual([status, json.code], [409, 'not_configured']);
    assert.match(json.detail, /TELEGRAM_BOT_TOKEN/);
  });

  test('want a name, and nothing else', async () => {
    const team = await api.team();
    for (const body of [{}, { name: '' }, { name: 'ops', chat_id: 1 }]) {
      assert.equal((await team.call('POST', PATH, body)).json.code, 'invalid_request');
    }
  });

  test('wait for half an hour and no longer', async () => {
    const team = await api.team();
    const id = await insert(team.teamId);
    api.clock.advance(TELEGRAM_LINK_MS - 1);
    assert.equal((await team.call('GET', `${PATH}/${id}`)).json.status, 'waiting');
    api.clock.advance(1);
    const { json } = await team.call('GET', `${PATH}/${id}`);
    assert.deepEqual([json.status, json.channel, json.name], ['expired', null, 'ops']);
  });

  test('wait in a bounded number per team: one more, and the oldest is forgotten', async () => {
    const team = await api.team();
    const other = await insert((await api.team('other')).teamId);
    const ids: string[] = [];
    for (let i = 0; i <= MAX_WAITING_LINKS; i += 1) {
      ids.push(await insert(team.teamId));
      api.clock.advance(1);
    }
    const statuses = await Promise.all(ids.map(async (id) => (await team.call('GET', `${PATH}/${id}`)).status));
    assert.deepEqual(statuses, [404, ...Array(MAX_WAITING_LINKS).fill(200)]);
    const [kept] = await api.database.query({ name: 'test_link', text: 'SELECT id FROM telegram_link WHERE id = $1' }, [
      other,
    ]);
    assert.ok(kept);
  });
});
