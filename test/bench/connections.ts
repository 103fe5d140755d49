import { withBareServer } from './bare-server.ts';
import { type Benchmark, fact, type Measure, type Report, type Settings } from './benchmark.ts';
import { countingLoad } from './counting-load.ts';
import { runLoad } from './generator.ts';
import { lineChart } from './line-chart.ts';
import type { LoadResult } from './load-plan.ts';
import { type Product, withProduct } from './product.ts';
import { assertExact, seedMonitors } from './seed.ts';

const MONITORS = 20_000;
const CONNECTIONS = [1, 4, 16, 64, 256, 1_024] as const;
const SECONDS = 8;
const WARM_UP_SECONDS = 6;
const WARM_UP_CONNECTIONS = 64;

interface Level {
  readonly connections: number;
  readonly durable: LoadResult;
  readonly empty: LoadResult;
}

function pictures(levels: readonly Level[]): NonNullable<Report['pictures']> {
  const line = (name: string, of: (level: Level) => number) => ({
    name,
    points: levels.map((level) => [level.connections, of(level)] as const),
  });
  const xLabel = 'connections';
  return [
    {
      name: 'bench-connections-rate',
      svg: lineChart({
        title: 'Answers against connections',
        note: `each asks again as soon as it was answered; ${MONITORS} monitors`,
        xLabel,
        yLabel: 'answers a second',
        logX: true,
        series: [
          line('empty server', ({ empty }) => empty.perSecond),
          line('durable pings', ({ durable }) => durable.perSecond),
        ],
      }),
    },
    {
      name: 'bench-connections-latency',
      svg: lineChart({
        title: 'How long an answer takes, against connections',
        note: `each asks again as soon as it was answered; ${MONITORS} monitors`,
        xLabel,
        yLabel: 'ms',
        logX: true,
        series: [
          line('durable p50', ({ durable }) => durable.latencyMs.p50),
          line('durable p99', ({ durable }) => durable.latencyMs.p99),
          line('empty p99', ({ empty }) => empty.latencyMs.p99),
        ],
      }),
    },
  ];
}

async function measure(product: Product, emptyPort: number, { seconds: given, say }: Settings): Promise<Report> {
  const seconds = given ?? SECONDS;
  await seedMonitors(product, {
    first: 0,
    count: MONITORS,
    periodSeconds: 86_400,
    graceSeconds: 3_600,
    dueAtSql: `extract(epoch FROM now()) * 1000 + 86400000 + i`,
  });
  const load = countingLoad(product, MONITORS);
  const empty = (connections: number, forSeconds: number) =>
    runLoad({ host: product.host, port: emptyPort, path: '/', connections, seconds: forSeconds });
  await empty(WARM_UP_CONNECTIONS, WARM_UP_SECONDS / 2);
  await load.run({ connections: WARM_UP_CONNECTIONS, seconds: WARM_UP_SECONDS });
  const levels: Level[] = [];
  const measures: Measure[] = [];
  for (const connections of CONNECTIONS) {
    const level = {
      connections,
      empty: await empty(connections, seconds),
      durable: await load.run({ connections, seconds }),
    };
    levels.push(level);
    const { perSecond, latencyMs } = level.durable;
    const name = `${connections} connection${connections === 1 ? '' : 's'}`;
    say(
      `  ${name}: ${perSecond.toFixed(0)} durable pings/s, p50 ${latencyMs.p50.toFixed(1)} ms, ` +
        `p99 ${latencyMs.p99.toFixed(1)} ms; empty server ${level.empty.perSecond.toFixed(0)}/s`,
    );
    measures.push(
      fact(`${name}: durable pings`, perSecond, '/s'),
      fact(`${name}: p50`, latencyMs.p50, ' ms', 2),
      fact(`${name}: p99`, latencyMs.p99, ' ms', 2),
      fact(`${name}: empty server`, level.empty.perSecond, '/s'),
      fact(`${name}: ratio`, perSecond / level.empty.perSecond, '', 3),
    );
  }
  await assertExact(product, load.answered);
  return { measures, details: levels, pictures: pictures(levels) };
}

export const connections: Benchmark = {
  name: 'connections',
  about: `durable pings over ${CONNECTIONS[0]} to ${CONNECTIONS.at(-1)} connections, beside an empty server`,
  run: (settings) =>
    withProduct((product) => withBareServer('empty-server.ts', ({ port }) => measure(product, port, settings))),
};
