import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFile, chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { systemClock } from '../../src/platform/clock.ts';
import { systemRandom } from '../../src/platform/random.ts';
import type { Database } from '../../src/store/database.ts';
import { clusterFolder } from '../../src/store/postgres/account.ts';
import { socketPath } from '../../src/store/postgres/folders.ts';
import { type ManagedPostgres, startManagedPostgres } from '../../src/store/postgres/managed.ts';
import { startClients } from '../concurrency/client.ts';
import { heard } from '../harness/alert-rig.ts';
import { createFixtures, sql } from '../harness/fixtures.ts';
import { startTestNode } from '../harness/node.ts';
import { open, testLogger } from '../harness/postgres.ts';
import { startHttpReceiver } from '../harness/receivers/http-receiver.ts';
import { waitFor } from '../harness/wait-for.ts';
import { startFaultProxy } from '../kill/fault-proxy.ts';

const run = promisify(execFile);
const STANDBY = 'standby';
const CLIENTS = 8;
const GOES_ON = 40;
const PROMOTED_WITHIN_MS = 60_000;

async function start(dataDir: string, parameters: Record<string, string> = {}): Promise<ManagedPostgres> {
  const started = await startManagedPostgres({
    dataDir,
    binDir: process.env.ALLSWELL_PG_BIN ?? null,
    logger: testLogger,
    clock: systemClock,
    random: systemRandom,
    parameters,
  });
  if (!started.ok) throw new Error(started.error.message);
  return started.postgres;
}

/** A primary and a standby that has everything before a commit is answered. */
async function startPair(root: string): Promise<{ primary: ManagedPostgres; standby: ManagedPostgres }> {
  const [first, second] = [join(root, 'first'), join(root, 'second')];
  await start(first).then((server) => server.stop('fast'));
  // Of a server that is stopped a copy of its files is a good backup to begin from.
  await mkdir(second, { mode: 0o711 });
  await run('cp', ['-a', clusterFolder(first), clusterFolder(second)]);
  const primary = await start(first, { synchronous_standby_names: STANDBY });
  const { host, port, user } = primary.connection;
  await writeFile(join(clusterFolder(second), 'standby.signal'), '');
  await appendFile(
    join(clusterFolder(second), 'postgresql.auto.conf'),
    `primary_conninfo = 'host=${host} port=${port} user=${user} application_name=${STANDBY}'\n`,
  );
  return { primary, standby: await start(second) };
}

async function isReplicating(database: Database): Promise<boolean> {
  const [row] = await sql<{ count: number }>(
    database,
    `SELECT count(*) FROM pg_stat_replication WHERE application_name = $1 AND sync_state = 'sync'`,
    [STANDBY],
  );
  return row?.count === 1;
}

async function isPrimary(database: Database): Promise<boolean> {
  const [row] = await sql<{ standby: boolean }>(database, 'SELECT pg_is_in_recovery() AS standby');
  return row?.standby === false;
}

test('a failover to a synchronous standby loses no ping that was acknowledged, and the nodes go on by themselves', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'allswell-failover-'));
  await chmod(root, 0o711);
  after(() => rm(root, { recursive: true, force: true }));
  const { primary, standby } = await startPair(root);
  const receiver = await startHttpReceiver();
  let active = primary;
  const proxy = await startFaultProxy(() => ({ path: socketPath(active.connection.host) }));
  const through = { ...primary.connection, host: '127.0.0.1', port: proxy.port };
  const [before, later] = [open(primary.connection), open(standby.connection)];
  await waitFor('the standby in step', () => isReplicating(before));
  const nodes = [await startTestNode(through), await startTestNode(through)];
  try {
    const make = createFixtures(() => before, systemClock);
    const team = await make.team();
    await make.channel(team.id, { url: receiver.url });
    const monitors = await Promise.all([1, 2, 3, 4].map(() => make.monitor(team.id)));
    const silent = await make.monitor(team.id, { periodSeconds: 1, graceSeconds: 1 });
    const clients = startClients(monitors, () => nodes.map((node) => node.base), CLIENTS);
    try {
      await waitFor('pings', () => clients.stored.length > GOES_ON);

      await primary.stop('immediate');
      // The address leads to the standby before anybody has promoted it: it can be read and not written.
      active = standby;
      proxy.cut();
      const refused = await waitFor('a refusal', async () => {
        const answer = await fetch(`${nodes[0]?.base}/ping/${monitors[0]?.key}`);
        return answer.status === 200 ? null : answer;
      });
      assert.equal(refused?.status, 503);
      assert.ok(refused?.headers.has('retry-after'));
      await sql(later, 'SELECT pg_promote(false)');
      await waitFor('the promotion', () => isPrimary(later), PROMOTED_WITHIN_MS);

      const stored = clients.stored.length;
      await waitFor('pings again', () => clients.stored.length > stored + GOES_ON);
    } finally {
      await clients.stop();
    }
    assert.deepEqual(clients.wrong, []);
    const rows = await sql<{ name: string; count: number }>(
      later,
      'SELECT user_agent AS name, count(*) FROM signal WHERE monitor_id = ANY ($1) GROUP BY 1',
      [monitors.map((monitor) => monitor.id)],
    );
    const counts = new Map(rows.map((row) => [row.name, row.count]));
    assert.deepEqual(
      clients.stored.filter((name) => counts.get(name) !== 1),
      [],
    );
    // Written with the next sign of life.
    await waitFor('the gap', async () => (await sql(later, `SELECT id FROM gap WHERE kind = 'ingest'`)).length > 0);

    assert.equal((await fetch(`${nodes[1]?.base}/ping/${silent.key}`)).status, 200);
    await receiver.waitForRequest((request) => heard(request).type === 'incident.opened');
    assert.deepEqual(await sql(later, 'SELECT DISTINCT monitor_id FROM incident'), [{ monitor_id: silent.id }]);
    t.diagnostic(`${clients.stored.length} acknowledged`);
  } finally {
    await Promise.all(nodes.map((node) => node.end()));
    await Promise.all([before.close(), later.close(), proxy.close(), receiver.close()]);
    await Promise.all([primary.stop('immediate'), standby.stop('immediate')]);
  }
});
