/*
 * An allswell that is nothing but its database, for tests that need a process of its own to kill, or one that is not
 * root. Argument: a ChildRequest as JSON. It tells what happens as JSON lines; "stop <mode>" on its input stops it.
 */
import { createInterface } from 'node:readline';
import { systemClock } from '../../../platform/clock.ts';
import { createLogger } from '../../../platform/logger.ts';
import { systemRandom } from '../../../platform/random.ts';
import { chooseDataDir, type ManagedPostgres, type StopMode, startManagedPostgres } from '../managed.ts';
import type { ChildRequest } from './start-child.ts';

const request = JSON.parse(process.argv[2] ?? '{}') as ChildRequest;
const tell = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
const write = (line: string) => process.stderr.write(`${line}\n`);

async function dataDir(): Promise<{ dataDir: string; note: string | null }> {
  if (request.choose === undefined) return { dataDir: request.dataDir, note: null };
  const chosen = await chooseDataDir({ wanted: request.dataDir, ...request.choose });
  if (chosen.ok) return chosen.value;
  tell({ event: 'error', ...chosen.error });
  process.exit(1);
}

async function listen(postgres: ManagedPostgres): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const [word, mode] = line.split(' ');
    if (word !== 'stop') continue;
    await postgres.stop((mode ?? 'fast') as StopMode);
    tell({ event: 'stopped' });
    process.exit(0);
  }
}

const chosen = await dataDir();
const clock = systemClock;
const begun = clock.monotonic();
const started = await startManagedPostgres({
  dataDir: chosen.dataDir,
  binDir: request.binDir ?? null,
  logger: createLogger({ level: 'debug', format: 'text', clock, write }),
  clock,
  random: systemRandom,
  parameters: request.parameters ?? {},
});
if (started.ok) {
  const { connection, pid, adopted, major } = started.postgres;
  const elapsedMs = clock.monotonic() - begun;
  tell({ event: 'ready', connection, pid, adopted, major, elapsedMs, ...chosen });
  await listen(started.postgres);
} else {
  tell({ event: 'error', ...started.error });
  process.exit(1);
}
