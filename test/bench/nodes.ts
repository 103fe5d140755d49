import { type Benchmark, fact, type Measure, type Report, type Settings } from './benchmark.ts';
import { countingLoad } from './counting-load.ts';
import { postgresSeconds, processSeconds } from './cpu.ts';
import { lineChart } from './line-chart.ts';
import { type FurtherNode, type Product, startFurtherNode, withProduct } from './product.ts';
import { assertExact, seedMonitors } from './seed.ts';

const MONITORS = 20_000;
const MAX_NODES = 3;
/** Divided among the nodes. */
const CONNECTIONS = 192;
const SECONDS = 10;
const WARM_UP_SECONDS = 6;

/** A balancer sends a monitor's pings anywhere, or always to the same node. */
type Spread = 'anywhere' | 'own share';
const SPREADS: readonly Spread[] = ['anywhere', 'own share'];

interface Level {
  readonly nodes: number;
  readonly spread: Spread;
  readonly perSecond: number;
  /** The largest of the nodes'. */
  readonly p50: number;
  readonly p99: number;
  readonly nodesUs: number;
  readonly postgresUs: number;
}

type Node = Pick<FurtherNode, 'host' | 'port' | 'pid'>;

function pictures(levels: readonly Level[]): NonNullable<Report['pictures']> {
  const svg = lineChart({
    title: 'Pings a second against nodes on one database',
    note: `${CONNECTIONS} connections divided among them; load, nodes and PostgreSQL share one machine`,
    xLabel: 'nodes',
    yLabel: 'durable pings a second',
    logX: true,
    series: SPREADS.map((spread) => ({
      name: spread,
      points: levels.filter((level) => level.spread === spread).map((level) => [level.nodes, level.perSecond] as const),
    })),
  });
  return [{ name: 'bench-nodes', svg }];
}

/** Loads all nodes at once. */
async function loadAll(
  product: Product,
  nodes: readonly Node[],
  spread: Spread,
  seconds: number,
  count: (answered: number) => void,
): Promise<Level> {
  const share = Math.floor(MONITORS / nodes.length);
  const used = () => ({
    nodes: nodes.reduce((sum, { pid }) => sum + processSeconds(pid), 0),
    postgres: postgresSeconds(product.postgresPid),
  });
  const before = used();
  const results = await Promise.all(
    nodes.map((node, index) => {
      const monitors = spread === 'anywhere' ? { first: 0, count: MONITORS } : { first: index * share, count: share };
      const connections = Math.floor(CONNECTIONS / nodes.length);
      return countingLoad(node, MONITORS).run({ connections, seconds, monitors });
    }),
  );
  const after = used();
  const answered = results.reduce((sum, { ok }) => sum + ok, 0);
  count(answered);
  return {
    nodes: nodes.length,
    spread,
    perSecond: results.reduce((sum, { perSecond }) => sum + perSecond, 0),
    p50: Math.max(...results.map(({ latencyMs }) => latencyMs.p50)),
    p99: Math.max(...results.map(({ latencyMs }) => latencyMs.p99)),
    nodesUs: ((after.nodes - before.nodes) * 1e6) / answered,
    postgresUs: ((after.postgres - before.postgres) * 1e6) / answered,
  };
}

async function measure(product: Product, further: FurtherNode[], { seconds: given, say }: Settings): Promise<Report> {
  const seconds = given ?? SECONDS;
  await seedMonitors(product, {
    first: 0,
    count: MONITORS,
    periodSeconds: 86_400,
    graceSeconds: 3_600,
    dueAtSql: `extract(epoch FROM now()) * 1000 + 86400000 + i`,
  });
  let answered = 0;
  const count = (more: number) => {
    answered += more;
  };
  const levels: Level[] = [];
  const measures: Measure[] = [];
  for (let size = 1; size <= MAX_NODES; size += 1) {
    if (size > 1) further.push(await startFurtherNode(product));
    const nodes = [product, ...further];
    await loadAll(product, nodes, 'anywhere', Math.min(WARM_UP_SECONDS, seconds), count);
    for (const spread of SPREADS) {
      const level = await loadAll(product, nodes, spread, seconds, count);
      levels.push(level);
      const name = `${size} node${size === 1 ? '' : 's'}, ${spread}`;
      say(
        `  ${name}: ${level.perSecond.toFixed(0)} pings/s, p50 ${level.p50.toFixed(1)} ms, p99 ${level.p99.toFixed(1)} ms, ` +
          `nodes ${level.nodesUs.toFixed(0)} µs and PostgreSQL ${level.postgresUs.toFixed(0)} µs a ping`,
      );
      measures.push(
        fact(`${name}: durable pings`, level.perSecond, '/s'),
        fact(`${name}: p99`, level.p99, ' ms', 1),
        fact(`${name}: nodes and PostgreSQL for each`, level.nodesUs + level.postgresUs, ' µs', 1),
      );
    }
  }
  await assertExact(product, answered);
  return { measures, details: levels, pictures: pictures(levels) };
}

export const nodes: Benchmark = {
  name: 'nodes',
  about: `durable pings through 1 to ${MAX_NODES} nodes on one database`,
  run: (settings) =>
    withProduct(async (product) => {
      const further: FurtherNode[] = [];
      try {
        return await measure(product, further, settings);
      } finally {
        await Promise.all(further.map((node) => node.stop()));
      }
    }),
};
