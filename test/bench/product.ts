import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { DATABASE_NAME, DATABASE_USER } from '../../src/store/postgres/cluster.ts';
import { readPostmasterFile } from '../../src/store/postgres/postmaster-file.ts';

import { SECRET_KEY } from './channel.ts';

const ROOT = join(import.meta.dirname, '../..');
const READY_WITHIN_MS = 60_000;
const STOPPED_WITHIN_MS = 60_000;

/** The real product with its own PostgreSQL, in a folder of its own. */
export interface Product {
  readonly host: string;
  readonly port: number;
  /** The server's process, and its PostgreSQL's first one. */
  readonly pid: number;
  readonly postgresPid: number;
  readonly dataDir: string;
  /** How others reach its PostgreSQL. */
  readonly databaseUrl: string;
  /** From the start of the program to the ready line. */
  readonly readyAfterMs: number;
  query<R extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<R[]>;
  /** Stops it in order; the data folder stays. */
  stop(): Promise<void>;
}

export async function makeDataDir(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'allswell-bench-'));
  // Started by root, the database runs as another user, who has to pass.
  await chmod(dataDir, 0o711);
  return dataDir;
}

async function readyUrl(child: ChildProcess): Promise<URL> {
  if (child.stdout === null) throw new Error('the product has no output');
  const timer = setTimeout(() => child.kill('SIGKILL'), READY_WITHIN_MS);
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const url = /ready at (\S+)/.exec(line)?.[1];
      if (url !== undefined) return new URL(url);
    }
    throw new Error('the product ended before it was ready');
  } finally {
    clearTimeout(timer);
  }
}

/** Promise 1 is what we measure: a server that does not flush would make the numbers worthless. */
async function assertDurable(client: pg.Client): Promise<void> {
  const { rows } = await client.query(
    "SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS synchronous_commit",
  );
  const { fsync, synchronous_commit: commit } = rows[0];
  if (fsync !== 'on' || commit !== 'on') throw new Error(`not durable: fsync ${fsync}, synchronous_commit ${commit}`);
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const timer = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN_MS);
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
  clearTimeout(timer);
}

export interface StartSettings {
  readonly env?: Readonly<Record<string, string>>;
  /** Ctrl-C in the terminal does not reach the server: whoever runs it ends it, at the latest with itself. */
  readonly apart?: boolean;
}

function spawnServer(dataDir: string, { env = {}, apart = false }: StartSettings): ChildProcess {
  const child = spawn(join(ROOT, 'bin/allswell'), ['serve'], {
    cwd: dataDir,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: apart,
    env: {
      ...process.env,
      PORT: '0',
      HOST: '127.0.0.1',
      ALLSWELL_DATA: dataDir,
      LOG_LEVEL: 'warn',
      ALLSWELL_SECRET_KEY: SECRET_KEY,
      ...env,
    },
  });
  if (apart) process.once('exit', () => child.kill('SIGTERM'));
  return child;
}

/** One more node, on the database of a product. */
export interface FurtherNode {
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts a node with a folder of its own on the database of `product`. */
export async function startFurtherNode({ databaseUrl }: Product): Promise<FurtherNode> {
  const dataDir = await makeDataDir();
  const child = spawnServer(dataDir, { env: { DATABASE_URL: databaseUrl } });
  const stop = async () => {
    await stopChild(child);
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const url = await readyUrl(child);
    child.stdout?.resume();
    if (child.pid === undefined) throw new Error('the node has no process');
    return { host: '127.0.0.1', port: Number(url.port), pid: child.pid, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

export async function startProduct(dataDir: string, settings: StartSettings = {}): Promise<Product> {
  const from = performance.now();
  const child = spawnServer(dataDir, settings);
  try {
    const url = await readyUrl(child);
    const readyAfterMs = performance.now() - from;
    child.stdout?.resume();
    const file = await readPostmasterFile(dataDir);
    if (file === null || child.pid === undefined) throw new Error('its PostgreSQL was not found');
    const client = new pg.Client({
      host: file.socketFolder,
      port: file.port,
      user: DATABASE_USER,
      database: DATABASE_NAME,
    });
    await client.connect();
    await assertDurable(client);
    return {
      host: '127.0.0.1',
      port: Number(url.port),
      pid: child.pid,
      postgresPid: file.pid,
      dataDir,
      databaseUrl: `postgresql://${DATABASE_USER}@localhost:${file.port}/${DATABASE_NAME}?host=${encodeURIComponent(file.socketFolder)}`,
      readyAfterMs,
      query: async <R extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) =>
        (await client.query<R>(text, [...values])).rows,
      async stop() {
        await client.end();
        await stopChild(child);
      },
    };
  } catch (error) {
    await stopChild(child);
    throw error;
  }
}

/** Runs `work` on a fresh product and leaves nothing behind. */
export async function withProduct<T>(work: (product: Product) => Promise<T>, settings: StartSettings = {}): Promise<T> {
  const dataDir = await makeDataDir();
  try {
    const product = await startProduct(dataDir, settings);
    try {
      return await work(product);
    } finally {
      await product.stop();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}
