import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { waitFor } from '../harness/wait-for.ts';
import { auditLedger, makeMonitors, startCallers } from './ledger.ts';
import type { Fault } from './plan.ts';
import { createVictim, type Victim } from './product.ts';
import { runKillTest } from './supervisor.ts';

/** So many go through again before a kill counts as survived. */
const GOES_ON = 12;
const ROUND_MS = 1_000;

let victim: Victim;
before(async () => {
  victim = await createVictim();
  await victim.start();
});
after(() => victim.end());

describe('kill -9', () => {
  test('between ping and answer loses no acknowledged ping and counts none twice', async (t) => {
    const monitors = await makeMonitors(victim, 5);
    const callers = startCallers(victim, monitors);
    t.after(callers.stop);
    for (const kill of [victim.killServer, victim.killAll]) {
      const before = callers.acknowledged.size;
      await pause(ROUND_MS);
      await kill();
      await victim.start();
      await waitFor('pings that are taken again', () => callers.acknowledged.size > before + GOES_ON);
    }
    await victim.killDatabase();
    const atKill = callers.acknowledged.size;
    await waitFor('the database back under the living server', () => callers.acknowledged.size > atKill + GOES_ON);
    await callers.stop();
    assert.ok(callers.acknowledged.size > 100, `only ${callers.acknowledged.size} pings in all`);
    await auditLedger(victim, monitors, callers);
  });
});

/** One of each kind, those first whose consequences take the longest to settle: a claim of the dead lasts 15 s. */
const SMOKE: readonly Fault[] = [
  { kind: 'commit_of', node: 0, statement: 'finish_delivery', side: 'before_it_is_known' },
  { kind: 'commit_of', node: 1, statement: 'open_incidents', side: 'after_it_is_known' },
  { kind: 'database', awayMs: 500 },
  { kind: 'half_open', node: 0, forMs: 500 },
  { kind: 'kill_all', awayMs: 4_500 },
  { kind: 'commit_of', node: 0, statement: 'save_guarded_moves', side: 'before_it_is_known' },
  { kind: 'commit_of', node: 1, statement: 'save_guarded_moves', side: 'before_it_is_asked_for' },
  { kind: 'freeze', node: 1, forMs: 1_500 },
  { kind: 'restart', node: 0 },
  { kind: 'cut', node: 1 },
];
/** Further faults of the list are not begun after this. */
const SMOKE_SECONDS = 22;

describe('the kill test, in short (npm run kill-test is the long one)', () => {
  test('two nodes, broken in every way, keep what they promised', async (t) => {
    const result = await runKillTest({ seconds: SMOKE_SECONDS, seed: 1, plan: SMOKE });
    t.diagnostic(`faults ${JSON.stringify(result.faults)}, looked at ${JSON.stringify(result.counts)}`);
    assert.deepEqual(result.violations, [], result.timeline.join('\n'));
    assert.ok((result.counts.acknowledged ?? 0) > 100);
  });
});
