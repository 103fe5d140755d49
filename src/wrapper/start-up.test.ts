/**
 * What the wrappers add to a job's start, whatever the server does. Runs of all cases alternate, and the fastest of each
 * is compared: what a busy machine adds is not ours, and the fastest run of many has the least of it. More runs are made
 * only while the answer is not clear.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { findFreePort } from '../platform/free-port.ts';
import { KEY, NODES, RUN, type Scene, SHELL_RUN, useScene } from './testing/scene.ts';

const AT_LEAST_ROUNDS = 5;
const AT_MOST_ROUNDS = 60;
/** The requirement, over an empty start of the same Node. */
const NODE_ADDS_MS = 10;
/** The requirement for the plain sh, over the bare job. */
const SHELL_ADDS_MS = 15;
/** The job says when it began, in nanoseconds; dash reads no clock, date does. */
const JOB = ['date', '+%s%N'];

const now = () => performance.timeOrigin + performance.now();

/** Milliseconds from here to the moment that the command says it began. */
async function startOf(scene: Scene, command: readonly string[], end: NodeJS.Signals): Promise<number> {
  const launchedAt = now();
  const running = scene.start(command, { env: { TMPDIR: scene.folder } });
  const said = await running.line(/^\d+$/);
  const took = Number(BigInt(said) / 1_000n) / 1_000 - launchedAt;
  // Nobody is interested in what is reported after this.
  running.child.kill(end);
  await running.ended;
  return took;
}

/** The fastest of each case; goes on until each is within its bound, or for so long that it never will be. */
async function fastest(
  scene: Scene,
  cases: Readonly<Record<string, readonly string[]>>,
  isClear: (best: Readonly<Record<string, number>>) => boolean,
  end: NodeJS.Signals,
): Promise<Record<string, number>> {
  const best: Record<string, number> = {};
  for (let round = 0; round < AT_MOST_ROUNDS && (round < AT_LEAST_ROUNDS || !isClear(best)); round += 1) {
    for (const [name, command] of Object.entries(cases)) {
      best[name] = Math.min(best[name] ?? Number.POSITIVE_INFINITY, await startOf(scene, command, end));
    }
  }
  return best;
}

/** Servers in every state, by what they do. */
async function serversOf(scene: Scene): Promise<Record<string, string>> {
  scene.server.setReply(({ path }) => (path.includes('hangs') ? { hang: true } : { status: 200, body: 'OK' }));
  return {
    answers: scene.pingUrl,
    refuses: `http://127.0.0.1:${await findFreePort('127.0.0.1')}/ping/${KEY}`,
    hangs: `${scene.server.url}/hangs/ping/${KEY}`,
    'is unknown to DNS': `http://allswell.invalid/ping/${KEY}`,
  };
}

const assertWithin = (best: Readonly<Record<string, number>>, servers: object, base: number, addsMs: number) => {
  for (const name of Object.keys(servers)) {
    const added = (best[name] ?? Number.NaN) - base;
    assert.ok(added < addsMs, `a server that ${name}: ${added.toFixed(1)} ms added (${JSON.stringify(best)})`);
  }
};

for (const node of NODES) {
  describe(`the start of a job on ${node === process.execPath ? 'this Node' : node}`, () => {
    const scene = useScene(node);

    test(`comes less than ${NODE_ADDS_MS} ms after an empty start of Node, whatever the server does`, async () => {
      const servers = await serversOf(scene);
      const empty = join(scene.folder, 'empty.mjs');
      // Nothing but a job: no options, no pipes, no reports.
      writeFileSync(
        empty,
        `import { spawn } from 'node:child_process'; spawn('date', ['+%s%N'], { stdio: 'inherit' });`,
      );
      const wrapped = Object.entries(servers).map(([name, url]) => [name, [node, RUN, url, '--', ...JOB]] as const);
      const cases = { empty: [node, empty], ...Object.fromEntries(wrapped) };
      const base = (best: Readonly<Record<string, number>>) => best.empty ?? 0;
      const isClear = (best: Readonly<Record<string, number>>) =>
        Object.keys(servers).every((name) => (best[name] ?? 0) - base(best) < NODE_ADDS_MS);
      // An orderly end: reports that are still waiting are put aside, and the pipes are there for the next run.
      const best = await fastest(scene, cases, isClear, 'SIGTERM');
      assertWithin(best, servers, base(best), NODE_ADDS_MS);
    });
  });
}

describe('the start of a job behind allswell.sh', () => {
  const scene = useScene();

  test(`comes less than ${SHELL_ADDS_MS} ms after a bare start, whatever the server does`, async () => {
    const servers = await serversOf(scene);
    const wrapped = Object.entries(servers).map(([name, url]) => [name, ['sh', SHELL_RUN, url, ...JOB]] as const);
    const cases = { bare: JOB, ...Object.fromEntries(wrapped) };
    const isClear = (best: Readonly<Record<string, number>>) =>
      Object.keys(servers).every((name) => (best[name] ?? 0) - (best.bare ?? 0) < SHELL_ADDS_MS);
    const best = await fastest(scene, cases, isClear, 'SIGKILL');
    assertWithin(best, servers, best.bare ?? 0, SHELL_ADDS_MS);
  });
});
