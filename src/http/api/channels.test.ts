/** Channels, their tests, and the deliveries that go there, with the real sender and a receiver on loopback. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Caller, PUBLIC_URL, useApi } from '../../../test/harness/api.ts';
import { type HttpReceiver, startHttpReceiver } from '../../../test/harness/receivers/http-receiver.ts';
import { createSender, type Sender } from '../../alerts/sender.ts';
import { MAX_CHANNELS } from './channels.ts';

const api = useApi();

const at = (ms: number) => new Date(ms).toISOString();
const keyOf = (monitor: { ping_url: string }) => monitor.ping_url.split('/').at(-1) ?? '';

async function create(
  team: Caller,
  config: object = { url: 'http://127.0.0.1:9/hook/abcdef123456' },
  kind = 'webhook',
) {
  api.clock.advance(1);
  const { status, json } = await team.call('POST', '/api/v1/channels', { kind, name: 'ops', config });
  assert.equal(status, 201, JSON.stringify(json));
  return { ...json, path: `/api/v1/channels/${json.id}` };
}

/** A monitor that fails at once: one opening for every channel of the team. */
async function openIncident(team: Caller) {
  const body = { kind: 'heartbeat', name: 'job', schedule: { type: 'period', seconds: 60 } };
  const { json } = await team.call('POST', '/api/v1/monitors', body);
  await api.ping(keyOf(json), { kind: 'fail' });
  return json;
}

describe('channels', () => {
  test('show their settings with the secrets cut, and a generated one once', async () => {
    const team = await api.team();
    const { path, ...made } = await create(team);
    assert.match(made.config.secret, /^whsec_[A-Za-z0-9+/=]{44}$/);
    assert.deepEqual(made, {
      id: made.id,
      kind: 'webhook',
      name: 'ops',
      config: { url: 'http://127.0.0.1:9/***3456', secret: made.config.secret },
      state: 'ok',
      broken_reason: null,
      broken_at: null,
      read_only: false,
      only_chosen: false,
      quiet_hours: null,
      last_delivery: null,
      created_at: at(api.clock.now()),
      updated_at: at(api.clock.now()),
    });
    const read = (await team.call('GET', path, undefined, team.readKey)).json;
    assert.deepEqual(read.config, { url: 'http://127.0.0.1:9/***3456', secret: `***${made.config.secret.slice(-4)}` });
    const given = await create(team, { url: 'http://127.0.0.1:9/', secret: made.config.secret });
    assert.equal(given.config.secret, `***${made.config.secret.slice(-4)}`);
    const [row] = await api.database.query<{ config_sealed: Buffer }>(
      { name: 'test_sealed', text: 'SELECT config_sealed FROM channel WHERE id = $1' },
      [made.id],
    );
    assert.ok(!row?.config_sealed.toString('latin1').includes('hook'));
  });

  test('of every kind are checked by the kind itself', async () => {
    const team = await api.team();
    for (const [kind, config, field] of [
      ['webhook', {}, 'config.url'],
      ['webhook', { url: 'ftp://example.com' }, 'config.url'],
      ['webhook', { url: 'http://x/', colour: 'red' }, 'config.colour'],
      ['webhook', { url: 'http://x/', headers: { Host: 'y' } }, 'config.headers.Host'],
      ['email', {}, 'config.to'],
      ['slack', { url: 5 }, 'config.url'],
      ['pigeon', { url: 'http://x/' }, 'kind'],
      ['webhook', 'http://x/', 'config'],
    ] as const) {
      const { status, json } = await team.call('POST', '/api/v1/channels', { kind, name: 'x', config });
      assert.equal(status, 400, JSON.stringify(json));
      const fields = json.errors.map((error: { field: string }) => error.field);
      assert.ok(fields.includes(field), `${field} in ${fields}`);
    }
  });

  test('of a team are at most 200', async () => {
    const team = await api.team();
    const { id } = await create(team);
    await api.database.query(
      {
        name: 'test_many',
        text: `INSERT INTO channel (id, team_id, kind, name, config_sealed, destination, created_at, updated_at)
          SELECT gen_random_uuid(), team_id, kind, name, config_sealed, destination, created_at, updated_at
          FROM channel, generate_series(2, $2) WHERE id = $1`,
      },
      [id, MAX_CHANNELS],
    );
    const body = { kind: 'webhook', name: 'x', config: { url: 'http://127.0.0.1:9/' } };
    const { status, json } = await team.call('POST', '/api/v1/channels', body);
    assert.deepEqual([status, json.code], [400, 'invalid_request']);
    assert.match(json.detail, /at most 200/);
    await team.call('DELETE', `/api/v1/channels/${id}`);
    assert.equal((await team.call('POST', '/api/v1/channels', body)).status, 201);
  });

  test('are listed page by page, each once', async () => {
    const team = await api.team();
    const ids = [];
    for (let n = 0; n < 3; n += 1) ids.push((await create(team)).id);
    const first = (await team.call('GET', '/api/v1/channels?limit=2')).json;
    const second = (await team.call('GET', `/api/v1/channels?limit=2&cursor=${first.next_cursor}`)).json;
    const found = [...first.channels, ...second.channels].map((channel: { id: string }) => channel.id);
    assert.deepEqual(found, ids);
    assert.equal(second.next_cursor, null);
  });

  test('can be renamed and changed; what was read can be written back without harm', async () => {
    const team = await api.team();
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const url = 'http://127.0.0.1:9/hook/abcdef123456';
    const { path } = await create(team, { url, secret, headers: { 'X-Token': 'a-secret-token-1' } });
    const read = (await team.call('GET', path)).json;
    const same = (await team.call('PATCH', path, { name: 'other', config: read.config })).json;
    assert.deepEqual([same.name, same.config], ['other', read.config]);
    const headers = { ...read.config.headers, 'X-More': 'another-secret-2' };
    await team.call('PATCH', path, { config: { headers } });
    assert.deepEqual(await unsealed(read.id), {
      url,
      secret,
      headers: { 'X-Token': 'a-secret-token-1', 'X-More': 'another-secret-2' },
    });
    await team.call('PATCH', path, { config: { headers: null, url: 'http://127.0.0.1:10/' } });
    assert.deepEqual(await unsealed(read.id), { url: 'http://127.0.0.1:10/', secret });
    const refused = await team.call('PATCH', path, { config: { url: null } });
    assert.deepEqual([refused.status, refused.json.errors[0].field], [400, 'config.url']);
    assert.equal((await team.call('PATCH', path, { kind: 'slack' })).status, 400);
  });

  test('that cannot be decrypted any more are shown, and can be given new settings', async () => {
    const team = await api.team();
    const { id, path } = await create(team);
    await api.database.query({ name: 'test_spoil', text: 'UPDATE channel SET config_sealed = $2 WHERE id = $1' }, [
      id,
      Buffer.from('spoilt'),
    ]);
    assert.equal((await team.call('GET', path)).json.config, null);
    assert.equal((await team.call('GET', '/api/v1/channels')).status, 200);
    const mended = await team.call('PATCH', path, { config: { url: 'http://127.0.0.1:9/' } });
    assert.equal(mended.json.config.url, 'http://127.0.0.1:9/');
  });

  test('that come from the environment can only be looked at and tested', async () => {
    const team = await api.team();
    const { id, path } = await create(team);
    await api.database.query(
      { name: 'test_environment', text: 'UPDATE channel SET from_environment = true WHERE id = $1' },
      [id],
    );
    const { json } = await team.call('GET', path);
    assert.deepEqual([json.read_only, json.only_chosen], [true, true]);
    for (const [method, body] of [
      ['PATCH', { name: 'x' }],
      ['DELETE', undefined],
    ] as const) {
      const { status, json } = await team.call(method, path, body);
      assert.deepEqual([status, json.code], [409, 'read_only']);
    }
    assert.equal((await team.call('POST', `${path}/test`)).status, 202);
  });

  test('new settings clear the mark of a broken channel, a new name does not', async () => {
    const team = await api.team();
    const { id, path } = await create(team);
    await api.database.query(
      {
        name: 'test_break',
        text: `UPDATE channel SET state = 'broken', broken_reason = 'gone', broken_at = $2 WHERE id = $1`,
      },
      [id, api.clock.now()],
    );
    const renamed = (await team.call('PATCH', path, { name: 'x' })).json;
    assert.deepEqual([renamed.state, renamed.broken_reason], ['broken', 'gone']);
    assert.equal((await team.call('PATCH', path, { config: renamed.config })).json.state, 'broken');
    const changed = (await team.call('PATCH', path, { config: { url: 'http://127.0.0.1:10/' } })).json;
    assert.deepEqual([changed.state, changed.broken_reason, changed.broken_at], ['ok', null, null]);
  });

  test('deleted: gone, and what waited to be sent there is cancelled', async () => {
    const team = await api.team();
    const { id, path } = await create(team);
    await openIncident(team);
    assert.equal((await team.call('DELETE', path)).status, 204);
    assert.equal((await team.call('GET', path)).status, 404);
    assert.equal((await team.call('POST', `${path}/test`)).status, 404);
    const [delivery] = (await team.call('GET', `/api/v1/deliveries?channel=${id}`)).json.deliveries;
    assert.deepEqual([delivery.state, delivery.reason], ['cancelled', 'channel_deleted']);
    const resend = await team.call('POST', `/api/v1/deliveries/${delivery.id}/resend`);
    assert.deepEqual([resend.status, resend.json.code], [409, 'channel_gone']);
  });
});

async function unsealed(id: string): Promise<unknown> {
  const [row] = await api.database.query<{ config_sealed: Buffer }>(
    { name: 'test_sealed', text: 'SELECT config_sealed FROM channel WHERE id = $1' },
    [id],
  );
  return JSON.parse(api.services.sealer.unseal(row?.config_sealed ?? Buffer.alloc(0), `channel:${id}`));
}

describe('sending', () => {
  let receiver: HttpReceiver;
  let sender: Sender;

  before(async () => {
    receiver = await startHttpReceiver();
    sender = createSender({ ...api.services, unsubscribeUrl: (id) => `${PUBLIC_URL}/unsubscribe/${id}` });
    sender.start();
  });
  after(async () => {
    // Ends the sending that hangs; the sender would wait for it.
    await receiver.close();
    await sender.stop();
  });

  test('a test takes the real way, and its outcome is answered to those who wait', async () => {
    const team = await api.team();
    const { id, path } = await create(team, { url: `${receiver.url}/first` });
    const { status, json } = await team.call('POST', `${path}/test?wait=10`);
    assert.equal(status, 200);
    assert.equal(json.delivery_id, json.id);
    assert.deepEqual([json.form, json.state, json.channel], ['test', 'sent', { id, name: 'ops', kind: 'webhook' }]);
    assert.equal(typeof json.latency_seconds, 'number');
    assert.deepEqual([json.attempts.length, json.attempts[0].status, json.attempts[0].ok], [1, 200, true]);
    const request = await receiver.waitForRequest(({ path }) => path === '/first');
    assert.equal((request.json() as { type: string }).type, 'channel.test');
    assert.equal(request.headers['webhook-id'], json.delivery_id);
    assert.deepEqual((await team.call('GET', path)).json.last_delivery.state, 'sent');
  });

  test('a test that is refused says how', async () => {
    const team = await api.team();
    const { path } = await create(team, { url: `${receiver.url}/second` });
    receiver.script({ status: 404, body: 'no such hook' });
    const { status, json } = await team.call('POST', `${path}/test?wait=10`);
    assert.equal(status, 200);
    assert.equal(json.state, 'failed');
    assert.equal(json.attempts[0].status, 404);
    assert.match(json.attempts[0].answer, /no such hook/);
  });

  test('who does not wait, or not long enough, gets 202 with the id to look at', async () => {
    const team = await api.team();
    const { path } = await create(team, { url: `${receiver.url}/third` });
    receiver.script({ hang: true });
    const waiting = team.call('POST', `${path}/test?wait=3`);
    await receiver.waitForRequest(({ path }) => path === '/third');
    api.clock.advance(3_000);
    const late = await waiting;
    assert.deepEqual([late.status, late.json.state], [202, 'sending']);
    const now = await team.call('POST', `${path}/test`);
    assert.equal(now.status, 202);
    assert.equal((await team.call('GET', `/api/v1/deliveries/${now.json.delivery_id}`)).status, 200);
    assert.equal((await team.call('POST', `${path}/test?wait=11`)).status, 400);
    const busy = await team.call('POST', `/api/v1/deliveries/${late.json.id}/resend`);
    assert.deepEqual([busy.status, busy.json.code], [409, 'being_sent']);
  });
});

describe('deliveries', () => {
  test('are found by channel, incident and state, with what they tell', async () => {
    const team = await api.team();
    const [one, two] = [await create(team), await create(team)];
    const monitor = await openIncident(team);
    const incident = (await team.call('GET', `/api/v1/monitors/${monitor.id}`)).json.incident.id;
    await team.call('DELETE', one.path);
    const found = async (query: string) => (await team.call('GET', `/api/v1/deliveries?${query}`)).json.deliveries;
    assert.equal((await found('')).length, 2);
    const [delivery, ...more] = await found(`channel=${two.id}&state=queued&incident=${incident}`);
    assert.equal(more.length, 0);
    assert.deepEqual(delivery, {
      id: delivery.id,
      channel: { id: two.id, name: 'ops', kind: 'webhook' },
      form: 'single',
      state: 'queued',
      reason: null,
      resend_of: null,
      notices: [{ subject: 'incident', subject_id: incident, kind: 'opened', about: 'job' }],
      attempts: [],
      next_attempt_at: at(api.clock.now()),
      latency_seconds: null,
      created_at: at(api.clock.now()),
      finished_at: null,
    });
    assert.deepEqual(await found(`channel=${two.id}&state=sent`), []);
    assert.deepEqual(await found(`incident=${monitor.id}`), []);
  });

  test('come page by page, each once', async () => {
    const team = await api.team();
    const { path } = await create(team);
    for (let n = 0; n < 3; n += 1) {
      api.clock.advance(1);
      await team.call('POST', `${path}/test`);
    }
    const first = (await team.call('GET', '/api/v1/deliveries?limit=2')).json;
    const second = (await team.call('GET', `/api/v1/deliveries?limit=2&cursor=${first.next_cursor}`)).json;
    const found = [...first.deliveries, ...second.deliveries].map((delivery: { id: string }) => delivery.id);
    assert.equal(new Set(found).size, 3);
    assert.deepEqual(found, found.toSorted().reverse());
  });

  test('that wait are sent at once, those that are over are repeated under a new id', async () => {
    const team = await api.team();
    await create(team);
    const monitor = await openIncident(team);
    const incident = (await team.call('GET', `/api/v1/monitors/${monitor.id}`)).json.incident.id;
    const [delivery] = (await team.call('GET', `/api/v1/deliveries?incident=${incident}`)).json.deliveries;
    const path = `/api/v1/deliveries/${delivery.id}`;
    api.clock.advance(5_000);
    const hastened = await team.call('POST', `${path}/resend`);
    assert.equal(hastened.status, 202);
    assert.deepEqual([hastened.json.id, hastened.json.next_attempt_at], [delivery.id, at(api.clock.now())]);
    await api.database.query(
      {
        name: 'test_fail',
        text: `UPDATE delivery SET state = 'failed', reason = 'gave_up', attempts = 10, next_attempt_at = NULL,
          finished_at = $2 WHERE id = $1`,
      },
      [delivery.id, api.clock.now()],
    );
    const { json: repeated } = await team.call('POST', `${path}/resend`);
    assert.notEqual(repeated.id, delivery.id);
    assert.deepEqual(
      [repeated.state, repeated.resend_of, repeated.notices.length, repeated.attempts.length],
      ['queued', delivery.id, 1, 0],
    );
    const old = (await team.call('GET', path)).json;
    assert.deepEqual([old.state, old.notices], ['failed', []]);
    const both = (await team.call('GET', `/api/v1/deliveries?incident=${incident}`)).json.deliveries;
    assert.equal(both.length, 2);
    const { json: detail } = await team.call('GET', `/api/v1/incidents/${incident}`);
    assert.deepEqual(
      detail.notices.map((notice: { delivery_id: string }) => notice.delivery_id),
      [repeated.id],
    );
  });
});
