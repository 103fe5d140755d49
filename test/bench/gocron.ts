import { performance } from 'node:perf_hooks';
import { type Benchmark, below, fact, type Settings } from './benchmark.ts';
import { postgresSeconds, processSeconds } from './cpu.ts';
import { runLoad } from './generator.ts';
import { type Product, withProduct } from './product.ts';
import { assertExact, seedMonitors } from './seed.ts';
import { quantile, waitMs } from './wait.ts';

const MONITORS = 50_000;
const PINGS_PER_SECOND = 10_000 / 90;
const PERIOD_SECONDS = 450;
const GRACE_SECONDS = 300;
const SECONDS = 270;
const CONNECTIONS = 32;
/** Never pinged, and due in the middle of it, so that finding them out is part of what is measured. */
const SILENT = 500;
const SAMPLE_SECONDS = 10;
const MAX_CPU_PERCENT = 10;
const MAX_MEDIAN_MS = 25;

interface Sample {
  readonly atSeconds: number;
  readonly serverPercent: number;
  readonly postgresPercent: number;
}

/** Processor time of server and database per stretch of ten seconds, in percent of one core. */
async function sampleCpu(product: Product, seconds: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  const read = () => ({
    at: performance.now(),
    server: processSeconds(product.pid),
    postgres: postgresSeconds(product.postgresPid),
  });
  const first = read();
  let last = first;
  while (last.at - first.at < seconds * 1_000) {
    await waitMs(Math.min(SAMPLE_SECONDS * 1_000, first.at + seconds * 1_000 - performance.now() + 1));
    const next = read();
    const percent = (used: number) => (used * 100_000) / (next.at - last.at);
    samples.push({
      atSeconds: (next.at - first.at) / 1_000,
      serverPercent: percent(next.server - last.server),
      postgresPercent: percent(next.postgres - last.postgres),
    });
    last = next;
  }
  return samples;
}

async function checkpoints(product: Product): Promise<number> {
  const [row] = await product.query<{ done: number }>('SELECT num_done::int AS done FROM pg_stat_checkpointer');
  return row?.done ?? 0;
}

async function measure(product: Product, { seconds: given, say }: Settings) {
  const seconds = given ?? SECONDS;
  await seedMonitors(product, {
    first: 0,
    count: MONITORS,
    periodSeconds: PERIOD_SECONDS,
    graceSeconds: GRACE_SECONDS,
    // The silent ones all at once in the middle; the others spread over a period, and later than the end.
    dueAtSql: `extract(epoch FROM now()) * 1000 + CASE WHEN i < ${SILENT} THEN ${seconds * 500}
      ELSE ${seconds * 1_000 + 60_000} + i * ${(PERIOD_SECONDS * 1_000) / MONITORS} END`,
  });
  const before = await checkpoints(product);
  const { host, port } = product;
  const monitors = { first: SILENT, count: MONITORS - SILENT };
  const loading = runLoad({ host, port, monitors, connections: CONNECTIONS, seconds, perSecond: PINGS_PER_SECOND });
  const checkpointing = waitMs(seconds * 700).then(() => product.query('CHECKPOINT'));
  const [result, samples] = await Promise.all([loading, sampleCpu(product, seconds), checkpointing]);
  for (const { atSeconds, serverPercent, postgresPercent } of samples) {
    const [server, postgres] = [serverPercent.toFixed(1), postgresPercent.toFixed(1)];
    say(`  after ${atSeconds.toFixed(0)} s: server ${server} %, PostgreSQL ${postgres} % of one core`);
  }
  await assertExact(product, result.ok);
  const [found] = await product.query<{ n: number }>('SELECT count(*)::int AS n FROM incident');
  const totals = samples.map((sample) => sample.serverPercent + sample.postgresPercent);
  const mean = totals.reduce((sum, value) => sum + value, 0) / totals.length;
  const measures = [
    below(`CPU of server and PostgreSQL, ${seconds} s of gocron's load`, mean, MAX_CPU_PERCENT, ' % of a core'),
    fact('  median of 10 s', quantile(totals, 0.5), ' %', 1),
    fact('  highest 10 s', Math.max(...totals), ' %', 1),
    below('median answer', result.latencyMs.p50, MAX_MEDIAN_MS, ' ms'),
    fact('p99 answer', result.latencyMs.p99, ' ms', 1),
    fact('checkpoints meanwhile', (await checkpoints(product)) - before),
    fact(`of ${SILENT} silent ones found`, found?.n ?? 0),
  ];
  return { measures, details: { samples, result } };
}

export const gocron: Benchmark = {
  name: 'gocron',
  about: `${MONITORS} monitors, 10,000 check-ins per 90 s, ${SILENT} of them fall silent, one checkpoint`,
  run: (settings) => withProduct((product) => measure(product, settings)),
};
