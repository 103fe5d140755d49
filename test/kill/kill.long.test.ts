import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../src/platform/clock.ts';
import type { Database } from '../../src/store/database.ts';
import { createFixtures, sql, type TestMonitor } from '../harness/fixtures.ts';
import { waitFor } from '../harness/wait-for.ts';
import type { Fault } from './plan.ts';
import { createVictim, type Victim } from './product.ts';
import { runKillTest } from './supervisor.ts';

/** Each ping has a name of its own, and is repeated with it until it is acknowledged, as a careful client does. */
const CALLERS = 12;
const ROUND_MS = 1_000;

let victim: Victim;
before(async () => {
  victim = await createVictim();
  await victim.start();
});
after(() => victim.end());

async function withDatabase<T>(work: (database: Database) => Promise<T>): Promise<T> {
  const database = await victim.connect();
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/** A few monitors, made in the database itself. */
async function makeMonitors(count: number): Promise<TestMonitor[]> {
  return withDatabase(async (database) => {
    const make = createFixtures(() => database, systemClock);
    const team = await make.team();
    return Promise.all(Array.from({ length: count }, () => make.monitor(team.id)));
  });
}

/** Callers that ping on and on, and the ledger of what they were promised. */
function startCallers(monitors: readonly TestMonitor[]) {
  const acknowledged = new Set<string>();
  let isOver = false;
  let names = 0;
  const call = async (monitor: TestMonitor | undefined, name: string): Promise<boolean> => {
    try {
      const response = await fetch(`${victim.base}/ping/${monitor?.key}`, {
        headers: { 'user-agent': name, 'idempotency-key': name },
        signal: AbortSignal.timeout(10_000),
      });
      return response.status === 200;
    } catch {
      // Killed between ping and answer: nobody knows.
      return false;
    }
  };
  const caller = async (number: number) => {
    while (!isOver) {
      names += 1;
      const name = `${number}-${names}`;
      const monitor = monitors[names % monitors.length];
      while (!(await call(monitor, name))) {
        if (isOver) return;
        await pause(20);
      }
      acknowledged.add(`${monitor?.id} ${name}`);
    }
  };
  const done = Promise.all(Array.from({ length: CALLERS }, (_, number) => caller(number)));
  return {
    acknowledged,
    async stop() {
      isOver = true;
      await done;
    },
  };
}

/** Every acknowledged ping is there once, and each monitor has counted what its log holds. */
async function audit(monitors: readonly TestMonitor[], acknowledged: ReadonlySet<string>) {
  await withDatabase(async (database) => {
    const ids = monitors.map((monitor) => monitor.id);
    const rows = await sql<{ name: string; count: number }>(
      database,
      `SELECT monitor_id || ' ' || user_agent AS name, count(*) FROM signal WHERE monitor_id = ANY ($1) GROUP BY 1`,
      [ids],
    );
    const stored = new Map(rows.map((row) => [row.name, row.count]));
    const lost = [...acknowledged].filter((name) => !stored.has(name));
    const doubled = rows.filter((row) => row.count !== 1).map((row) => row.name);
    assert.deepEqual({ lost, doubled }, { lost: [], doubled: [] });
    const wrong = await sql(
      database,
      `SELECT s.monitor_id FROM monitor_state s WHERE s.monitor_id = ANY ($1) AND s.signal_count
        <> (SELECT count(*) FROM signal g WHERE g.monitor_id = s.monitor_id)`,
      [ids],
    );
    assert.equal(wrong.length, 0);
  });
}

describe('kill -9', () => {
  test('between ping and answer loses no acknowledged ping and counts none twice', async (t) => {
    const monitors = await makeMonitors(5);
    const callers = startCallers(monitors);
    t.after(callers.stop);
    for (const kill of [victim.killServer, victim.killAll]) {
      const before = callers.acknowledged.size;
      await pause(ROUND_MS);
      await kill();
      await victim.start();
      await waitFor('pings that are taken again', () => callers.acknowledged.size > before + CALLERS);
    }
    await victim.killDatabase();
    const atKill = callers.acknowledged.size;
    await waitFor('the database back under the living server', () => callers.acknowledged.size > atKill + CALLERS);
    await callers.stop();
    assert.ok(callers.acknowledged.size > 100, `only ${callers.acknowledged.size} pings in all`);
    await audit(monitors, callers.acknowledged);
  });
});

/** One of each kind, those first whose consequences take the longest to settle: a claim of the dead lasts 15 s. */
const SMOKE: readonly Fault[] = [
  { kind: 'commit_of', node: 0, statement: 'finish_delivery', side: 'before_it_is_known' },
  { kind: 'commit_of', node: 1, statement: 'open_incidents', side: 'after_it_is_known' },
  { kind: 'database', awayMs: 500 },
  { kind: 'half_open', node: 0, forMs: 500 },
  { kind: 'kill_all', awayMs: 4_500 },
  { kind: 'commit_of', node: 0, statement: 'save_guarded_moves', side: 'before_it_is_known' },
  { kind: 'commit_of', node: 1, statement: 'save_guarded_moves', side: 'before_it_is_asked_for' },
  { kind: 'freeze', node: 1, forMs: 1_500 },
  { kind: 'restart', node: 0 },
  { kind: 'cut', node: 1 },
];
/** Further faults of the list are not begun after this. */
const SMOKE_SECONDS = 22;

describe('the kill test, in short (npm run kill-test is the long one)', () => {
  test('two nodes, broken in every way, keep what they promised', async (t) => {
    const result = await runKillTest({ seconds: SMOKE_SECONDS, seed: 1, plan: SMOKE });
    t.diagnostic(`faults ${JSON.stringify(result.faults)}, looked at ${JSON.stringify(result.counts)}`);
    assert.deepEqual(result.violations, [], result.timeline.join('\n'));
    assert.ok((result.counts.acknowledged ?? 0) > 100);
  });
});
