import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A server without the product behind it, in a process of its own. */
export interface BareServer {
  readonly port: number;
  readonly pid: number;
}

/** How bin/allswell starts the server: what it may keep is part of what it can do. */
export const FLAGS_OF_THE_SERVER: readonly string[] = ['--max-old-space-size=512', '--max-semi-space-size=8'];

/** Runs `work` while the server in `file` runs: it prints its port, and ends when its input does. */
export async function withBareServer<T>(
  file: string,
  work: (server: BareServer) => Promise<T>,
  { flags = [], args = [] }: { flags?: readonly string[]; args?: readonly string[] } = {},
): Promise<T> {
  const program = join(import.meta.dirname, file);
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...flags, program, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    const [line] = await once(child.stdout, 'data');
    if (child.pid === undefined) throw new Error(`${file} has no process`);
    return await work({ port: Number(String(line)), pid: child.pid });
  } finally {
    child.stdin.end();
  }
}
