import { performance } from 'node:perf_hooks';
import { type Benchmark, below, fact, type Settings } from './benchmark.ts';
import { postgresSeconds, processSeconds } from './cpu.ts';
import { runLoad } from './generator.ts';
import { checkInPath, GOCRON_ACCOUNTS, GOCRON_SQL } from './keys.ts';
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
/** The jobs that bring the addresses along are not heard again. */
const OPENER_FREQUENCY_SECONDS = 86_400;
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

/**
 * Makes gocron's jobs of the seeded monitors: known by name and account, with an address per account, which a first
 * check-in makes a channel of. The silent ones have none: what is sent is not what is measured. Answers the check-ins.
 */
async function seedGocronJobs({ host, port, query }: Product): Promise<number> {
  for (const account of GOCRON_ACCOUNTS) {
    const answer = await fetch(`http://${host}:${port}${checkInPath(account, 'opener', OPENER_FREQUENCY_SECONDS)}`);
    if (answer.status !== 201) throw new Error(`a check-in was answered ${answer.status}`);
  }
  await query(`UPDATE monitor m SET origin_dialect = 'gocron', origin_key = ${GOCRON_SQL.key} WHERE name LIKE 'job %'`);
  await query(
    `INSERT INTO monitor_channel (monitor_id, channel_id, from_origin)
      SELECT m.id, c.id, true FROM monitor m JOIN channel c ON c.name = ${GOCRON_SQL.address}
      WHERE m.name LIKE 'job %' AND split_part(m.name, ' ', 2)::integer >= $1`,
    [SILENT],
  );
  await query('VACUUM (ANALYZE) monitor');
  await query('VACUUM (ANALYZE) monitor_channel');
  await query('CHECKPOINT');
  return GOCRON_ACCOUNTS.length;
}

type Form = 'check-ins' | 'pings';

async function measure(product: Product, { seconds: given, say }: Settings, form: Form) {
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
  const opened = form === 'check-ins' ? await seedGocronJobs(product) : 0;
  const before = await checkpoints(product);
  const { host, port } = product;
  const monitors = { first: SILENT, count: MONITORS - SILENT };
  const loading = runLoad({
    host,
    port,
    monitors,
    connections: CONNECTIONS,
    seconds,
    perSecond: PINGS_PER_SECOND,
    ...(form === 'check-ins' ? { gocronFrequencySeconds: PERIOD_SECONDS } : {}),
  });
  const checkpointing = waitMs(seconds * 700).then(() => product.query('CHECKPOINT'));
  const [result, samples] = await Promise.all([loading, sampleCpu(product, seconds), checkpointing]);
  for (const { atSeconds, serverPercent, postgresPercent } of samples) {
    const [server, postgres] = [serverPercent.toFixed(1), postgresPercent.toFixed(1)];
    say(`  after ${atSeconds.toFixed(0)} s: server ${server} %, PostgreSQL ${postgres} % of one core`);
  }
  await assertExact(product, result.ok + opened);
  const [found] = await product.query<{ n: number }>('SELECT count(*)::int AS n FROM incident');
  const totals = samples.map((sample) => sample.serverPercent + sample.postgresPercent);
  const mean = totals.reduce((sum, value) => sum + value, 0) / totals.length;
  const measures = [
    below(
      `CPU of server and PostgreSQL, ${seconds} s of gocron's load as ${form}`,
      mean,
      MAX_CPU_PERCENT,
      ' % of a core',
    ),
    fact('  median of 10 s', quantile(totals, 0.5), ' %', 1),
    fact('  highest 10 s', Math.max(...totals), ' %', 1),
    below('median answer', result.latencyMs.p50, MAX_MEDIAN_MS, ' ms'),
    fact('p99 answer', result.latencyMs.p99, ' ms', 1),
    fact('checkpoints meanwhile', (await checkpoints(product)) - before),
    fact(`of ${SILENT} silent ones found`, found?.n ?? 0),
  ];
  return { measures, details: { samples, result } };
}

const ABOUT = `${MONITORS} monitors, 10,000 check-ins per 90 s, ${SILENT} of them fall silent, one checkpoint`;

/** Through gocron's own interface, as its clients call. */
export const gocron: Benchmark = {
  name: 'gocron',
  about: ABOUT,
  run: (settings) =>
    withProduct((product) => measure(product, settings, 'check-ins'), { env: { ALLSWELL_OPEN_DIALECTS: 'gocron' } }),
};

/** The same load on ping URLs: what the interface costs is the difference. */
export const gocronPings: Benchmark = {
  name: 'gocron-pings',
  about: `${ABOUT}, by ping URLs`,
  run: (settings) => withProduct((product) => measure(product, settings, 'pings')),
};
