import type { Cause, Resolution } from './cause.ts';
import type { Instant } from './instant.ts';
import type { Monitor, MonitorState, OpenIncident, Run, Status } from './monitor.ts';
import type { Effect, NotCountedReason, StepContext } from './signal.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The work in progress of one `step`: a private copy of the state, and what follows from it so far. */
export interface Draft {
  readonly monitor: Monitor;
  readonly context: StepContext;
  readonly state: Mutable<MonitorState>;
  readonly effects: Effect[];
  notCounted: NotCountedReason | null;
}

export function createDraft(monitor: Monitor, state: MonitorState, context: StepContext): Draft {
  return { monitor, context, state: { ...state }, effects: [], notCounted: null };
}

export function changeStatus(draft: Draft, to: Status, at: Instant): void {
  const from = draft.state.status;
  if (from === to) return;
  draft.state.status = to;
  draft.effects.push({ type: 'change_status', from, to, at });
}

/** Opens the incident, or adds the cause to the one that is open: never two at a time (promise 2). */
export function goDown(draft: Draft, cause: Cause, openedAt: Instant, slotFrom: Instant | null): void {
  const { state, context } = draft;
  if (state.incident !== null) {
    draft.effects.push({ type: 'extend_incident', id: state.incident.id, cause, at: openedAt });
    return;
  }
  const incident: OpenIncident = { id: context.newId(), code: cause.code, openedAt, slotFrom };
  state.incident = incident;
  changeStatus(draft, 'down', openedAt);
  draft.effects.push({ type: 'open_incident', id: incident.id, cause, openedAt, detectedAt: context.now });
}

export function closeIncident(draft: Draft, resolution: Resolution, resolvedAt: Instant, missedSlots: number): void {
  const { incident } = draft.state;
  if (incident === null) return;
  draft.state.incident = null;
  // An incident never ends before it began, whatever time a late report carries.
  const end = Math.max(resolvedAt, incident.openedAt);
  draft.effects.push({ type: 'close_incident', id: incident.id, resolution, resolvedAt: end, missedSlots });
}

/** Writes a run: into the state while an end can still reach it, and as an effect always. */
export function saveRun(draft: Draft, run: Run, isNew = false): void {
  const others = draft.state.runs.filter((other) => other.id !== run.id);
  const index = draft.state.runs.findIndex((other) => other.id === run.id);
  if (run.awaitsEnd) draft.state.runs = index < 0 ? [...others, run] : draft.state.runs.with(index, run);
  else draft.state.runs = others;
  draft.effects.push({ type: 'save_run', run, isNew });
}
