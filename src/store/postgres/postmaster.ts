import { type ChildProcess, spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../platform/clock.ts';
import { sleep } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import { type DatabaseAccount, spawnAs } from './account.ts';
import { type Binaries, serverEnvironment } from './binaries.ts';
import { errorText } from './errors.ts';
import { isAlive, type ProcessIdentity, readProcess, signalProcess } from './proc.ts';

/** smart: waits for clients to leave. fast: ends them. immediate: drops everything; the next start recovers. */
export type StopMode = 'smart' | 'fast' | 'immediate';

/** How often a server that is not our child is looked at, in ordinary times and while we wait for its end. */
export const WATCH_INTERVAL_MS = 500;
export const END_INTERVAL_MS = 20;

const SIGNALS = { smart: 'SIGTERM', fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

/** How long each way of stopping may take before the next, harder one; `fast` writes what memory holds to disk. */
export const STOP_LIMITS_MS = { smart: 30_000, fast: 60_000, immediate: 10_000 } as const;

/** After SIGKILL only the kernel is left to wait for. */
export const KILL_LIMIT_MS = 5_000;

const HARDER = { smart: 'fast', fast: 'immediate', immediate: null } as const;
export const STOP_MODES: readonly StopMode[] = ['smart', 'fast', 'immediate'];

/** The first process of a running server; every other one ends with it. */
export interface Postmaster {
  readonly pid: number;
  readonly adopted: boolean;
  /** How it ended, or null while it lives. */
  ending(): string | null;
  /** Resolves when it has ended or the signal aborts. A server that is not our child is looked at each interval. */
  ended(intervalMs: number, signal?: AbortSignal): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

/** A server that runs already, not as our child. */
export function adoptPostmaster(identity: ProcessIdentity, clock: Clock): Postmaster {
  const ending = () => (isAlive(identity) ? null : 'it is gone');
  return {
    pid: identity.pid,
    adopted: true,
    ending,
    async ended(intervalMs, signal) {
      while (ending() === null && !signal?.aborted) await sleep(clock, intervalMs, signal);
    },
    kill(signal) {
      signalProcess(identity, signal);
    },
  };
}

function whenAborted(signal: AbortSignal | undefined): { promise: Promise<void>; forget: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const onAbort = () => resolve();
  if (signal?.aborted) resolve();
  signal?.addEventListener('abort', onAbort, { once: true });
  return { promise, forget: () => signal?.removeEventListener('abort', onAbort) };
}

function wrapChild(child: ChildProcess, identity: ProcessIdentity): Postmaster {
  let ending: string | null = null;
  const exited = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      ending = signal === null ? `exit code ${code}` : `signal ${signal}`;
      resolve();
    });
  });
  return {
    pid: identity.pid,
    adopted: false,
    ending: () => ending,
    async ended(_intervalMs, signal) {
      const aborted = whenAborted(signal);
      await Promise.race([exited, aborted.promise]);
      aborted.forget();
    },
    kill(signal) {
      if (ending === null) child.kill(signal);
    },
  };
}

export interface LaunchRequest {
  readonly binaries: Binaries;
  readonly account: DatabaseAccount;
  readonly args: readonly string[];
  /** Where it may complain until its own log is open; begun afresh. */
  readonly outputFile: string;
}

/**
 * Starts the server program itself, without pg_ctl between us, in a session of its own: Ctrl-C in a terminal goes to
 * every process of the foreground group, and only we decide when the database stops. Rejects when it cannot be started.
 */
export async function launchPostmaster(request: LaunchRequest): Promise<Postmaster> {
  const { binaries, account, args, outputFile } = request;
  // A file and not a pipe: nobody reads a pipe after we were killed.
  const output = await open(outputFile, 'w', 0o600);
  try {
    const child = spawn(join(binaries.binDir, 'postgres'), args, {
      cwd: '/',
      env: serverEnvironment(),
      stdio: ['ignore', output.fd, output.fd],
      detached: true,
      ...spawnAs(account),
    });
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid ?? 0));
    const postmaster = wrapChild(child, {
      pid: child.pid ?? 0,
      startTicks: readProcess(child.pid ?? 0)?.startTicks ?? '',
    });
    await promise;
    return postmaster;
  } finally {
    await output.close();
  }
}

/** Stops a server, ever harder as each mode's limit passes. `harden` makes it at least as hard at once. */
export interface Stopping {
  readonly done: Promise<void>;
  harden(mode: StopMode): void;
}

export function stopPostmaster(postmaster: Postmaster, mode: StopMode, clock: Clock, logger: Logger): Stopping {
  let current = mode;
  let hurry = new AbortController();

  const endsWithin = async (limitMs: number): Promise<boolean> => {
    const limit = new AbortController();
    const stop = () => limit.abort();
    const cancel = clock.after(limitMs, stop);
    hurry.signal.addEventListener('abort', stop, { once: true });
    await postmaster.ended(END_INTERVAL_MS, limit.signal);
    cancel();
    return postmaster.ending() !== null;
  };

  const run = async () => {
    for (;;) {
      hurry = new AbortController();
      const sent = current;
      postmaster.kill(SIGNALS[sent]);
      // A server that was halted (SIGSTOP) hears nothing until it goes on.
      postmaster.kill('SIGCONT');
      if (await endsWithin(STOP_LIMITS_MS[sent])) return;
      if (current !== sent) continue;
      const next = HARDER[sent];
      logger.warn('PostgreSQL takes long to stop', { pid: postmaster.pid, mode: sent, next: next ?? 'kill' });
      if (next === null) break;
      current = next;
    }
    postmaster.kill('SIGKILL');
    if (!(await endsWithin(KILL_LIMIT_MS))) logger.error('PostgreSQL could not be killed', { pid: postmaster.pid });
  };

  return {
    done: run().catch((error: unknown) => logger.error('stopping PostgreSQL failed', { error: errorText(error) })),
    harden(wanted) {
      if (STOP_MODES.indexOf(wanted) <= STOP_MODES.indexOf(current)) return;
      current = wanted;
      hurry.abort();
    },
  };
}
