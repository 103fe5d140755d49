import { withBareServer } from './bare-server.ts';
import { atLeast, type Benchmark, below, fact, type Measure, type Settings } from './benchmark.ts';
import { type CountingLoad, countingLoad } from './counting-load.ts';
import { runLoad } from './generator.ts';
import type { LoadResult } from './load-plan.ts';
import { type Product, withProduct } from './product.ts';
import { assertExact, seedMonitors } from './seed.ts';

const MONITORS = 20_000;
const SECONDS = 20;
const WARM_UP_SECONDS = 3;
const LEVELS = [
  { connections: 256, target: 0.18 },
  { connections: 32, target: 0.09 },
] as const;
const MAX_P99_MS = 50;

const average = (one: number, other: number) => (one + other) / 2;

/** Empty, ours, ours, empty: a machine that gets slower or faster meanwhile favours neither. */
async function compare(
  connections: number,
  seconds: number,
  emptyPort: number,
  load: CountingLoad,
  say: Settings['say'],
) {
  const empty = () => runLoad({ host: '127.0.0.1', port: emptyPort, path: '/', connections, seconds });
  const runs: LoadResult[] = [];
  for (const turn of [
    empty,
    () => load.run({ connections, seconds }),
    () => load.run({ connections, seconds }),
    empty,
  ]) {
    const result = await turn();
    const { p50, p99 } = result.latencyMs;
    say(
      `  ${connections} connections, ${runs.length % 3 === 0 ? 'empty server' : 'durable pings'}: ` +
        `${result.perSecond.toFixed(0)}/s, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
    );
    runs.push(result);
  }
  const at = (index: number) => runs[index]?.perSecond ?? 0;
  return { connections, empty: average(at(0), at(3)), durable: average(at(1), at(2)), runs };
}

async function measure(product: Product, emptyPort: number, settings: Settings) {
  const { say } = settings;
  const seconds = settings.seconds ?? SECONDS;
  await seedMonitors(product, {
    first: 0,
    count: MONITORS,
    periodSeconds: 86_400,
    graceSeconds: 3_600,
    dueAtSql: `extract(epoch FROM now()) * 1000 + 86400000 + i`,
  });
  const load = countingLoad(product, MONITORS);
  const measures: Measure[] = [];
  const details: unknown[] = [];
  for (const { connections, target } of LEVELS) {
    await runLoad({ host: '127.0.0.1', port: emptyPort, path: '/', connections, seconds: WARM_UP_SECONDS });
    await load.run({ connections, seconds: WARM_UP_SECONDS });
    const result = await compare(connections, seconds, emptyPort, load, say);
    const half = await load.run({ connections, seconds, perSecond: Math.round(result.durable / 2) });
    const { p50, p99 } = half.latencyMs;
    say(`  ${connections} connections, half of it: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`);
    details.push({ ...result, half });
    measures.push(
      fact(`empty server, ${connections} connections`, result.empty, '/s'),
      fact(`durable pings, ${connections} connections`, result.durable, '/s'),
      atLeast(`ratio at ${connections} connections`, result.durable / result.empty, target),
      below(`p99 at half of that load, ${connections} connections`, p99, MAX_P99_MS, ' ms'),
    );
  }
  await assertExact(product, load.answered);
  measures.push(fact('answered 2xx = stored = counted', load.answered));
  return { measures, details };
}

export const pings: Benchmark = {
  name: 'pings',
  about: `durable pings over ${MONITORS} monitors against an empty server`,
  run: (settings) =>
    withProduct((product) => withBareServer('empty-server.ts', ({ port }) => measure(product, port, settings))),
};
