import type { Config } from '../config.ts';
import { systemClock } from '../platform/clock.ts';
import { createLogger } from '../platform/logger.ts';
import { systemRandom } from '../platform/random.ts';
import { stopLeftPostgres } from '../store/postgres/left.ts';
import { chooseDataDir } from '../store/postgres/managed.ts';
import { CommandError } from './output.ts';

/** Stops the managed PostgreSQL that nobody holds; throws a CommandError in readable words. */
export async function stopDatabase(config: Config, isForced: boolean) {
  const folder = await chooseDataDir({ wanted: config.dataDir, explicit: config.dataDirGiven });
  if (!folder.ok) throw new CommandError(folder.error.message);
  const { dataDir } = folder.value;
  const logger = createLogger({
    level: 'warn',
    format: config.logFormat,
    clock: systemClock,
    write: (line) => process.stderr.write(`${line}\n`),
  });
  const mode = isForced ? 'immediate' : 'fast';
  const stopped = await stopLeftPostgres({ dataDir, mode, logger, clock: systemClock, random: systemRandom });
  if (!stopped.ok) throw new CommandError(stopped.error.message);
  return { dataDir, pid: stopped.value.pid };
}
