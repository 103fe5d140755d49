import { cloneTemplate, dropDatabase } from '../harness/database.ts';
import { open, type SocketConnection } from '../harness/postgres.ts';
import { audit } from './audit/audit.ts';
import type { Finding } from './audit/finding.ts';
import { judge } from './oracle/judge.ts';
import { readIncidents } from './queries.ts';
import { reportOf, timelineOf } from './report.ts';
import { type SimulationOptions, simulate } from './simulation.ts';

export interface SeedResult {
  readonly text: string;
  readonly isWell: boolean;
  readonly findings: readonly Finding[];
}

/** Simulates one seed on a database of its own, audits it and says how it went. */
export async function runSeed(
  server: SocketConnection,
  options: Pick<SimulationOptions, 'seed' | 'days' | 'monitors' | 'nodes'>,
  shownMonitor: number | null = null,
): Promise<SeedResult> {
  const startedAt = performance.now();
  const connection = await cloneTemplate(server);
  const pools = [open(connection), open(connection), open(connection)] as const;
  const [ingest, database, own] = pools;
  try {
    const simulated = await simulate({ ...options, ingest, database, own });
    const audited = await audit(simulated, own);
    let text = reportOf(simulated, audited, (performance.now() - startedAt) / 1_000);
    const story = shownMonitor === null ? undefined : audited.stories.get(shownMonitor);
    if (shownMonitor !== null && story !== undefined) {
      const id = simulated.monitors[shownMonitor]?.id;
      const found = (await readIncidents(own)).filter((row) => row.monitor_id === id);
      const incidents = [
        ...judge(story).incidents.map((incident) => `expected ${JSON.stringify(incident)}`),
        ...found.map((row) => `found ${JSON.stringify(row)}`),
      ];
      text += `\n${timelineOf(simulated, story, shownMonitor, incidents)}`;
    }
    return { text, isWell: audited.findings.length === 0, findings: audited.findings };
  } finally {
    await Promise.all(pools.map((pool) => pool.close()));
    await dropDatabase(connection);
  }
}

/** Seeds that run side by side: each waits for the database most of the time. */
const SIDE_BY_SIDE = 4;

/** Does `work` for each seed, a few at a time. */
export async function eachSeed(seeds: readonly number[], work: (seed: number) => Promise<void>): Promise<void> {
  const waiting = [...seeds];
  const take = async () => {
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) await work(seed);
  };
  await Promise.all(Array.from({ length: Math.min(SIDE_BY_SIDE, seeds.length) }, take));
}
