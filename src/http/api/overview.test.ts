import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Caller, useApi } from '../../../test/harness/api.ts';
import { beatsOf } from '../../core/beats.ts';
import { firstLineOf } from '../../store/beat-facts.ts';
import { MAX_BEAT_MONITORS, MAX_ROWS } from './overview.ts';

const api = useApi();
const NOWHERE = '01936f0e-7b1c-7c3a-9f60-2f1d0a4b5c6d';

async function monitor(team: Caller, name: string, more: Record<string, unknown> = {}) {
  const body = { kind: 'heartbeat', name, schedule: { type: 'period', seconds: 3_600 }, ...more };
  const { json, status, text } = await team.call('POST', '/api/v1/monitors', body);
  assert.equal(status, 201, text);
  return { ...json, key: json.ping_url.split('/').at(-1) };
}

describe('beats', () => {
  test('are the last results of each monitor, oldest first, with what the job said', async () => {
    const team = await api.team();
    const [one, job] = [await monitor(team, 'one'), await monitor(team, 'job', { kind: 'process' })];
    const silent = await monitor(team, 'silent');
    await api.ping(one.key, { kind: 'start' });
    api.clock.advance(2_000);
    await api.ping(one.key, { body: Buffer.from('\n  12 files\u0007\nmore'), bodySize: 20 });
    api.clock.advance(1_000);
    await api.ping(one.key, { kind: 'fail', exitStatus: 3 });
    await api.ping(job.key, { kind: 'start', runId: 'a' });
    api.clock.advance(5_000);
    await api.ping(job.key, { runId: 'a', body: Buffer.from('fine'), bodySize: 4 });
    await api.ping(job.key, { kind: 'start', runId: 'b' });
    const ids = [one.id, job.id, silent.id, NOWHERE].join(',');
    const { status, json } = await team.call('GET', `/api/v1/beats?monitors=${ids}`);
    assert.equal(status, 200);
    const short = (beats: Record<string, unknown>[]) =>
      beats.map((beat) => [beat.outcome, beat.duration_seconds, beat.exit_status, beat.first_line]);
    assert.deepEqual(short(json.beats[one.id]), [
      ['success', 2, null, '12 files'],
      ['fail', null, 3, null],
    ]);
    assert.deepEqual(short(json.beats[job.id]), [
      ['success', 5, null, 'fine'],
      ['running', null, null, null],
    ]);
    assert.deepEqual([json.beats[silent.id], NOWHERE in json.beats], [[], false]);
    const last = await team.call('GET', `/api/v1/beats?monitors=${one.id}&count=1`);
    assert.deepEqual(short(last.json.beats[one.id]), [['fail', null, 3, null]]);
    const stranger = await api.team();
    assert.deepEqual((await stranger.call('GET', `/api/v1/beats?monitors=${one.id}`)).json, { beats: {} });
  });

  test('refuse too many monitors and what is no id', async () => {
    const team = await api.team();
    const many = Array.from({ length: MAX_BEAT_MONITORS + 1 }, () => api.services.random.uuid()).join(',');
    for (const given of [many, 'x', '', "'; --"]) {
      const { status, json } = await team.call('GET', `/api/v1/beats?monitors=${encodeURIComponent(given)}`);
      assert.deepEqual([status, json.code], [400, 'invalid_request'], given.slice(0, 20));
    }
  });

  const nothing = { statusSince: null, expectedAt: null, signals: [], runs: [], incidents: [], unknownSlots: [] };

  test('show each period that passed in silence, what is late, and what is paused', () => {
    const facts = { ...nothing, kind: 'heartbeat', status: 'down', periodMs: 60_000 } as const;
    const incident = { code: 'missed', openedAt: 100_000, resolvedAt: null } as const;
    const beats = beatsOf({ ...facts, incidents: [incident] }, 100_000 + 150_000, 40);
    assert.deepEqual(
      beats.map(({ at, outcome }) => [at, outcome]),
      [100_000, 160_000, 220_000].map((at) => [at, 'missed']),
    );
    const long = beatsOf({ ...facts, incidents: [incident] }, 100_000 + 60_000 * 100_000, 2);
    assert.equal(long.length, 2);
    assert.ok((long[1]?.at ?? 0) > 100_000 + 60_000 * 99_990);
    const late = beatsOf({ ...facts, status: 'up', expectedAt: 5, unknownSlots: [1] }, 6, 40);
    assert.deepEqual(
      late.map(({ outcome }) => outcome),
      ['unknown', 'late'],
    );
    const paused = beatsOf({ ...facts, status: 'paused', statusSince: 7 }, 9, 40);
    assert.deepEqual(
      paused.map(({ at, outcome }) => [at, outcome]),
      [[7, 'paused']],
    );
  });

  test('take the first line that has something in it, and no half character', () => {
    assert.equal(firstLineOf(Buffer.from('\r\n \t\r\nok\tyes\r\nno')), 'ok yes');
    assert.equal(firstLineOf(Buffer.from('готово').subarray(0, 11)), 'готов');
    assert.equal(firstLineOf(Buffer.from(' \n')), null);
  });
});

describe('the rows of a list', () => {
  const fields = ['id', 'kind', 'name', 'slug', 'tags', 'description', 'channels', 'site_id', 'status', 'late'];

  test('say of each monitor the same as its own page, only less', async () => {
    const team = await api.team();
    const heard = await monitor(team, 'heard', { tags: ['a', 'b'], description: 'on host-1', slug: 'heard' });
    const failed = await monitor(team, 'failed', {
      kind: 'process',
      schedule: { type: 'cron', expression: '0 2 * * *', timezone: 'Europe/Moscow' },
      channels: [],
    });
    const paused = await monitor(team, 'paused');
    await monitor(team, 'silent');
    await api.ping(heard.key);
    await api.ping(failed.key, { kind: 'fail' });
    await api.ping(failed.key, { kind: 'start', runId: 'a' });
    await team.call('POST', `/api/v1/monitors/${paused.id}/pause`);
    await team.call('DELETE', `/api/v1/monitors/${(await monitor(team, 'deleted')).id}`);
    const { json } = await team.call('GET', '/api/v1/overview/monitors');
    const whole: Record<string, object>[] = (await team.call('GET', '/api/v1/monitors')).json.monitors;
    const cut = whole.map((one) => {
      const { description: _, ...schedule } = { description: '', ...one.schedule };
      const said = [...fields, 'running', 'paused', 'next_expected_at', 'last_signal_at', 'incident'];
      return { ...Object.fromEntries(said.map((name) => [name, one[name]])), schedule };
    });
    assert.equal(cut.length, 4);
    assert.deepEqual(json, { monitors: cut, next_cursor: null });
  });

  test('come page by page, of one status where that is asked for, and to nobody else', async () => {
    const team = await api.team();
    const ids: string[] = [];
    for (const name of ['one', 'two', 'three']) ids.push((await monitor(team, name)).id);
    const down = await monitor(team, 'down');
    await api.ping(down.key, { kind: 'fail' });
    const page = async (query: string) => (await team.call('GET', `/api/v1/overview/monitors?${query}`)).json;
    const first = await page('limit=2');
    assert.deepEqual(
      first.monitors.map(({ id }: { id: string }) => id),
      ids.slice(0, 2),
    );
    const second = await page(`limit=2&cursor=${first.next_cursor}`);
    assert.deepEqual(
      second.monitors.map(({ id }: { id: string }) => id),
      [ids[2], down.id],
    );
    assert.equal(second.next_cursor, null);
    assert.deepEqual(
      (await page('status=down')).monitors.map(({ name }: { name: string }) => name),
      ['down'],
    );
    assert.deepEqual((await (await api.team()).call('GET', '/api/v1/overview/monitors')).json.monitors, []);
    for (const query of ['limit=0', `limit=${MAX_ROWS + 1}`, 'cursor=x', 'status=late']) {
      assert.equal((await team.call('GET', `/api/v1/overview/monitors?${query}`)).status, 400, query);
    }
  });

  test('and every answer tell the time by which the nodes go, not the one of the process', async () => {
    const team = await api.team();
    const { headers } = await team.call('GET', '/api/v1/overview/monitors');
    assert.equal(Date.parse(String(headers.date)), Math.floor(api.clock.now() / 1_000) * 1_000);
  });
});

describe('the overview', () => {
  test('counts each monitor once, lists what is down with its cause, and says when we were blind', async () => {
    const team = await api.team();
    const [up, late, down, paused] = await Promise.all(
      ['up', 'late', 'down', 'paused'].map((name) => monitor(team, name, { grace_seconds: 7_200 })),
    );
    await monitor(team, 'new');
    await api.ping(late.key);
    api.clock.advance(3_600_000);
    await api.ping(up.key);
    await api.ping(down.key, { kind: 'fail', exitStatus: 2 });
    await team.call('POST', `/api/v1/monitors/${paused.id}/pause`, {});
    const { status, json } = await team.call('GET', '/api/v1/overview');
    assert.equal(status, 200);
    assert.deepEqual(json.counts, { up: 1, down: 1, late: 1, new: 1, paused: 1 });
    assert.equal(json.last_signal_at, new Date(api.clock.now()).toISOString());
    assert.deepEqual(
      json.down.map((one: Record<string, unknown>) => [one.id, one.name]),
      [[down.id, 'down']],
    );
    assert.equal(json.down[0].cause.code, 'failed');
    assert.equal(json.blind, null);
    const now = api.clock.now();
    await api.database.query(
      {
        name: 'test_gap',
        text: `INSERT INTO gap (id, kind, from_at, to_at, reason) VALUES ($1, 'ingest', $2, $3, 'test')`,
      },
      [api.services.newId(), now - 120_000, now - 30_000],
    );
    const blind = (await team.call('GET', '/api/v1/overview')).json.blind;
    assert.deepEqual(blind, { from: new Date(now - 120_000).toISOString(), to: new Date(now - 30_000).toISOString() });
    const nobody = await api.team();
    const empty = (await nobody.call('GET', '/api/v1/overview')).json;
    assert.deepEqual([empty.counts.up, empty.last_signal_at, empty.down], [0, null, []]);
  });
});

describe('many at once', () => {
  test('are changed each for itself, and each outcome is told', async () => {
    const team = await api.team();
    const [one, two] = [await monitor(team, 'one', { tags: ['a'] }), await monitor(team, 'two')];
    const bulk = (action: string, more: Record<string, unknown> = {}) =>
      team.call('POST', '/api/v1/monitors/bulk', { ids: [one.id, two.id, NOWHERE], action, ...more });
    const state = async (id: string) => (await team.call('GET', `/api/v1/monitors/${id}`)).json;
    const tagged = await bulk('add_tags', { tags: ['a', 'b'] });
    assert.deepEqual(
      tagged.json.results.map((result: Record<string, unknown>) => [result.id, result.ok, result.code]),
      [
        [one.id, true, null],
        [two.id, true, null],
        [NOWHERE, false, 'not_found'],
      ],
    );
    assert.equal(tagged.json.done, 2);
    assert.deepEqual((await state(one.id)).tags, ['a', 'b']);
    await bulk('remove_tags', { tags: ['a'] });
    assert.deepEqual([(await state(one.id)).tags, (await state(two.id)).tags], [['b'], ['b']]);
    await bulk('pause');
    assert.equal((await state(two.id)).status, 'paused');
    await bulk('resume');
    const again = await bulk('resume');
    assert.deepEqual(
      again.json.results.map((result: { code: string }) => result.code),
      ['not_paused', 'not_paused', 'not_found'],
    );
    await bulk('delete');
    assert.equal((await team.call('GET', `/api/v1/monitors/${one.id}`)).status, 404);
    await bulk('restore');
    assert.equal((await state(one.id)).name, 'one');
    const many = Array.from({ length: 49 }, (_, index) => `t${index}`);
    await bulk('add_tags', { tags: many });
    const full = await bulk('add_tags', { tags: ['one more'] });
    assert.deepEqual(full.json.results[0].code, 'invalid_request');
    assert.equal((await bulk('add_tags')).status, 400);
    assert.equal((await bulk('pause', { tags: ['x'] })).status, 400);
    const stranger = await api.team();
    const foreign = await stranger.call('POST', '/api/v1/monitors/bulk', { ids: [one.id], action: 'delete' });
    assert.deepEqual([foreign.json.done, (await state(one.id)).name], [0, 'one']);
  });

  test('a clone has the settings and neither the slug, the key nor the past', async () => {
    const team = await api.team();
    const schedule = { type: 'cron', expression: '0 2 * * *', timezone: 'Europe/Moscow' };
    const settings = { slug: 'job', tags: ['a'], description: 'd', fail_after: 3, grace_seconds: 77, channels: [] };
    const first = await monitor(team, 'job', { schedule, ...settings });
    await api.ping(first.key);
    const { status, json } = await team.call('POST', `/api/v1/monitors/${first.id}/clone`, { name: 'job 2' });
    assert.equal(status, 201);
    assert.deepEqual([json.name, json.slug, json.status, json.signal_count], ['job 2', null, 'new', 0]);
    assert.notEqual(json.ping_url, first.ping_url);
    for (const field of ['tags', 'description', 'fail_after', 'grace_seconds', 'channels', 'schedule']) {
      assert.deepEqual(json[field], first[field], field);
    }
    const byHand = await monitor(team, 'by hand', { kind: 'process', schedule: null, max_run_seconds: null });
    const copy = await team.call('POST', `/api/v1/monitors/${byHand.id}/clone`, {});
    assert.deepEqual([copy.json.schedule, copy.json.max_run_seconds, copy.json.name], [null, null, 'by hand']);
  });
});
