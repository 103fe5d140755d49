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
import { eachSeed, runSeed } from './seed.ts';

const SEEDS = 50;
/** What is not begun by then is left for the next time; a slow machine tells fewer stories, not none. */
const WITHIN_MS = 45_000;
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
    const at = connection;
    const until = performance.now() + WITHIN_MS;
    const failures: string[] = [];
    let told = 0;
    await eachSeed(
      Array.from({ length: SEEDS }, (_, index) => index + 1),
      async (seed) => {
        if (told >= AT_LEAST && performance.now() > until) return;
        const { text, isWell } = await runSeed(at, { seed, days: 3, monitors: 20, nodes: 2 });
        told += 1;
        if (!isWell) failures.push(text);
      },
    );
    context.diagnostic(`${told} of ${SEEDS} stories were told`);
    assert.equal(failures.join('\n'), '');
  });
});
