import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A server as a process, which may be killed, frozen and thawed. */
export interface NodeProcess {
  readonly pid: number;
  /** Everything it printed, the last lines of it. */
  printed(): string[];
  signal(name: NodeJS.Signals): void;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  readonly isAlive: boolean;
}

export interface NodeCommand {
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly readyWithinMs: number;
}

const LINES_KEPT = 200;

/** Starts one; its `ready` resolves with its ready line and rejects when it ends before that, or takes too long. */
export function spawnNode({ command, cwd, env, readyWithinMs }: NodeCommand): {
  readonly process: NodeProcess;
  readonly ready: Promise<void>;
} {
  const [program, ...args] = command;
  // In a group of its own: Ctrl-C is for the supervisor, which ends them.
  const child: ChildProcess = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const lines: string[] = [];
  const ended = once(child, 'exit').then(([code, signal]) => code ?? signal);
  const ready = new Promise<void>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${why}:\n${lines.join('\n')}`));
    const timer = setTimeout(() => fail('not ready in time'), readyWithinMs);
    const read = (line: string) => {
      lines.push(line);
      if (lines.length > LINES_KEPT) lines.shift();
      if (!line.startsWith('allswell is ready ')) return;
      clearTimeout(timer);
      resolve();
    };
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', read);
    }
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      fail(`it ended with ${code ?? signal}`);
    });
  });
  // Whoever kills it before it is ready need not wait for that.
  ready.catch(() => undefined);
  return {
    ready,
    process: {
      pid: child.pid ?? 0,
      printed: () => [...lines],
      signal: (name) => void child.kill(name),
      ended,
      get isAlive() {
        return child.exitCode === null && child.signalCode === null && child.pid !== undefined;
      },
    },
  };
}
