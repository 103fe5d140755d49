import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import pg from 'pg';
import { systemClock } from '../../platform/clock.ts';
import { createLogger, type Logger } from '../../platform/logger.ts';
import type { ManagedPostgres } from './managed.ts';
import { probe } from './probe.ts';
import { backoffMs, FIRST_BACKOFF_MS, LONGEST_BACKOFF_MS } from './supervisor.ts';
import { ask, newScene } from './testing/scene.ts';

/** A logger that resolves `seen(text)` when a line with that text is written. */
function listeningLogger(): { logger: Logger; seen(text: string): Promise<void> } {
  const lines: string[] = [];
  const waiting = new Map<string, () => void>();
  const write = (line: string) => {
    lines.push(line);
    for (const [text, resolve] of waiting) if (line.includes(text)) resolve();
  };
  return {
    logger: createLogger({ level: 'debug', format: 'text', clock: systemClock, write }),
    seen: (text) =>
      new Promise((resolve) => {
        if (lines.some((line) => line.includes(text))) resolve();
        waiting.set(text, resolve);
      }),
  };
}

/** Resolves when the server answers, through however many refusals while it recovers. */
async function until(postgres: ManagedPostgres): Promise<void> {
  const answer = await probe(postgres.connection);
  if (answer.state !== 'ready') return until(postgres);
}

test('the wait between restarts doubles up to its longest', () => {
  assert.equal(backoffMs(0), FIRST_BACKOFF_MS);
  assert.equal(backoffMs(1), 2 * FIRST_BACKOFF_MS);
  assert.equal(backoffMs(5), LONGEST_BACKOFF_MS);
  assert.equal(backoffMs(1e9), LONGEST_BACKOFF_MS);
});

test('a server that was killed runs again with what it had acknowledged, though a query was running', async (t) => {
  const scene = await newScene(t);
  const { logger, seen } = listeningLogger();
  const postgres = await scene.open({ logger });
  const { pid, connection } = postgres;
  await ask(connection, 'create table kept as select 7 as seven');
  const busy = new pg.Client(connection);
  const cut = new Promise<void>((resolve) => busy.on('error', () => resolve()));
  await busy.connect();
  // A process that works does not notice that the first one died: it holds the shared memory until it is ended.
  const work = busy.query('select count(*) from generate_series(1, 1e12::bigint)').catch((error: Error) => error);
  await ask(connection, 'select 1');

  process.kill(pid, 'SIGKILL');
  await seen('PostgreSQL runs again');
  assert.notEqual(postgres.pid, pid);
  assert.deepEqual(await ask(postgres.connection, 'select seven::text from kept'), [{ seven: '7' }]);
  assert.ok((await work) instanceof Error);
  await cut;
});

test('an adopted server is watched over as well', async (t) => {
  const scene = await newScene(t);
  const child = scene.child();
  const { pid } = await child.ready();
  await child.kill();
  const { logger, seen } = listeningLogger();
  const postgres = await scene.open({ logger });
  assert.ok(postgres.adopted);
  process.kill(pid, 'SIGKILL');
  await seen('PostgreSQL runs again');
  assert.notEqual(postgres.pid, pid);
  await ask(postgres.connection, 'select 1');
});

test('restarting goes on until it works', async (t) => {
  const scene = await newScene(t);
  const { logger, seen } = listeningLogger();
  const postgres = await scene.open({ logger });
  const folder = join(scene.dataDir, 'postgres');
  await rename(folder, `${folder}.away`);
  process.kill(postgres.pid, 'SIGKILL');
  await seen('PostgreSQL did not start again');
  await rename(`${folder}.away`, folder);
  await seen('PostgreSQL runs again');
  await ask(postgres.connection, 'select 1');
});

test('a connection that crashes is the affair of PostgreSQL, not ours', async (t) => {
  const scene = await newScene(t);
  const postgres = await scene.open();
  const { pid } = postgres;
  const client = new pg.Client(postgres.connection);
  const cut = new Promise<void>((resolve) => client.on('error', () => resolve()));
  await client.connect();
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  process.kill(rows[0]?.pid ?? 0, 'SIGKILL');
  await cut;
  await until(postgres);
  assert.equal(postgres.pid, pid);
});

test('a stop while a restart waits for its turn ends the waiting', async (t) => {
  const scene = await newScene(t);
  const { logger, seen } = listeningLogger();
  const postgres = await scene.open({ logger });
  const folder = join(scene.dataDir, 'postgres');
  process.kill(postgres.pid, 'SIGKILL');
  await rename(folder, `${folder}.away`);
  await seen('PostgreSQL did not start again');
  await postgres.stop('fast');
  // The folder is free for the next one.
  await rename(`${folder}.away`, folder);
  await scene.open();
});
