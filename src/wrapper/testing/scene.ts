import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  type HttpReceiver,
  type ReceivedRequest,
  type Reply,
  startHttpReceiver,
} from '../../../test/harness/receivers/http-receiver.ts';

export const RUN = fileURLToPath(new URL('../allswell-run.mjs', import.meta.url));
export const SHELL_RUN = fileURLToPath(new URL('../allswell.sh', import.meta.url));
export const KEY = '3f0c6a52-7a0b-4c58-9a7e-3a5c2a6d9b11';
/** Where reports wait, below the scene's folder. */
export const SPOOL = 'state/allswell/spool';
export const DAY_MS = 86_400_000;
/** A server that asks for more patience than there is after a job's end: the report is kept at once. */
export const AWAY: Reply = { status: 503, headers: { 'retry-after': '9' } };

const OLDEST_NODE = 18;

/** This Node, and an older one of the system where there is one: the wrapper runs on both. */
export const NODES: readonly string[] = [
  process.execPath,
  ...['/usr/bin/node', '/usr/local/bin/node'].filter(isOtherNode).slice(0, 1),
];

function isOtherNode(path: string): boolean {
  if (!existsSync(path)) return false;
  const version = execFileSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' }).trim();
  return version !== process.versions.node && Number(version.split('.')[0]) >= OLDEST_NODE;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** From the start of the wrapper to its end. */
  readonly ms: number;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves with the first whole line on stdout that matches. */
  line(pattern: RegExp): Promise<string>;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly cwd?: string;
}

export interface Scene {
  readonly folder: string;
  readonly server: HttpReceiver;
  readonly pingUrl: string;
  readonly env: Readonly<Record<string, string>>;
  /** Any program, in this scene's environment. */
  start(command: readonly string[], options?: StartOptions): Running;
  /** The Node wrapper with these words, to its end. */
  run(words: readonly string[], options?: StartOptions): Promise<Ended>;
  /** The report of the job's end. */
  end(): Promise<ReceivedRequest>;
  spooled(): readonly string[];
}

/** A state folder of its own and a server that answers, fresh for every test. */
export function useScene(node: string = process.execPath): Scene {
  const root = mkdtempSync(join(tmpdir(), 'allswell-run-'));
  let server: HttpReceiver;
  let folder = root;
  let count = 0;
  beforeEach(async () => {
    folder = join(root, String(++count));
    mkdirSync(folder);
    server = await startHttpReceiver({ reply: { status: 200, body: 'OK', headers: { 'ping-body-limit': '100000' } } });
  });
  before(() => undefined);
  after(() => rmSync(root, { recursive: true, force: true }));
  const servers: HttpReceiver[] = [];
  beforeEach(() => void servers.push(server));
  after(() => Promise.all(servers.map((one) => one.close())));

  const scene: Scene = {
    get folder() {
      return folder;
    },
    get server() {
      return server;
    },
    get pingUrl() {
      return `${server.url}/ping/${KEY}`;
    },
    get env() {
      return {
        PATH: process.env.PATH ?? '',
        HOME: folder,
        XDG_STATE_HOME: join(folder, 'state'),
        XDG_CONFIG_HOME: join(folder, 'config'),
      };
    },
    start: (command, options = {}) => start(command, { ...options, env: { ...scene.env, ...options.env } }),
    run: (words, options) => scene.start([node, RUN, ...words], options).ended,
    end: () => server.waitForRequest(({ path }) => !path.includes('/start?')),
    spooled() {
      const spool = join(folder, SPOOL);
      return existsSync(spool) ? readdirSync(spool) : [];
    },
  };
  return scene;
}

function start(command: readonly string[], options: StartOptions): Running {
  const [program = '', ...args] = command;
  const startedAt = performance.now();
  const child = spawn(program, args, {
    env: { ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const said = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  child.stdout.on('data', (chunk: Buffer) => said.stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => said.stderr.push(chunk));
  child.stdin.on('error', () => child.stdin.destroy());
  child.stdin.end(options.input ?? '');
  const text = (chunks: readonly Buffer[]) => Buffer.concat(chunks).toString('utf8');
  const ended = once(child, 'close').then(([code, signal]) => ({
    code,
    signal,
    stdout: text(said.stdout),
    stderr: text(said.stderr),
    ms: performance.now() - startedAt,
  }));
  const line = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const lines = text(said.stdout).split('\n').slice(0, -1);
        const found = lines.find((one) => pattern.test(one));
        if (found !== undefined) resolve(found);
      };
      child.stdout.on('data', look);
      look();
      ended.then((result) => reject(new Error(`no line ${pattern}: ${JSON.stringify(result)}`)), reject);
    });
  return { child, ended, line };
}

/** The query of a report. */
export function queryOf(request: ReceivedRequest): URLSearchParams {
  return new URL(request.path, 'http://x').searchParams;
}

/** Paths of the reports without key and query: `start`, `0`, `143`, `log`, and `` for a bare ping. */
export function kindsOf(server: HttpReceiver): string[] {
  return server.requests.map(({ path }) => (path.split('?')[0] ?? '').replace(/^\/ping\/[^/]+\/?/, ''));
}

export function metricOf(body: string, name: string): number | undefined {
  const value = new RegExp(`^allswell:metric ${name}=(\\S+)$`, 'm').exec(body)?.[1];
  return value === undefined ? undefined : Number(value);
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
