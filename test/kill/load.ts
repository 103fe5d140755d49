import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Fixtures, TestMonitor } from '../harness/fixtures.ts';
import type { Caller, SentPing } from './caller.ts';
import { type Chance, pick } from './plan.ts';

const BUSY_MONITORS = 5;
const PLAIN_CALLERS = 5;
const SURE_CALLERS = 3;
/** Between two pings of one caller, so that the load is steady and leaves the machine some room. */
const CALLER_PAUSE_MS = 15;
const RUN_CALLERS = 2;
const FLAPPING_MONITORS = 3;
/** Up to twice that is between two failures of one of them: fewer than would be a storm. */
const FLAP_REST_MS = 7_000;
const STEADY_MONITORS = 3;
const STEADY = { periodSeconds: 4, graceSeconds: 4 } as const;
const STEADY_EVERY_MS = 1_000;
export const SILENT = { periodSeconds: 2, graceSeconds: 1 } as const;
const SILENT_EVERY_MS = 4_000;

export interface RunCall {
  readonly monitorId: string;
  readonly runId: string;
}

/** What the load did, for the audit. */
export interface LoadFacts {
  readonly monitors: readonly TestMonitor[];
  readonly steady: readonly TestMonitor[];
  /** Those that fell silent: their last ping was acknowledged. */
  readonly silent: readonly { readonly monitor: TestMonitor; readonly last: SentPing }[];
  /** Runs whose start and end were acknowledged. */
  readonly runs: readonly RunCall[];
  /** Per flapping monitor: how many fails were acknowledged, each followed by a success. */
  readonly flaps: ReadonlyMap<string, number>;
}

export interface Load {
  /** Lets everybody finish what is under way. */
  stop(): Promise<LoadFacts>;
  /** Some monitors that fall silent now; for a time in which nothing is broken. */
  silence(count: number): Promise<void>;
}

export interface LoadOptions {
  readonly make: Fixtures;
  readonly caller: Caller;
  readonly chance: Chance;
  /** Where the receiver listens; every channel has a path of its own there. */
  readonly receiverUrl: string;
}

/** Jobs of all kinds, which go on until they are stopped. */
export async function startLoad({ make, caller, chance, receiverUrl }: LoadOptions): Promise<Load> {
  const team = await make.team('Kill test');
  const channels: string[] = [];
  const newChannel = async (): Promise<string> => {
    const name = `channel-${channels.length}`;
    const options = { destination: new URL(receiverUrl).host };
    const { id } = await make.channel(team.id, { url: `${receiverUrl}/${name}` }, options);
    channels.push(id);
    return id;
  };
  const several = <T>(count: number, one: (index: number) => Promise<T>) =>
    Promise.all(Array.from({ length: count }, (_, index) => one(index)));

  const onOwnChannel = async (options: Parameters<Fixtures['monitor']>[1]) =>
    make.monitor(team.id, { ...options, channels: [await newChannel()] });
  const busy = await several(BUSY_MONITORS, () => onOwnChannel({}));
  const jobs = await several(RUN_CALLERS, () => onOwnChannel({ kind: 'process', maxRunSeconds: 3_600 }));
  const flapping = await several(FLAPPING_MONITORS, () => onOwnChannel({}));
  const steady = await several(STEADY_MONITORS, () => onOwnChannel(STEADY));
  const monitors = [...busy, ...jobs, ...flapping, ...steady];
  const silent: { monitor: TestMonitor; last: SentPing }[] = [];
  const runs: RunCall[] = [];
  const flaps = new Map<string, number>();
  const stopping = new AbortController();
  const rest = (ms: number) => pause(ms, undefined, { signal: stopping.signal }).catch(() => undefined);
  const again = async (work: () => Promise<unknown>, pauseMs: number) => {
    while (!stopping.signal.aborted) {
      await work();
      await rest(pauseMs);
    }
  };

  const fallSilent = async () => {
    // A channel of its own: many on one are a storm, whose digest is sent a minute later.
    const monitor = await onOwnChannel(SILENT);
    monitors.push(monitor);
    const last = await caller.call(monitor, { surely: true });
    if (last !== null) silent.push({ monitor, last });
  };
  const plain = () => again(() => caller.call(pick(chance, busy), { surely: false }), CALLER_PAUSE_MS);
  const sure = () =>
    again(() => caller.call(pick(chance, busy), { surely: true, body: 'all is well' }), CALLER_PAUSE_MS * 4);
  const runJob = async (job: TestMonitor) => {
    const runId = randomUUID();
    const start = await caller.call(job, { surely: true, path: `/start?rid=${runId}` });
    await rest(chance() * 300);
    const end = await caller.call(job, { surely: true, path: `?rid=${runId}` });
    if (start !== null && end !== null) runs.push({ monitorId: job.id, runId });
  };
  const flap = async (monitor: TestMonitor) => {
    const fail = await caller.call(monitor, { surely: true, path: '/fail' });
    await rest(500 + chance() * 4_000);
    const success = await caller.call(monitor, { surely: true });
    if (fail !== null && success !== null) flaps.set(monitor.id, (flaps.get(monitor.id) ?? 0) + 1);
    await rest(FLAP_REST_MS + chance() * FLAP_REST_MS);
  };

  const working = [
    ...Array.from({ length: PLAIN_CALLERS }, plain),
    ...Array.from({ length: SURE_CALLERS }, sure),
    ...jobs.map((job) => again(() => runJob(job), 200)),
    ...flapping.map((monitor) => again(() => flap(monitor), 0)),
    ...steady.map((monitor) => again(() => caller.call(monitor, { surely: true }), STEADY_EVERY_MS)),
  ];
  const silencing = again(() => fallSilent().catch(ignoreAway), SILENT_EVERY_MS);
  return {
    async stop() {
      stopping.abort();
      await Promise.all([...working, silencing]);
      return { monitors, steady, silent, runs, flaps };
    },
    silence: async (count) => void (await several(count, fallSilent)),
  };
}

/** The monitor could not be made because the database is away just now; the next one can. */
function ignoreAway(error: unknown): void {
  if (!(error instanceof Error)) throw error;
}
