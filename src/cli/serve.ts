import { parseArgs } from 'node:util';
import type { FirstStart } from '../accounts/first-start.ts';
import { type Config, readConfig } from '../config.ts';
import { SETUP_PATH } from '../http/setup-page.ts';
import { startNode } from '../main.ts';
import { systemClock } from '../platform/clock.ts';
import { findFreePort } from '../platform/free-port.ts';
import { createLogger } from '../platform/logger.ts';
import { systemRandom } from '../platform/random.ts';
import { openStore } from '../store/open-store.ts';
import { chooseDataDir } from '../store/postgres/managed.ts';
import { loadEnvironment } from './environment.ts';

const FAILED = 1;
const MISUSED = 2;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function complain(line: string): void {
  process.stderr.write(`allswell: ${line}\n`);
}

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. */
function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let isSecond = false;
    const onSignal = (signal: NodeJS.Signals) => {
      if (isSecond) process.exit(128 + (signal === 'SIGINT' ? 2 : 15));
      isSecond = true;
      resolve(signal);
    };
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  });
}

function describeFirstStart(url: string, first: FirstStart): string[] {
  return [
    '',
    `  Team "${first.team.name}" was made. Its key for this host is in ${first.keyFile}; the command line uses it by itself.`,
    '  Watch a job, and say where alarms go:',
    '    npm run -s allswell -- monitor add "nightly backup" --cron "0 2 * * *"',
    '    npm run -s allswell -- channel add webhook --url https://example.com/hook',
    `  For other places, a key of its own (this link works once): ${url}${SETUP_PATH}/${first.setupToken}`,
    '',
  ];
}

/** `allswell serve`: runs until it is told to stop. Answers the exit code. */
export async function serve(args: readonly string[]): Promise<number> {
  loadEnvironment(process.cwd());
  const { values } = parseArgs({ args: [...args], options: { roles: { type: 'string' } } });
  const env = values.roles === undefined ? process.env : { ...process.env, ALLSWELL_ROLES: values.roles };
  const result = readConfig(env, process.cwd());
  if (!result.ok) {
    complain(result.message);
    return MISUSED;
  }
  return run(result.config);
}

async function run(given: Config): Promise<number> {
  const signal = untilSignal();
  const logger = createLogger({
    level: given.logLevel,
    format: given.logFormat,
    clock: systemClock,
    write: (line) => process.stderr.write(`${line}\n`),
  });
  const folder = await chooseDataDir({ wanted: given.dataDir, explicit: given.dataDirGiven });
  if (!folder.ok) {
    complain(folder.error.message);
    return FAILED;
  }
  const config = { ...given, dataDir: folder.value.dataDir };
  const opened = await openStore({ ...config, logger, clock: systemClock, random: systemRandom });
  if (!opened.ok) {
    complain(opened.message);
    return FAILED;
  }
  const { store } = opened;
  try {
    const port = config.port === 0 ? await findFreePort(config.host) : config.port;
    const started = await startNode({ config, port, store, logger, random: systemRandom });
    if (!started.ok) {
      complain(started.message);
      return FAILED;
    }
    const { node } = started;
    const notes = [store.description, folder.value.note ?? `data in ${config.dataDir}`];
    say(`allswell is ready at ${node.url} (${notes.join('; ')})`);
    if (node.firstStart.setupToken !== null)
      for (const line of describeFirstStart(node.url, node.firstStart)) say(line);
    logger.info('stopping', { signal: await signal });
    await node.stop();
    return 0;
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
    logger.debug('start failed', { error });
    return FAILED;
  } finally {
    await store.close('fast');
  }
}
