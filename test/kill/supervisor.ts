import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../src/platform/clock.ts';
import { createFixtures, sql } from '../harness/fixtures.ts';
import { waitFor } from '../harness/wait-for.ts';
import { type AuditResult, audit } from './audit.ts';
import { createCaller } from './caller.ts';
import { createFaultMaker, isReady } from './faults.ts';
import { type Listener, startListener } from './listener.ts';
import { SILENT, startLoad } from './load.ts';
import { type Chance, createChance, type Fault, planFaults } from './plan.ts';
import { createRig, type Rig } from './rig.ts';
import { createTimeline, type Timeline } from './timeline.ts';

export interface KillTestOptions {
  /** Faults are begun for this long; then everything settles, and is audited. */
  readonly seconds: number;
  /** Decides all that chance decides. */
  readonly seed: number;
  readonly nodes?: number;
  /** These faults and no others, in their order; what chance makes of the seed when not given. */
  readonly plan?: Iterable<Fault>;
  /** Hears every line of the timeline as it is written. */
  readonly tell?: (line: string) => void;
  /** Ends it early, in order, without an audit. */
  readonly signal?: AbortSignal;
}

export interface KillTestResult extends AuditResult {
  /** Everything that happened, a line each. */
  readonly timeline: readonly string[];
  readonly faults: Readonly<Record<string, number>>;
}

export const MAX_SECONDS = 12 * 3_600;
const MAX_FAULTS = 20_000;
/** Jobs that fall silent after the faults: they have to be found within a second. */
const SILENT_IN_PEACE = 5;
/** Without faults everything is over by then: two leases, and the ladder's first three waits. */
const SETTLED_WITHIN_MS = 240_000;
const RESOLUTION_MS = 10;

/** Breaks the product in every way of the plan while jobs call it, then lets it settle and audits it. */
export async function runKillTest(options: KillTestOptions): Promise<KillTestResult> {
  const { seed, nodes = 2, signal } = options;
  const timeline = createTimeline(options.tell ?? (() => undefined));
  const chance = createChance(seed);
  // Each has its own, so that the plan does not depend on how often the others asked.
  const own = () => createChance(chance() * 2 ** 32);
  const chances = { plan: own(), load: own(), listener: own() };
  const listener = await startListener(chances.listener);
  let rig: Rig | null = null;
  try {
    rig = await createRig({ nodes, timeline });
    const work = breakAndAudit({ ...options, nodes, timeline, chances, listener, rig });
    // Called off, it runs into the end of the rig; nobody asks what became of it.
    work.catch(() => undefined);
    const { violations: _, ...result } = await Promise.race([work, whenCalledOff(signal)]);
    return { ...result, violations: timeline.violations, timeline: timeline.lines() };
  } finally {
    await rig?.end();
    await listener.close();
  }
}

type Outcome = AuditResult & Pick<KillTestResult, 'faults'>;

function whenCalledOff(signal: AbortSignal | undefined): Promise<Outcome> {
  return new Promise((resolve) => {
    const end = () => resolve({ violations: [], counts: {}, faults: {} });
    if (signal?.aborted === true) end();
    signal?.addEventListener('abort', end, { once: true });
  });
}

interface Parts extends KillTestOptions {
  readonly nodes: number;
  readonly timeline: Timeline;
  readonly chances: { readonly plan: Chance; readonly load: Chance };
  readonly listener: Listener;
  readonly rig: Rig;
}

async function breakAndAudit(parts: Parts): Promise<Outcome> {
  const { timeline, chances, listener, rig } = parts;
  const { database } = rig;
  timeline.note(`PostgreSQL runs; ${parts.nodes} nodes start together on an empty database`);
  await Promise.all(rig.nodes.map((node) => node.start()));
  const bases = rig.nodes.map((node) => node.base);
  const caller = createCaller(bases, chances.load, timeline);
  const make = createFixtures(() => database, systemClock);
  const load = await startLoad({ make, caller, chance: chances.load, receiverUrl: listener.url });
  const maker = createFaultMaker(rig, timeline);
  const plan = parts.plan ?? planFaults(chances.plan, parts.nodes);
  await inPlan(plan, parts.seconds, (fault) => maker.make(fault));

  timeline.note('no more faults');
  listener.behave();
  const lag = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  lag.enable();
  await load.silence(SILENT_IN_PEACE);
  const loaded = await load.stop();
  caller.giveUp();
  await settle(rig);
  lag.disable();
  timeline.note('settled');
  const stallMs = Math.max(0, lag.max / 1e6 - RESOLUTION_MS);
  const result = await audit({ ...maker, database, ledger: caller.ledger, load: loaded, told: listener.told, stallMs });
  for (const violation of result.violations) timeline.violation(violation);
  return { ...result, counts: { ...result.counts, kills: rig.kills }, faults: maker.counts };
}

/** One fault after the other, until the time is over. */
async function inPlan<T>(plan: Iterable<T>, seconds: number, work: (item: T) => Promise<void>): Promise<void> {
  const until = performance.now() + seconds * 1_000;
  let done = 0;
  for (const item of plan) {
    if (performance.now() >= until || done >= MAX_FAULTS) return;
    await work(item);
    done += 1;
    await pause(BETWEEN_FAULTS_MS);
  }
}

/** Some life between two faults. */
const BETWEEN_FAULTS_MS = 300;

/** Resolves when nothing is under way any more: every node is well, nothing due waits, every delivery is over. */
async function settle(rig: Rig): Promise<void> {
  for (const node of rig.nodes) await waitFor(`${node.name} well`, () => isReady(node), SETTLED_WITHIN_MS);
  await waitFor(
    'everything to settle',
    async () => {
      const [row] = await sql<{ under_way: number; due: number; silent: number }>(
        rig.database,
        `SELECT (SELECT count(*) FROM delivery WHERE state IN ('queued', 'sending', 'retry')) AS under_way,
          (SELECT count(*) FROM monitor_state WHERE wake_at <= $1) AS due,
          (SELECT count(*) FROM monitor_state s JOIN monitor m ON m.id = s.monitor_id
            WHERE m.period_seconds = $2 AND s.status <> 'down' AND s.ref_at IS NOT NULL) AS silent`,
        [Date.now(), SILENT.periodSeconds],
      );
      return row?.under_way === 0 && row.due === 0 && row.silent === 0;
    },
    SETTLED_WITHIN_MS,
  );
}
