/** What people do about incidents, and reminders, from a ping to a message. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { createReminders } from '../src/alerts/reminders.ts';
import { HOUR_MS, MINUTE_MS } from '../src/core/instant.ts';
import { systemRandom } from '../src/platform/random.ts';
import type { ManageDeps } from '../src/watch/attempt.ts';
import { careForIncident, MAX_RESPONSES } from '../src/watch/incident-care.ts';
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
const EVERY_MS = HOUR_MS;

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
const told = () => receiver.requests.slice(from).map((request) => heard(request).type);

async function scene(count = 1) {
  const team = await make.team();
  await make.channel(team.id, { url: receiver.url });
  await sql(db.database, 'UPDATE team SET reminder_every_seconds = $1', [EVERY_MS / 1_000]);
  const monitors: TestMonitor[] = [];
  for (let index = 0; index < count; index += 1) monitors.push(await make.monitor(team.id, { name: `job ${index}` }));
  const sender = rig.sender();
  const reminders = createReminders({ database: db.database, clock, newId: make.newId, logger: testLogger });
  for (const monitor of monitors) await rig.ping(monitor, 'fail');
  await rig.settle(sender);
  const pass = async (ms: number) => {
    clock.advance(ms);
    const due = await reminders.look();
    await rig.settle(sender);
    return due;
  };
  const incidents = await sql<{ id: string }>(db.database, 'SELECT id FROM incident ORDER BY id');
  return { team, monitors, incident: incidents[0]?.id ?? '', pass, sender, reminders };
}

describe('an open incident', () => {
  test('is told again every hour, until it is over', async () => {
    const { monitors, pass } = await scene();
    assert.equal(await pass(EVERY_MS - 1), 0);
    assert.equal(await pass(1), 1);
    assert.equal(await pass(EVERY_MS), 1);
    assert.deepEqual(told(), ['incident.opened', 'incident.reminder', 'incident.reminder']);
    await rig.ping(monitors[0] as TestMonitor, 'success');
    assert.equal(await pass(EVERY_MS), 0);
    assert.deepEqual(told().slice(3), ['incident.resolved']);
  });

  test('is told by one node only, and more than five come as one digest', async () => {
    const { pass, reminders, sender } = await scene(6);
    await pass(MINUTE_MS * 2);
    const before = told().length;
    const other = createReminders({ database: db.database, clock, newId: make.newId, logger: testLogger });
    clock.advance(EVERY_MS);
    const due = await Promise.all([reminders.look(), other.look()]);
    assert.equal(due[0] + due[1], 6);
    await rig.settle(sender);
    const events = receiver.requests.slice(from).map(heard).slice(before);
    const types = events.flatMap(({ type, data }) => data.incidents?.map((one) => one.type) ?? [type]);
    assert.deepEqual(
      types,
      Array.from({ length: 6 }, () => 'incident.reminder'),
    );
  });

  test('is not told again once somebody took it on, and what is on its way is withdrawn', async () => {
    const { team, incident, pass, reminders } = await scene();
    clock.advance(EVERY_MS);
    assert.equal(await reminders.look(), 1);
    const care = { kind: 'acknowledged', person: 'Ann', note: 'at it' } as const;
    assert.equal(await careForIncident(deps(), team.id, incident, care), null);
    assert.equal(await pass(3 * EVERY_MS), 0);
    assert.deepEqual(told(), ['incident.opened']);
    const states = (await rig.deliveries()).map(({ state, reason }) => `${state} ${reason}`);
    assert.deepEqual(states, ['sent null', 'cancelled incident_acknowledged']);
  });

  test('is left in peace while it is snoozed', async () => {
    const { team, incident, pass } = await scene();
    const care = { kind: 'snoozed', person: 'Ann', note: '', until: clock.now() + 3 * EVERY_MS } as const;
    assert.equal(await careForIncident(deps(), team.id, incident, care), null);
    assert.equal(await pass(3 * EVERY_MS - 1), 0);
    assert.equal(await pass(1), 1);
  });

  test('takes so many words and no more', async () => {
    const { team, incident } = await scene();
    await sql(
      db.database,
      `INSERT INTO incident_response (id, incident_id, kind, at, person, note)
        SELECT gen_random_uuid(), $1, 'acknowledged', 0, 'x', '' FROM generate_series(1, $2)`,
      [incident, MAX_RESPONSES],
    );
    const care = { kind: 'acknowledged', person: 'Ann', note: '' } as const;
    assert.equal(await careForIncident(deps(), team.id, incident, care), 'full');
    assert.equal(await careForIncident(deps(), make.newId(), incident, care), 'not_found');
  });
});

describe('the API', () => {
  test('shows who acknowledged and snoozed, in the incident and in its timeline', async () => {
    const team = await api.team();
    const set = await team.call('PATCH', '/api/v1/team', { reminder_every_seconds: 3_600 });
    assert.equal(set.json.reminder_every_seconds, 3_600);
    assert.equal((await team.call('PATCH', '/api/v1/team', { reminder_every_seconds: 10 })).status, 400);
    assert.equal((await team.call('PATCH', '/api/v1/team', {})).json.reminder_every_seconds, 3_600);
    const body = { kind: 'heartbeat', name: 'job', schedule: { type: 'period', seconds: 60 } };
    const monitor = (await team.call('POST', '/api/v1/monitors', body)).json;
    const key = monitor.ping_url.split('/').at(-1);
    await team.call('POST', '/api/v1/channels', { kind: 'webhook', name: 'o', config: { url: 'http://127.0.0.1:9/' } });
    await api.ping(key);
    api.clock.advance(1_000);
    await api.ping(key, { kind: 'fail', exitStatus: 4 });
    const [incident] = (await team.call('GET', '/api/v1/incidents')).json.incidents;
    assert.deepEqual([incident.acknowledged, incident.snoozed_until, incident.reminders], [null, null, 0]);
    const path = `/api/v1/incidents/${incident.id}`;
    api.clock.advance(1_000);
    const until = new Date(api.clock.now() + HOUR_MS).toISOString();
    assert.equal((await team.call('POST', `${path}/snooze`, { until })).json.snoozed_until, until);
    api.clock.advance(1_000);
    const at = new Date(api.clock.now()).toISOString();
    const taken = await team.call('POST', `${path}/acknowledge`, { note: 'at it' });
    assert.deepEqual(taken.json.acknowledged, { at, by: 'write', note: 'at it' });
    const past = new Date(api.clock.now()).toISOString();
    assert.equal((await team.call('POST', `${path}/snooze`, { until: past })).status, 400);
    api.clock.advance(1_000);
    await api.ping(key);
    const over = await team.call('POST', `${path}/acknowledge`);
    assert.deepEqual([over.status, over.json.code], [409, 'incident_over']);
    const { events } = (await team.call('GET', `${path}/timeline`)).json;
    assert.deepEqual(
      events.map(
        (event: Record<string, { kind?: string } & string>) => `${event.type} ${event.signal?.kind ?? event.by ?? ''}`,
      ),
      [
        'signal success',
        'signal fail',
        'opened ',
        'notice ',
        'snoozed write',
        'acknowledged write',
        'signal success',
        'notice ',
        'resolved ',
      ],
    );
    assert.equal((await (await api.team()).call('GET', `${path}/timeline`)).status, 404);
  });
});
