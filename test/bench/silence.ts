import { type Benchmark, below, fact, type Settings } from './benchmark.ts';
import { runLoad } from './generator.ts';
import { type Product, withProduct } from './product.ts';
import { assertExact, seedMonitors } from './seed.ts';
import { quantile, waitMs } from './wait.ts';

const MONITORS = 20_000;
/** Fall silent one after the other while the others are pinged. */
const SILENT = 2_000;
const PINGS_PER_SECOND = 5_000;
const CONNECTIONS = 256;
const SECONDS = 60;
const LOOK_EVERY_MS = 25;
const MAX_MS = 1_000;

/** Notes when each incident can be seen first, by the database's clock: it is committed then, or was a moment ago. */
async function watchIncidents(product: Product, isOver: () => boolean): Promise<number[]> {
  const delays: number[] = [];
  let last = '00000000-0000-0000-0000-000000000000';
  while (!isOver()) {
    const rows = await product.query<{ id: string; delay: number }>(
      `SELECT id, (extract(epoch FROM clock_timestamp()) * 1000 - opened_at)::float8 AS delay FROM incident
        WHERE id > $1 ORDER BY id`,
      [last],
    );
    for (const { id, delay } of rows) {
      delays.push(delay);
      last = id;
    }
    await waitMs(LOOK_EVERY_MS);
  }
  return delays;
}

async function measure(product: Product, { seconds: given }: Settings) {
  const seconds = given ?? SECONDS;
  await seedMonitors(product, {
    first: 0,
    count: MONITORS,
    periodSeconds: 86_400,
    graceSeconds: 60,
    dueAtSql: `extract(epoch FROM now()) * 1000 + CASE WHEN i < ${SILENT}
      THEN 5000 + (i * ${((seconds - 5) * 1_000) / SILENT})::bigint ELSE 86400000 END`,
  });
  const { host, port } = product;
  const monitors = { first: SILENT, count: MONITORS - SILENT };
  let isOver = false;
  const watching = watchIncidents(product, () => isOver);
  const result = await runLoad({
    host,
    port,
    monitors,
    connections: CONNECTIONS,
    seconds,
    perSecond: PINGS_PER_SECOND,
  });
  await waitMs(MAX_MS);
  isOver = true;
  const seen = await watching;
  const rows = await product.query<{ delay: number }>(
    'SELECT (detected_at - opened_at)::float8 AS delay FROM incident',
  );
  await assertExact(product, result.ok);
  const found = rows.map((row) => row.delay);
  const measures = [
    fact('pings meanwhile', result.perSecond, '/s'),
    fact('p99 of their answers', result.latencyMs.p99, ' ms', 1),
    fact(`of ${SILENT} silent ones found`, found.length),
    fact('found after the deadline, p50', quantile(found, 0.5), ' ms'),
    fact('found after the deadline, p99', quantile(found, 0.99), ' ms'),
    below('found and committed after the deadline, p99', quantile(seen, 0.99), MAX_MS, ' ms', 0),
    fact('found and committed, longest', Math.max(...seen), ' ms'),
  ];
  return { measures, details: { found, seen, result } };
}

export const silence: Benchmark = {
  name: 'silence',
  about: `${SILENT} deadlines pass while ${PINGS_PER_SECOND} pings a second arrive`,
  run: (settings) => withProduct((product) => measure(product, settings)),
};
