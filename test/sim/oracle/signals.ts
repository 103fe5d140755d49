import {
  type CaseFile,
  closeIncident,
  disproveOverrun,
  disproveSilence,
  expectAfter,
  goDown,
  openRuns,
  setStatus,
} from './file.ts';
import { completeStart, type Ended, endRun, resumeRuns, startRun } from './runs.ts';
import type { HeardPing } from './story.ts';

/** One ping with the time at which it acts. */
interface Acting {
  readonly ping: HeardPing;
  readonly at: number;
}

/**
 * A sign of life takes every slot that it may: the expected one from `early` before it on, and one just ahead. What
 * is expected then lies behind the signal.
 */
function takeSlot(file: CaseFile, shownAt: number, signalAt: number): void {
  const { earlyMs } = file.terms;
  file.isExcused = false;
  const expected = file.slot?.at ?? null;
  const isTaken = expected !== null && shownAt >= expected - earlyMs;
  const anchor = isTaken ? expected : file.ref;
  expectAfter(file, Math.max(shownAt, anchor ?? shownAt));
  while (file.ref === shownAt && file.slot !== null && shownAt >= file.slot.at - earlyMs) {
    expectAfter(file, file.slot.at);
  }
  if (file.slot !== null && file.slot.at <= signalAt) expectAfter(file, signalAt);
}

function showUp(file: CaseFile, { ping, at }: Acting, shownAt: number): void {
  disproveSilence(file, at, ping.now);
  takeSlot(file, shownAt, at);
}

function succeed(file: CaseFile, at: number): void {
  file.streak = 0;
  if (file.incident !== null && at < file.incident.record.openedAt) return;
  closeIncident(file, 'recovered', at);
  setStatus(file, 'up', at);
}

function fail(file: CaseFile, { ping, at }: Acting): void {
  file.streak += 1;
  if (file.status !== 'down' && file.streak < file.terms.failAfter) setStatus(file, 'up', at);
  else goDown(file, 'failed', at, ping.at, null);
}

function start(file: CaseFile, acting: Acting, arrivedAt: number): void {
  const isNew = startRun(file, acting.ping.runId, acting.at, arrivedAt);
  if (isNew && file.terms.kind === 'process') showUp(file, acting, acting.at);
  if (file.ref === null) expectAfter(file, acting.at);
}

const beganAt = (ended: Ended) => (ended.how === 'ended' ? (ended.before?.startedAt ?? null) : null);

function end(file: CaseFile, acting: Acting): void {
  const { ping, at } = acting;
  const isProcess = file.terms.kind === 'process';
  const ended = endRun(file, ping.runId, ping.kind === 'success', at, true);
  if (isProcess && ended.how === 'repeated') return;
  disproveOverrun(file, ended.before, at, ping.now);
  const startTookSlot = isProcess && ended.before !== null && ended.before.startedAt !== null;
  if (!startTookSlot) showUp(file, acting, beganAt(ended) ?? at);
  else if (file.slot !== null && file.slot.at <= at) expectAfter(file, at);
  if (ping.kind === 'success') succeed(file, at);
  else fail(file, acting);
}

function whilePaused(file: CaseFile, { ping, at }: Acting): void {
  if (ping.kind !== 'success' && ping.kind !== 'fail') return;
  const ended = endRun(file, ping.runId, ping.kind === 'success', at, false);
  if (ping.kind !== 'success' || file.pause?.mode !== 'success' || at < file.since) return;
  file.pause = null;
  resumeRuns(file, at);
  takeSlot(file, beganAt(ended) ?? at, at);
  succeed(file, at);
}

/** Reported late, and the present is known better: it completes runs and withdraws what it explains. */
function correctPast(file: CaseFile, { ping, at }: Acting): void {
  if (ping.kind === 'log') return;
  let isWithdrawn = false;
  if (ping.kind === 'start') completeStart(file, ping.runId, at);
  else {
    const ended = endRun(file, ping.runId, ping.kind === 'success', at, false);
    isWithdrawn = disproveOverrun(file, ended.before, at, ping.now);
  }
  if ((ping.kind !== 'start' || file.terms.kind === 'process') && disproveSilence(file, at, ping.now)) {
    takeSlot(file, at, at);
    isWithdrawn = true;
  }
  if (ping.kind === 'success' && isWithdrawn) setStatus(file, 'up', at);
}

/** When the job says, or we saw, that it happened; never in the future. */
export function signalTime(ping: HeardPing): number {
  return Math.min(ping.reportedAt ?? ping.receivedAt, ping.receivedAt, ping.now);
}

/** The tables of docs/monitors.md, for the pings. Deadlines before it were passed already. */
export function applyPing(file: CaseFile, ping: HeardPing): void {
  const given = signalTime(ping);
  const isOlder = file.lastSignal !== null && given < file.lastSignal;
  if (isOlder && ping.reportedAt !== null) return correctPast(file, { ping, at: given });
  const at = Math.max(given, file.lastSignal ?? given);
  file.lastSignal = at;
  if (file.status === 'paused') return whilePaused(file, { ping, at });
  if (ping.kind === 'log') return;
  if (ping.kind === 'start') return start(file, { ping, at }, given);
  end(file, { ping, at });
}

export function resume(file: CaseFile, at: number): void {
  file.pause = null;
  file.streak = 0;
  file.isExcused = false;
  setStatus(file, 'new', at);
  resumeRuns(file, at);
  expectAfter(file, at);
}

/** Whether a process is at work. */
export const isRunning = (file: CaseFile) => file.terms.kind === 'process' && openRuns(file).length > 0;
