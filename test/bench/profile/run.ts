/**
 * `npm run profile -- FOLDER [--seconds n] [--connections n] [--per-second n] [--monitors n]`: puts the product under
 * pings as the benchmark does, and writes what its server spends its time and memory on, and what PostgreSQL does
 * meanwhile: flame graphs, lists of the hottest functions, and the profiles themselves for other tools.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findFreePort } from '../../../src/platform/free-port.ts';
import { postgresSeconds, processSeconds } from '../cpu.ts';
import { runLoad } from '../generator.ts';
import type { LoadResult } from '../load-plan.ts';
import { type Product, withProduct } from '../product.ts';
import { seedMonitors } from '../seed.ts';
import {
  type AllocationNode,
  type CpuProfile,
  callTree,
  ofAllocations,
  ofCpuProfile,
  type RawCall,
} from './call-tree.ts';
import { flameGraph } from './flame-graph.ts';
import { hotSpots } from './hot-spots.ts';
import { type Inspector, inspect, inspectable } from './inspector.ts';
import { profilePostgres } from './postgres.ts';

const WARM_UP_SECONDS = 5;
const CPU_SAMPLE_US = 250;
const ALLOCATION_SAMPLE_BYTES = 8_192;

interface Plan {
  readonly folder: string;
  readonly seconds: number;
  readonly connections: number;
  readonly monitors: number;
  readonly perSecond: number | null;
}

const say = (line: string) => process.stdout.write(`${line}\n`);

function readPlan(): Plan | null {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '10' },
      connections: { type: 'string', default: '256' },
      monitors: { type: 'string', default: '20000' },
      'per-second': { type: 'string' },
    },
  });
  const given = values['per-second'];
  const [folder] = positionals;
  const numbers = {
    seconds: Number(values.seconds),
    connections: Number(values.connections),
    monitors: Number(values.monitors),
    perSecond: given === undefined ? null : Number(given),
  };
  if (folder === undefined || Object.values(numbers).some((number) => number !== null && !(number > 0))) return null;
  return { folder, ...numbers };
}

async function load(product: Product, plan: Plan, seconds: number): Promise<LoadResult> {
  const { host, port } = product;
  const { connections, monitors, perSecond } = plan;
  const rate = perSecond === null ? {} : { perSecond };
  return runLoad({ host, port, connections, seconds, monitors: { first: 0, count: monitors }, ...rate });
}

/** Processor time of server and PostgreSQL while `work` goes on. */
async function measured<T>({ pid, postgresPid }: Product, work: () => Promise<T>) {
  const before = [processSeconds(pid), postgresSeconds(postgresPid)] as const;
  const result = await work();
  const [server, postgres] = [processSeconds(pid) - before[0], postgresSeconds(postgresPid) - before[1]];
  return { result, server, postgres };
}

function headline(what: string, plan: Plan, { ok, perSecond, latencyMs }: LoadResult): string {
  const { p50, p99 } = latencyMs;
  return (
    `${what}, ${plan.connections} connections, ${plan.monitors} monitors: ${perSecond.toFixed(0)} pings/s ` +
    `(${ok} in all), p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`
  );
}

const milliseconds = (us: number) => `${(us / 1_000).toFixed(0)} ms`;
const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MB`;

interface Picture {
  readonly name: string;
  readonly head: string;
  readonly raw: RawCall;
  readonly pings: number;
  readonly show: (weight: number) => string;
  readonly unit: string;
}

async function writePicture(folder: string, { name, head, raw, pings, show, unit }: Picture): Promise<void> {
  const root = callTree(raw);
  const perPing = (weight: number) => `${(weight / Math.max(1, pings)).toFixed(2)} ${unit}`;
  const total = `${show(root.total)}, ${perPing(root.total)} a ping`;
  await writeFile(join(folder, `${name}.svg`), flameGraph(root, `${head}; ${total}`, show));
  await writeFile(join(folder, `${name}.txt`), `${head}\n${total}\n\n${hotSpots(root, show, perPing)}`);
}

async function profileTime(product: Product, inspector: Inspector, plan: Plan): Promise<void> {
  await inspector.call('Profiler.enable');
  await inspector.call('Profiler.setSamplingInterval', { interval: CPU_SAMPLE_US });
  await inspector.call('Profiler.start');
  const { result, server, postgres } = await measured(product, () => load(product, plan, plan.seconds));
  const { profile } = await inspector.call<{ profile: CpuProfile }>('Profiler.stop');
  await inspector.call('Profiler.disable');
  await writeFile(join(plan.folder, 'server.cpuprofile'), JSON.stringify(profile));
  const each = (seconds: number) => `${((seconds * 1e6) / result.ok).toFixed(1)} µs a ping`;
  const head = headline('Time of the server', plan, result);
  say(`${head}\n  server ${each(server)}, PostgreSQL ${each(postgres)}`);
  const raw = ofCpuProfile(profile);
  await writePicture(plan.folder, { name: 'time', head, raw, pings: result.ok, show: milliseconds, unit: 'µs' });
}

async function profileAllocations(product: Product, inspector: Inspector, plan: Plan): Promise<void> {
  await inspector.call('HeapProfiler.startSampling', {
    samplingInterval: ALLOCATION_SAMPLE_BYTES,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
  const result = await load(product, plan, plan.seconds);
  const { profile } = await inspector.call<{ profile: { head: AllocationNode } }>('HeapProfiler.stopSampling');
  const head = headline('Memory that the server asked for', plan, result);
  say(head);
  const raw = ofAllocations(profile.head);
  await writePicture(plan.folder, { name: 'allocations', head, raw, pings: result.ok, show: megabytes, unit: 'B' });
}

async function profileDatabase(product: Product, plan: Plan): Promise<void> {
  const looking = profilePostgres(product.postgresPid, plan.seconds, plan.folder);
  const [text, result] = await Promise.all([looking, load(product, plan, plan.seconds + 1)]);
  const head = headline('PostgreSQL', plan, result);
  say(head);
  await writeFile(join(plan.folder, 'postgres.txt'), `${head}\n\n${text}`);
}

async function main(): Promise<number> {
  const plan = readPlan();
  if (plan === null) {
    say('npm run profile -- FOLDER [--seconds n] [--connections n] [--per-second n] [--monitors n]');
    return 2;
  }
  await mkdir(plan.folder, { recursive: true });
  const port = await findFreePort('127.0.0.1');
  await withProduct(
    async (product) => {
      await seedMonitors(product, {
        first: 0,
        count: plan.monitors,
        periodSeconds: 86_400,
        graceSeconds: 3_600,
        dueAtSql: `extract(epoch FROM now()) * 1000 + 86400000 + i`,
      });
      await load(product, plan, WARM_UP_SECONDS);
      // Before anything listens in: what the profilers cost is then told from what the product costs.
      const plain = await measured(product, () => load(product, plan, plan.seconds));
      say(headline('Unwatched', plan, plain.result));
      const inspector = await inspect(product.pid, port);
      try {
        await profileTime(product, inspector, plan);
        await profileAllocations(product, inspector, plan);
      } finally {
        inspector.close();
      }
      await profileDatabase(product, plan);
    },
    { env: inspectable(port) },
  );
  say(`written to ${plan.folder}: time.svg and .txt, allocations.svg and .txt, postgres.txt, server.cpuprofile`);
  return 0;
}

process.exitCode = await main();
