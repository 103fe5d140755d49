import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../src/config.ts';
import { type RunningNode, startNode } from '../../src/main.ts';
import { findFreePort } from '../../src/platform/free-port.ts';
import type { Logger } from '../../src/platform/logger.ts';
import { systemRandom } from '../../src/platform/random.ts';
import type { Connection, DatabaseOptions } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { TEST_SECRET } from './fixtures.ts';
import { open, testLogger } from './postgres.ts';

/** A whole node in this process: real clock, real HTTP on a port of its own, on a test database. */
export interface TestNode extends RunningNode {
  readonly port: number;
  /** The address it listens at, without a slash at the end. */
  readonly base: string;
  /** Ends the node and its connections. */
  end(): Promise<void>;
}

const HOST = '127.0.0.1';

/**
 * Several nodes may share one database. `env` is what a person would set; `database` how its connections differ from
 * those of other tests (a pool of one, a pooler in between).
 */
export async function startTestNode(
  connection: Connection,
  env: Readonly<Record<string, string>> = {},
  logger: Logger = testLogger,
  database: Partial<DatabaseOptions> = {},
): Promise<TestNode> {
  const dataDir = await mkdtemp(join(tmpdir(), 'allswell-node-'));
  const port = await findFreePort(HOST);
  const read = readConfig(
    {
      HOST,
      PORT: String(port),
      ALLSWELL_DATA: dataDir,
      ALLSWELL_SECRET_KEY: TEST_SECRET,
      ALLSWELL_PRIVATE_TARGETS: 'yes',
      ...env,
    },
    dataDir,
  );
  if (!read.ok) throw new Error(read.message);
  const [ingest, due, other] = [open(connection, database), open(connection, database), open(connection, database)];
  const close = async () => {
    await Promise.all([ingest.close(), due.close(), other.close()]);
    await rm(dataDir, { recursive: true, force: true });
  };
  const migrated = await migrate(other);
  if (!migrated.ok) {
    await close();
    throw new Error(migrated.message);
  }
  const store = { ingest, due, database: other, description: 'a test database', close };
  const started = await startNode({ config: read.config, port, store, logger, random: systemRandom }).catch(
    async (error: unknown) => {
      await close();
      throw error;
    },
  );
  if (!started.ok) {
    await close();
    throw new Error(started.message);
  }
  return {
    ...started.node,
    port,
    base: `http://${HOST}:${port}`,
    async end() {
      await started.node.stop();
      await close();
    },
  };
}
