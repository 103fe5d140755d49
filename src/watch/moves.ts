import { step } from '../core/step.ts';
import { createGuardedMoves, isPlain } from '../store/guarded-moves.ts';
import { isMove } from '../store/states.ts';
import type { CommitContext } from './commit.ts';
import type { Definition } from './definitions.ts';
import { type Settled, signalOf, signalToSave } from './flush.ts';
import type { Ping } from './ping.ts';
import type { StateMemory } from './state-memory.ts';

/** What is to be written of acknowledged pings. */
export interface Gathered {
  /** Whose states moved, in the order of ids. */
  readonly ids: readonly string[];
  /** The parameters of `saveGuardedMoves`. */
  readonly values: readonly Buffer[];
}

/**
 * Acknowledged pings that only move states, decided as they come and gathered until they are folded. What is kept are
 * numbers and bytes: objects that live so long would cost the garbage collector more than all the rest.
 */
export interface Moves {
  /** Moves the remembered state. Where this ping means more than that, the monitor is forgotten: it goes the long way. */
  apply(definition: Definition, ping: Ping, context: CommitContext): void;
  /** What was gathered since the last time. */
  take(): Gathered;
}

/** Whether a ping can only move a state, provided that the state is plain. */
export function mayMove({ monitor, isDeleted, fault }: Definition, ping: Ping): boolean {
  return (
    monitor.kind === 'heartbeat' &&
    !isDeleted &&
    fault === null &&
    (ping.kind === 'success' || ping.kind === 'log') &&
    ping.runId === null &&
    ping.idempotencyKey === null &&
    ping.reportedAt === null
  );
}

export function createMoves(memory: StateMemory): Moves {
  let gathered = createGuardedMoves();
  let touched = new Set<string>();
  return {
    apply({ monitor, version }, ping, context) {
      const { id } = monitor;
      const remembered = memory.recall(id);
      if (remembered === undefined) return;
      const before = remembered.state;
      const signal = signalOf(ping);
      const isDue = before.wakeAt !== null && ping.receivedAt >= before.wakeAt;
      const result =
        isDue || remembered.version !== version
          ? null
          : step(monitor, before, signal, { ...context, gaps: [], namedRun: undefined });
      if (result === null || result.effects.length > 0 || !isMove({ before, state: result.state })) {
        return memory.forget(id);
      }
      memory.keep(id, { ...remembered, state: result.state });
      touched.add(id);
      gathered.signals.push(signalToSave(id, ping, signal.at, result));
    },
    take() {
      const ids: string[] = [];
      for (const id of [...touched].sort()) {
        const remembered = memory.recall(id);
        if (remembered === undefined) continue;
        ids.push(id);
        gathered.pushMove(id, remembered.state, remembered.guard);
      }
      const values = gathered.values();
      gathered = createGuardedMoves();
      touched = new Set();
      return { ids, values };
    },
  };
}

/** Remembers the state of a heartbeat that only waits for its next ping. */
export function rememberIfPlain(memory: StateMemory, { definition, state }: Settled, guard: number): void {
  const { monitor, version } = definition;
  if (monitor.kind === 'heartbeat' && isPlain(state)) memory.keep(monitor.id, { state, version, guard });
  else memory.forget(monitor.id);
}
