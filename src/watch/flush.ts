import type { Gap } from '../core/cause.ts';
import { DAY_MS, type Instant } from '../core/instant.ts';
import type { MonitorState, Run } from '../core/monitor.ts';
import type { Effect, PingSignal, StepResult } from '../core/signal.ts';
import { JUDGE_AFTER_MS, step } from '../core/step.ts';
import type { Database, Transaction } from '../store/database.ts';
import { SERIALIZATION_FAILURE } from '../store/errors.ts';
import { readGaps } from '../store/gaps.ts';
import { readGuard } from '../store/guarded-moves.ts';
import { runOf, type StateRow, stateOf } from '../store/monitor-rows.ts';
import { readNamedRuns, readWaitingRuns } from '../store/runs.ts';
import { claimIdempotencyKeys, type SignalToSave } from '../store/signals.ts';
import { findKeysByNames } from '../store/states.ts';
import { type CommitContext, type Decision, saveAndCommit, saveDecisions } from './commit.ts';
import type { Definition, DefinitionCache } from './definitions.ts';
import type { JournaledPing } from './journal-record.ts';
import { type LockedMonitor, lockByIds, lockByKeys } from './lock.ts';
import type { Ping, PingAnswer } from './ping.ts';

/** A retry with the same Idempotency-Key counts once within this time (RULES §6). */
export const IDEMPOTENCY_MS = DAY_MS;

/** One monitor while its pings of this batch are decided. */
interface Desk {
  readonly definition: Definition;
  readonly before: MonitorState;
  state: MonitorState;
  readonly effects: Effect[];
  readonly namedRuns: Map<string, Run>;
  readonly gaps: readonly Gap[];
}

/** What a flush has to know besides the pings. */
export interface FlushContext extends CommitContext {
  /** A time in which this node was blind and that is not written yet; it excuses like one that is. */
  readonly unrecordedGap: Gap | null;
}

const unknown: PingAnswer = { result: 'unknown' };

/** A monitor as it is after a transaction. */
export interface Settled {
  readonly definition: Definition;
  readonly state: MonitorState;
}

export interface Flushed {
  /** In the order of the pings. */
  readonly answers: readonly PingAnswer[];
  readonly settled: readonly Settled[];
  /** What their rows carry now. */
  readonly guard: number;
}

/**
 * Decides a batch of pings in one transaction: lock the states in id order, step each signal in arrival order, write
 * everything set-wise, commit. When this resolves they are on disk.
 */
export function flushPings(
  database: Database,
  definitions: DefinitionCache,
  given: readonly Ping[],
  context: FlushContext,
): Promise<Flushed> {
  return database.transaction(async (tx) => {
    const pings = await findKeys(tx, given);
    const keys = new Set(pings.map((ping) => ping.key).filter((key) => key !== null));
    const locked = await lockByKeys(tx, definitions, [...keys]);
    const calls = pings.map((ping) => ({ ping, monitor: ping.key === null ? undefined : locked.get(ping.key) }));
    refuseMovedNames(calls);
    const { answers, decisions, signals, settled } = await decideCalls(tx, calls, context);
    if (settled.length === 0) return { answers, settled, guard: 0 };
    const guard = readGuard(tx);
    await Promise.all([guard, saveAndCommit(tx, decisions, signals, context)]);
    return { answers, settled, guard: await guard };
  });
}

/**
 * The same, without the commit, for pings that were acknowledged already and whose monitors were known then: those that
 * were deleted since, by another node, have nothing to decide any more.
 */
export async function flushAcknowledged(
  tx: Transaction,
  definitions: DefinitionCache,
  pings: readonly JournaledPing[],
  context: FlushContext,
): Promise<Omit<Flushed, 'answers'>> {
  const locked = await lockByIds(tx, definitions, [...new Set(pings.map(({ monitorId }) => monitorId))]);
  const calls = pings.map(({ ping, monitorId }) => ({ ping, monitor: locked.get(monitorId) }));
  const { decisions, signals, settled } = await decideCalls(tx, calls, context);
  await saveDecisions(tx, decisions, signals, context);
  return { settled, guard: await readGuard(tx) };
}

/** A ping and the locked monitor that it is for; undefined: there is none. */
interface Call {
  readonly ping: Ping;
  readonly monitor: LockedMonitor | undefined;
}

async function decideCalls(tx: Transaction, calls: readonly Call[], context: FlushContext) {
  const desks = await openDesks(tx, calls, context.unrecordedGap);
  const repeated = await findRepeated(tx, calls, context.now);
  const signals: SignalToSave[] = [];
  const answers = calls.map(({ ping, monitor }, index): PingAnswer => {
    const desk = monitor === undefined ? undefined : desks.get(monitor.row.monitor_id);
    if (desk === undefined) return unknown;
    if (!repeated.has(index)) signals.push(decide(desk, ping, context));
    return { result: 'stored', paused: desk.state.status === 'paused' };
  });
  const settled = [...desks.values()].map(({ definition, state }) => ({ definition, state }));
  return { answers, decisions: decisionsOf(desks), signals, settled };
}

/** Pings by name get the key of the monitor that has this name now; one look-up for all of them. */
async function findKeys(tx: Transaction, pings: readonly Ping[]): Promise<readonly Ping[]> {
  const names = pings.flatMap(({ name }) => (name === null ? [] : [name]));
  if (names.length === 0) return pings;
  const keys = await findKeysByNames(tx, names);
  return pings.map((ping) =>
    ping.name === null ? ping : { ...ping, key: keys.get(`${ping.name.teamKey}/${ping.name.slug}`) ?? null },
  );
}

async function openDesks(
  tx: Transaction,
  calls: readonly Call[],
  unrecordedGap: Gap | null,
): Promise<Map<string, Desk>> {
  const monitors = new Map<string, LockedMonitor>();
  const names: { monitorId: string; runId: string }[] = [];
  for (const { ping, monitor } of calls) {
    if (monitor === undefined) continue;
    monitors.set(monitor.row.monitor_id, monitor);
    if (ping.runId !== null) names.push({ monitorId: monitor.row.monitor_id, runId: ping.runId });
  }
  const rows = [...monitors.values()].map(({ row }) => row);
  const withRuns = rows.filter((row) => row.waiting_runs > 0).map((row) => row.monitor_id);
  const gapsSince = gapsThatMatterSince(rows, calls);
  const [waiting, named, gaps] = await Promise.all([
    withRuns.length === 0 ? [] : readWaitingRuns(tx, withRuns),
    names.length === 0 ? [] : readNamedRuns(tx, names),
    gapsSince === null ? [] : readGaps(tx, gapsSince),
  ]);
  const allGaps = unrecordedGap === null ? gaps : [...gaps, unrecordedGap];
  const waitingRuns = Map.groupBy(waiting, (run) => run.monitor_id);
  const desks = new Map<string, Desk>();
  for (const [id, { row, definition }] of monitors) {
    const before = stateOf(row, (waitingRuns.get(id) ?? []).map(runOf));
    desks.set(id, { definition, before, state: before, effects: [], namedRuns: new Map(), gaps: allGaps });
  }
  for (const run of named) desks.get(run.monitor_id)?.namedRuns.set(run.run_id ?? '', runOf(run));
  return desks;
}

/** A name whose key changed between look-up and lock is looked up again: the transaction counts as lost to another. */
function refuseMovedNames(calls: readonly Call[]): void {
  const moved = calls.some(({ ping, monitor }) => ping.name !== null && ping.key !== null && monitor === undefined);
  if (moved)
    throw Object.assign(new Error('a monitor called by name changed its key'), { code: SERIALIZATION_FAILURE });
}

/** Since when gaps matter to the deadlines that these pings may pass; null: they pass none. */
function gapsThatMatterSince(rows: readonly StateRow[], calls: readonly Call[]): Instant | null {
  let [first, last] = [Number.MAX_SAFE_INTEGER, 0];
  for (const { ping } of calls) {
    first = Math.min(first, ping.receivedAt);
    last = Math.max(last, ping.receivedAt);
  }
  const mayBeOverdue = rows.filter((row) => row.wake_at !== null && row.wake_at <= last);
  if (mayBeOverdue.length > 0) return earliestWindow(mayBeOverdue);
  // One ping may set a deadline that a later one of the same batch finds passed.
  return last - first > JUDGE_AFTER_MS ? first - DAY_MS : null;
}

/** Gaps that ended before this cannot touch any of these deadlines. */
export function earliestWindow(
  rows: readonly { readonly expected_at: number | null; readonly wake_at: number | null }[],
): Instant {
  const earliest = rows.reduce(
    (at, row) => Math.min(at, row.expected_at ?? at, row.wake_at ?? at),
    Number.MAX_SAFE_INTEGER,
  );
  return earliest - DAY_MS;
}

/** The places of pings whose idempotency key was heard before, in the database or earlier in this batch. */
async function findRepeated(tx: Transaction, calls: readonly Call[], now: Instant): Promise<Set<number>> {
  const claims = calls.flatMap(({ ping, monitor }, index) => {
    if (ping.idempotencyKey === null || monitor === undefined) return [];
    return [{ index, monitorId: monitor.row.monitor_id, key: ping.idempotencyKey }];
  });
  if (claims.length === 0) return new Set();
  const fresh = await claimIdempotencyKeys(tx, claims, now, now - IDEMPOTENCY_MS);
  // Of several in one batch the first one counts.
  return new Set(claims.filter(({ monitorId, key }) => !fresh.delete(`${monitorId} ${key}`)).map(({ index }) => index));
}

/** A ping as `step` sees it. */
export function signalOf(ping: Ping): PingSignal {
  return {
    kind: ping.kind,
    at: ping.reportedAt === null ? ping.receivedAt : Math.min(ping.reportedAt, ping.receivedAt),
    runId: ping.runId,
    exitStatus: ping.exitStatus,
    late: ping.reportedAt !== null,
  };
}

/** What the log keeps of a ping that `step` has decided. */
export function signalToSave(
  monitorId: string,
  ping: Ping,
  at: Instant,
  { state, notCounted }: StepResult,
): SignalToSave {
  return {
    monitorId,
    n: state.signalCount,
    receivedAt: ping.receivedAt,
    at,
    kind: ping.kind,
    notCounted,
    exitStatus: ping.exitStatus,
    runId: ping.runId,
    method: ping.method,
    remoteAddr: ping.remoteAddr,
    userAgent: ping.userAgent,
    bodySize: ping.bodySize,
    body: ping.body,
  };
}

function decide(desk: Desk, ping: Ping, context: CommitContext): SignalToSave {
  const signal = signalOf(ping);
  const { monitor } = desk.definition;
  const result = step(monitor, desk.state, signal, {
    now: context.now,
    newId: context.newId,
    gaps: desk.gaps,
    namedRun: ping.runId === null ? undefined : desk.namedRuns.get(ping.runId),
  });
  desk.state = result.state;
  for (const effect of result.effects) {
    desk.effects.push(effect);
    if (effect.type === 'save_run' && effect.run.runId !== null) desk.namedRuns.set(effect.run.runId, effect.run);
  }
  return signalToSave(monitor.id, ping, signal.at, result);
}

function decisionsOf(desks: ReadonlyMap<string, Desk>): Decision[] {
  return [...desks.values()].map(({ definition, before, state, effects }) => ({
    monitorId: definition.monitor.id,
    teamId: definition.teamId,
    before,
    state,
    effects,
  }));
}
