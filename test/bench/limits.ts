import { systemClock } from '../../src/platform/clock.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { systemRandom } from '../../src/platform/random.ts';
import type { Database } from '../../src/store/database.ts';
import { openStore } from '../../src/store/open-store.ts';
import { MAX_FLUSHES } from '../../src/watch/ingest.ts';
import { FLAGS_OF_THE_SERVER, withBareServer } from './bare-server.ts';
import { type Benchmark, fact, type Measure, type Report, type Settings } from './benchmark.ts';
import { countingLoad } from './counting-load.ts';
import { postgresSeconds, processSeconds } from './cpu.ts';
import { runLoad } from './generator.ts';
import { pingKey } from './keys.ts';
import { measureDisk } from './limits/disk.ts';
import { measureIngest } from './limits/ingest.ts';
import { measureStatements } from './limits/statements.ts';
import { type Product, withProduct } from './product.ts';
import { assertExact, seedMonitors } from './seed.ts';

const MONITORS = 20_000;
const CONNECTIONS = 256;
const SECONDS = 8;
const WARM_UP_SECONDS = 4;
/** Pings to a statement. */
const SIZES = [1, 8, 32, 128, 500] as const;

/** Processor time while `work` goes on, for each of what it answers, in microseconds. */
async function costing<T>(pids: { own?: true; server?: number; postgres?: number }, work: () => Promise<T>) {
  const read = () => ({
    own: process.cpuUsage(),
    server: pids.server === undefined ? 0 : processSeconds(pids.server),
    postgres: pids.postgres === undefined ? 0 : postgresSeconds(pids.postgres),
  });
  const before = read();
  const result = await work();
  const after = read();
  const own = (after.own.user - before.own.user + after.own.system - before.own.system) / 1e6;
  return { result, own, server: after.server - before.server, postgres: after.postgres - before.postgres };
}

const each = (seconds: number, count: number) => (seconds * 1e6) / count;

interface Bare {
  readonly perSecond: number;
  readonly serverUs: number;
  readonly generatorUs: number;
}

async function bare(file: string, path: string, seconds: number, how?: Parameters<typeof withBareServer>[2]) {
  return withBareServer(
    file,
    async ({ port, pid }): Promise<Bare> => {
      const plan = { host: '127.0.0.1', port, path, connections: CONNECTIONS };
      await runLoad({ ...plan, seconds: WARM_UP_SECONDS });
      const { result, server } = await costing({ server: pid }, () => runLoad({ ...plan, seconds }));
      const { perSecond, ok, cpuSeconds } = result;
      return { perSecond, serverUs: each(server, ok), generatorUs: each(cpuSeconds, ok) };
    },
    how,
  );
}

/** Answers that come together after this long cost what answers at once do not: what waits outlives the young. */
const COMMIT_MS = 5;

async function measureNode(seconds: number, say: Settings['say']) {
  const ping = `/ping/${pingKey(0)}`;
  const flags = FLAGS_OF_THE_SERVER;
  const found = {
    empty: await bare('empty-server.ts', '/', seconds),
    atOnce: await bare('no-database-server.ts', ping, seconds, { flags }),
    together: await bare('no-database-server.ts', ping, seconds, { flags, args: [`${COMMIT_MS}`] }),
    roomy: await bare('no-database-server.ts', ping, seconds, { args: [`${COMMIT_MS}`] }),
  };
  for (const [name, { perSecond, serverUs, generatorUs }] of Object.entries(found)) {
    say(
      `  ${NODE_NAMES[name as keyof typeof found]}: ${perSecond.toFixed(0)}/s, ${serverUs.toFixed(1)} µs, ` +
        `generator ${generatorUs.toFixed(1)} µs`,
    );
  }
  return found;
}

const NODE_NAMES = {
  empty: 'empty server',
  atOnce: 'our HTTP without a database, answered at once',
  together: `the same, answered together every ${COMMIT_MS} ms`,
  roomy: 'the same, with as much room for young objects as Node likes',
} as const;

async function measurePostgres(product: Product, database: Database, seconds: number, say: Settings['say']) {
  const rows = await product.query<{ id: string }>('SELECT monitor_id AS id FROM monitor_state ORDER BY monitor_id');
  const ids = rows.map(({ id }) => id);
  const levels: {
    perFlush: number;
    atOnce: number;
    rowsPerSecond: number;
    p50: number;
    p99: number;
    driverUs: number;
    postgresUs: number;
  }[] = [];
  let stored = 0;
  for (const [perFlush, atOnce] of [[1, 1], ...SIZES.map((size) => [size, MAX_FLUSHES] as const)] as const) {
    const { result, own, postgres } = await costing({ postgres: product.postgresPid }, () =>
      measureStatements(database, ids, { perFlush, atOnce, seconds }),
    );
    stored += result.rows;
    const [driverUs, postgresUs] = [each(own, result.rows), each(postgres, result.rows)];
    const { p50, p99 } = result.latencyMs;
    levels.push({ perFlush, atOnce, rowsPerSecond: result.rowsPerSecond, p50, p99, driverUs, postgresUs });
    say(
      `  ${perFlush} pings to a statement, ${atOnce} at once: ${result.rowsPerSecond.toFixed(0)}/s, flush p50 ${p50.toFixed(2)} ms, ` +
        `p99 ${p99.toFixed(2)} ms, PostgreSQL ${postgresUs.toFixed(1)} µs, driver ${driverUs.toFixed(1)} µs a ping`,
    );
  }
  return { levels, stored };
}

async function measureIngestAlone(product: Product, database: Database, seconds: number, say: Settings['say']) {
  const plan = { monitors: MONITORS, atOnce: CONNECTIONS };
  const warm = await measureIngest(database, { ...plan, seconds: WARM_UP_SECONDS });
  const { result, own, postgres } = await costing({ postgres: product.postgresPid }, () =>
    measureIngest(database, { ...plan, seconds }),
  );
  const [ingestUs, postgresUs] = [each(own, result.stored), each(postgres, result.stored)];
  say(
    `  ingest without HTTP, ${CONNECTIONS} callers: ${result.perSecond.toFixed(0)}/s, ingest ${ingestUs.toFixed(1)} µs, ` +
      `PostgreSQL ${postgresUs.toFixed(1)} µs a ping`,
  );
  return { ...result, ingestUs, postgresUs, stored: warm.stored + result.stored };
}

async function measureWhole(product: Product, seconds: number, say: Settings['say']) {
  const load = countingLoad(product, MONITORS);
  await load.run({ connections: CONNECTIONS, seconds: WARM_UP_SECONDS });
  const pids = { server: product.pid, postgres: product.postgresPid };
  const { result, server, postgres } = await costing(pids, () => load.run({ connections: CONNECTIONS, seconds }));
  const whole = {
    ...result,
    serverUs: each(server, result.ok),
    postgresUs: each(postgres, result.ok),
    generatorUs: each(result.cpuSeconds, result.ok),
    stored: load.answered,
  };
  say(
    `  the product: ${result.perSecond.toFixed(0)}/s, server ${whole.serverUs.toFixed(1)} µs, PostgreSQL ` +
      `${whole.postgresUs.toFixed(1)} µs, generator ${whole.generatorUs.toFixed(1)} µs a ping`,
  );
  return whole;
}

async function measure(product: Product, { seconds: given, say }: Settings): Promise<Report> {
  const seconds = given ?? SECONDS;
  await seedMonitors(product, {
    first: 0,
    count: MONITORS,
    periodSeconds: 86_400,
    graceSeconds: 3_600,
    dueAtSql: `extract(epoch FROM now()) * 1000 + 86400000 + i`,
  });
  const disk = measureDisk(product.dataDir, Math.min(seconds, WARM_UP_SECONDS));
  say(
    `  the disk has a page for good after ${disk.latencyMs.p50.toFixed(2)} ms, p99 ${disk.latencyMs.p99.toFixed(2)} ms`,
  );
  const node = await measureNode(seconds, say);
  const logger = createLogger({ level: 'warn', format: 'text', clock: systemClock, write: (line) => say(line) });
  const opened = await openStore({
    databaseUrl: product.databaseUrl,
    dataDir: product.dataDir,
    pgBin: null,
    logger,
    clock: systemClock,
    random: systemRandom,
  });
  if (!opened.ok) throw new Error(opened.message);
  const { store } = opened;
  try {
    const postgres = await measurePostgres(product, store.ingest, seconds, say);
    const ingest = await measureIngestAlone(product, store.ingest, seconds, say);
    const whole = await measureWhole(product, seconds, say);
    await assertExact(product, postgres.stored + ingest.stored + whole.stored);
    return {
      measures: measuresOf(disk, node, postgres, ingest, whole),
      details: { disk, node, postgres, ingest, whole },
    };
  } finally {
    await store.close('fast');
  }
}

function measuresOf(
  disk: ReturnType<typeof measureDisk>,
  node: Awaited<ReturnType<typeof measureNode>>,
  postgres: Awaited<ReturnType<typeof measurePostgres>>,
  ingest: Awaited<ReturnType<typeof measureIngestAlone>>,
  whole: Awaited<ReturnType<typeof measureWhole>>,
): Measure[] {
  const share = (part: number) => part / node.empty.perSecond;
  return [
    fact('the disk has a page for good, p50', disk.latencyMs.p50, ' ms', 2),
    fact('the same, p99', disk.latencyMs.p99, ' ms', 2),
    ...Object.entries(node).flatMap(([key, { perSecond, serverUs }]) => [
      fact(NODE_NAMES[key as keyof typeof node], perSecond, '/s'),
      fact('  of the empty server', share(perSecond), '', 3),
      fact('  µs of a core for each, server', serverUs, ' µs', 1),
    ]),
    ...postgres.levels.flatMap(({ perFlush, atOnce, rowsPerSecond, p50, driverUs, postgresUs }) => {
      const name = `statement of ${perFlush}, ${atOnce} at once`;
      return [
        fact(`${name}: pings stored`, rowsPerSecond, '/s'),
        fact('  until its commit is on disk, p50', p50, ' ms', 2),
        fact('  PostgreSQL for each ping', postgresUs, ' µs', 1),
        fact('  driver for each ping', driverUs, ' µs', 1),
      ];
    }),
    fact(`ingest without HTTP, ${CONNECTIONS} callers`, ingest.perSecond, '/s'),
    fact('  of the empty server', share(ingest.perSecond), '', 3),
    fact('  µs of a core for each, ingest and driver', ingest.ingestUs, ' µs', 1),
    fact('  µs of a core for each, PostgreSQL', ingest.postgresUs, ' µs', 1),
    fact('the product', whole.perSecond, '/s'),
    fact('  of the empty server', share(whole.perSecond), '', 3),
    fact('  µs of a core for each: server', whole.serverUs, ' µs', 1),
    fact('  PostgreSQL', whole.postgresUs, ' µs', 1),
    fact('  the generator', whole.generatorUs, ' µs', 1),
  ];
}

export const limits: Benchmark = {
  name: 'limits',
  about: 'what disk, PostgreSQL and Node do alone with the same pings, beside the whole product',
  run: (settings) => withProduct((product) => measure(product, settings)),
};
