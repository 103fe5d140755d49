import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export const LAUNCHER = join(import.meta.dirname, '../../bin/allswell');

export interface Ended {
  readonly code: number | NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads from its standard input. */
  readonly input?: Buffer;
}

/** One `allswell` command as a process of its own, to its end. */
export async function runCli(args: readonly string[], { cwd, env = {}, input }: CliOptions): Promise<Ended> {
  const child = spawn(LAUNCHER, args, { cwd, env: { PATH: process.env.PATH ?? '', ...env } });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A command that refuses does not read what it is given.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code: code ?? signal, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() };
}
