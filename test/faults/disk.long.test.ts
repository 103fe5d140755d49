import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open as openFile, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { sql } from '../harness/fixtures.ts';
import { waitFor } from '../harness/wait-for.ts';
import { auditLedger, makeMonitors, startCallers, withDatabase } from '../kill/ledger.ts';
import { createVictim, type Victim } from '../kill/product.ts';

const run = promisify(execFile);
/** Room for a new database, its write-ahead log and a few thousand pings. */
const DISK = '220m';
/** The longest body that is kept, of bytes that do not compress: the disk shall fill while the test looks. */
const BODY = crypto.getRandomValues(new Uint8Array(65_536));
const GOES_ON = 24;
const BACK_WITHIN_MS = 60_000;
/** How long nobody may be told "stored" wrongly while the disk is full. */
const FULL_MS = 4_000;
const CHUNK = Buffer.alloc(1024 * 1024);

async function mountSmall(folder: string): Promise<boolean> {
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${DISK},mode=711`, 'allswell-test', folder]);
    return true;
  } catch {
    return false;
  }
}

/** Takes all the room that is left; answers how to give it back. */
async function fillDisk(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'filler');
  const file = await openFile(path, 'w');
  try {
    for (;;) await file.write(CHUNK);
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
  } finally {
    await file.close();
  }
  return () => rm(path);
}

const isReady = async (victim: Victim) => {
  const response = await fetch(`${victim.base}/readyz`);
  await response.arrayBuffer();
  return response.ok;
};

/** What the victim said of its own blindness. */
const gapsOf = (victim: Victim) =>
  withDatabase(victim, (database) => sql(database, `SELECT id FROM gap WHERE kind = 'ingest'`));

/** The server processes that write: all children of the postmaster. */
async function backendsOf(postmaster: number): Promise<string[]> {
  const children = await readFile(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8');
  return [String(postmaster), ...children.trim().split(' ')];
}

async function hasStrace(): Promise<boolean> {
  return run('strace', ['-f', '-e', 'trace=none', 'true']).then(
    () => true,
    () => false,
  );
}

describe('a disk', () => {
  test('that is full costs 503s and no ping that was acknowledged, and nobody has to repair anything', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'allswell-full-'));
    after(() => rm(folder, { recursive: true, force: true }));
    if (!(await mountSmall(folder))) return t.skip('mounting a small disk is not allowed here');
    const victim = await createVictim(folder);
    try {
      await victim.start();
      const monitors = await makeMonitors(victim, 5);
      const callers = startCallers(victim, monitors, BODY);
      try {
        await waitFor('pings', () => callers.acknowledged.size > GOES_ON);
        const giveBack = await fillDisk(folder);
        await waitFor('refusals', () => callers.refusals > GOES_ON, BACK_WITHIN_MS);
        await pause(FULL_MS);
        assert.equal(await isReady(victim), false, 'it says that it is not well');
        await giveBack();
        const before = callers.acknowledged.size;
        await waitFor('pings again', () => callers.acknowledged.size > before + GOES_ON, BACK_WITHIN_MS);
      } finally {
        await callers.stop();
      }
      await auditLedger(victim, monitors, callers);
      await waitFor('readiness', () => isReady(victim));
      assert.ok((await gapsOf(victim)).length > 0, 'the time in which it refused is a gap');
      t.diagnostic(`${callers.acknowledged.size} acknowledged, ${callers.refusals} refused`);
    } finally {
      await victim.end();
      await run('umount', [folder]);
    }
  });

  test('that fails to write costs the transactions under way, and no ping that was acknowledged', async (t) => {
    if (!(await hasStrace())) return t.skip('strace is not here, or may not be used');
    const victim = await createVictim();
    try {
      await victim.start();
      const monitors = await makeMonitors(victim, 5);
      const callers = startCallers(victim, monitors);
      try {
        await waitFor('pings', () => callers.acknowledged.size > GOES_ON);
        for (const call of ['fdatasync', 'pwrite64'] as const) {
          const before = callers.refusals;
          const processes = (await backendsOf(await victim.postmaster())).flatMap((pid) => ['-p', pid]);
          const inject = ['-e', `trace=${call}`, '-e', `inject=${call}:error=EIO:when=3+7`];
          const strace = spawn('strace', ['-f', ...processes, ...inject, '-o', '/dev/null'], { stdio: 'ignore' });
          const ended = once(strace, 'exit');
          await waitFor(`refusals after failed calls of ${call}`, () => callers.refusals > before, BACK_WITHIN_MS);
          strace.kill('SIGTERM');
          await ended;
          const acknowledged = callers.acknowledged.size;
          await waitFor('pings again', () => callers.acknowledged.size > acknowledged + GOES_ON, BACK_WITHIN_MS);
        }
      } finally {
        await callers.stop();
      }
      await auditLedger(victim, monitors, callers);
      await waitFor('readiness', () => isReady(victim));
      t.diagnostic(`${callers.acknowledged.size} acknowledged, ${callers.refusals} refused`);
    } finally {
      await victim.end();
    }
  });
});
