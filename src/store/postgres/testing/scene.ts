import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import pg from 'pg';
import { systemClock } from '../../../platform/clock.ts';
import { createLogger, type Logger } from '../../../platform/logger.ts';
import { systemRandom } from '../../../platform/random.ts';
import { clusterFolder } from '../account.ts';
import { errorCode } from '../errors.ts';
import { type ManagedPostgres, type ManagedPostgresOptions, startManagedPostgres } from '../managed.ts';
import { adoptPostmaster, stopPostmaster } from '../postmaster.ts';
import { readPostmasterFile } from '../postmaster-file.ts';
import { findServer, findServerProcesses } from '../proc.ts';
import { type Child, type ChildOptions, type ChildRequest, startChild } from './start-child.ts';

export const isRoot = process.getuid?.() === 0;

/** A reason to skip a test that needs root, or false. */
export const unlessRoot = isRoot ? false : 'needs root, to become other users';

/** The user `nobody` of nearly every system; as an ordinary user it has no rights anywhere. */
export const NOBODY = { uid: 65534, gid: 65534 } as const;

/** Tests that do not look at durability do not wait for the disk. */
export const QUICK = { fsync: 'off' } as const;

export const silentLogger: Logger = createLogger({
  level: 'silent',
  format: 'text',
  clock: systemClock,
  write: () => undefined,
});

export interface Scene {
  /** Everything of this test is below. Everybody may pass through. */
  readonly root: string;
  readonly dataDir: string;
  start(options?: Partial<ManagedPostgresOptions>): ReturnType<typeof startManagedPostgres>;
  /** The same; a refusal fails the test. */
  open(options?: Partial<ManagedPostgresOptions>): Promise<ManagedPostgres>;
  child(request?: Partial<ChildRequest>, options?: ChildOptions): Child;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Ends the server of a data folder, whoever started it. */
export async function endServer(dataDir: string): Promise<void> {
  if (!(await exists(clusterFolder(dataDir)))) return;
  const file = await readPostmasterFile(dataDir);
  const first = file === null ? null : findServer(file.pid, clusterFolder(dataDir));
  const processes = first === null ? findServerProcesses(clusterFolder(dataDir)) : [first];
  for (const identity of processes) {
    await stopPostmaster(adoptPostmaster(identity, systemClock), 'immediate', systemClock, silentLogger).done;
  }
}

async function makeRoot(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'allswell-test-'));
  await chmod(root, 0o711);
  return root;
}

let template: Promise<string> | null = null;

/** A cluster that was started and stopped once; making one takes a second, copying it a tenth. */
function templateCluster(): Promise<string> {
  template ??= (async () => {
    const dataDir = join(await makeRoot(), 'data');
    const basics = { binDir: null, logger: silentLogger, clock: systemClock, random: systemRandom, parameters: QUICK };
    const made = await startManagedPostgres({ dataDir, ...basics });
    if (!made.ok) throw new Error(made.error.message);
    await made.postgres.stop('fast');
    return clusterFolder(dataDir);
  })();
  return template;
}

after(async () => {
  if (template) await rm(dirname(dirname(await template)), { recursive: true, force: true });
});

/** Owners are kept: as root the cluster is another user's. */
async function copyTemplate(dataDir: string): Promise<void> {
  await mkdir(dataDir);
  await promisify(execFile)('cp', ['-a', await templateCluster(), clusterFolder(dataDir)]);
}

export interface SceneOptions {
  /** The data folder's name; `data`. */
  readonly name?: string;
  /** The data folder does not exist yet; otherwise it holds a cluster that was stopped in order. */
  readonly fresh?: boolean;
}

/** A place for one test; whatever it starts is ended after it, also when it fails. */
export async function newScene(t: TestContext, options: SceneOptions = {}): Promise<Scene> {
  const root = await makeRoot();
  const dataDir = join(root, options.name ?? 'data');
  const children: { child: Child; dataDir: string }[] = [];
  const started: ManagedPostgres[] = [];
  t.after(async () => {
    for (const { child } of children) if (child.process.exitCode === null) await child.kill();
    for (const postgres of started) await postgres.stop('immediate');
    for (const folder of new Set([dataDir, ...children.map((entry) => entry.dataDir)])) await endServer(folder);
    await rm(root, { recursive: true, force: true });
  });
  if (!options.fresh) {
    await copyTemplate(dataDir);
    await chmod(dataDir, 0o711);
  }
  const start: Scene['start'] = async (options = {}) => {
    const result = await startManagedPostgres({
      dataDir,
      binDir: null,
      logger: silentLogger,
      clock: systemClock,
      random: systemRandom,
      parameters: QUICK,
      ...options,
    });
    if (result.ok) started.push(result.postgres);
    return result;
  };
  return {
    root,
    dataDir,
    start,
    async open(options) {
      const result = await start(options);
      if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
      return result.postgres;
    },
    child(request = {}, options = {}) {
      const child = startChild({ dataDir, parameters: QUICK, ...request }, options);
      children.push({ child, dataDir: request.dataDir ?? dataDir });
      return child;
    },
  };
}

/** Runs one statement on a connection of its own. */
export async function ask(connection: pg.ClientConfig, sql: string): Promise<Record<string, string>[]> {
  const client = new pg.Client(connection);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, string>>(sql)).rows;
  } finally {
    await client.end();
  }
}
