/** Maintenances from a ping to a message: real PostgreSQL, a real webhook. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { HOUR_MS, MINUTE_MS } from '../src/core/instant.ts';
import { activeUntil, nextMaintenance } from '../src/core/maintenance.ts';
import { readSchedule } from '../src/core/schedule/schedule.ts';
import { JUDGE_AFTER_MS } from '../src/core/step.ts';
import { systemRandom } from '../src/platform/random.ts';
import type { ManageDeps } from '../src/watch/attempt.ts';
import { createHoldRelease } from '../src/watch/hold-release.ts';
import {
  createMaintenance,
  editMaintenance,
  endMaintenance,
  type MaintenanceWish,
  removeMaintenance,
} from '../src/watch/manage-maintenance.ts';
import { assignSite, createSite } from '../src/watch/manage-sites.ts';
import { createAlertRig, heard } from './harness/alert-rig.ts';
import { useApi } from './harness/api.ts';
import { useDatabase } from './harness/database.ts';
import { sql, type TestMonitor } from './harness/fixtures.ts';
import { testLogger } from './harness/postgres.ts';
import { type HttpReceiver, startHttpReceiver } from './harness/receivers/http-receiver.ts';

const db = useDatabase();
const api = useApi();
const rig = createAlertRig(() => db.database);
const { clock, make } = rig;

let receiver: HttpReceiver;
let from = 0;
before(async () => {
  receiver = await startHttpReceiver();
});
beforeEach(async () => {
  await sql(db.database, 'TRUNCATE team CASCADE');
  from = receiver.requests.length;
});
after(async () => {
  await rig.close();
  await receiver.close();
});

const deps = (): ManageDeps => ({ database: db.database, random: systemRandom, newId: make.newId, clock });
const told = () =>
  receiver.requests
    .slice(from)
    .map(heard)
    .map(({ type, data }) => `${type === 'incident.opened' ? 'DOWN' : 'UP'} ${data.monitor?.name}`);
const states = async () => (await rig.deliveries()).map(({ state, reason }) => `${state} ${reason}`);
const fail = (monitor: TestMonitor) => rig.ping(monitor, 'fail');
const succeed = (monitor: TestMonitor) => rig.ping(monitor, 'success');

async function scene() {
  const team = await make.team();
  await make.channel(team.id, { url: receiver.url });
  const one = await make.monitor(team.id, { name: 'one' });
  const two = await make.monitor(team.id, { name: 'two' });
  const other = await make.monitor(team.id, { name: 'other' });
  const sender = rig.sender();
  const release = createHoldRelease({ database: db.database, clock, newId: make.newId, logger: testLogger });
  const owner = { teamId: team.id, timezone: 'UTC' };
  const pass = async (ms: number) => {
    await rig.settle(sender);
    clock.advance(ms);
    await release.look();
    await rig.settle(sender);
  };
  const plan = async (wish: Omit<MaintenanceWish, 'name'>) => {
    const result = await createMaintenance(deps(), owner, { name: 'patch night', ...wish });
    assert.ok('maintenance' in result, JSON.stringify(result));
    return result.maintenance;
  };
  const hour = () => ({ from: clock.now(), to: clock.now() + HOUR_MS });
  return { team, owner, one, two, other, pass, plan, hour };
}

describe('while a maintenance lasts', () => {
  test('alarms are held; at its end what is still down is told once, and what recovered is only listed', async () => {
    const { one, two, other, pass, plan, hour } = await scene();
    await plan({ once: hour(), monitors: [one.id, two.id] });
    await fail(one);
    await fail(two);
    await fail(other);
    await pass(MINUTE_MS);
    assert.deepEqual(told(), ['DOWN other']);
    assert.deepEqual((await states()).sort(), ['sent null', 'suppressed maintenance', 'suppressed maintenance']);
    await succeed(two);
    await pass(HOUR_MS - MINUTE_MS);
    assert.deepEqual(told(), ['DOWN other'], 'not before what was accepted until then is known');
    await pass(JUDGE_AFTER_MS);
    assert.deepEqual(told(), ['DOWN other', 'DOWN one']);
    await pass(HOUR_MS);
    await succeed(one);
    await pass(0);
    assert.deepEqual(told(), ['DOWN other', 'DOWN one', 'UP one']);
    assert.ok((await states()).includes('cancelled maintenance'));
  });

  test('a second one that is under way at its end holds on, and one that is taken away tells at once', async () => {
    const { team, one, pass, plan, hour } = await scene();
    await sql(db.database, `UPDATE monitor SET tags = '{linux}' WHERE id = $1`, [one.id]);
    await plan({ once: hour(), all: true });
    const longer = await plan({
      once: { from: clock.now() + MINUTE_MS, to: clock.now() + 3 * HOUR_MS },
      tags: ['linux'],
    });
    await fail(one);
    await pass(HOUR_MS + JUDGE_AFTER_MS);
    await pass(MINUTE_MS);
    assert.deepEqual(told(), []);
    assert.equal(await removeMaintenance(deps(), team.id, longer.id), true);
    await pass(JUDGE_AFTER_MS);
    assert.deepEqual(told(), ['DOWN one']);
  });

  test('it can be made shorter and longer', async () => {
    const { owner, one, pass, plan, hour } = await scene();
    const planned = await plan({ once: hour(), monitors: [one.id] });
    await fail(one);
    const start = planned.fromAt ?? 0;
    await editMaintenance(deps(), owner, planned.id, { once: { from: start, to: start + 2 * HOUR_MS } });
    await pass(HOUR_MS + MINUTE_MS);
    assert.deepEqual(told(), []);
    await editMaintenance(deps(), owner, planned.id, { once: { from: start, to: start + HOUR_MS } });
    await pass(JUDGE_AFTER_MS);
    assert.deepEqual(told(), ['DOWN one']);
  });

  test('it can be ended at once; one that repeats holds again from its next time on', async () => {
    const { team, one, two, pass, plan, hour } = await scene();
    const single = await plan({ once: hour(), monitors: [one.id] });
    const expression = `0 ${new Date(clock.now()).getUTCHours()} * * *`;
    const schedule = { type: 'cron', expression, timezone: 'UTC' } as const;
    const nightly = await plan({ repeat: { schedule, durationSeconds: 7_200 }, monitors: [two.id] });
    await fail(one);
    await fail(two);
    await pass(MINUTE_MS);
    assert.deepEqual(told(), []);
    for (const { id } of [single, nightly])
      assert.ok('maintenance' in (await endMaintenance(deps(), team.id, id)), 'it was under way');
    await pass(JUDGE_AFTER_MS);
    assert.deepEqual(told().sort(), ['DOWN one', 'DOWN two']);
    assert.deepEqual(await endMaintenance(deps(), team.id, single.id), { refused: 'not_under_way' });
    await succeed(two);
    await pass(24 * HOUR_MS);
    await fail(two);
    await pass(MINUTE_MS);
    assert.deepEqual(told().sort(), ['DOWN one', 'DOWN two', 'UP two'], 'the next day it holds again');
  });

  test('a site under maintenance holds its gateway and what stands behind it, and a dark site holds on after it', async () => {
    const { team, one, two, pass, plan, hour } = await scene();
    const site = await createSite(deps(), team.id, { name: 'HQ', gatewayMonitorId: one.id });
    assert.ok('site' in site);
    assert.equal(await assignSite(deps(), team.id, two.id, site.site.id), true);
    await succeed(one);
    const planned = await plan({ once: hour(), sites: [site.site.id] });
    await fail(two);
    await pass(2 * MINUTE_MS);
    assert.deepEqual(told(), []);
    await removeMaintenance(deps(), team.id, planned.id);
    await fail(one);
    await pass(JUDGE_AFTER_MS);
    assert.deepEqual(told(), ['DOWN one'], 'the site is dark by now');
    await succeed(one);
    await succeed(two);
    await pass(HOUR_MS);
    assert.deepEqual(told(), ['DOWN one', 'UP one']);
  });
});

describe('one that repeats', () => {
  const result = readSchedule({ type: 'cron', expression: '0 2 * * *', timezone: 'Europe/Moscow' });
  assert.ok(result.ok);
  const times = { type: 'repeat', schedule: result.schedule, durationMs: HOUR_MS, endedAt: null } as const;
  const begin = Date.UTC(2026, 10, 21, 23);

  test('begins with its slot and ends after its time, the end not included', () => {
    const at = [begin - 1, begin, begin + HOUR_MS - 1, begin + HOUR_MS].map((instant) => activeUntil(times, instant));
    assert.deepEqual(at, [null, begin + HOUR_MS, begin + HOUR_MS, null]);
    assert.equal(nextMaintenance(times, begin), begin + 24 * HOUR_MS);
  });

  test('ended before its time it is over until its next slot, also where one begins before the other ends', () => {
    const ended = { ...times, endedAt: begin + MINUTE_MS };
    const [now, tomorrow] = [begin + 2 * MINUTE_MS, begin + 24 * HOUR_MS];
    assert.deepEqual([activeUntil(ended, now), activeUntil(ended, tomorrow)], [null, tomorrow + HOUR_MS]);
    const long = { ...ended, durationMs: 25 * HOUR_MS };
    assert.deepEqual([activeUntil(long, now), activeUntil(long, tomorrow)], [null, tomorrow + 25 * HOUR_MS]);
  });
});

describe('the API', () => {
  test('plans, shows, changes and deletes, and refuses what makes no sense by its field', async () => {
    const team = await api.team();
    const body = { kind: 'heartbeat', name: 'job', schedule: { type: 'period', seconds: 60 } };
    const monitor = (await team.call('POST', '/api/v1/monitors', body)).json;
    const once = { from: '2026-11-21T11:00:00Z', to: '2026-11-21T13:00:00Z' };
    const made = await team.call('POST', '/api/v1/maintenance', { name: 'patch', once, monitors: [monitor.id] });
    assert.equal(made.status, 201, made.text);
    assert.equal(made.json.active_until, '2026-11-21T13:00:00.000Z');
    await api.ping(monitor.ping_url.split('/').at(-1), { kind: 'fail' });
    const shown = (await team.call('GET', `/api/v1/maintenance/${made.json.id}`)).json;
    assert.deepEqual(
      shown.incidents.map((one: { monitor: { name: string }; outcome: null }) => [one.monitor.name, one.outcome]),
      [['job', null]],
    );
    const [incident] = (await team.call('GET', '/api/v1/incidents')).json.incidents;
    assert.deepEqual([incident.suppressed.reason, incident.suppressed.maintenance_id], ['maintenance', made.json.id]);
    const schedule = { type: 'cron', expression: '0 2 * * 6', timezone: 'Europe/Moscow' };
    const path = `/api/v1/maintenance/${made.json.id}`;
    const changed = await team.call('PATCH', path, { repeat: { schedule, duration_seconds: 7_200 }, tags: ['a'] });
    assert.deepEqual([changed.json.once, changed.json.active_until, changed.json.tags], [null, null, ['a']]);
    assert.equal(changed.json.next_at, '2026-11-27T23:00:00.000Z');
    assert.equal((await team.call('GET', '/api/v1/maintenance')).json.maintenance.length, 1);
    const underway = (await team.call('PATCH', path, { once })).json;
    assert.deepEqual([underway.active_until, underway.ended_at], ['2026-11-21T13:00:00.000Z', null]);
    const ended = await team.call('POST', `${path}/end`);
    assert.deepEqual([ended.status, ended.json.active_until, ended.json.next_at], [200, null, null], ended.text);
    assert.ok(ended.json.ended_at >= ended.json.once.from);
    const again = await team.call('POST', `${path}/end`);
    assert.deepEqual([again.status, again.json.code], [409, 'not_under_way']);
    assert.equal((await team.call('PATCH', path, { name: 'named' })).json.ended_at, ended.json.ended_at);
    assert.equal((await team.call('PATCH', path, { once })).json.active_until, '2026-11-21T13:00:00.000Z');
    const nowhere = '01936f0e-7b1c-7c3a-9f60-2f1d0a4b5c6d';
    for (const [given, field] of [
      [{ name: 'x', once }, 'monitors'],
      [{ name: 'x', all: true }, 'once'],
      [{ name: 'x', all: true, once, repeat: { schedule, duration_seconds: 60 } }, 'repeat'],
      [{ name: 'x', all: true, once: { from: once.to, to: once.from } }, 'once.to'],
      [{ name: 'x', monitors: [nowhere], once }, 'monitors'],
      [{ name: 'x', sites: [nowhere], once }, 'sites'],
      [
        { name: 'x', all: true, repeat: { schedule: { ...schedule, expression: 'x' }, duration_seconds: 60 } },
        'repeat.schedule.expression',
      ],
    ] as const) {
      const { status, json } = await team.call('POST', '/api/v1/maintenance', given);
      assert.deepEqual([status, json.errors?.[0]?.field], [400, field], JSON.stringify(json));
    }
    const stranger = await api.team();
    const foreign = await stranger.call('POST', '/api/v1/maintenance', { name: 'x', once, monitors: [monitor.id] });
    assert.equal(foreign.status, 400);
    assert.equal((await team.call('DELETE', path)).status, 204);
    assert.equal((await team.call('GET', path)).status, 404);
  });
});
