import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { createAlertRig, type HeardEvent, heard } from '../../test/harness/alert-rig.ts';
import { useDatabase } from '../../test/harness/database.ts';
import { pingOf, sql, type TestMonitor } from '../../test/harness/fixtures.ts';
import { open } from '../../test/harness/postgres.ts';
import { type HttpReceiver, startHttpReceiver } from '../../test/harness/receivers/http-receiver.ts';
import { waitFor } from '../../test/harness/wait-for.ts';
import { MINUTE_MS, SECOND_MS } from '../core/instant.ts';
import type { ControlSignal } from '../core/signal.ts';
import { applyControl } from '../watch/act.ts';
import { createDefinitionCache } from '../watch/definitions.ts';
import { flushPings } from '../watch/flush.ts';

const db = useDatabase();
const rig = createAlertRig(() => db.database);
const { clock, make } = rig;

let receiver: HttpReceiver;
before(async () => {
  receiver = await startHttpReceiver();
});
let from = 0;
beforeEach(async () => {
  await sql(db.database, 'TRUNCATE team CASCADE');
  receiver.setReply({ status: 200, body: 'ok' });
  from = receiver.requests.length;
});
after(async () => {
  await rig.close();
  await receiver.close();
});

const events = (): HeardEvent[] => receiver.requests.slice(from).map(heard);
const types = () => events().map((event) => event.type.replace('incident.', ''));

async function hooked() {
  const team = await make.team();
  const channel = await make.channel(team.id, { url: receiver.url });
  return { team, channel };
}

async function failing(teamId: string, count: number): Promise<TestMonitor[]> {
  const monitors: TestMonitor[] = [];
  for (let index = 0; index < count; index += 1) {
    const monitor = await make.monitor(teamId);
    await rig.ping(monitor, 'fail');
    monitors.push(monitor);
  }
  return monitors;
}

async function decide(monitor: TestMonitor, signal: ControlSignal) {
  const context = { now: clock.now(), newId: make.newId };
  await db.database.transaction((tx) => applyControl(tx, createDefinitionCache(), monitor.id, signal, context));
}

const pause = { kind: 'pause', pause: { mode: 'by_hand' } } as const;

/** An arrival that lies before the deadline although it is stored after the incident. */
async function withdraw(monitor: TestMonitor) {
  const context = { now: clock.now(), newId: make.newId, unrecordedGap: null };
  const ping = pingOf(monitor.key, clock.now() - 2 * SECOND_MS);
  await flushPings(db.database, createDefinitionCache(), [ping], context);
}

async function missed(teamId: string): Promise<TestMonitor> {
  const monitor = await make.monitor(teamId, { periodSeconds: 60, armed: true });
  clock.advance(MINUTE_MS + SECOND_MS);
  await decide(monitor, { kind: 'wake', upTo: clock.now() - 250 });
  return monitor;
}

describe('what nobody was told of yet', () => {
  test('is told to nobody when it is withdrawn, paused or deleted', async () => {
    const { team } = await hooked();
    await withdraw(await missed(team.id));
    await decide((await failing(team.id, 1))[0] as TestMonitor, pause);
    await decide((await failing(team.id, 1))[0] as TestMonitor, { kind: 'deleted' });
    await rig.settle(rig.sender());
    assert.deepEqual(types(), []);
    const reasons = (await rig.deliveries()).map((delivery) => `${delivery.state} ${delivery.reason}`);
    assert.deepEqual(reasons, Array(3).fill('cancelled incident_closed'));
  });

  test('what was told is told to be over, with how', async () => {
    const { team } = await hooked();
    const gone = await missed(team.id);
    const [paused, deleted] = await failing(team.id, 2);
    const sender = rig.sender();
    await rig.settle(sender);
    await withdraw(gone);
    await decide(paused as TestMonitor, pause);
    await decide(deleted as TestMonitor, { kind: 'deleted' });
    await rig.settle(sender);
    const ends = events().filter((event) => event.type === 'incident.resolved');
    assert.deepEqual(ends.map((event) => event.data.incident?.resolution).sort(), ['deleted', 'paused', 'withdrawn']);
  });

  test('in a digest it is left out, also when its end came while the digest was taken up', async () => {
    const { team, channel } = await hooked();
    await failing(team.id, 5);
    const [first, second, third] = await failing(team.id, 3);
    const sender = rig.sender();
    await rig.settle(sender);
    await decide(first as TestMonitor, pause);
    clock.advance(MINUTE_MS);
    // Taken up and not yet put together: the moment between the claim and the reading.
    await sql(db.database, `UPDATE delivery SET state = 'sending', lease_until = $1 WHERE form = 'digest'`, [
      clock.now(),
    ]);
    await decide(second as TestMonitor, pause);
    await rig.settle(sender);
    const digest = events().find((event) => event.type === 'incident.digest');
    assert.deepEqual(digest?.data.total, 1);
    assert.equal(digest?.data.incidents?.length, 1);
    assert.deepEqual(
      types().filter((type) => type === 'resolved'),
      [],
      'no end of what nobody heard of',
    );
    await rig.ping(third as TestMonitor, 'success');
    await rig.settle(sender);
    assert.equal(types().at(-1), 'resolved');
    assert.ok((await rig.deliveries(channel.id)).every((delivery) => ['sent', 'cancelled'].includes(delivery.state)));
  });
});

describe('a storm', () => {
  test('five go singly, then one digest a minute, until a minute has five or fewer', async () => {
    const { team } = await hooked();
    const sender = rig.sender();
    await failing(team.id, 8);
    await rig.settle(sender);
    assert.deepEqual(types(), Array(5).fill('opened'));
    clock.advance(30 * SECOND_MS);
    await failing(team.id, 2);
    clock.advance(30 * SECOND_MS - 1);
    assert.equal(await sender.look(), 0);
    clock.advance(1);
    await rig.settle(sender);
    assert.deepEqual(types().slice(5), ['digest']);
    assert.equal(events().at(-1)?.data.incidents?.length, 5);
    await failing(team.id, 6);
    await rig.settle(sender);
    assert.equal(events().length, 6, 'it goes on: all of the second minute is gathered');
    clock.advance(MINUTE_MS);
    await rig.settle(sender);
    assert.equal(events().at(-1)?.data.incidents?.length, 6);
    await failing(team.id, 5);
    clock.advance(MINUTE_MS);
    await rig.settle(sender);
    assert.equal(events().at(-1)?.data.incidents?.length, 5);
    await failing(team.id, 3);
    await rig.settle(sender);
    assert.deepEqual(types().slice(-3), Array(3).fill('opened'), 'a minute had five: over');
  });

  test('recoveries are gathered as well, and never overtake', async () => {
    const { team } = await hooked();
    const sender = rig.sender();
    const monitors = await failing(team.id, 9);
    await rig.settle(sender);
    clock.advance(10 * SECOND_MS);
    for (const monitor of monitors) await rig.ping(monitor, 'success');
    for (let seconds = 0; seconds < 180; seconds += 10) {
      await rig.settle(sender);
      clock.advance(10 * SECOND_MS);
    }
    const told = new Map<string, string[]>();
    const note = (id: string, type: string) => told.set(id, [...(told.get(id) ?? []), type]);
    for (const event of events()) {
      if (event.type !== 'incident.digest') note(event.data.incident?.id ?? '', event.type);
      for (const entry of event.data.incidents ?? []) note(entry.incident.id, entry.type);
    }
    assert.equal(told.size, 9);
    for (const story of told.values()) assert.deepEqual(story, ['incident.opened', 'incident.resolved']);
  });

  test('nothing is lost when notices join a digest at the moment it is taken up', async () => {
    const { team } = await hooked();
    const senders = [rig.sender(), rig.sender(open(db.connection))];
    let count = 0;
    for (let minute = 0; minute < 6; minute += 1) {
      const monitors = await Promise.all(Array.from({ length: 14 }, () => make.monitor(team.id)));
      count += monitors.length;
      const [early, late] = [monitors.slice(0, 8), monitors.slice(8)];
      for (const monitor of early) await rig.ping(monitor, 'fail');
      clock.advance(MINUTE_MS - 1);
      const joining = Promise.all(late.map((monitor) => rig.ping(monitor, 'fail')));
      clock.advance(1);
      await Promise.all([...senders.map((sender) => sender.look()), joining]);
      await Promise.all(senders.map((sender) => rig.settle(sender)));
    }
    for (let rest = 0; rest < 3; rest += 1) {
      clock.advance(MINUTE_MS);
      await Promise.all(senders.map((sender) => rig.settle(sender)));
    }
    const told = events().flatMap((event) =>
      event.type === 'incident.digest'
        ? (event.data.incidents ?? []).map((entry) => entry.incident.id)
        : [event.data.incident?.id ?? ''],
    );
    assert.equal(told.length, count);
    assert.equal(new Set(told).size, count);
  });
});

describe('under failing receivers and several senders', () => {
  test('each incident is told in order, each thing once accepted, whatever happens in between', async () => {
    // Small pseudo-random numbers with a seed that a failure names.
    const seed = 20_260_105;
    let state = seed;
    const chance = () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
      return state / 0x80000000;
    };
    const team = await make.team();
    await make.channel(team.id, { url: receiver.url }, { destination: 'shaky.test' });
    const accepted: HeardEvent[] = [];
    receiver.setReply((request) => {
      const roll = chance();
      if (roll < 0.25) return { status: 503 };
      if (roll < 0.3) return { status: 429, headers: { 'retry-after': '7' } };
      accepted.push(heard(request));
      return { status: 200, body: 'ok' };
    });
    const monitors = await Promise.all(Array.from({ length: 3 }, () => make.monitor(team.id)));
    const senders = [rig.sender(), rig.sender(open(db.connection))];
    for (let step = 0; step < 60; step += 1) {
      const monitor = monitors[Math.floor(chance() * monitors.length)];
      if (monitor !== undefined) await rig.ping(monitor, chance() < 0.5 ? 'fail' : 'success');
      clock.advance(Math.floor(chance() * 40) * SECOND_MS);
      await Promise.all(senders.map((sender) => sender.look()));
      await waitFor('quiet', () => senders.every((sender) => sender.underWay === 0));
    }
    for (const monitor of monitors) await rig.ping(monitor, 'success');
    for (let rest = 0; rest < 40; rest += 1) {
      clock.advance(2 * MINUTE_MS);
      await Promise.all(senders.map((sender) => rig.settle(sender)));
    }
    const stories = new Map<string, string[]>();
    for (const event of accepted) {
      const entries = event.data.incidents ?? [{ type: event.type, incident: { id: event.data.incident?.id ?? '' } }];
      for (const { type, incident } of entries) {
        stories.set(incident.id, [...(stories.get(incident.id) ?? []), type.replace('incident.', '')]);
      }
    }
    const [row] = await sql<{ count: number }>(db.database, 'SELECT count(*) FROM incident WHERE team_id = $1', [
      team.id,
    ]);
    assert.equal(stories.size, row?.count, `seed ${seed}: every incident is told`);
    for (const [id, story] of stories) {
      const openings = story.filter((type) => type === 'opened').length;
      assert.equal(story[0], 'opened', `seed ${seed}: ${id} ${story}`);
      assert.equal(story.at(-1), 'resolved', `seed ${seed}: ${id} ${story}`);
      // A merged message is two requests; when the second one is refused both come again, with the same ids.
      assert.ok(openings >= 1, `seed ${seed}: ${id} ${story}`);
    }
    const left = await rig.deliveries();
    assert.ok(left.every((delivery) => ['sent', 'cancelled'].includes(delivery.state)));
  });
});
