/** Sites from a ping to a message: real PostgreSQL, real webhooks, two nodes (RULES §5, src/core/sites.md). */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { MINUTE_MS, SECOND_MS } from '../src/core/instant.ts';
import { CONFIRM_MS } from '../src/core/sites.ts';
import { JUDGE_AFTER_MS } from '../src/core/step.ts';
import { systemRandom } from '../src/platform/random.ts';
import type { Database } from '../src/store/database.ts';
import { resendDelivery } from '../src/store/delivery-log.ts';
import type { ManageDeps } from '../src/watch/attempt.ts';
import { createDefinitionCache } from '../src/watch/definitions.ts';
import { createHoldRelease } from '../src/watch/hold-release.ts';
import { deleteMonitor, editMonitor, pauseMonitor } from '../src/watch/manage.ts';
import { assignSite, createSite, editSite, removeSite } from '../src/watch/manage-sites.ts';
import { createWakeLoop } from '../src/watch/wake.ts';
import { createAlertRig, heard } from './harness/alert-rig.ts';
import { useDatabase } from './harness/database.ts';
import { type MonitorOptions, sql, type TestMonitor } from './harness/fixtures.ts';
import { open, testLogger } from './harness/postgres.ts';
import { type HttpReceiver, startHttpReceiver } from './harness/receivers/http-receiver.ts';

const db = useDatabase();
const rig = createAlertRig(() => db.database);
const { clock, make } = rig;
const GRACE_SECONDS = 30;
/** min(interval, 15 min) + grace of the monitors here. */
const SETTLE_MS = 15 * MINUTE_MS + GRACE_SECONDS * SECOND_MS;

let receiver: HttpReceiver;
let from = 0;
before(async () => {
  receiver = await startHttpReceiver();
});
beforeEach(async () => {
  await sql(db.database, 'TRUNCATE team CASCADE');
  receiver.setReply({ status: 200, body: 'ok' });
  from = receiver.requests.length;
});
after(async () => {
  await rig.close();
  await receiver.close();
});

const deps = (): ManageDeps => ({ database: db.database, random: systemRandom, newId: make.newId, clock });
const releaseOf = (database: Database) => createHoldRelease({ database, clock, newId: make.newId, logger: testLogger });

interface SiteEvent {
  readonly type: string;
  readonly data: {
    readonly monitor: { readonly name: string };
    readonly site?: {
      readonly name: string;
      readonly monitors: number;
      readonly still_down: number;
      readonly recovered: number;
      readonly incidents: readonly { readonly type: string; readonly monitor: { readonly name: string } }[];
    };
  };
}

const events = () => receiver.requests.slice(from).map((request) => request.json() as SiteEvent);
/** What was told since the scene began, in order: "DOWN name", "UP name". */
const told = () =>
  events().map(({ type, data }) => `${type === 'incident.opened' ? 'DOWN' : 'UP'} ${data.monitor.name}`);

/** A team with a webhook, a gateway and so many monitors behind it. */
async function scene(count = 1, options: MonitorOptions = {}) {
  const team = await make.team();
  const channel = await make.channel(team.id, { url: receiver.url });
  const gateway = await make.monitor(team.id, { name: 'gateway', periodSeconds: 3_600, armed: true });
  const result = await createSite(deps(), team.id, { name: 'HQ', gatewayMonitorId: gateway.id });
  assert.ok('site' in result);
  const members: TestMonitor[] = [];
  for (let index = 1; index <= count; index += 1) {
    const member = await make.monitor(team.id, { name: `job ${index}`, graceSeconds: GRACE_SECONDS, ...options });
    assert.equal(await assignSite(deps(), team.id, member.id, result.site.id), true);
    members.push(member);
  }
  const sender = rig.sender();
  /** What waits is sent; then time passes, what is due is decided and sent. */
  const pass = async (ms: number) => {
    await rig.settle(sender);
    clock.advance(ms);
    const ended = await releaseOf(db.database).look();
    await rig.settle(sender);
    return ended;
  };
  return { team, channel, gateway, site: result.site, members, first: members[0] as TestMonitor, pass };
}

const fail = async (...monitors: TestMonitor[]) => {
  for (const monitor of monitors) await rig.ping(monitor, 'fail');
};
const succeed = async (...monitors: TestMonitor[]) => {
  for (const monitor of monitors) await rig.ping(monitor, 'success');
};
const holds = () =>
  sql<{ reason: string; until: number | null; outcome: string | null }>(
    db.database,
    'SELECT reason, until, outcome FROM hold ORDER BY incident_id',
  );
const states = async () => (await rig.deliveries()).map(({ state, reason }) => `${state} ${reason}`);

describe('behind a lit site', () => {
  test('an alarm waits a minute for the gateway, and the gateway for nobody', async () => {
    const { gateway, first, pass } = await scene();
    await fail(first);
    assert.deepEqual(await states(), ['suppressed site']);
    await pass(CONFIRM_MS);
    assert.deepEqual(told(), [], 'not before what was accepted in that minute is known');
    await pass(JUDGE_AFTER_MS);
    assert.deepEqual(told(), ['DOWN job 1']);
    await fail(gateway);
    await pass(0);
    assert.deepEqual(told(), ['DOWN job 1', 'DOWN gateway']);
    await succeed(first);
    await pass(0);
    assert.deepEqual(told().slice(2), ['UP job 1'], 'who heard of it hears of its end, also while the site is dark');
  });

  test('what is over within that minute is told with its end, and nobody is called late', async () => {
    const { first, pass } = await scene();
    await fail(first);
    clock.advance(20 * SECOND_MS);
    await succeed(first);
    await pass(CONFIRM_MS);
    assert.deepEqual(told(), ['DOWN job 1', 'UP job 1']);
  });

  test('a monitor whose gateway is paused, or behind no site, is told at once', async () => {
    const { team, gateway, first, pass } = await scene();
    await pauseMonitor(deps(), team.id, gateway.id, { mode: 'by_hand' });
    await fail(first, await make.monitor(team.id, { name: 'elsewhere' }));
    await pass(0);
    assert.deepEqual(told().sort(), ['DOWN elsewhere', 'DOWN job 1']);
  });
});

describe('while the site is dark', () => {
  test('nothing of it is told but the gateway; lit again, what is still down is told once, later', async () => {
    const { gateway, members, pass } = await scene(3);
    const [one, two, three] = members as [TestMonitor, TestMonitor, TestMonitor];
    await fail(one);
    clock.advance(50 * SECOND_MS);
    await fail(gateway);
    await pass(0);
    const [opened] = events();
    assert.equal(opened?.data.site?.monitors, 3);
    assert.deepEqual(
      opened?.data.site?.incidents.map(({ monitor }) => monitor.name),
      ['job 1'],
    );
    await fail(two, three);
    await pass(20 * MINUTE_MS);
    await succeed(two);
    await pass(20 * MINUTE_MS);
    assert.deepEqual(told(), ['DOWN gateway']);
    await succeed(gateway);
    await pass(0);
    const [, lit] = events();
    assert.equal(lit?.type, 'incident.resolved');
    assert.deepEqual([lit?.data.site?.still_down, lit?.data.site?.recovered], [2, 1]);
    assert.deepEqual(
      lit?.data.site?.incidents.map(({ type, monitor }) => `${type} ${monitor.name}`),
      ['incident.opened job 1', 'incident.opened job 3', 'incident.resolved job 2'],
    );
    await pass(5 * MINUTE_MS);
    await succeed(three);
    await pass(SETTLE_MS - 5 * MINUTE_MS);
    assert.deepEqual(told(), ['DOWN gateway', 'UP gateway']);
    await pass(JUDGE_AFTER_MS);
    assert.deepEqual(told().slice(2), ['DOWN job 1']);
    await pass(MINUTE_MS);
    await succeed(one);
    await pass(0);
    assert.deepEqual(told().slice(2), ['DOWN job 1', 'UP job 1'], 'told once, and that it is over');
    assert.deepEqual((await holds()).map(({ outcome }) => outcome).sort(), ['recovered', 'recovered', 'told']);
    assert.deepEqual((await states()).filter((state) => state === 'cancelled site').length, 2);
  });

  test('a gateway and all behind it that fall silent in one batch are one message', async () => {
    const { gateway, pass } = await scene(5, { periodSeconds: 3_600, graceSeconds: 0, armed: true });
    clock.advance(61 * MINUTE_MS);
    const wake = createWakeLoop({
      database: db.database,
      definitions: createDefinitionCache(),
      clock,
      newId: make.newId,
      logger: testLogger,
      canJudge: () => true,
      oldestPendingAt: () => null,
      settleAll: async () => null,
    });
    assert.equal(await wake.look(), 6);
    await pass(0);
    assert.deepEqual(told(), ['DOWN gateway']);
    assert.equal(events()[0]?.data.site?.still_down, 5);
    await succeed(gateway);
    await pass(0);
    assert.deepEqual(told(), ['DOWN gateway', 'UP gateway']);
  });

  test('a gateway that comes and goes: what it held waits on', async () => {
    const { gateway, first, pass } = await scene();
    await fail(gateway, first);
    await pass(MINUTE_MS);
    await succeed(gateway);
    await pass(10 * MINUTE_MS);
    await fail(gateway);
    await pass(SETTLE_MS);
    assert.deepEqual(told(), ['DOWN gateway', 'UP gateway', 'DOWN gateway']);
    assert.equal((await holds())[0]?.until, null);
    await succeed(gateway);
    await pass(SETTLE_MS + JUDGE_AFTER_MS);
    assert.deepEqual(told().slice(3), ['UP gateway', 'DOWN job 1']);
  });

  for (const [how, act] of [
    ['paused', (team: string, id: string) => pauseMonitor(deps(), team, id, { mode: 'by_hand' })],
    ['deleted', (team: string, id: string) => deleteMonitor(deps(), team, id)],
  ] as const) {
    test(`a gateway that is ${how} holds nothing for ever`, async () => {
      const { team, gateway, first, pass } = await scene();
      await fail(gateway, first);
      await pass(MINUTE_MS);
      await act(team.id, gateway.id);
      await pass(SETTLE_MS + JUDGE_AFTER_MS);
      assert.deepEqual(told(), ['DOWN gateway', 'UP gateway', 'DOWN job 1']);
    });
  }

  test('a monitor that is paused meanwhile is of no interest', async () => {
    const { team, gateway, first, pass } = await scene();
    await fail(gateway, first);
    await pauseMonitor(deps(), team.id, first.id, { mode: 'by_hand' });
    await succeed(gateway);
    await pass(SETTLE_MS + JUDGE_AFTER_MS);
    assert.deepEqual(told(), ['DOWN gateway', 'UP gateway']);
    assert.equal((await holds())[0]?.outcome, 'closed');
  });

  test('who asks for a held alarm by hand has it at once, and not twice', async () => {
    const { team, gateway, first, pass } = await scene();
    await fail(gateway, first);
    await pass(0);
    const held = (await rig.deliveries()).find(({ state }) => state === 'suppressed');
    assert.ok(held);
    await db.database.transaction((tx) => resendDelivery(tx, team.id, held.id, make.newId(), clock.now()));
    await pass(0);
    await succeed(gateway);
    await pass(SETTLE_MS + JUDGE_AFTER_MS);
    await succeed(first);
    await pass(0);
    assert.deepEqual(told(), ['DOWN gateway', 'DOWN job 1', 'UP gateway', 'UP job 1']);
  });
});

describe('changes while something is held', () => {
  test('a monitor that leaves its site is told at once; into another dark one it waits on', async () => {
    const { team, gateway, members, pass } = await scene(2);
    const [stays, leaves] = members as [TestMonitor, TestMonitor];
    const router = await make.monitor(team.id, { name: 'router', armed: true });
    const elsewhere = await createSite(deps(), team.id, { name: 'Annex', gatewayMonitorId: router.id });
    assert.ok('site' in elsewhere);
    await fail(gateway, router, stays, leaves);
    const owner = { teamId: team.id, timezone: 'UTC' };
    const moved = await editMonitor(deps(), owner, stays.id, { siteId: elsewhere.site.id });
    assert.ok('monitor' in moved);
    await editMonitor(deps(), owner, leaves.id, { siteId: null });
    await succeed(gateway);
    await pass(SETTLE_MS + JUDGE_AFTER_MS);
    assert.deepEqual(
      told().filter((line) => line.includes('job')),
      ['DOWN job 2'],
    );
    await succeed(router);
    await pass(SETTLE_MS + JUDGE_AFTER_MS);
    assert.deepEqual(
      told().filter((line) => line.includes('job')),
      ['DOWN job 2', 'DOWN job 1'],
    );
  });

  test('a site that is deleted lets go of all it held', async () => {
    const { team, gateway, first, site, pass } = await scene();
    await fail(gateway, first);
    assert.equal(await removeSite(deps(), team.id, site.id), true);
    await pass(JUDGE_AFTER_MS);
    assert.deepEqual(told(), ['DOWN gateway', 'DOWN job 1']);
  });

  test('with a new gateway the site is as dark as that one is down', async () => {
    const { team, gateway, first, site, pass } = await scene();
    await fail(gateway, first);
    const router = await make.monitor(team.id, { name: 'router', armed: true });
    assert.ok('site' in (await editSite(deps(), team.id, site.id, { gatewayMonitorId: router.id })));
    assert.equal((await holds())[0]?.reason, 'site_lit');
    const broken = await make.monitor(team.id, { name: 'broken' });
    await fail(broken);
    assert.ok('site' in (await editSite(deps(), team.id, site.id, { gatewayMonitorId: broken.id })));
    assert.equal((await holds())[0]?.reason, 'site_dark');
    await succeed(gateway);
    assert.equal((await holds())[0]?.reason, 'site_dark', 'the one before has no say any more');
    await succeed(broken);
    await pass(SETTLE_MS + JUDGE_AFTER_MS);
    assert.equal(told().filter((line) => line === 'DOWN job 1').length, 1);
  });

  test('the channels are those of the moment in which it is told', async () => {
    const { team, channel, gateway, first, pass } = await scene();
    await fail(gateway, first);
    await pass(0);
    const later = await make.channel(team.id, { url: `${receiver.url}/later` });
    await sql(db.database, 'UPDATE channel SET deleted_at = 1 WHERE id = $1', [channel.id]);
    await succeed(gateway);
    await pass(SETTLE_MS + JUDGE_AFTER_MS);
    const requests = receiver.requests.slice(from).filter(({ path }) => path === '/later');
    assert.deepEqual(
      requests.map((request) => heard(request).data.monitor?.name),
      ['job 1'],
    );
    assert.deepEqual(
      (await rig.deliveries(later.id)).map(({ state }) => state),
      ['sent'],
    );
  });

  test('no cycles: a gateway stands behind none, and one monitor is the gateway of one site', async () => {
    const { team, gateway, first, site } = await scene();
    const refusedAs = (result: unknown) => (result as { errors?: { message: string }[] }).errors?.[0]?.message ?? '';
    const asGateway = { name: 'second', gatewayMonitorId: first.id };
    assert.match(refusedAs(await createSite(deps(), team.id, asGateway)), /stands behind a site itself/);
    assert.match(refusedAs(await assignSite(deps(), team.id, gateway.id, site.id)), /is the gateway of a site/);
    assert.match(
      refusedAs(await createSite(deps(), team.id, { name: 'second', gatewayMonitorId: gateway.id })),
      /gateway of another site/,
    );
    const stranger = await make.monitor((await make.team()).id);
    const foreign = { name: 'second', gatewayMonitorId: stranger.id };
    assert.match(refusedAs(await createSite(deps(), team.id, foreign)), /no monitor with this id/);
    assert.deepEqual(await assignSite(deps(), team.id, stranger.id, site.id), { refused: 'not_found' });
  });
});

describe('at the same moment', () => {
  test('a gateway and what stands behind it go down: whoever is first, the dark holds them all', async () => {
    const { gateway, members, pass } = await scene(8);
    await Promise.all([...members.slice(0, 4), gateway, ...members.slice(4)].map((one) => rig.ping(one, 'fail')));
    assert.deepEqual(
      (await holds()).map(({ reason }) => reason),
      members.map(() => 'site_dark'),
    );
    await Promise.all([gateway, ...members].map((one) => rig.ping(one, 'success')));
    await pass(SETTLE_MS + JUDGE_AFTER_MS);
    assert.deepEqual(told(), ['DOWN gateway', 'UP gateway']);
  });

  test('a hold ends and its monitor comes back: told with its end, or not at all', async () => {
    const { gateway, members, pass } = await scene(6);
    await fail(gateway, ...members);
    await succeed(gateway);
    await pass(SETTLE_MS);
    clock.advance(JUDGE_AFTER_MS);
    await Promise.all([releaseOf(db.database).look(), ...members.map((one) => rig.ping(one, 'success'))]);
    await pass(MINUTE_MS);
    await pass(MINUTE_MS);
    const outcomes = await sql<{ outcome: string; kinds: string[] | null }>(
      db.database,
      `SELECT h.outcome, (SELECT array_agg(n.kind ORDER BY n.kind) FROM notice n JOIN delivery d ON d.id = n.delivery_id
          WHERE n.subject_id = h.incident_id AND d.state = 'sent') AS kinds FROM hold h`,
    );
    for (const { outcome, kinds } of outcomes) {
      assert.deepEqual(kinds, outcome === 'told' ? ['opened', 'resolved'] : null, outcome);
    }
    assert.equal(outcomes.length, members.length);
  });
});

test('two nodes end the holds of many monitors together: each is told once, in a storm as in any other', async (t) => {
  const COUNT = 24;
  const { gateway, members } = await scene(COUNT);
  await fail(gateway, ...members);
  await succeed(gateway);
  clock.advance(SETTLE_MS + JUDGE_AFTER_MS);
  const nodes = [open(db.connection), open(db.connection)];
  t.after(() => Promise.all(nodes.map((node) => node.close())));
  const ended = await Promise.all(nodes.map((node) => releaseOf(node).look()));
  assert.equal((ended[0] ?? 0) + (ended[1] ?? 0), COUNT);
  assert.equal(await releaseOf(db.database).look(), 0);
  const senders = nodes.map((node) => rig.sender(node));
  for (let round = 0; round < 2; round += 1) {
    await Promise.all(senders.map((sender) => rig.settle(sender)));
    clock.advance(MINUTE_MS);
  }
  await Promise.all(senders.map((sender) => rig.settle(sender)));
  const names = receiver.requests.slice(from).flatMap((request) => {
    const { type, data } = request.json() as {
      type: string;
      data: { monitor?: { name: string }; incidents?: { monitor: { name: string } }[] };
    };
    if (type === 'incident.digest') return (data.incidents ?? []).map(({ monitor }) => monitor.name);
    return type === 'incident.opened' ? [data.monitor?.name ?? ''] : [];
  });
  const jobs = names.filter((name) => name.startsWith('job'));
  assert.deepEqual([...new Set(jobs)].length, COUNT);
  assert.equal(jobs.length, COUNT, 'nobody twice');
  assert.ok(receiver.requests.slice(from).length < 12, 'a storm is a storm');
});
