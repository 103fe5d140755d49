import { cloneTemplate, dropDatabase } from '../harness/database.ts';
import { open, type SocketConnection } from '../harness/postgres.ts';
import { audit } from './audit/audit.ts';
import { judge } from './oracle/judge.ts';
import { readIncidents } from './queries.ts';
import { reportOf, timelineOf } from './report.ts';
import { type SimulationOptions, simulate } from './simulation.ts';

/** As a node has them (store/open-store.ts); all nodes of a story share them. Planned once, which saves a quarter of the time. */
const INGEST_CONNECTIONS = 4;
const OTHER_CONNECTIONS = 8;

export type StoryOptions = Pick<SimulationOptions, 'seed' | 'days' | 'monitors' | 'nodes'>;

export interface SeedResult {
  readonly text: string;
  readonly isWell: boolean;
}

/** Simulates one seed on a database of its own, audits it and says how it went. */
export async function runSeed(
  server: SocketConnection,
  options: StoryOptions,
  shownMonitor: number | null = null,
): Promise<SeedResult> {
  const startedAt = performance.now();
  const connection = await cloneTemplate(server);
  const pools = [
    open(connection, { maxConnections: INGEST_CONNECTIONS, planOnce: true }),
    open(connection, { maxConnections: OTHER_CONNECTIONS, planOnce: true }),
    open(connection, { maxConnections: 1 }),
  ] as const;
  const [ingest, database, own] = pools;
  try {
    const simulated = await simulate({
      ...options,
      ingest,
      database,
      own,
      write: (line) => process.stderr.write(line),
    });
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
    return { text, isWell: audited.findings.length === 0 };
  } finally {
    await Promise.all(pools.map((pool) => pool.close()));
    await dropDatabase(connection);
  }
}
