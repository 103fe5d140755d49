import { endPause, passDeadlines, wakeTime } from './deadlines.ts';
import { changeStatus, closeIncident, createDraft, type Draft } from './draft.ts';
import { takeOver } from './imported.ts';
import type { Instant } from './instant.ts';
import type { Monitor, MonitorState, Pause } from './monitor.ts';
import { applyPing, resume } from './pings.ts';
import { relimitRuns, suspendRuns } from './runs.ts';
import type { ControlSignal, PingSignal, Signal, StepContext, StepResult } from './signal.ts';
import { expectFrom, isPeriodic } from './slots.ts';

/**
 * A deadline is judged this long after it, by the wake loop and by a ping alike: whatever was on its way has arrived,
 * and a ping within this time still takes its slot.
 */
export const JUDGE_AFTER_MS = 250;

function pause(draft: Draft, mode: Pause): void {
  const { state, context } = draft;
  state.pause = mode;
  closeIncident(draft, 'paused', context.now);
  changeStatus(draft, 'paused', context.now);
  suspendRuns(draft);
}

function edited(draft: Draft, signal: Extract<ControlSignal, { kind: 'edited' }>): void {
  const { state, context } = draft;
  const awaitsSlot = state.status === 'up' || (state.status === 'new' && state.refAt !== null);
  if (signal.timingChanged && awaitsSlot) {
    state.excused = false;
    expectFrom(draft, context.now);
  }
  if (signal.maxRunChanged && state.status !== 'paused') relimitRuns(draft, context.now);
}

/** The next slot by the rules of now, from the same last sign of life. What a gap excused keeps the time it was given. */
function recount(draft: Draft): void {
  const { status, refAt, excused } = draft.state;
  const awaitsSlot = (status === 'up' || status === 'new') && !excused && !isPeriodic(draft.monitor);
  if (awaitsSlot && refAt !== null) expectFrom(draft, refAt);
}

/** Deleted: nothing is judged, and the time until it is restored counts as neither up nor down. */
function forget(draft: Draft): void {
  closeIncident(draft, 'deleted', draft.context.now);
  if (draft.state.status !== 'paused') changeStatus(draft, 'new', draft.context.now);
}

/** Back again: a pause that still holds goes on; what was armed counts from now, as after a pause. */
function restore(draft: Draft): void {
  const { state, context } = draft;
  const isPauseOver = state.pause?.mode === 'until' && state.pause.until <= context.now;
  if (isPauseOver || (state.status !== 'paused' && state.refAt !== null)) resume(draft, context.now);
}

function applyControl(draft: Draft, signal: ControlSignal): void {
  const { context } = draft;
  switch (signal.kind) {
    case 'created':
      if (signal.armed) expectFrom(draft, context.now);
      return;
    case 'wake':
      return passDeadlines(draft, signal.upTo);
    case 'pause':
      return pause(draft, signal.pause);
    case 'resume':
      return resume(draft, context.now);
    case 'edited':
      return edited(draft, signal);
    case 'zone_rules_changed':
      return recount(draft);
    case 'deleted':
      return forget(draft);
    case 'restored':
      return restore(draft);
    case 'imported':
      return takeOver(draft, signal);
  }
}

function isPing(signal: Signal): signal is PingSignal {
  return signal.kind === 'success' || signal.kind === 'start' || signal.kind === 'fail' || signal.kind === 'log';
}

/** Up to when deadlines are judged before this ping: nothing that passed is covered up by a job that shows up later. */
export function judgedBefore(signal: PingSignal): Instant {
  return signal.at - JUDGE_AFTER_MS;
}

/** Nobody reports from the future. */
function notAfter(signal: PingSignal, now: Instant): PingSignal {
  return signal.at <= now ? signal : { ...signal, at: now };
}

/**
 * What a signal means: the one place that decides it. Pure: the same arguments give the same answer. The caller saves
 * the new state and everything in `effects` in one transaction, or nothing of it.
 */
export function step(monitor: Monitor, state: MonitorState, signal: Signal, context: StepContext): StepResult {
  if (signal.kind === 'resume' && state.status !== 'paused') {
    return { state, effects: [], notCounted: null, refused: 'not_paused' };
  }
  const draft = createDraft(monitor, state, context);
  if (isPing(signal)) {
    const ping = notAfter(signal, context.now);
    endPause(draft, ping.at);
    passDeadlines(draft, judgedBefore(ping));
    applyPing(draft, ping);
  } else {
    applyControl(draft, signal);
  }
  draft.state.wakeAt = signal.kind === 'deleted' ? null : wakeTime(monitor, draft.state);
  return { state: draft.state, effects: draft.effects, notCounted: draft.notCounted, refused: null };
}
