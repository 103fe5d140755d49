import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { systemClock } from '../../src/platform/clock.ts';
import { heard } from '../harness/alert-rig.ts';
import { createFixtures, sql } from '../harness/fixtures.ts';
import { startHttpReceiver } from '../harness/receivers/http-receiver.ts';
import { createRig } from '../kill/rig.ts';
import { createTimeline } from '../kill/timeline.ts';

const SKEW_SECONDS = 90;
/** What two machines may differ by that read the same clock. */
const CLOSE_MS = 5_000;

/** Everything in the process reads this clock; only the monotonic one is right. */
function preloadOf(skewSeconds: number): string {
  const code = `const Right = Date;
    globalThis.Date = class extends Right {
      constructor(...given) { given.length === 0 ? super(Right.now() + ${skewSeconds * 1_000}) : super(...given); }
      static now() { return Right.now() + ${skewSeconds * 1_000}; }
    };`;
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

test('two nodes whose clocks are three minutes apart agree with the database, and each says how wrong its own is', async () => {
  const receiver = await startHttpReceiver();
  after(() => receiver.close());
  const timeline = createTimeline(() => undefined);
  const env = (index: number) => ({
    NODE_OPTIONS: `--import ${preloadOf(index === 0 ? SKEW_SECONDS : -SKEW_SECONDS)}`,
  });
  const { nodes, database, end } = await createRig({ nodes: 2, timeline, env });
  const make = createFixtures(() => database, systemClock);
  try {
    await Promise.all(nodes.map((node) => node.start()));
    const [fast, slow] = nodes;
    const printed = nodes.map((node) => node.process?.printed().join('\n') ?? '');
    assert.match(printed[0] ?? '', /clock of this machine is 90 s ahead of that of the database/);
    assert.match(printed[1] ?? '', /clock of this machine is 90 s behind that of the database/);
    const team = await make.team();
    await make.channel(team.id, { url: receiver.url });
    const monitor = await make.monitor(team.id, { periodSeconds: 2 });
    assert.equal((await fetch(`${fast?.base}/ping/${monitor.key}`)).status, 200);
    await receiver.waitForCount(1);
    assert.equal((await fetch(`${slow?.base}/ping/${monitor.key}`)).status, 200);
    await receiver.waitForCount(2);

    const told = receiver.requests.map(heard);
    assert.deepEqual(
      told.map(({ type }) => type),
      ['incident.opened', 'incident.resolved'],
    );
    for (const { headers } of receiver.requests) {
      assert.ok(
        Math.abs(Number(headers['webhook-timestamp']) * 1_000 - Date.now()) < CLOSE_MS,
        'signed with the right time',
      );
    }
    const [incident] = await sql<{ opened_at: number; detected_at: number; expected_at: number }>(
      database,
      `SELECT opened_at, detected_at, (SELECT min(received_at) FROM signal WHERE monitor_id = $1) + 2000 AS expected_at
        FROM incident WHERE monitor_id = $1`,
      [monitor.id],
    );
    assert.equal(incident?.opened_at, incident?.expected_at);
    assert.ok(Math.abs((incident?.opened_at ?? 0) - Date.now()) < CLOSE_MS);
    assert.ok((incident?.detected_at ?? 0) - (incident?.opened_at ?? 0) <= 1_000);
    assert.deepEqual(await sql(database, 'SELECT reason FROM gap'), [], 'nobody took himself for blind');
    assert.deepEqual(timeline.violations, []);
  } finally {
    await end();
  }
});
