import { performance } from 'node:perf_hooks';
import type { Database } from '../../../src/store/database.ts';
import { readPlainStates, saveGuardedMoves } from '../../../src/store/guarded-moves.ts';
import type { SignalToSave } from '../../../src/store/signals.ts';
import { createStateMemory } from '../../../src/watch/state-memory.ts';
import { createHistogram, type LatencySummary } from '../histogram.ts';

export interface StatementResult {
  readonly rows: number;
  readonly rowsPerSecond: number;
  /** Of one flush, from its statement to its commit on disk. */
  readonly latencyMs: LatencySummary;
}

function signalOf(monitorId: string, n: number, at: number): SignalToSave {
  return {
    monitorId,
    n,
    receivedAt: at,
    at,
    kind: 'success',
    notCounted: null,
    exitStatus: null,
    runId: null,
    method: 'GET',
    remoteAddr: '127.0.0.1',
    userAgent: '',
    bodySize: 0,
    body: null,
  };
}

/**
 * What PostgreSQL takes of the statement that most pings end in, with nothing decided and no HTTP before it: `perFlush`
 * pings to a statement, `atOnce` statements under way, each over monitors of its own.
 */
export async function measureStatements(
  database: Database,
  monitorIds: readonly string[],
  { perFlush, atOnce, seconds }: { perFlush: number; atOnce: number; seconds: number },
): Promise<StatementResult> {
  const memory = createStateMemory(monitorIds.length);
  for (const row of await readPlainStates(database, monitorIds)) memory.keepRow(row.monitor_id, row);
  const histogram = createHistogram();
  const share = Math.floor(monitorIds.length / atOnce);
  let rows = 0;
  const from = performance.now();
  const lane = async (index: number) => {
    const own = monitorIds.slice(index * share, (index + 1) * share);
    for (let next = 0; performance.now() - from < seconds * 1_000; next = (next + perFlush) % share) {
      const ids = Array.from({ length: perFlush }, (_, place) => own[(next + place) % share] ?? '').sort();
      const at = Math.round(performance.timeOrigin + performance.now());
      const moves = ids.map((monitorId) => {
        const remembered = memory.recall(monitorId);
        if (remembered === undefined) throw new Error('a state that was read is not remembered');
        const { state: before, guard } = remembered;
        const state = { ...before, signalCount: before.signalCount + 1, lastSignalAt: at, lastSuccessAt: at };
        return { monitorId, before, state, guard };
      });
      const begun = performance.now();
      const saved = await saveGuardedMoves(
        database,
        moves,
        moves.map(({ monitorId, state }) => signalOf(monitorId, state.signalCount, at)),
      );
      histogram.record(performance.now() - begun);
      if (saved.lost.length > 0) throw new Error('somebody else changes these states');
      for (const { monitorId, state } of moves) memory.keep(monitorId, { state, version: 1, guard: saved.guard });
      rows += moves.length;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, (_, index) => lane(index)));
  return { rows, rowsPerSecond: (rows * 1_000) / (performance.now() - from), latencyMs: histogram.summary() };
}
