import { parseArgs } from 'node:util';
import type { FirstStart } from '../accounts/first-start.ts';
import { type Config, readConfig } from '../config.ts';
import { SETUP_PATH } from '../http/setup-page.ts';
import { startNode } from '../main.ts';
import { systemClock } from '../platform/clock.ts';
import { findFreePort, usableHost } from '../platform/free-port.ts';
import { createLogger } from '../platform/logger.ts';
import { systemRandom } from '../platform/random.ts';
import { openStore } from '../store/open-store.ts';
import { commandWords } from './command-words.ts';
import { dataFolder } from './data-folder.ts';
import { loadEnvironment } from './environment.ts';
import { CommandError, EXIT } from './output.ts';
import { describeStartFault } from './start-fault.ts';
import { untilSignal } from './until-signal.ts';

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function complain(line: string): void {
  process.stderr.write(`allswell: ${line}\n`);
}

/** Where to reach this node, or that nobody can: only the web nodes listen. */
function whereOf(roles: Config['roles'], url: string): string {
  return roles.includes('web') ? `at ${url}` : `to ${roles.join(' and ')}; it listens nowhere, web nodes do`;
}

function describeFirstStart(url: string, first: FirstStart): string[] {
  const command = commandWords(process.env);
  return [
    '',
    `  Team "${first.team.name}" was made. Its key for this host is in ${first.keyFile}; the command line uses it by itself.`,
    '  Watch a job, and say where alarms go:',
    `    ${command} monitor add "nightly backup" --cron "0 2 * * *"`,
    `    ${command} channel add webhook --url https://example.com/hook`,
    `  Make yourself the owner, with an account of your own (this link works once): ${url}${SETUP_PATH}/${first.setupToken}`,
    '',
  ];
}

/** `allswell serve`: runs until it is told to stop. Answers the exit code. */
export async function serve(args: readonly string[]): Promise<number> {
  loadEnvironment(process.cwd());
  const roles = readRoles(args);
  const env = roles === undefined ? process.env : { ...process.env, ALLSWELL_ROLES: roles };
  const result = readConfig(env, process.cwd());
  if (!result.ok) throw new CommandError(result.message, EXIT.misused);
  return run(result.config);
}

function readRoles(args: readonly string[]): string | undefined {
  try {
    return parseArgs({ args: [...args], options: { roles: { type: 'string' } } }).values.roles;
  } catch (error) {
    const why = error instanceof Error ? error.message.split('. ')[0] : String(error);
    throw new CommandError(`${why}\nusage: allswell serve [--roles web,watch,deliver]`, EXIT.misused);
  }
}

async function run(given: Config): Promise<number> {
  const signal = untilSignal();
  const logger = createLogger({
    level: given.logLevel,
    format: given.logFormat,
    clock: systemClock,
    write: (line) => process.stderr.write(`${line}\n`),
  });
  const folder = await dataFolder(given);
  if (!folder.ok) {
    complain(folder.error.message);
    return EXIT.failed;
  }
  const config = {
    ...given,
    dataDir: folder.value.dataDir,
    host: await usableHost(given.host).catch(() => given.host),
  };
  const opened = await openStore({ ...config, logger, clock: systemClock, random: systemRandom });
  if (!opened.ok) {
    complain(opened.message);
    return EXIT.failed;
  }
  const { store } = opened;
  try {
    const port = config.port === 0 ? await findFreePort(config.host) : config.port;
    const started = await startNode({ config, port, store, logger, random: systemRandom });
    if (!started.ok) {
      complain(started.message);
      return EXIT.failed;
    }
    const { node } = started;
    const notes = [store.description, folder.value.note ?? `data in ${config.dataDir}`];
    say(`allswell is ready ${whereOf(config.roles, node.url)} (${notes.join('; ')})`);
    if (node.firstStart.setupToken !== null)
      for (const line of describeFirstStart(node.url, node.firstStart)) say(line);
    logger.info('stopping', { signal: await signal });
    await node.stop();
    return 0;
  } catch (error) {
    complain(describeStartFault(error, config));
    logger.debug('start failed', { error });
    return EXIT.failed;
  } finally {
    await store.close('fast');
  }
}
