import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { childrenOf, postgresSeconds, processSeconds, residentMb } from '../bench/cpu.ts';
import type { Product } from '../bench/product.ts';
import type { Client } from './client.ts';
import type { Ledger } from './ledger.ts';

/** How it stood at one moment; rates are of the time since the sample before. */
export interface Sample {
  readonly minutes: number;
  readonly pingsPerSecond: number;
  readonly pingP50Ms: number;
  readonly pingP99Ms: number;
  readonly loopP50Ms: number;
  readonly loopP99Ms: number;
  readonly loopMaxMs: number;
  readonly serverMb: number;
  readonly heapMb: number;
  /** Of all its processes, what they share counted once. */
  readonly postgresMb: number;
  readonly serverPercent: number;
  readonly postgresPercent: number;
  readonly signalsMb: number;
  readonly signalIndexesMb: number;
  readonly statesMb: number;
  readonly otherTablesMb: number;
  readonly deadThousands: number;
  readonly vacuums: number;
  readonly walMb: number;
  readonly checkpoints: number;
}

/** What `interval` rates are made from. */
interface Counters {
  readonly at: number;
  readonly server: number;
  readonly postgres: number;
}

const MB = 2 ** 20;

/** Sizes by what stands in them, and how busy the vacuum is: one question, so that it costs little. */
const SIZES = `SELECT
    coalesce(sum(size) FILTER (WHERE name LIKE 'signal%'), 0)::float8 AS signals,
    coalesce(sum(indexes) FILTER (WHERE name LIKE 'signal%'), 0)::float8 AS "signalIndexes",
    coalesce(sum(size + indexes) FILTER (WHERE name = 'monitor_state'), 0)::float8 AS states,
    coalesce(sum(size + indexes) FILTER (WHERE name NOT LIKE 'signal%' AND name <> 'monitor_state'), 0)::float8 AS others,
    coalesce(sum(dead), 0)::float8 AS dead,
    coalesce(sum(vacuums), 0)::float8 AS vacuums,
    pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 AS wal,
    (SELECT num_done::float8 FROM pg_stat_checkpointer) AS checkpoints
  FROM (SELECT relname AS name, pg_table_size(relid) AS size, pg_indexes_size(relid) AS indexes, n_dead_tup AS dead,
    autovacuum_count AS vacuums FROM pg_stat_user_tables) AS t`;

type Sizes = Readonly<
  Record<'signals' | 'signalIndexes' | 'states' | 'others' | 'dead' | 'vacuums' | 'wal' | 'checkpoints', number>
>;

/** Memory of the processes of PostgreSQL, what they share divided among them, in MB. */
function proportionalMb(postmasterPid: number): number {
  let kilobytes = 0;
  for (const pid of [postmasterPid, ...childrenOf(postmasterPid)]) {
    try {
      const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
      kilobytes += Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0);
    } catch {
      // It ended between being listed and being looked at.
    }
  }
  return kilobytes / 1_024;
}

/** The value of a metric of the server; `labels` as they are written. */
function metric(text: string, name: string, labels = ''): number {
  const line = text.split('\n').find((one) => one.startsWith(`${name}${labels} `));
  if (line === undefined) throw new Error(`/metrics has no ${name}${labels}`);
  return Number(line.slice(line.lastIndexOf(' ') + 1));
}

/** Answers a function that takes one sample. */
export function createSampler(product: Product, client: Client, apiKey: string, ledger: Ledger) {
  const counters = (): Counters => ({
    at: performance.now(),
    server: processSeconds(product.pid),
    postgres: postgresSeconds(product.postgresPid),
  });
  const begin = counters();
  let last = begin;
  let firstWal: number | null = null;
  return async (): Promise<Sample> => {
    const [sizes] = await product.query<Sizes>(SIZES);
    const { text } = await client.ask('GET', '/metrics', { headers: { 'x-api-key': apiKey } });
    if (sizes === undefined) throw new Error('PostgreSQL said nothing of its sizes');
    const now = counters();
    const seconds = (now.at - last.at) / 1_000;
    const { pings, latencyMs } = ledger.interval();
    const loopMs = (quantile: string) => metric(text, 'allswell_event_loop_delay_seconds', quantile) * 1_000;
    firstWal ??= sizes.wal;
    const sample: Sample = {
      minutes: (now.at - begin.at) / 60_000,
      pingsPerSecond: pings / seconds,
      pingP50Ms: latencyMs.p50,
      pingP99Ms: latencyMs.p99,
      loopP50Ms: loopMs('{quantile="0.5"}'),
      loopP99Ms: loopMs('{quantile="0.99"}'),
      loopMaxMs: loopMs('{quantile="1"}'),
      serverMb: residentMb(product.pid),
      heapMb: metric(text, 'allswell_heap_used_bytes') / MB,
      postgresMb: proportionalMb(product.postgresPid),
      serverPercent: ((now.server - last.server) * 100) / seconds,
      postgresPercent: ((now.postgres - last.postgres) * 100) / seconds,
      signalsMb: sizes.signals / MB,
      signalIndexesMb: sizes.signalIndexes / MB,
      statesMb: sizes.states / MB,
      otherTablesMb: sizes.others / MB,
      deadThousands: sizes.dead / 1_000,
      vacuums: sizes.vacuums,
      walMb: (sizes.wal - firstWal) / MB,
      checkpoints: sizes.checkpoints,
    };
    last = now;
    return sample;
  };
}
