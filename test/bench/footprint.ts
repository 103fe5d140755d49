import { rm } from 'node:fs/promises';
import { type Benchmark, below, fact, type Settings } from './benchmark.ts';
import { residentMb } from './cpu.ts';
import { runLoad } from './generator.ts';
import { makeDataDir, type Product, startProduct } from './product.ts';
import { assertExact, seedMonitors } from './seed.ts';
import { quantile, waitMs } from './wait.ts';

const MONITORS = 100_000;
const PINGS_PER_SECOND = 5_000;
const CONNECTIONS = 256;
const SECONDS = 600;
const SAMPLES = 60;
const MAX_RESIDENT_MB = 250;
const RESTARTS = 5;
const MAX_FIRST_SECONDS = 3;
const MAX_LATER_SECONDS = 1.5;

async function sampleMemory(product: Product, seconds: number): Promise<number[]> {
  const samples: number[] = [];
  for (let count = 0; count < SAMPLES; count += 1) {
    await waitMs((seconds * 1_000) / SAMPLES);
    samples.push(residentMb(product.pid));
  }
  return samples;
}

/** How long later starts on the same folder take. */
async function restart(dataDir: string): Promise<number[]> {
  const took: number[] = [];
  for (let count = 0; count < RESTARTS; count += 1) {
    const product = await startProduct(dataDir);
    took.push(product.readyAfterMs / 1_000);
    await product.stop();
  }
  return took;
}

async function underLoad(product: Product, { seconds: given, say }: Settings) {
  const seconds = given ?? SECONDS;
  const atRest = residentMb(product.pid);
  await seedMonitors(product, {
    first: 0,
    count: MONITORS,
    periodSeconds: 86_400,
    graceSeconds: 3_600,
    dueAtSql: `extract(epoch FROM now()) * 1000 + 86400000 + i`,
  });
  const { host, port } = product;
  const monitors = { first: 0, count: MONITORS };
  const plan = { host, port, monitors, connections: CONNECTIONS, seconds, perSecond: PINGS_PER_SECOND };
  const [result, memory] = await Promise.all([runLoad(plan), sampleMemory(product, seconds)]);
  await assertExact(product, result.ok);
  say(`  ${result.perSecond.toFixed(0)} pings/s, p99 ${result.latencyMs.p99.toFixed(1)} ms`);
  return { atRest, memory, result };
}

async function measure(dataDir: string, settings: Settings) {
  const product = await startProduct(dataDir);
  const first = product.readyAfterMs / 1_000;
  let load: Awaited<ReturnType<typeof underLoad>>;
  try {
    load = await underLoad(product, settings);
  } finally {
    await product.stop();
  }
  const later = await restart(dataDir);
  const { atRest, memory, result } = load;
  const measures = [
    below('ready after the very first start', first, MAX_FIRST_SECONDS, ' s', 2),
    below(`ready after later starts, median of ${RESTARTS}`, quantile(later, 0.5), MAX_LATER_SECONDS, ' s', 2),
    fact('memory of the server at rest', atRest, ' MB'),
    fact('pings meanwhile', result.perSecond, '/s'),
    below('memory of the server at the end', memory.at(-1) ?? Number.NaN, MAX_RESIDENT_MB, ' MB', 0),
    below('memory of the server, highest', Math.max(...memory), MAX_RESIDENT_MB, ' MB', 0),
  ];
  return { measures, details: { first, later, memory, result } };
}

export const footprint: Benchmark = {
  name: 'footprint',
  about: `start, and memory under ${PINGS_PER_SECOND} pings a second over ${MONITORS} monitors`,
  async run(settings) {
    const dataDir = await makeDataDir();
    try {
      return await measure(dataDir, settings);
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  },
};
