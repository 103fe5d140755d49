import { type Benchmark, below, fact, type Measure, type Settings } from './benchmark.ts';
import { addWebhook } from './channel.ts';
import { postgresSeconds, processSeconds } from './cpu.ts';
import { type Product, withProduct } from './product.ts';
import { seedMonitors } from './seed.ts';
import { waitMs, waitUntil } from './wait.ts';

/** The install grows to these sizes, one after the other. */
const SIZES = [1_000, 10_000, 100_000, 1_000_000];
const IDLE_SECONDS = 30;
const DUE_AT_ONCE = 10_000;
const DUE_IN_MS = 10_000;
const MAX_SECONDS = 5;
const LOOK_EVERY_MS = 20;
const GIVE_UP_MS = 120_000;

/** The two questions that the wake loop asks while nothing is due. */
const QUESTIONS = [
  'SELECT min(wake_at) FROM monitor_state WHERE wake_at IS NOT NULL',
  `SELECT * FROM monitor_state WHERE wake_at <= 0 ORDER BY wake_at LIMIT 1000 FOR UPDATE SKIP LOCKED`,
];

/** Pages that these questions touch. */
async function pagesTouched(product: Product): Promise<number> {
  let pages = 0;
  for (const question of QUESTIONS) {
    const [row] = await product.query<{ 'QUERY PLAN': { Plan: Record<string, number> }[] }>(
      `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${question}`,
    );
    const plan = row?.['QUERY PLAN'][0]?.Plan ?? {};
    pages += (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0);
  }
  return pages;
}

async function idleCost(product: Product, seconds: number) {
  const used = () => ({ server: processSeconds(product.pid), postgres: postgresSeconds(product.postgresPid) });
  const before = used();
  await waitMs(seconds * 1_000);
  const after = used();
  const percent = (one: number, other: number) => ((other - one) * 100) / seconds;
  return {
    serverPercent: percent(before.server, after.server),
    postgresPercent: percent(before.postgres, after.postgres),
    pages: await pagesTouched(product),
  };
}

async function now(product: Product): Promise<number> {
  const [row] = await product.query<{ at: number }>(
    'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS at',
  );
  return row?.at ?? 0;
}

/** Makes `DUE_AT_ONCE` monitors due within one second and waits until everything about them is committed. */
async function dueAtOnce(product: Product): Promise<number> {
  const dueAt = Math.ceil((await now(product)) / 1_000) * 1_000 + DUE_IN_MS;
  await product.query(
    `UPDATE monitor_state SET expected_at = v.due - 3600000, expected_latest_at = v.due - 3600000, due_at = v.due,
      wake_at = v.due FROM (SELECT monitor_id AS id, $1::bigint + row_number() OVER () % 1000 AS due
        FROM (SELECT monitor_id FROM monitor_state ORDER BY md5(monitor_id::text) LIMIT $2) AS chosen) AS v
      WHERE monitor_id = v.id`,
    [dueAt, DUE_AT_ONCE],
  );
  const committed = async () => {
    const [row] = await product.query<{ incidents: number; notices: number }>(
      `SELECT (SELECT count(*)::int FROM incident) AS incidents,
        (SELECT count(*)::int FROM notice WHERE kind = 'opened') AS notices`,
    );
    return row?.incidents === DUE_AT_ONCE && row.notices === DUE_AT_ONCE;
  };
  await waitMs(dueAt - (await now(product)));
  await waitUntil(committed, LOOK_EVERY_MS, GIVE_UP_MS);
  return ((await now(product)) - dueAt) / 1_000;
}

async function measure(product: Product, { seconds, say }: Settings) {
  const receiver = await addWebhook(product);
  try {
    const measures: Measure[] = [];
    const idle: unknown[] = [];
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
      const cost = await idleCost(product, seconds ?? IDLE_SECONDS);
      idle.push({ size, ...cost });
      const name = `idle with ${size.toLocaleString('en')} monitors`;
      measures.push(
        fact(`${name}, server and PostgreSQL`, cost.serverPercent + cost.postgresPercent, ' % of a core', 2),
        fact(`${name}, pages per look`, cost.pages),
      );
      say(`  ${name}: server ${cost.serverPercent.toFixed(2)} %, PostgreSQL ${cost.postgresPercent.toFixed(2)} %`);
    }
    const tookSeconds = await dueAtOnce(product);
    measures.push(
      below(`${DUE_AT_ONCE} deadlines in one second, all committed`, tookSeconds, MAX_SECONDS, ' s', 2),
      fact('webhooks delivered meanwhile', receiver.requests.length),
    );
    return { measures, details: { idle, tookSeconds } };
  } finally {
    await receiver.close();
  }
}

export const deadlines: Benchmark = {
  name: 'deadlines',
  about: `up to ${SIZES.at(-1)} monitors at rest, then ${DUE_AT_ONCE} of them due in the same second`,
  run: (settings) => withProduct((product) => measure(product, settings)),
};
