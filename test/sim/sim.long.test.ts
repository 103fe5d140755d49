/** Fifty simulated stories of three days each: whatever goes wrong in them, nothing is missed and nothing made up. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  makeTemplate,
  type SocketConnection,
  sharedConnection,
  startTestServer,
  type TestServer,
} from '../harness/postgres.ts';
import { tellStories } from './workers.ts';

const SEEDS = Array.from({ length: 50 }, (_, index) => index + 1);
/** What is not begun by then is left for the next time; a slow machine tells fewer stories, and says so. */
const WITHIN_MS = 60_000;
const AT_LEAST = 4;

describe('a simulated install', () => {
  let server: TestServer | null = null;
  let connection: SocketConnection | null = null;
  before(async () => {
    connection = sharedConnection();
    if (connection !== null) return;
    server = await startTestServer();
    await makeTemplate(server);
    connection = server.connection;
  });
  after(() => server?.stop());

  test('no alarm is missed, none is false, none is told twice', async (context) => {
    assert.ok(connection !== null);
    const startedAt = performance.now();
    const failures: string[] = [];
    let told = 0;
    await tellStories(
      { server: connection, days: 3, monitors: 20, nodes: 2, shownMonitor: null },
      SEEDS,
      ({ text, isWell }) => {
        told += 1;
        if (!isWell) failures.push(text);
      },
      () => told >= AT_LEAST && performance.now() - startedAt > WITHIN_MS,
    );
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    context.diagnostic(
      told === SEEDS.length
        ? `all ${told} stories were told, in ${seconds} s`
        : `only ${told} of ${SEEDS.length} stories were told in ${seconds} s: this machine is slow or busy`,
    );
    assert.equal(failures.join('\n'), '');
  });
});
