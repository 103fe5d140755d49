import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A product started as a person would, from a shell, in a folder of its own. */
export interface Product {
  readonly url: string;
  /** Everything it printed so far. */
  readonly printed: readonly string[];
  /** Orderly, as Ctrl-C would; answers the exit code. */
  stop(): Promise<number | null>;
  kill(): Promise<void>;
}

export interface StartOptions {
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly readyWithinMs: number;
}

/** Starts it and waits for its ready line. */
export async function startProduct(options: StartOptions): Promise<Product> {
  const [program, ...args] = options.command;
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const printed: string[] = [];
  const ready = new Promise<string>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`not ready in time:\n${printed.join('\n')}`)),
      options.readyWithinMs,
    );
    const read = (line: string) => {
      printed.push(line);
      const url = /^allswell is ready at (\S+)/.exec(line)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    };
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', read);
    child.once('exit', (code) => reject(new Error(`it ended with ${code}:\n${printed.join('\n')}`)));
  });
  try {
    return {
      url: await ready,
      printed,
      stop: () => end(child, 'SIGTERM'),
      kill: async () => void (await end(child, 'SIGKILL')),
    };
  } catch (error) {
    await end(child, 'SIGKILL');
    throw error;
  }
}

/** npm stands between us and the server: the signal goes to the whole group, as a terminal's would. */
async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return child.exitCode;
  const exited = once(child, 'exit');
  process.kill(-child.pid, signal);
  await exited;
  return child.exitCode;
}
