import { performance } from 'node:perf_hooks';
import type { Database, Row } from '../../../src/store/database.ts';
import { createGuardedMoves, saveGuardedMoves } from '../../../src/store/guarded-moves.ts';
import type { SignalToSave } from '../../../src/store/signals.ts';
import { createHistogram, type LatencySummary } from '../histogram.ts';

const MOVED = {
  refAt: 1,
  expectedAt: 2,
  expectedLatestAt: 2,
  dueAt: null,
  excused: false,
  failStreak: 0,
  wakeAt: null,
};

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

interface Guarded extends Row {
  readonly id: string;
  readonly guard: number;
}

/** What the rows of these monitors carry now. */
async function guardsOf(database: Database, monitorIds: readonly string[]): Promise<Map<string, number>> {
  const rows = await database.query<Guarded>(
    {
      name: 'guards_of',
      text: `SELECT monitor_id AS id, xmin::text::bigint AS guard FROM monitor_state WHERE monitor_id = ANY ($1::uuid[])`,
    },
    [monitorIds],
  );
  return new Map(rows.map(({ id, guard }) => [id, guard]));
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
  const guards = await guardsOf(database, monitorIds);
  let count = 0;
  const histogram = createHistogram();
  const share = Math.floor(monitorIds.length / atOnce);
  let rows = 0;
  const from = performance.now();
  const lane = async (index: number) => {
    const own = monitorIds.slice(index * share, (index + 1) * share);
    for (let next = 0; performance.now() - from < seconds * 1_000; next = (next + perFlush) % share) {
      const ids = Array.from({ length: perFlush }, (_, place) => own[(next + place) % share] ?? '').sort();
      const at = Math.round(performance.timeOrigin + performance.now());
      const moves = createGuardedMoves();
      for (const id of ids) {
        count += 1;
        moves.signals.push(signalOf(id, count, at));
        moves.pushMove(id, { ...MOVED, lastSignalAt: at, lastSuccessAt: at, signalCount: count }, guards.get(id) ?? 0);
      }
      const begun = performance.now();
      const saved = await saveGuardedMoves(database, moves.values());
      histogram.record(performance.now() - begun);
      if (saved.lost.length > 0) throw new Error('somebody else changes these states');
      for (const id of ids) guards.set(id, saved.guard);
      rows += ids.length;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, (_, index) => lane(index)));
  return { rows, rowsPerSecond: (rows * 1_000) / (performance.now() - from), latencyMs: histogram.summary() };
}
