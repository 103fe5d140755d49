import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findFreePort } from '../../src/platform/free-port.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { readPostmasterFile } from '../../src/store/postgres/postmaster-file.ts';
import { type Product, startProduct } from '../e2e/product.ts';
import { TEST_SECRET } from '../harness/fixtures.ts';
import { waitFor } from '../harness/wait-for.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const HOST = '127.0.0.1';
const READY_WITHIN_MS = 30_000;

/** The product as real processes with its own PostgreSQL, fsync and all, to be killed at will. */
export interface Victim {
  readonly base: string;
  /** The process of its PostgreSQL that the others descend from. */
  postmaster(): Promise<number>;
  start(): Promise<void>;
  /** kill -9 of the server; its PostgreSQL lives on. */
  killServer(): Promise<void>;
  /** kill -9 of the server and of its PostgreSQL. */
  killAll(): Promise<void>;
  /** kill -9 of PostgreSQL under a living server. */
  killDatabase(): Promise<void>;
  /** A connection of our own to its database; open it anew after each kill. */
  connect(): Promise<Database>;
  end(): Promise<void>;
}

/** `folder` is where its data goes, and stays; else a folder is made, and removed at the end. */
export async function createVictim(folder?: string): Promise<Victim> {
  const dataDir = folder ?? (await mkdtemp(join(tmpdir(), 'allswell-kill-')));
  // Started by root, PostgreSQL runs as another user, who has to pass.
  await chmod(dataDir, 0o711);
  const port = await findFreePort(HOST);
  let product: Product | null = null;
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: process.env.HOME ?? dataDir,
    HOST,
    PORT: String(port),
    ALLSWELL_DATA: dataDir,
    ALLSWELL_SECRET_KEY: TEST_SECRET,
    ALLSWELL_PRIVATE_TARGETS: 'yes',
    LOG_LEVEL: 'error',
  };
  const postmaster = async () => {
    const file = await readPostmasterFile(dataDir);
    assert.ok(file, 'PostgreSQL runs');
    return file;
  };
  const isAlive = (pid: number) => {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  };
  const killDatabase = async () => {
    const { pid } = await postmaster();
    process.kill(pid, 'SIGKILL');
    await waitFor('the end of PostgreSQL', () => !isAlive(pid));
  };
  return {
    base: `http://${HOST}:${port}`,
    postmaster: async () => (await postmaster()).pid,
    async start() {
      product = await startProduct({
        command: [join(ROOT, 'bin/allswell'), 'serve'],
        cwd: dataDir,
        env,
        readyWithinMs: READY_WITHIN_MS,
      });
    },
    async killServer() {
      await product?.kill();
    },
    async killAll() {
      await Promise.all([product?.kill(), killDatabase()]);
    },
    killDatabase,
    async connect() {
      const { socketFolder, port: socketPort } = await postmaster();
      return openDatabase({
        connection: { host: socketFolder, port: socketPort, user: 'allswell', database: 'allswell' },
        maxConnections: 2,
        name: 'kill test',
        statementTimeoutMs: 20_000,
        onIdleError: () => undefined,
      });
    },
    async end() {
      const file = await readPostmasterFile(dataDir);
      await product?.stop();
      if (file !== null && isAlive(file.pid)) {
        process.kill(file.pid, 'SIGKILL');
        await waitFor('the end of PostgreSQL', () => !isAlive(file.pid));
      }
      if (folder === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}
