import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createAlertRig, heard } from '../../test/harness/alert-rig.ts';
import { useDatabase } from '../../test/harness/database.ts';
import type { TestMonitor } from '../../test/harness/fixtures.ts';
import { type HttpReceiver, startHttpReceiver } from '../../test/harness/receivers/http-receiver.ts';
import { DAY_MS, MINUTE_MS } from '../core/instant.ts';
import { applyControl } from '../watch/act.ts';
import { createDefinitionCache } from '../watch/definitions.ts';

const db = useDatabase();
const rig = createAlertRig(() => db.database);
const { clock, make } = rig;
let receiver: HttpReceiver;
before(async () => {
  receiver = await startHttpReceiver();
});
after(async () => {
  await rig.close();
  await receiver.close();
});

/** The wake loop looks at them, one by one. */
async function look(monitors: readonly TestMonitor[]): Promise<void> {
  for (const { id } of monitors) {
    const signal = { kind: 'wake', upTo: clock.now() } as const;
    const context = { now: clock.now(), newId: make.newId };
    await db.database.transaction((tx) => applyControl(tx, createDefinitionCache(), id, signal, context));
  }
}

async function monitorsOf(teamId: string, count: number): Promise<TestMonitor[]> {
  const monitors: TestMonitor[] = [];
  for (let index = 0; index < count; index += 1) monitors.push(await make.monitor(teamId, { name: `job ${index}` }));
  return monitors;
}

async function told(from: number) {
  clock.advance(MINUTE_MS);
  await rig.settle(rig.sender());
  return receiver.requests.slice(from).map((request) => ({ ...heard(request), json: JSON.parse(request.text) }));
}

describe('monitors that were never heard from', () => {
  test('within a minute are told in one message', async () => {
    const team = await make.team();
    await make.channel(team.id, { url: receiver.url });
    const monitors = await monitorsOf(team.id, 8);
    const from = receiver.requests.length;
    clock.advance(DAY_MS);
    await look(monitors.slice(0, 4));
    clock.advance(MINUTE_MS / 2);
    await look(monitors.slice(4));
    const events = await told(from);
    assert.deepEqual(
      events.map((event) => event.type),
      ['monitor.never_heard_digest'],
    );
    const { data } = events[0]?.json ?? {};
    assert.equal(data.total, 8);
    assert.deepEqual(
      data.monitors.map((one: { monitor: { name: string } }) => one.monitor.name).sort(),
      monitors.map((_, index) => `job ${index}`),
    );
  });

  test('one alone is told as ever, and another one a minute later in a message of its own', async () => {
    const team = await make.team();
    await make.channel(team.id, { url: receiver.url });
    const monitors = await monitorsOf(team.id, 2);
    const from = receiver.requests.length;
    clock.advance(DAY_MS);
    await look(monitors.slice(0, 1));
    assert.deepEqual(
      (await told(from)).map((event) => event.type),
      ['monitor.never_heard'],
    );
    clock.advance(MINUTE_MS);
    await look(monitors.slice(1));
    assert.equal((await told(from)).length, 2);
  });
});
