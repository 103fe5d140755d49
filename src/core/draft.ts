import type { Cause, Resolution } from './cause.ts';
import type { Instant } from './instant.ts';
import type { Monitor, MonitorState, Run, Status } from './monitor.ts';
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

/** Changes the status as of `at`, though never before the change that is already written. */
export function changeStatus(draft: Draft, to: Status, at: Instant): void {
  const { state } = draft;
  const from = state.status;
  if (from === to) return;
  state.status = to;
  state.statusSince = Math.max(at, state.statusSince ?? at);
  draft.effects.push({ type: 'change_status', from, to, at: state.statusSince });
}

/** Opens the incident, or adds the cause to the one that is open: never two at a time (promise 2). */
export function goDown(draft: Draft, cause: Cause, openedAt: Instant, slotFrom: Instant | null): void {
  const { state, context } = draft;
  if (state.incident !== null) {
    state.incident = { ...state.incident, extended: true };
    draft.effects.push({ type: 'extend_incident', id: state.incident.id, cause, at: openedAt });
    return;
  }
  const id = context.newId();
  state.incident = {
    id,
    code: cause.code,
    openedAt,
    slotFrom,
    statusBefore: state.status,
    missedSlots: 0,
    extended: false,
  };
  changeStatus(draft, 'down', openedAt);
  // A ping that was put in order behind a later one acts after its own arrival.
  const detectedAt = Math.max(context.now, openedAt);
  draft.effects.push({ type: 'open_incident', id, cause, openedAt, detectedAt });
}

/** Closes the open incident, if there is one. The status is for the caller to change. */
export function closeIncident(draft: Draft, resolution: Resolution, at: Instant): void {
  const { incident } = draft.state;
  if (incident === null) return;
  draft.state.incident = null;
  const { id, missedSlots } = incident;
  // An incident never ends before it began, whatever time a late report carries.
  const resolvedAt = Math.max(at, incident.openedAt);
  draft.effects.push({ type: 'close_incident', id, resolution, resolvedAt, missedSlots });
}

/** Writes a run: into the state while an end can still reach it there, and as an effect always. */
export function saveRun(draft: Draft, run: Run, isNew = false): void {
  const { state } = draft;
  const index = state.runs.findIndex((other) => other.id === run.id);
  if (!run.awaitsEnd) {
    if (index >= 0) state.runs = state.runs.toSpliced(index, 1);
  } else {
    state.runs = index < 0 ? [...state.runs, run] : state.runs.with(index, run);
  }
  draft.effects.push({ type: 'save_run', run, isNew });
}
