import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { SocketConnection } from '../harness/postgres.ts';
import type { Report } from './server.ts';

export interface NodeProcess {
  readonly port: number;
  readonly pid: number;
  /** After a collection of garbage. Rejects when it is not there any more, or does not answer. */
  report(): Promise<Report>;
  /** Why it ended, where it did. */
  ended(): string | null;
  end(): Promise<void>;
}

const READY_WITHIN_MS = 60_000;
const REPORT_WITHIN_MS = 30_000;

function message<T>(child: ChildProcess, withinMs: number, what: string): Promise<T> {
  const ended = new AbortController();
  const timer = setTimeout(() => ended.abort(new Error(`${what}: nothing within ${withinMs} ms`)), withinMs);
  const onExit = (code: number | null, signal: string | null) =>
    ended.abort(new Error(`${what}: it ended with ${code ?? signal}`));
  child.once('exit', onExit);
  return once(child, 'message', { signal: ended.signal })
    .then(([value]) => value as T)
    .catch(() => Promise.reject(ended.signal.reason))
    .finally(() => {
      clearTimeout(timer);
      child.off('exit', onExit);
    });
}

/** Starts a node on this database, as a process of its own. */
export async function startNodeProcess(
  connection: SocketConnection,
  env: Readonly<Record<string, string>>,
): Promise<NodeProcess> {
  let end: string | null = null;
  const child = fork(join(import.meta.dirname, 'server.ts'), {
    execArgv: ['--expose-gc'],
    env: { ...process.env, FUZZ_DATABASE: JSON.stringify(connection), FUZZ_ENV: JSON.stringify(env) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  child.once('exit', (code, signal) => {
    end = `it ended with ${code ?? signal}`;
  });
  const { port } = await message<{ readonly port: number }>(child, READY_WITHIN_MS, 'the start of the node');
  return {
    port,
    pid: child.pid ?? 0,
    ended: () => end,
    async report() {
      const answer = message<Report>(child, REPORT_WITHIN_MS, 'a report of the node');
      if (child.connected) child.send('report');
      return answer;
    },
    async end() {
      if (end !== null) return;
      const exited = once(child, 'exit');
      if (child.connected) child.send('end');
      const timer = setTimeout(() => child.kill('SIGKILL'), REPORT_WITHIN_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}
