import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Instant } from '../../core/instant.ts';
import { systemClock } from '../../platform/clock.ts';
import { createLogger } from '../../platform/logger.ts';
import { CommandError, EXIT, terminal } from '../output.ts';
import { describeStartFault } from '../start-fault.ts';
import { untilSignal } from '../until-signal.ts';
import { type Demo, isLoopback, startDemo } from './start.ts';

const USAGE = 'usage: allswell demo [--data DIR] [--port N] [--host ADDRESS] [--seed TEXT] [--at INSTANT]';
const OPTION_NAMES = { port: '--port', host: '--host', dataDir: '--data' };
const LOOPBACK = '127.0.0.1';

interface Wish {
  readonly data: string | undefined;
  readonly port: number;
  readonly host: string;
  readonly seed: string | null;
  readonly stillAt: Instant | null;
}

function misused(why: string): CommandError {
  return new CommandError(`${why}\n${USAGE}`, EXIT.misused);
}

function readWish(args: readonly string[]): Wish {
  const text = { type: 'string' } as const;
  const options = { data: text, port: text, host: text, seed: text, at: text };
  const values = (() => {
    try {
      return parseArgs({ args: [...args], options }).values;
    } catch (error) {
      throw misused(error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error));
    }
  })();
  const port = /^\d{1,5}$/.test(values.port ?? '0') ? Number(values.port ?? 0) : Number.NaN;
  if (!(port <= 65_535)) throw misused('--port: must be a number from 0 to 65535');
  const stillAt = values.at === undefined ? null : Date.parse(values.at);
  if (Number.isNaN(stillAt)) throw misused('--at: must be an instant such as 2026-11-30T14:10:00Z');
  if (values.seed !== undefined && !isLoopback(values.host ?? LOOPBACK)) {
    throw misused('--seed: everybody can tell the password of a seed; it goes with a loopback address only');
  }
  return { data: values.data, port, host: values.host ?? LOOPBACK, seed: values.seed ?? null, stillAt };
}

/** The folder of this demonstration, and what becomes of it at the end. */
async function openFolder(data: string | undefined): Promise<{ dataDir: string; leave: () => Promise<void> }> {
  if (data !== undefined) {
    const dataDir = resolve(data);
    await mkdir(dataDir, { recursive: true });
    return { dataDir, leave: async () => undefined };
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'allswell-demo-'));
  // Started by root, the database runs as another user, who has to pass.
  await chmod(dataDir, 0o711);
  return { dataDir, leave: () => rm(dataDir, { recursive: true, force: true }) };
}

function describeDemo({ url, email, password }: Demo, { data, stillAt }: Wish): string[] {
  return [
    `allswell is ready at ${url} (a demonstration)`,
    '',
    `  Sign in as ${email} with the password ${password}`,
    '  The other people of the story have the same one: they stand under Team.',
    stillAt === null
      ? '  Its jobs go on while it runs; messages are only pretended, nothing leaves this machine.'
      : `  Time stands still at ${new Date(stillAt).toISOString()}; messages are only pretended.`,
    data === undefined
      ? '  Everything is deleted when it ends (Ctrl-C).'
      : `  It is kept in ${resolve(data)}; the same command starts it again.`,
    '',
  ];
}

/** `allswell demo`: runs until it is told to stop. Answers the exit code. */
export async function runDemo(args: readonly string[]): Promise<number> {
  const wish = readWish(args);
  const signal = untilSignal();
  const write = (line: string) => terminal.note(line);
  const logger = createLogger({ level: 'error', format: 'text', clock: systemClock, write });
  const { dataDir, leave } = await openFolder(wish.data);
  try {
    const started = await startDemo({ ...wish, dataDir, logger, env: process.env });
    if (!started.ok) throw new CommandError(started.message);
    for (const line of describeDemo(started.demo, wish)) terminal.line(line);
    await signal;
    await started.demo.stop();
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(describeStartFault(error, { ...wish, dataDir }, OPTION_NAMES));
  } finally {
    await leave();
  }
}
