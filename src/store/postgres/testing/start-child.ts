import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface ChildRequest {
  readonly dataDir: string;
  readonly binDir?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  /** Let `chooseDataDir` decide first. */
  readonly choose?: { readonly explicit: boolean; readonly fallback?: string };
}

export interface ChildReady {
  readonly event: 'ready';
  readonly connection: { host: string; port: number; user: string; database: string };
  readonly pid: number;
  readonly adopted: boolean;
  readonly major: number;
  readonly elapsedMs: number;
  readonly dataDir: string;
  readonly note: string | null;
}

export interface ChildError {
  readonly event: 'error';
  readonly code: string;
  readonly message: string;
}

type ChildEvent =
  | ChildReady
  | ChildError
  | { readonly event: 'stopped' }
  | { readonly event: 'exit'; readonly log: string };

export interface Child {
  readonly process: ChildProcess;
  /** What it tells next; `exit` once it is gone. */
  next(): Promise<ChildEvent>;
  /** Ready, or an exception with everything it said. */
  ready(): Promise<ChildReady>;
  /** kill -9, and waits until it is gone. */
  kill(): Promise<void>;
  stop(mode?: string): Promise<void>;
}

export interface ChildOptions {
  /** Run it as this user; only root can. */
  readonly uid?: number;
  readonly gid?: number;
  readonly cwd?: string;
  /** Another copy of child.ts. */
  readonly script?: string;
}

const SCRIPT = fileURLToPath(new URL('child.ts', import.meta.url));

export function startChild(request: ChildRequest, options: ChildOptions = {}): Child {
  const { script = SCRIPT, cwd = '/', uid, gid } = options;
  const child = spawn(process.execPath, [script, JSON.stringify(request)], {
    cwd,
    stdio: ['pipe', 'pipe', 'pipe'],
    // Node's cache of compiled files belongs to whoever ran the tests first.
    env: { ...process.env, NODE_COMPILE_CACHE: '', NODE_DISABLE_COMPILE_CACHE: '1' },
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  // A child that was killed does not read what we still write.
  child.stdin.on('error', () => undefined);
  const closed = once(child, 'close');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<ChildEvent> => {
    const line = await lines.next();
    if (!line.done) return JSON.parse(line.value) as ChildEvent;
    await closed;
    return { event: 'exit', log };
  };
  const expect = async (wanted: ChildEvent['event']) => {
    const event = await next();
    if (event.event !== wanted) throw new Error(`${wanted} was expected, not ${JSON.stringify(event)}\n${log}`);
    return event;
  };
  return {
    process: child,
    next,
    ready: async () => (await expect('ready')) as ChildReady,
    async kill() {
      child.kill('SIGKILL');
      await closed;
    },
    async stop(mode = 'fast') {
      child.stdin.write(`stop ${mode}\n`);
      await expect('stopped');
      await closed;
    },
  };
}
