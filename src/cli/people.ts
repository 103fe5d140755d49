import { renewSetupToken } from '../accounts/first-start.ts';
import { linkTo } from '../accounts/links.ts';
import { makeResetToken, type OperatorDeps } from '../accounts/operator.ts';
import type { Config } from '../config.ts';
import { systemClock } from '../platform/clock.ts';
import { createLogger } from '../platform/logger.ts';
import { createIdSource, systemRandom } from '../platform/random.ts';
import { openDatabase } from '../store/database.ts';
import { createDatabaseClock } from '../store/database-clock.ts';
import { migrate } from '../store/migrate.ts';
import { reachSource } from '../store/transfer/reach.ts';
import { type ListedUser, listUsers } from '../store/users.ts';
import { dataFolder } from './data-folder.ts';
import { CommandError, EXIT } from './output.ts';

/** More people than that are a matter for SQL. */
const MAX_LISTED = 10_000;
const STATEMENT_TIMEOUT_MS = 30_000;

/** Runs `work` on the install's own database, whether or not its server runs; CommandErrors in readable words. */
async function onDatabase<T>(config: Config, work: (deps: OperatorDeps) => Promise<T>): Promise<T> {
  const folder = await dataFolder(config);
  if (!folder.ok) throw new CommandError(folder.error.message);
  const logger = createLogger({
    level: config.logLevel === 'debug' ? 'debug' : 'warn',
    format: config.logFormat,
    clock: systemClock,
    write: (line) => process.stderr.write(`${line}\n`),
  });
  const { databaseUrl, pgBin } = config;
  const place = { databaseUrl, pgBin, dataDir: folder.value.dataDir };
  const reached = await reachSource({ ...place, logger, clock: systemClock, random: systemRandom });
  if (!reached.ok) throw new CommandError(reached.message, EXIT.unreachable);
  const { connection, close } = reached.value;
  const database = openDatabase({
    connection,
    maxConnections: 1,
    name: 'allswell command line',
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    onIdleError: (error) => logger.debug('a database connection was lost', { error: error.message }),
  });
  try {
    const migrated = await migrate(database);
    if (!migrated.ok) throw new CommandError(migrated.message);
    const clock = createDatabaseClock(systemClock);
    await clock.sample(database);
    return await work({ database, clock, random: systemRandom, newId: createIdSource(clock, systemRandom) });
  } finally {
    await database.close();
    await close();
  }
}

/** Everybody who has an account here. */
export function readPeople(config: Config): Promise<readonly ListedUser[]> {
  return onDatabase(config, ({ database }) => listUsers(database, MAX_LISTED));
}

function publicUrl(config: Config): string {
  return config.url ?? `http://localhost:${config.port}`;
}

/** A link by which the person with this address sets a new password. */
export function makeResetLink(
  config: Config,
  email: string,
): Promise<{ readonly url: string; readonly email: string }> {
  return onDatabase(config, async (deps) => {
    const token = await makeResetToken(deps, email);
    if (token === null) throw new CommandError(`nobody has an account with the address "${email}"`);
    return { url: linkTo(publicUrl(config), 'resetPassword', token), email };
  });
}

/** A new link by which somebody becomes the owner of an install that has none. */
export function makeSetupLink(config: Config): Promise<{ readonly url: string }> {
  return onDatabase(config, async ({ database, random }) => {
    const token = await renewSetupToken(database, random);
    if (token !== null) return { url: linkTo(publicUrl(config), 'setup', token) };
    throw new CommandError('this install has an owner (allswell user list), or was never started');
  });
}
