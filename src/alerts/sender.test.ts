import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { createAlertRig, heard } from '../../test/harness/alert-rig.ts';
import { useDatabase } from '../../test/harness/database.ts';
import { sql } from '../../test/harness/fixtures.ts';
import { open } from '../../test/harness/postgres.ts';
import { type HttpReceiver, type Reply, startHttpReceiver } from '../../test/harness/receivers/http-receiver.ts';
import { waitFor } from '../../test/harness/wait-for.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../core/instant.ts';
import { MAX_ATTEMPTS, RETRY_DELAYS_MS } from './backoff.ts';
import { LEASE_MS, MAX_SENDINGS, MAX_SENDINGS_PER_DESTINATION, type Sender, STOP_WITHIN_MS } from './sender.ts';

const db = useDatabase();
const rig = createAlertRig(() => db.database);
const { clock, make } = rig;

let receiver: HttpReceiver;
before(async () => {
  receiver = await startHttpReceiver();
});
beforeEach(async () => {
  await sql(db.database, 'TRUNCATE team CASCADE');
  receiver.setReply({ status: 200, body: 'ok' });
});
after(async () => {
  await rig.close();
  await receiver.close();
});

/** A place of its own at the receiver. */
let places = 0;
function place() {
  places += 1;
  const path = `/place-${places}`;
  return {
    url: `${receiver.url}${path}`,
    heard: () => receiver.requests.filter((request) => request.path === path).map(heard),
    types: () => receiver.requests.filter((request) => request.path === path).map((request) => heard(request).type),
  };
}

async function teamWithHook(destination = 'hook.test') {
  const team = await make.team();
  const hook = place();
  const channel = await make.channel(team.id, { url: hook.url }, { destination });
  return { team, hook, channel };
}

async function failed(teamId: string) {
  const monitor = await make.monitor(teamId);
  await rig.ping(monitor, 'fail');
  return monitor;
}

/** Stops a sender whose receiver does not answer: what is under way is cut off when its time is over. */
async function cutOff(sender: Sender) {
  const stopped = sender.stop();
  await clock.waitForTimer(STOP_WITHIN_MS);
  clock.advance(STOP_WITHIN_MS);
  await stopped;
}

describe('a notice on its way', () => {
  test('an incident, its notices and their deliveries appear together, and are sent at once', async () => {
    const { team, hook, channel } = await teamWithHook();
    const monitor = await failed(team.id);
    const rows = await sql<{ incident: string; state: string; kind: string }>(
      db.database,
      `SELECT i.id AS incident, d.state, n.kind FROM incident i JOIN notice n ON n.subject_id = i.id
        JOIN delivery d ON d.id = n.delivery_id WHERE i.monitor_id = $1`,
      [monitor.id],
    );
    assert.deepEqual(
      rows.map(({ state, kind }) => ({ state, kind })),
      [{ state: 'queued', kind: 'opened' }],
    );
    await rig.settle(rig.sender());
    const [event] = hook.heard();
    assert.equal(event?.type, 'incident.opened');
    assert.equal(event?.data.incident?.id, rows[0]?.incident);
    const [delivery] = await rig.deliveries(channel.id);
    assert.equal(delivery?.state, 'sent');
    assert.equal(delivery?.id, event?.id);
    const [attempt] = await sql(
      db.database,
      'SELECT n, ok, status, code FROM delivery_attempt WHERE delivery_id = $1',
      [delivery?.id],
    );
    assert.deepEqual({ ...attempt }, { n: 1, ok: true, status: 200, code: 'sent' });
  });

  test('its recovery comes after it, and once', async () => {
    const { team, hook } = await teamWithHook();
    const monitor = await failed(team.id);
    const sender = rig.sender();
    await rig.settle(sender);
    clock.advance(10 * MINUTE_MS);
    await rig.ping(monitor, 'success');
    await rig.ping(monitor, 'success');
    await rig.settle(sender);
    assert.deepEqual(hook.types(), ['incident.opened', 'incident.resolved']);
  });

  test('over before it was told: people get one message, a webhook both events in order', async () => {
    const { team, hook } = await teamWithHook();
    const chat = place();
    await make.channel(team.id, { url: chat.url }, { kind: 'slack', destination: 'chat.test' });
    const monitor = await failed(team.id);
    clock.advance(8 * MINUTE_MS);
    await rig.ping(monitor, 'success');
    await rig.settle(rig.sender());
    assert.deepEqual(hook.types(), ['incident.opened', 'incident.resolved']);
    assert.equal(receiver.requests.filter((request) => chat.url.endsWith(request.path)).length, 1);
    const states = (await rig.deliveries()).map(({ state, reason }) => `${state} ${reason ?? ''}`.trim());
    assert.deepEqual(states.sort(), ['cancelled merged', 'cancelled merged', 'sent', 'sent']);
  });

  test('over while its first attempts fail: the next one tells both', async () => {
    const { team, hook } = await teamWithHook();
    const sender = rig.sender();
    receiver.script({ status: 500 });
    const monitor = await failed(team.id);
    await rig.settle(sender);
    await rig.ping(monitor, 'success');
    await rig.settle(sender);
    assert.deepEqual(hook.types(), ['incident.opened'], 'the recovery waits');
    clock.advance(6 * SECOND_MS);
    await rig.settle(sender);
    assert.deepEqual(hook.types(), ['incident.opened', 'incident.opened', 'incident.resolved']);
    const [alone, again, end] = receiver.requests.slice(-3).map((request) => heard(request).id);
    assert.equal(again, alone, 'the alarm keeps its idempotency key though its end comes along now');
    assert.notEqual(end, alone);
  });
});

describe('attempts', () => {
  test('follow the ladder with jitter, ten in all, with one idempotency key', async () => {
    const { team, hook, channel } = await teamWithHook();
    receiver.setReply({ status: 503 });
    await failed(team.id);
    for (const fraction of [0, 0.999]) {
      await sql(db.database, `UPDATE delivery SET state = 'queued', attempts = 0, next_attempt_at = $1`, [clock.now()]);
      const sender = rig.sender(db.database, () => fraction);
      const before = hook.heard().length;
      for (const planned of RETRY_DELAYS_MS) {
        await rig.settle(sender);
        const [delivery] = await rig.deliveries(channel.id);
        assert.equal(delivery?.state, 'retry');
        const delay = (delivery?.next_attempt_at ?? 0) - clock.now();
        assert.ok(Math.abs(delay / planned - (0.9 + 0.2 * fraction)) < 0.001, `${delay} for ${planned}`);
        clock.advance(delay - 1);
        assert.equal(await sender.look(), 0);
        clock.advance(1);
      }
      await rig.settle(sender);
      const [delivery] = await rig.deliveries(channel.id);
      assert.deepEqual([delivery?.state, delivery?.reason], ['failed', 'gave_up']);
      assert.equal(hook.heard().length - before, MAX_ATTEMPTS);
    }
    assert.equal(new Set(hook.heard().map((event) => event.id)).size, 1);
  });

  test('obey Retry-After where it asks for more patience, and stay with the ladder where for less', async () => {
    const { team, channel } = await teamWithHook();
    const sender = rig.sender();
    receiver.script(
      { status: 429, headers: { 'retry-after': '600' } },
      { status: 429, headers: { 'retry-after': '1' } },
    );
    await failed(team.id);
    await rig.settle(sender);
    const wait = async () => ((await rig.deliveries(channel.id))[0]?.next_attempt_at ?? 0) - clock.now();
    assert.equal(await wait(), 600 * SECOND_MS);
    clock.advance(600 * SECOND_MS);
    await rig.settle(sender);
    assert.equal(await wait(), 30 * SECOND_MS);
  });

  test('a sender that dies in each of them is followed by another, but not for ever', async () => {
    const { team, channel, hook } = await teamWithHook();
    await failed(team.id);
    await sql(
      db.database,
      `UPDATE delivery SET state = 'sending', attempts = $1, fence = 3, next_attempt_at = NULL,
      lease_until = $2`,
      [MAX_ATTEMPTS, clock.now()],
    );
    await rig.settle(rig.sender());
    const [delivery] = await rig.deliveries(channel.id);
    assert.deepEqual([delivery?.state, delivery?.reason], ['failed', 'gave_up']);
    assert.deepEqual(hook.types(), []);
  });
});

describe('a lease', () => {
  test('of a dead sender is lost within 15 s, and the next one sends with the same key', async () => {
    const { team, hook, channel } = await teamWithHook();
    receiver.script({ hang: true });
    await failed(team.id);
    const dead = rig.sender();
    assert.equal(await dead.look(), 1);
    await waitFor('the first request', () => hook.heard().length === 1);
    const other = rig.sender(open(db.connection));
    clock.advance(LEASE_MS - 1);
    assert.equal(await other.look(), 0);
    clock.advance(1);
    await rig.settle(other);
    const [delivery] = await rig.deliveries(channel.id);
    assert.deepEqual([delivery?.state, delivery?.attempts], ['sent', 2]);
    assert.deepEqual(new Set(hook.heard().map((event) => event.id)), new Set([delivery?.id]));
    await cutOff(dead);
  });

  test('that was lost keeps the late writer out', async () => {
    const { team, channel } = await teamWithHook();
    const slowAnswer = Promise.withResolvers<Reply>();
    let isAsked = false;
    receiver.setReply(() => {
      isAsked = true;
      return slowAnswer.promise;
    });
    await failed(team.id);
    const slow = rig.sender();
    await slow.look();
    await waitFor('the slow request', () => isAsked);
    receiver.setReply({ status: 200, body: 'ok' });
    clock.advance(LEASE_MS);
    await rig.settle(rig.sender());
    slowAnswer.resolve({ status: 500, body: 'too late' });
    await waitFor('the end of the slow one', () => slow.underWay === 0);
    const [delivery] = await rig.deliveries(channel.id);
    assert.deepEqual([delivery?.state, delivery?.attempts], ['sent', 2]);
    const attempts = await sql<{ n: number }>(db.database, 'SELECT n FROM delivery_attempt WHERE delivery_id = $1', [
      delivery?.id,
    ]);
    assert.deepEqual(
      attempts.map(({ n }) => n),
      [2],
    );
  });

  test('is prolonged while its sender lives', async () => {
    const { team, channel } = await teamWithHook();
    receiver.script({ hang: true });
    await failed(team.id);
    const alive = rig.sender();
    alive.start();
    await waitFor('the sending', async () => (await rig.deliveries(channel.id))[0]?.state === 'sending');
    for (let passed = 0; passed < 2 * LEASE_MS; passed += 2_500) {
      clock.advance(2_500);
      await waitFor('a lease that holds', async () => {
        const [delivery] = await rig.deliveries(channel.id);
        return (delivery?.lease_until ?? 0) > clock.now();
      });
    }
    assert.equal(await rig.sender().look(), 0);
    await cutOff(alive);
    const [delivery] = await rig.deliveries(channel.id);
    assert.equal(delivery?.state, 'retry', 'what was cut off at the stop is due again');
  });

  test('an outcome that cannot be written now is written when the database is back', async () => {
    const { team, channel, hook } = await teamWithHook();
    await failed(team.id);
    let isAway = false;
    let refused = 0;
    const sender = rig.sender({
      ...db.database,
      transaction: (work) => {
        if (!isAway) return db.database.transaction(work);
        refused += 1;
        return Promise.reject(Object.assign(new Error('away'), { code: '57P01' }));
      },
    });
    receiver.setReply(() => {
      isAway = true;
      return { status: 200, body: 'ok' };
    });
    await sender.look();
    await waitFor('an outcome that was not written', () => refused === 1 && clock.pending() > 0);
    clock.advance(LEASE_MS);
    assert.equal(await sender.look(), 0, 'a node does not take from itself what it is still at');
    await waitFor('another one', () => refused === 2 && clock.pending() > 0);
    isAway = false;
    clock.advance(SECOND_MS);
    await waitFor('the outcome', () => sender.underWay === 0);
    assert.equal((await rig.deliveries(channel.id))[0]?.state, 'sent');
    assert.equal(hook.heard().length, 1);
  });
});

describe('the bounds', () => {
  test('two at a time go to one destination, and fifty in all', async () => {
    receiver.setReply({ hang: true });
    const team = await make.team();
    const channels = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        make.channel(team.id, { url: place().url }, { destination: `host-${index}.test` }),
      ),
    );
    for (let count = 0; count < 4; count += 1) await failed(team.id);
    const sender = rig.sender();
    assert.equal(await sender.look(), MAX_SENDINGS);
    assert.equal(await sender.look(), 0);
    const busy = await sql<{ count: number }>(
      db.database,
      `SELECT count(*) FROM delivery WHERE state = 'sending' GROUP BY destination`,
    );
    assert.ok(busy.every(({ count }) => count <= MAX_SENDINGS_PER_DESTINATION));
    assert.equal(channels.length, 30);
    await cutOff(sender);
    assert.equal(sender.underWay, 0);
  });

  test('ten hanging hooks delay nobody else', async () => {
    const { team, hook } = await teamWithHook('quick.test');
    for (let index = 0; index < 10; index += 1) {
      await make.channel(team.id, { url: place().url }, { destination: `slow-${index}.test` });
    }
    const quick = new URL(hook.url).pathname;
    receiver.setReply((request) => (request.path === quick ? { status: 200, body: 'ok' } : { hang: true }));
    for (let count = 0; count < 5; count += 1) await failed(team.id);
    const sender = rig.sender();
    await waitFor('all that the quick one gets', async () => {
      await sender.look();
      return hook.heard().length === 5;
    });
    await waitFor('the slow ones alone', () => sender.underWay === 10 * MAX_SENDINGS_PER_DESTINATION);
    await cutOff(sender);
  });

  test('a delivery that waits for another one does not keep the loop turning', async () => {
    const { team } = await teamWithHook();
    receiver.setReply({ status: 500 });
    const monitor = await failed(team.id);
    let claims = 0;
    const sender = rig.sender({
      ...db.database,
      query: (statement, values) => {
        if (statement.name === 'claim_deliveries') claims += 1;
        return db.database.query(statement, values);
      },
    });
    await rig.settle(sender);
    await rig.ping(monitor, 'success');
    claims = 0;
    sender.start();
    for (let slept = 0; slept < 4; slept += 1) {
      await clock.waitForTimer(400);
      clock.advance(500);
    }
    await sender.stop();
    assert.ok(claims <= 6, `${claims} looks in two seconds`);
  });
});

describe('a channel that is gone', () => {
  test('is marked, told of through another one, which carries the alarm and later its end', async () => {
    const { team, channel } = await teamWithHook('gone.test');
    const other = place();
    const monitor = await make.monitor(team.id, { channels: [channel.id] });
    await make.channel(team.id, { url: other.url }, { destination: 'other.test' });
    receiver.setReply((request) => ({ status: other.url.endsWith(request.path) ? 200 : 410 }));
    await rig.ping(monitor, 'fail');
    const sender = rig.sender();
    await rig.settle(sender);
    const [row] = await sql<{ state: string; broken_reason: string }>(
      db.database,
      'SELECT state, broken_reason FROM channel WHERE id = $1',
      [channel.id],
    );
    assert.equal(row?.state, 'broken');
    assert.match(row?.broken_reason ?? '', /410/);
    assert.deepEqual(other.types().sort(), ['channel.broken', 'incident.opened']);
    await rig.ping(monitor, 'success');
    await rig.settle(sender);
    assert.deepEqual(other.types().sort(), ['channel.broken', 'incident.opened', 'incident.resolved']);
  });

  test('gets nothing more that was put down before, the others get it instead', async () => {
    const { team, channel, hook } = await teamWithHook('gone.test');
    const other = place();
    const chosen = await make.monitor(team.id, { channels: [channel.id] });
    await make.channel(team.id, { url: other.url }, { destination: 'other.test' });
    await rig.ping(chosen, 'fail');
    await sql(db.database, `UPDATE channel SET state = 'broken', broken_reason = 'unsubscribed' WHERE id = $1`, [
      channel.id,
    ]);
    await rig.settle(rig.sender());
    assert.deepEqual(hook.types(), [], 'its reader said no');
    assert.deepEqual(other.types(), ['incident.opened']);
    const [delivery] = await rig.deliveries(channel.id);
    assert.deepEqual([delivery?.state, delivery?.reason], ['failed', 'channel_broken']);
    const [row] = await sql<{ state: string }>(db.database, 'SELECT state FROM channel WHERE id = $1', [channel.id]);
    assert.equal(row?.state, 'broken');
  });

  test('is alive again after a good test, and only then', async () => {
    const { team, channel, hook } = await teamWithHook();
    await sql(db.database, `UPDATE channel SET state = 'broken', broken_reason = 'gone', broken_at = 1 WHERE id = $1`, [
      channel.id,
    ]);
    const [deliveryId, noticeId] = [make.newId(), make.newId()];
    await sql(
      db.database,
      `INSERT INTO delivery (id, team_id, channel_id, form, state, destination, next_attempt_at, created_at)
        VALUES ($1, $2, $3, 'test', 'queued', 'hook.test', $4, $4)`,
      [deliveryId, team.id, channel.id, clock.now()],
    );
    await sql(
      db.database,
      `INSERT INTO notice (id, team_id, channel_id, subject_type, subject_id, kind, delivery_id, created_at)
        VALUES ($1, $2, $3, 'test', $1, 'system', $4, $5)`,
      [noticeId, team.id, channel.id, deliveryId, clock.now()],
    );
    await rig.settle(rig.sender());
    assert.deepEqual(hook.types(), ['channel.test']);
    const [row] = await sql(db.database, 'SELECT state, broken_reason, broken_at FROM channel WHERE id = $1', [
      channel.id,
    ]);
    assert.deepEqual({ ...row }, { state: 'ok', broken_reason: null, broken_at: null });
  });

  test('a deleted one gets nothing more', async () => {
    const { team, channel, hook } = await teamWithHook();
    await failed(team.id);
    await sql(db.database, 'UPDATE channel SET deleted_at = 1 WHERE id = $1', [channel.id]);
    await rig.settle(rig.sender());
    assert.deepEqual(hook.types(), []);
    assert.equal((await rig.deliveries(channel.id))[0]?.state, 'cancelled');
  });

  test('an alarm whose incident ends while it is handed on is told to its end', async () => {
    for (let round = 0; round < 8; round += 1) {
      await sql(db.database, 'TRUNCATE team CASCADE');
      const { team, channel } = await teamWithHook('gone.test');
      const other = place();
      const monitor = await make.monitor(team.id, { channels: [channel.id] });
      await make.channel(team.id, { url: other.url }, { destination: 'other.test' });
      receiver.setReply((request) => ({ status: other.url.endsWith(request.path) ? 200 : 404 }));
      await rig.ping(monitor, 'fail');
      const sender = rig.sender();
      await sender.look();
      await rig.ping(monitor, 'success');
      await rig.settle(sender);
      const types = other.types().filter((type) => type.startsWith('incident'));
      assert.ok(
        types.length === 0 || types.join() === 'incident.opened,incident.resolved',
        `round ${round}: ${types.join()}`,
      );
      clock.advance(HOUR_MS);
    }
  });
});
