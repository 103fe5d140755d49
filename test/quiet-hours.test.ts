/** Quiet hours from a ping to a message: real PostgreSQL, a real webhook. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { HOUR_MS } from '../src/core/instant.ts';
import { setQuietHours } from '../src/store/quiet-hours.ts';
import { createAlertRig, heard } from './harness/alert-rig.ts';
import { useApi } from './harness/api.ts';
import { useDatabase } from './harness/database.ts';
import { sql, type TestMonitor } from './harness/fixtures.ts';
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

const events = () => receiver.requests.slice(from).map(heard);

/** A channel that is quiet from this hour on for two hours. */
async function scene(downPasses = false) {
  const team = await make.team();
  const channel = await make.channel(team.id, { url: receiver.url });
  const hour = new Date(clock.now()).getUTCHours();
  const time = (shift: number) => `${String((hour + shift) % 24).padStart(2, '0')}:00`;
  await sql(
    db.database,
    `UPDATE channel SET quiet_from = $1, quiet_to = $2, quiet_timezone = 'UTC', quiet_down_passes = $3 WHERE id = $4`,
    [time(0), time(2), downPasses, channel.id],
  );
  const one = await make.monitor(team.id, { name: 'one' });
  const two = await make.monitor(team.id, { name: 'two' });
  const sender = rig.sender();
  const fail = async (monitor: TestMonitor, kind: 'fail' | 'success' = 'fail') => {
    await rig.ping(monitor, kind);
    await rig.settle(sender);
  };
  const end = async () => {
    clock.advance(2 * HOUR_MS);
    await rig.settle(sender);
  };
  return { team, channel, one, two, fail, end, sender };
}

describe('during the quiet hours of a channel', () => {
  test('nothing is sent, and at their end all of it comes as one digest', async () => {
    const { one, two, fail, end } = await scene();
    await fail(one);
    await fail(two);
    await fail(one, 'success');
    assert.deepEqual(events(), []);
    const waiting = (await rig.deliveries()).filter(({ state }) => state === 'queued');
    assert.deepEqual(waiting.map(({ form, reason }) => `${form} ${reason}`).slice(0, 1), ['digest quiet_hours']);
    await end();
    const [digest, ...more] = events();
    assert.deepEqual([digest?.type, more], ['incident.digest', []]);
    assert.deepEqual(digest?.data.incidents?.map(({ type }) => type).sort(), [
      'incident.opened',
      'incident.opened',
      'incident.resolved',
    ]);
    assert.ok((await rig.deliveries()).every(({ state }) => state === 'sent' || state === 'cancelled'));
    await fail(one);
    assert.equal(events().at(-1)?.type, 'incident.opened');
  });

  test('what went down passes where that is wanted, and its end waits', async () => {
    const { one, fail, end } = await scene(true);
    await fail(one);
    await fail(one, 'success');
    assert.deepEqual(
      events().map(({ type }) => type),
      ['incident.opened'],
    );
    await end();
    const types = events().flatMap(({ type, data }) => data.incidents?.map((entry) => entry.type) ?? [type]);
    assert.deepEqual(types, ['incident.opened', 'incident.resolved']);
  });

  test('taken away or moved, what waited goes at once or waits for the new end', async () => {
    const { channel, one, two, fail, sender } = await scene();
    const set = async (to: string | null) => {
      const from = `${String(new Date(clock.now()).getUTCHours()).padStart(2, '0')}:00`;
      const quiet = to === null ? null : { from, to, timezone: 'UTC', downPasses: false };
      await db.database.transaction((tx) => setQuietHours(tx, channel.id, quiet, clock.now()));
      await rig.settle(sender);
    };
    await fail(one);
    const end = new Date(clock.now() + 3 * HOUR_MS).getUTCHours();
    await set(`${String(end).padStart(2, '0')}:00`);
    clock.advance(2 * HOUR_MS);
    await rig.settle(sender);
    assert.deepEqual(events(), [], 'the old end is no end any more');
    await fail(two);
    await set(null);
    assert.deepEqual(
      events().map(({ data }) => data.incidents?.length),
      [2],
    );
  });

  test('the API sets, shows and clears them', async () => {
    const caller = await api.team();
    const quiet = { from: '00:00', to: '23:59', timezone: 'Europe/Moscow', down_passes: true };
    const made = await caller.call('POST', '/api/v1/channels', {
      kind: 'webhook',
      name: 'night',
      config: { url: 'http://127.0.0.1:9/' },
      quiet_hours: quiet,
    });
    assert.deepEqual(made.json.quiet_hours, quiet);
    const path = `/api/v1/channels/${made.json.id}`;
    const changed = await caller.call('PATCH', path, { quiet_hours: { from: '22:00', to: '07:00' } });
    assert.deepEqual(changed.json.quiet_hours, { from: '22:00', to: '07:00', timezone: 'UTC', down_passes: false });
    assert.deepEqual((await caller.call('PATCH', path, { name: 'x' })).json.quiet_hours.from, '22:00');
    assert.equal((await caller.call('PATCH', path, { quiet_hours: null })).json.quiet_hours, null);
    for (const wrong of [{ from: '22:00', to: '22:00' }, { from: '25:00', to: '07:00' }, { from: '22:00' }]) {
      assert.equal((await caller.call('PATCH', path, { quiet_hours: wrong })).status, 400);
    }
  });
});
