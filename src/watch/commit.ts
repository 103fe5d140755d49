import type { Instant } from '../core/instant.ts';
import type { MonitorState, Run } from '../core/monitor.ts';
import type { Effect } from '../core/signal.ts';
import type { Transaction } from '../store/database.ts';
import { insertSlotNotes, insertStatusChanges } from '../store/history.ts';
import { closeIncidents, extendIncidents, openIncidents } from '../store/incidents.ts';
import { saveRuns } from '../store/runs.ts';
import type { SignalToSave } from '../store/signals.ts';
import { saveStatesAndSignals } from '../store/states.ts';
import { saveNotices } from './notices.ts';

/** What was decided about one monitor, in the order of its signals. */
export interface Decision {
  readonly monitorId: string;
  readonly teamId: string;
  /** The state as it was read, or null where all of it is to be written. */
  readonly before: MonitorState | null;
  readonly state: MonitorState;
  readonly effects: readonly Effect[];
}

type EffectOf<T extends Effect['type']> = Extract<Effect, { type: T }>;

/** An effect together with whose it is. */
export interface Owned<T extends Effect['type']> {
  readonly monitorId: string;
  readonly teamId: string;
  readonly effect: EffectOf<T>;
}

export function effectsOf<T extends Effect['type']>(decisions: readonly Decision[], type: T): Owned<T>[] {
  const found: Owned<T>[] = [];
  for (const { monitorId, teamId, effects } of decisions) {
    for (const effect of effects) {
      if (effect.type === type) found.push({ monitorId, teamId, effect: effect as EffectOf<T> });
    }
  }
  return found;
}

/** Each run once, as it is after everything. */
function latestRuns(decisions: readonly Decision[]): { monitorId: string; run: Run }[] {
  const latest = new Map<string, { monitorId: string; run: Run }>();
  for (const { monitorId, effect } of effectsOf(decisions, 'save_run')) {
    latest.set(effect.run.id, { monitorId, run: effect.run });
  }
  return [...latest.values()];
}

export interface CommitContext {
  readonly now: Instant;
  readonly newId: () => string;
}

/**
 * Writes decisions and everything they cause, set-wise, into the caller's transaction: states, signals, runs, history,
 * incidents, notices and deliveries. A signal that only moved a state costs two statements.
 */
export async function saveDecisions(
  tx: Transaction,
  decisions: readonly Decision[],
  signals: readonly SignalToSave[],
  context: CommitContext,
): Promise<void> {
  const saving: Promise<unknown>[] = [saveStatesAndSignals(tx, decisions, signals)];
  if (decisions.some((decision) => decision.effects.length > 0)) saving.push(saveEffects(tx, decisions, context));
  await Promise.all(saving);
}

/** As `saveDecisions`, and nothing follows: where no effect needs an answer of the database, COMMIT goes along. */
export async function saveAndCommit(
  tx: Transaction,
  decisions: readonly Decision[],
  signals: readonly SignalToSave[],
  context: CommitContext,
): Promise<void> {
  const saving = saveDecisions(tx, decisions, signals, context);
  if (decisions.every((decision) => decision.effects.length === 0)) tx.commit();
  await saving;
}

async function saveEffects(tx: Transaction, decisions: readonly Decision[], context: CommitContext): Promise<void> {
  const opened = effectsOf(decisions, 'open_incident');
  const closed = effectsOf(decisions, 'close_incident');
  const closings = new Map(closed.map(({ effect }) => [effect.id, effect]));
  const isNew = new Set(opened.map(({ effect }) => effect.id));
  await Promise.all([
    saveRuns(tx, latestRuns(decisions)),
    insertStatusChanges(
      tx,
      effectsOf(decisions, 'change_status').map(({ monitorId, effect }) => ({
        monitorId,
        at: effect.at,
        status: effect.to,
      })),
    ),
    insertSlotNotes(
      tx,
      effectsOf(decisions, 'note_slot').map(({ monitorId, effect }) => ({ monitorId, slot: effect })),
      context.now,
    ),
    // Those that end come first: a monitor that goes up and down again in one batch has one open at a time.
    closeIncidents(
      tx,
      closed.flatMap(({ effect }) => (isNew.has(effect.id) ? [] : [effect])),
    ),
    openIncidents(
      tx,
      opened.map(({ monitorId, teamId, effect }) => {
        return { ...effect, monitorId, teamId, closing: closings.get(effect.id) ?? null };
      }),
      context.now,
    ),
    extendIncidents(
      tx,
      effectsOf(decisions, 'extend_incident').map(({ effect }) => effect),
    ),
  ]);
  await saveNotices(tx, { opened, closed, silent: effectsOf(decisions, 'tell_never_heard') }, context);
}
