import type { MonitorState } from '../core/monitor.ts';
import { step } from '../core/step.ts';
import type { Database } from '../store/database.ts';
import { type GuardedMove, readPlainStates, saveGuardedMoves } from '../store/guarded-moves.ts';
import type { SignalToSave } from '../store/signals.ts';
import { isMove } from '../store/states.ts';
import type { CommitContext } from './commit.ts';
import type { Definition, DefinitionCache } from './definitions.ts';
import { signalOf, signalToSave } from './flush.ts';
import type { Ping, PingAnswer } from './ping.ts';
import type { StateMemory } from './state-memory.ts';

/** The pings of one monitor in this batch, by their places in it. */
interface Group {
  readonly definition: Definition;
  readonly places: number[];
}

interface Decided {
  readonly move: GuardedMove;
  readonly definition: Definition;
  readonly places: readonly number[];
  readonly signals: readonly SignalToSave[];
}

const STORED: PingAnswer = { result: 'stored', paused: false };

/** What was remembered is often out of date where several nodes take the pings of one monitor; then it is read. */
const ROUNDS = 2;

/**
 * The short way of a batch: pings that only move the state of a heartbeat that is up are decided on the states that
 * this node remembers, and written by one statement, with nothing locked before, where these are still the states in
 * the database. Answers in the order of the pings; null for those of which nothing was stored, which have to go the
 * long way (flush.ts): they mean more than a move, or somebody else keeps changing the state.
 */
export async function flushRemembered(
  database: Database,
  definitions: DefinitionCache,
  memory: StateMemory,
  pings: readonly Ping[],
  context: CommitContext,
): Promise<(PingAnswer | null)[]> {
  const answers = new Array<PingAnswer | null>(pings.length).fill(null);
  let groups = groupPlain(definitions, memory, pings);
  for (let round = 1; round <= ROUNDS && groups.size > 0; round += 1) {
    const lost = await storeRound(database, memory, groups, pings, context, answers);
    groups = new Map([...groups].filter(([id]) => lost.has(id)));
  }
  return answers;
}

/** Reads what is not remembered, decides, writes; answers the monitors whose state had changed meanwhile. */
async function storeRound(
  database: Database,
  memory: StateMemory,
  groups: ReadonlyMap<string, Group>,
  pings: readonly Ping[],
  context: CommitContext,
  answers: (PingAnswer | null)[],
): Promise<ReadonlySet<string>> {
  const unread = [...groups.keys()].filter((id) => !memory.has(id));
  for (const row of unread.length === 0 ? [] : await readPlainStates(database, unread)) {
    // By the copy of the id that is kept already.
    memory.keepRow(groups.get(row.monitor_id)?.definition.monitor.id ?? row.monitor_id, row);
  }
  const decided: Decided[] = [];
  for (const [id, group] of groups) {
    const decision = decide(memory, id, group, pings, context);
    if (decision === null) memory.forget(id);
    else decided.push(decision);
  }
  if (decided.length === 0) return new Set();
  decided.sort((a, b) => (a.move.monitorId < b.move.monitorId ? -1 : 1));
  const moves = decided.map(({ move }) => move);
  const signals = decided.flatMap((decision) => decision.signals);
  const { guard, lost } = await saveGuardedMoves(database, moves, signals);
  const isLost = new Set(lost);
  for (const { move, definition, places } of decided) {
    const { monitorId, state } = move;
    if (isLost.has(monitorId)) {
      memory.forget(monitorId);
      continue;
    }
    memory.keep(monitorId, { state, version: definition.version, guard });
    for (const place of places) answers[place] = STORED;
  }
  return isLost;
}

/** By monitor; a monitor of which one ping needs more than this way can do is left out with all its pings. */
function groupPlain(definitions: DefinitionCache, memory: StateMemory, pings: readonly Ping[]): Map<string, Group> {
  const groups = new Map<string, Group>();
  const others: string[] = [];
  for (const [place, ping] of pings.entries()) {
    const definition = ping.key === null ? undefined : definitions.ofKey(ping.key);
    if (definition === undefined) continue;
    const { id } = definition.monitor;
    const group = groups.get(id);
    if (!mayBePlain(definition, ping)) others.push(id);
    else if (group === undefined) groups.set(id, { definition, places: [place] });
    else group.places.push(place);
  }
  for (const id of others) {
    groups.delete(id);
    memory.forget(id);
  }
  return groups;
}

function mayBePlain({ monitor, isDeleted }: Definition, ping: Ping): boolean {
  return (
    monitor.kind === 'heartbeat' &&
    !isDeleted &&
    ping.kind !== 'start' &&
    ping.runId === null &&
    ping.idempotencyKey === null &&
    ping.reportedAt === null
  );
}

/** Null where these pings do more than move the state, or come after a deadline, which is to be judged with its gaps. */
function decide(
  memory: StateMemory,
  monitorId: string,
  { definition, places }: Group,
  pings: readonly Ping[],
  context: CommitContext,
): Decided | null {
  const remembered = memory.recall(monitorId);
  if (remembered === undefined || remembered.version !== definition.version) return null;
  const signals: SignalToSave[] = [];
  let state: MonitorState = remembered.state;
  for (const place of places) {
    const ping = pings[place];
    if (ping === undefined || (state.wakeAt !== null && ping.receivedAt >= state.wakeAt)) return null;
    const signal = signalOf(ping);
    const result = step(definition.monitor, state, signal, { ...context, gaps: [], namedRun: undefined });
    if (result.effects.length > 0) return null;
    signals.push(signalToSave(monitorId, ping, signal.at, result));
    state = result.state;
  }
  const move = { monitorId, before: remembered.state, state, guard: remembered.guard };
  return isMove(move) ? { move, definition, places, signals } : null;
}
