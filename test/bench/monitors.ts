import { type Benchmark, fact, type Measure, type Report, type Settings } from './benchmark.ts';
import { type CountingLoad, countingLoad } from './counting-load.ts';
import { postgresSeconds, processSeconds } from './cpu.ts';
import { lineChart } from './line-chart.ts';
import { type Product, withProduct } from './product.ts';
import { assertExact, seedMonitors } from './seed.ts';
import { waitMs } from './wait.ts';

/** The install grows to these sizes, one after the other. */
const SIZES = [1_000, 10_000, 100_000, 1_000_000] as const;
/** So many are pinged again and again, to tell the cost of what exists from that of what is busy. */
const BUSY = 1_000;
const CONNECTIONS = 64;
const SECONDS = 10;
const WARM_UP_SECONDS = 5;
const IDLE_SECONDS = 15;

/** Processor time of one ping, in microseconds, and what clients saw. */
interface Cost {
  readonly serverUs: number;
  readonly postgresUs: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

interface Level {
  readonly size: number;
  /** Pings spread over all of them, and over the busy ones alone. */
  readonly all: Cost;
  readonly busy: Cost;
  /** Of a core, in percent, while nothing arrives and nothing is due. */
  readonly idlePercent: number;
}

const used = ({ pid, postgresPid }: Product) => ({
  server: processSeconds(pid),
  postgres: postgresSeconds(postgresPid),
});

async function costOf(product: Product, load: CountingLoad, count: number, seconds: number): Promise<Cost> {
  const before = used(product);
  const result = await load.run({ connections: CONNECTIONS, seconds, monitors: { first: 0, count } });
  const after = used(product);
  const each = (one: number, other: number) => ((other - one) * 1e6) / result.ok;
  return {
    serverUs: each(before.server, after.server),
    postgresUs: each(before.postgres, after.postgres),
    perSecond: result.perSecond,
    p50: result.latencyMs.p50,
    p99: result.latencyMs.p99,
  };
}

async function idlePercent(product: Product, seconds: number): Promise<number> {
  const before = used(product);
  await waitMs(seconds * 1_000);
  const after = used(product);
  return ((after.server - before.server + after.postgres - before.postgres) * 100) / seconds;
}

function pictures(levels: readonly Level[]): NonNullable<Report['pictures']> {
  const line = (name: string, of: (level: Level) => number) => ({
    name,
    points: levels.map((level) => [level.size, of(level)] as const),
  });
  const svg = lineChart({
    title: 'What a ping costs, against the monitors in the database',
    note: `${CONNECTIONS} connections; server and PostgreSQL together`,
    xLabel: 'monitors',
    yLabel: 'µs of a core for each ping',
    logX: true,
    series: [
      line('over all of them', ({ all }) => all.serverUs + all.postgresUs),
      line(`over ${BUSY}`, ({ busy }) => busy.serverUs + busy.postgresUs),
    ],
  });
  return [{ name: 'bench-monitors', svg }];
}

function measuresOf({ size, all, busy, idlePercent: idle }: Level): Measure[] {
  const name = `${size.toLocaleString('en')} monitors`;
  return [
    fact(`${name}: a ping over all, server + PostgreSQL`, all.serverUs + all.postgresUs, ' µs', 1),
    fact(`${name}: pings over all`, all.perSecond, '/s'),
    fact(`${name}: p99 of these`, all.p99, ' ms', 1),
    fact(`${name}: a ping over ${BUSY}, server + PostgreSQL`, busy.serverUs + busy.postgresUs, ' µs', 1),
    fact(`${name}: pings over ${BUSY}`, busy.perSecond, '/s'),
    fact(`${name}: idle, server and PostgreSQL`, idle, ' % of a core', 2),
  ];
}

async function measure(product: Product, { seconds: given, say }: Settings): Promise<Report> {
  const seconds = given ?? SECONDS;
  const load = countingLoad(product, BUSY);
  const levels: Level[] = [];
  let made = 0;
  for (const size of SIZES) {
    await seedMonitors(product, {
      first: made,
      count: size - made,
      periodSeconds: 86_400,
      graceSeconds: 3_600,
      dueAtSql: `extract(epoch FROM now()) * 1000 + 86400000 + i * 50`,
    });
    made = size;
    await load.run({ connections: CONNECTIONS, seconds: Math.min(WARM_UP_SECONDS, seconds) });
    const busy = await costOf(product, load, BUSY, seconds);
    const all = await costOf(product, load, size, seconds);
    const level = { size, busy, all, idlePercent: await idlePercent(product, Math.min(IDLE_SECONDS, seconds * 2)) };
    levels.push(level);
    const text = ({ serverUs, postgresUs, perSecond }: Cost) =>
      `${perSecond.toFixed(0)}/s, server ${serverUs.toFixed(0)} µs, PostgreSQL ${postgresUs.toFixed(0)} µs`;
    say(
      `  ${size} monitors: over ${BUSY} ${text(busy)}; over all ${text(all)}; idle ${level.idlePercent.toFixed(2)} %`,
    );
  }
  await assertExact(product, load.answered);
  return { measures: levels.flatMap(measuresOf), details: levels, pictures: pictures(levels) };
}

export const monitors: Benchmark = {
  name: 'monitors',
  about: `what a ping and what rest costs with ${SIZES[0]} to ${SIZES.at(-1)} monitors in the database`,
  run: (settings) => withProduct((product) => measure(product, settings)),
};
