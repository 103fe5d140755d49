import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Caller, useApi } from '../../../test/harness/api.ts';
import { waitFor } from '../../../test/harness/wait-for.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../core/instant.ts';
import { deleteMonitor } from '../../watch/manage.ts';

const api = useApi();

const HEARTBEAT = { kind: 'heartbeat', name: 'nightly backup', schedule: { type: 'period', seconds: 300 } };
const PROCESS = { kind: 'process', name: 'report' };

async function create(team: Caller, more: object = {}, base: object = HEARTBEAT) {
  // Ids are in the order of their milliseconds.
  api.clock.advance(1);
  const { status, json } = await team.call('POST', '/api/v1/monitors', { ...base, ...more });
  assert.equal(status, 201, JSON.stringify(json));
  return json;
}

const keyOf = (monitor: { ping_url: string }) => monitor.ping_url.split('/').at(-1) ?? '';
const at = (ms: number) => new Date(ms).toISOString();

async function refusedField(team: Caller, method: string, path: string, body: unknown): Promise<string> {
  const { status, json } = await team.call(method, path, body);
  assert.equal(status, 400, JSON.stringify(json));
  return json.errors[0].field;
}

describe('changing a monitor', () => {
  test('leaves alone what is not said, and counts from now when the schedule changed', async () => {
    const team = await api.team();
    const monitor = await create(team, { tags: ['a'], slug: 'one', description: 'x' });
    await api.ping(keyOf(monitor));
    api.clock.advance(MINUTE_MS);
    const path = `/api/v1/monitors/${monitor.id}`;
    const before = (await team.call('GET', path)).json;
    const named = (await team.call('PATCH', path, { name: 'other', slug: null, tags: [], description: '' })).json;
    assert.deepEqual(named, {
      ...before,
      name: 'other',
      slug: null,
      tags: [],
      description: '',
      updated_at: at(api.clock.now()),
    });
    const same = (await team.call('PATCH', path, { schedule: HEARTBEAT.schedule, grace_seconds: 60 })).json;
    assert.equal(same.next_expected_at, before.next_expected_at);
    const slower = (await team.call('PATCH', path, { schedule: { type: 'period', seconds: 3_600 } })).json;
    assert.equal(slower.grace_seconds, 60);
    assert.equal(slower.next_expected_at, at(api.clock.now() + HOUR_MS));
    const graced = (await team.call('PATCH', path, { grace_seconds: 5 })).json;
    assert.equal(graced.due_at, at(api.clock.now() + HOUR_MS + 5 * SECOND_MS));
  });

  test('a ping after the change is judged by the new schedule', async () => {
    const team = await api.team();
    const monitor = await create(team);
    await api.ping(keyOf(monitor));
    const path = `/api/v1/monitors/${monitor.id}`;
    await team.call('PATCH', path, { schedule: { type: 'period', seconds: 7_200 } });
    await api.ping(keyOf(monitor));
    assert.equal((await team.call('GET', path)).json.next_expected_at, at(api.clock.now() + 2 * HOUR_MS));
  });

  test('the kind stays; saying the same one is fine', async () => {
    const team = await api.team();
    const monitor = await create(team);
    const path = `/api/v1/monitors/${monitor.id}`;
    assert.equal((await team.call('PATCH', path, { kind: 'heartbeat' })).status, 200);
    const { status, json } = await team.call('PATCH', path, { kind: 'process' });
    assert.equal(status, 400);
    assert.deepEqual(json.errors[0].allowed, ['heartbeat']);
    assert.equal(await refusedField(team, 'PATCH', path, { max_run_seconds: 5 }), 'max_run_seconds');
    assert.equal(await refusedField(team, 'PATCH', path, { schedule: null }), 'schedule');
    assert.equal(await refusedField(team, 'PATCH', path, { key: 'another-key-here' }), 'key');
  });

  test('a process can lose its schedule, and a shorter limit gives open runs a minute', async () => {
    const team = await api.team();
    const monitor = await create(team, { schedule: { type: 'period', seconds: 3_600 }, learn: false }, PROCESS);
    await api.ping(keyOf(monitor), { kind: 'start' });
    api.clock.advance(HOUR_MS);
    const path = `/api/v1/monitors/${monitor.id}`;
    const { json } = await team.call('PATCH', path, { schedule: null, max_run_seconds: 60 });
    assert.equal(json.schedule, null);
    assert.equal(json.next_expected_at, null);
    const { json: log } = await team.call('GET', `${path}/runs`);
    assert.equal(log.runs[0].deadline_at, at(api.clock.now() + MINUTE_MS));
  });

  test('armed_from can be set later: silence counts from then on', async () => {
    const team = await api.team();
    const monitor = await create(team);
    const { json } = await team.call('PATCH', `/api/v1/monitors/${monitor.id}`, { armed_from: 'creation' });
    assert.equal(json.next_expected_at, at(api.clock.now() + 300 * SECOND_MS));
  });

  test('a slug that another one has is refused, and nothing of the change is kept', async () => {
    const team = await api.team();
    await create(team, { slug: 'taken' });
    const monitor = await create(team);
    const path = `/api/v1/monitors/${monitor.id}`;
    const { status, json } = await team.call('PATCH', path, { name: 'x', slug: 'taken' });
    assert.deepEqual([status, json.code], [409, 'slug_taken']);
    assert.equal((await team.call('GET', path)).json.name, 'nightly backup');
  });

  test('changes at the same time are made one after the other, none is lost', async () => {
    const team = await api.team();
    const monitor = await create(team);
    const path = `/api/v1/monitors/${monitor.id}`;
    const pings = Array.from({ length: 10 }, () => api.ping(keyOf(monitor)));
    const changes = [
      team.call('PATCH', path, { name: 'renamed' }),
      team.call('PATCH', path, { tags: ['t'] }),
      team.call('PATCH', path, { description: 'd' }),
      team.call('PATCH', path, { grace_seconds: 7 }),
      team.call('PATCH', path, { fail_after: 2 }),
    ];
    await Promise.all([...pings, ...changes]);
    const { json } = await team.call('GET', path);
    assert.deepEqual(
      [json.name, json.tags, json.description, json.grace_seconds, json.fail_after, json.signal_count],
      ['renamed', ['t'], 'd', 7, 2, 10],
    );
  });

  test('rotating the key makes the old one unknown at once', async () => {
    const team = await api.team();
    const monitor = await create(team);
    const { json } = await team.call('POST', `/api/v1/monitors/${monitor.id}/rotate-key`);
    assert.notEqual(keyOf(json), keyOf(monitor));
    await assert.rejects(api.ping(keyOf(monitor)), /unknown/);
    await api.ping(keyOf(json));
  });
});

describe('pausing and resuming', () => {
  test('by hand without a body, until an instant, until the next success', async () => {
    const team = await api.team();
    const monitor = await create(team);
    const path = `/api/v1/monitors/${monitor.id}`;
    await api.ping(keyOf(monitor));
    const byHand = (await team.call('POST', `${path}/pause`)).json;
    assert.equal(byHand.status, 'paused');
    assert.deepEqual(byHand.paused, { mode: 'by_hand', until: null });
    assert.equal(byHand.next_expected_at, null);
    assert.equal(byHand.due_at, null);
    const until = at(api.clock.now() + HOUR_MS);
    const timed = (await team.call('POST', `${path}/pause`, { mode: 'until', until })).json;
    assert.deepEqual(timed.paused, { mode: 'until', until });
    const untold = (await team.call('POST', `${path}/pause`, { until })).json;
    assert.deepEqual(untold.paused, { mode: 'until', until }, 'an end says the mode by itself');
    const success = (await team.call('POST', `${path}/pause`, { mode: 'until_success' })).json;
    assert.deepEqual(success.paused, { mode: 'until_success', until: null });
    await api.ping(keyOf(monitor));
    assert.equal((await team.call('GET', path)).json.status, 'up');
  });

  test('resume arms it anew; twice is 409', async () => {
    const team = await api.team();
    const monitor = await create(team);
    const path = `/api/v1/monitors/${monitor.id}`;
    await team.call('POST', `${path}/pause`, {});
    const resumed = await team.call('POST', `${path}/resume`);
    assert.equal(resumed.json.status, 'new');
    assert.equal(resumed.json.next_expected_at, at(api.clock.now() + 300 * SECOND_MS));
    const again = await team.call('POST', `${path}/resume`);
    assert.deepEqual([again.status, again.json.code], [409, 'not_paused']);
  });

  test('an end has to lie ahead, and goes with its mode only', async () => {
    const team = await api.team();
    const path = `/api/v1/monitors/${(await create(team)).id}/pause`;
    const future = at(api.clock.now() + HOUR_MS);
    for (const body of [
      { mode: 'until' },
      { mode: 'until', until: at(api.clock.now()) },
      { mode: 'until', until: '2026-13-01T00:00:00Z' },
      { mode: 'until', until: '2026-12-01T00:00:00' },
      { mode: 'until', until: '9999-12-31T23:59:59Z' },
      { mode: 'by_hand', until: future },
      { until: at(api.clock.now()) },
    ]) {
      assert.equal(await refusedField(team, 'POST', path, body), 'until', JSON.stringify(body));
    }
    assert.equal(await refusedField(team, 'POST', path, { mode: 'forever' }), 'mode');
  });

  test('a pause closes the open incident', async () => {
    const team = await api.team();
    const monitor = await create(team);
    await api.ping(keyOf(monitor), { kind: 'fail' });
    const paused = (await team.call('POST', `/api/v1/monitors/${monitor.id}/pause`)).json;
    assert.equal(paused.incident, null);
    const { json } = await team.call('GET', `/api/v1/monitors/${monitor.id}/incidents`);
    assert.equal(json.incidents[0].resolution, 'paused');
  });
});

describe('deleting and restoring', () => {
  test('it is unknown at once, comes back within 30 days with its key, and not later', async () => {
    const team = await api.team();
    const monitor = await create(team, { slug: 'mine' });
    const path = `/api/v1/monitors/${monitor.id}`;
    await api.ping(keyOf(monitor));
    assert.deepEqual([(await team.call('DELETE', path)).status, (await team.call('DELETE', path)).status], [204, 404]);
    for (const [method, tail] of [
      ['GET', ''],
      ['PATCH', ''],
      ['POST', '/pause'],
      ['POST', '/resume'],
      ['POST', '/rotate-key'],
      ['GET', '/signals'],
      ['GET', '/runs'],
      ['GET', '/slots'],
      ['GET', '/incidents'],
      ['GET', '/uptime'],
    ] as const) {
      const body = method === 'PATCH' ? { name: 'x' } : undefined;
      assert.equal((await team.call(method, `${path}${tail}`, body)).status, 404, `${method} ${tail}`);
    }
    await assert.rejects(api.ping(keyOf(monitor)), /unknown/);
    assert.deepEqual((await team.call('GET', '/api/v1/monitors')).json.monitors, []);
    api.clock.advance(30 * DAY_MS);
    const restored = await team.call('POST', `${path}/restore`);
    assert.equal(restored.status, 200);
    assert.equal(restored.json.ping_url, monitor.ping_url);
    await api.ping(keyOf(monitor));
    await team.call('DELETE', path);
    api.clock.advance(30 * DAY_MS + 1);
    assert.equal((await team.call('POST', `${path}/restore`)).status, 404);
  });

  test('a slug is free after deletion, the key is not; a slug taken meanwhile stops the way back', async () => {
    const team = await api.team();
    const first = await create(team, { slug: 'reused', key: 'reserved-key-01' });
    await team.call('DELETE', `/api/v1/monitors/${first.id}`);
    const key = await team.call('POST', '/api/v1/monitors', { ...HEARTBEAT, key: 'reserved-key-01' });
    assert.equal(key.json.code, 'key_taken');
    await create(team, { slug: 'reused' });
    const restored = await team.call('POST', `/api/v1/monitors/${first.id}/restore`);
    assert.deepEqual([restored.status, restored.json.code], [409, 'slug_taken']);
  });

  test('restoring one that was not deleted changes nothing', async () => {
    const team = await api.team();
    const monitor = await create(team);
    assert.deepEqual((await team.call('POST', `/api/v1/monitors/${monitor.id}/restore`)).json, monitor);
  });

  test('an open incident is closed as deleted', async () => {
    const team = await api.team();
    const monitor = await create(team);
    await api.ping(keyOf(monitor), { kind: 'fail' });
    await team.call('DELETE', `/api/v1/monitors/${monitor.id}`);
    const { json } = await team.call('GET', `/api/v1/incidents?monitor=${monitor.id}`);
    assert.equal(json.incidents[0].resolution, 'deleted');
  });

  test('a ping that waited while it was deleted is unknown too', async () => {
    const team = await api.team();
    const monitor = await create(team);
    await api.ping(keyOf(monitor));
    const { database } = api;
    let ping: Promise<void> = Promise.resolve();
    await database.transaction(async (tx) => {
      await tx.query({ name: 'test_hold', text: 'SELECT 1 FROM monitor_state WHERE monitor_id = $1 FOR UPDATE' }, [
        monitor.id,
      ]);
      ping = api.ping(keyOf(monitor));
      ping.catch(() => undefined);
      await waitFor('the ping waits for the lock', async () => {
        const rows = await database.query({
          name: 'test_waiting',
          text: `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        });
        return rows.length > 0;
      });
      const inside = { ...database, transaction: <T>(work: (inner: typeof tx) => Promise<T>) => work(tx) };
      const deps = { ...api.services, database: inside };
      assert.ok('monitor' in (await deleteMonitor(deps, team.teamId, monitor.id)));
    });
    await assert.rejects(ping, /unknown/);
  });
});
