import type { ControlSignal, StepContext, StepResult } from '../core/signal.ts';
import { step } from '../core/step.ts';
import type { Transaction } from '../store/database.ts';
import { readGaps } from '../store/gaps.ts';
import { runOf, stateOf } from '../store/monitor-rows.ts';
import { readWaitingRuns } from '../store/runs.ts';
import { lockStatesByIds } from '../store/states.ts';
import { type CommitContext, saveDecisions } from './commit.ts';
import type { DefinitionCache } from './definitions.ts';
import { earliestWindow } from './flush.ts';

/**
 * Applies a person's decision to one monitor inside the caller's transaction, with everything it causes. The caller
 * has written the definition already (and counted its version up, in both tables) where the decision is an edit.
 * Answers null when there is no such monitor.
 */
export async function applyControl(
  tx: Transaction,
  definitions: DefinitionCache,
  monitorId: string,
  signal: ControlSignal,
  context: CommitContext,
): Promise<StepResult | null> {
  const rows = await lockStatesByIds(tx, [monitorId]);
  const [row] = rows;
  const found = await definitions.forStates(tx, rows);
  const definition = found.get(monitorId);
  if (row === undefined || definition === undefined) return null;
  const runs = row.waiting_runs > 0 ? await readWaitingRuns(tx, [monitorId]) : [];
  const stepContext: StepContext = { ...context, gaps: await readGaps(tx, earliestWindow([row])) };
  const result = step(definition.monitor, stateOf(row, runs.map(runOf)), signal, stepContext);
  if (result.refused === null) {
    const decision = {
      monitorId,
      teamId: definition.teamId,
      before: null,
      state: result.state,
      effects: result.effects,
    };
    await saveDecisions(tx, [decision], [], context);
  }
  return result;
}
