import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../src/platform/clock.ts';
import type { Database } from '../../src/store/database.ts';
import { createFixtures, sql, type TestMonitor } from '../harness/fixtures.ts';
import type { Victim } from './product.ts';

/** Each ping has a name of its own, and is repeated with it until it is acknowledged, as a careful client does. */
const CALLERS = 12;
const ANSWER_WITHIN_MS = 10_000;
const RETRY_AFTER_MS = 20;

/** What callers were promised, and how they were answered. */
export interface Ledger {
  /** "monitor name" of each ping that was acknowledged. */
  readonly acknowledged: ReadonlySet<string>;
  /** Polite refusals: 503 with Retry-After. */
  readonly refusals: number;
  /** Any other answer. */
  readonly wrong: readonly string[];
  stop(): Promise<void>;
}

export async function withDatabase<T>(victim: Victim, work: (database: Database) => Promise<T>): Promise<T> {
  const database = await victim.connect();
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/** A few monitors, made in the database itself. */
export async function makeMonitors(victim: Victim, count: number): Promise<TestMonitor[]> {
  return withDatabase(victim, async (database) => {
    const make = createFixtures(() => database, systemClock);
    const team = await make.team();
    return Promise.all(Array.from({ length: count }, () => make.monitor(team.id)));
  });
}

/** Callers that ping on and on, with these bytes each, and the ledger of what they were promised. */
export function startCallers(victim: Victim, monitors: readonly TestMonitor[], body?: Uint8Array<ArrayBuffer>): Ledger {
  const acknowledged = new Set<string>();
  const wrong: string[] = [];
  let refusals = 0;
  let isOver = false;
  let names = 0;
  const call = async (monitor: TestMonitor | undefined, name: string): Promise<boolean> => {
    try {
      const response = await fetch(`${victim.base}/ping/${monitor?.key}`, {
        headers: { 'user-agent': name, 'idempotency-key': name },
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
        ...(body === undefined ? {} : { method: 'POST', body }),
      });
      await response.arrayBuffer();
      if (response.status === 503 && response.headers.has('retry-after')) refusals += 1;
      else if (response.status !== 200) wrong.push(`${name}: ${response.status}`);
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
        await pause(RETRY_AFTER_MS);
      }
      acknowledged.add(`${monitor?.id} ${name}`);
    }
  };
  const done = Promise.all(Array.from({ length: CALLERS }, (_, number) => caller(number)));
  return {
    acknowledged,
    get refusals() {
      return refusals;
    },
    wrong,
    async stop() {
      isOver = true;
      await done;
    },
  };
}

/** Every acknowledged ping is there once, and each monitor has counted what its log holds. */
export async function auditLedger(
  victim: Victim,
  monitors: readonly TestMonitor[],
  { acknowledged, wrong }: Ledger,
): Promise<void> {
  assert.deepEqual(wrong, []);
  await withDatabase(victim, async (database) => {
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
    const miscounted = await sql(
      database,
      `SELECT s.monitor_id FROM monitor_state s WHERE s.monitor_id = ANY ($1) AND s.signal_count
        <> (SELECT count(*) FROM signal g WHERE g.monitor_id = s.monitor_id)`,
      [ids],
    );
    assert.equal(miscounted.length, 0);
  });
}
