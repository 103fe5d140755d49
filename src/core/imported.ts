import { changeStatus, closeIncident, type Draft } from './draft.ts';
import type { Instant } from './instant.ts';
import { disproveMiss } from './outcomes.ts';
import type { ImportedSignal } from './signal.ts';
import { expectFrom, takeSlot } from './slots.ts';

/**
 * What another system knew about this job when the monitor was taken over from it. It counts only until the job is
 * heard here by itself, and only when it is newer than what is known: importing again is harmless.
 *
 * The next slot counts from the job's last sign of life there, so that its deadline is the right one. If that deadline
 * is past already, the silence is the old system's to tell (or fell between the two): the next slot counts from now,
 * nobody is woken by the import, and a job that is dead is found dead one slot later.
 */
export function takeOver(draft: Draft, signal: ImportedSignal): void {
  const { state, context } = draft;
  if (state.signalCount > 0 || state.status === 'paused') return;
  if (signal.lastHeardAt === null) {
    if (signal.armed && state.refAt === null) expectFrom(draft, context.now);
    return;
  }
  const heardAt = Math.min(signal.lastHeardAt, context.now);
  if (state.lastSignalAt !== null && heardAt <= state.lastSignalAt) return;
  state.lastSignalAt = heardAt;
  if (signal.wasUp) state.lastSuccessAt = heardAt;
  disproveMiss(draft, heardAt);
  takeSlot(draft, heardAt, heardAt);
  if (state.status === 'down') return recover(draft, signal.wasUp, heardAt);
  if (state.dueAt !== null && state.dueAt <= context.now) return expectFrom(draft, context.now);
  if (signal.wasUp) changeStatus(draft, 'up', context.now);
}

/** It went down here while its job still called the old system: what that one heard ends the incident. */
function recover(draft: Draft, wasUp: boolean, heardAt: Instant): void {
  const { incident, dueAt } = draft.state;
  if (!wasUp || incident === null || heardAt < incident.openedAt) return;
  closeIncident(draft, 'recovered', heardAt);
  changeStatus(draft, 'up', heardAt);
  if (dueAt !== null && dueAt <= draft.context.now) expectFrom(draft, draft.context.now);
}
