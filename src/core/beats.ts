import type { CauseCode } from './cause.ts';
import type { Instant } from './instant.ts';
import type { MonitorKind, RunState, Status } from './monitor.ts';

export const BEAT_OUTCOMES = ['success', 'fail', 'missed', 'unknown', 'late', 'running', 'paused'] as const;
export type BeatOutcome = (typeof BEAT_OUTCOMES)[number];

/** One result of a monitor, as the strip beside its name shows it. */
export interface Beat {
  readonly at: Instant;
  readonly outcome: BeatOutcome;
  readonly durationMs: number | null;
  readonly exitStatus: number | null;
  /** The first line that the job said; null: nothing. */
  readonly firstLine: string | null;
}

/** A success or a fail that was heard. */
export interface BeatSignal {
  readonly at: Instant;
  readonly kind: 'success' | 'fail';
  readonly isPaused: boolean;
  readonly exitStatus: number | null;
  readonly runId: string | null;
  readonly firstLine: string | null;
}

export interface BeatRun {
  readonly runId: string | null;
  readonly state: RunState;
  readonly startedAt: Instant | null;
  readonly endedAt: Instant | null;
  readonly deadlineAt: Instant | null;
  readonly exitStatus: number | null;
}

export interface BeatIncident {
  readonly code: CauseCode;
  readonly openedAt: Instant;
  readonly resolvedAt: Instant | null;
}

/** What is known of the latest past of one monitor; what is of one instant in the order of events. */
export interface BeatFacts {
  readonly kind: MonitorKind;
  readonly status: Status;
  readonly statusSince: Instant | null;
  readonly expectedAt: Instant | null;
  /** Of a period; null where the distances differ: then a silence is one beat, however long. */
  readonly periodMs: number | null;
  readonly signals: readonly BeatSignal[];
  readonly runs: readonly BeatRun[];
  readonly incidents: readonly BeatIncident[];
  readonly unknownSlots: readonly Instant[];
}

const plain = (at: Instant, outcome: BeatOutcome): Beat => {
  return { at, outcome, durationMs: null, exitStatus: null, firstLine: null };
};

const durationOf = ({ startedAt, endedAt }: BeatRun) =>
  startedAt === null || endedAt === null ? null : endedAt - startedAt;

function isSameRun(run: BeatRun, signal: BeatSignal): boolean {
  return run.runId === null ? run.endedAt === signal.at : run.runId === signal.runId;
}

function beatOfSignal(signal: BeatSignal, runs: readonly BeatRun[]): Beat {
  const run = runs.find((one) => one.endedAt !== null && isSameRun(one, signal));
  const { at, kind, isPaused, exitStatus, firstLine } = signal;
  const durationMs = run === undefined ? null : durationOf(run);
  return { at, outcome: isPaused ? 'paused' : kind, durationMs, exitStatus, firstLine };
}

const RUN_OUTCOMES: Readonly<Record<RunState, BeatOutcome>> = {
  open: 'running',
  succeeded: 'success',
  failed: 'fail',
  timed_out: 'fail',
  abandoned: 'unknown',
  unknown: 'unknown',
};

function beatOfRun(run: BeatRun, signals: readonly BeatSignal[]): Beat[] {
  const at = run.endedAt ?? (run.state === 'timed_out' ? run.deadlineAt : null) ?? run.startedAt;
  if (at === null) return [];
  const signal = run.endedAt === null ? undefined : signals.find((one) => isSameRun(run, one));
  const said = { exitStatus: run.exitStatus, firstLine: signal?.firstLine ?? null };
  return [{ at, outcome: RUN_OUTCOMES[run.state], durationMs: durationOf(run), ...said }];
}

/** One for each deadline that passed in silence. */
function missed({ code, openedAt, resolvedAt }: BeatIncident, facts: BeatFacts, now: Instant, count: number): Beat[] {
  if (code !== 'missed' && code !== 'not_started') return [];
  const until = Math.max(resolvedAt ?? now, openedAt + 1);
  const { periodMs } = facts;
  if (periodMs === null) return [plain(openedAt, 'missed')];
  const slots = Math.ceil((until - openedAt) / periodMs);
  const shown = Math.min(slots, count);
  return Array.from({ length: shown }, (_, index) => plain(openedAt + (slots - shown + index) * periodMs, 'missed'));
}

/** How it stands at this moment, where that is no result yet. */
function present({ status, statusSince, expectedAt }: BeatFacts, now: Instant, lastAt: Instant): Beat[] {
  if (status === 'paused') return [plain(Math.max(statusSince ?? lastAt, lastAt), 'paused')];
  const isLate = (status === 'up' || status === 'new') && expectedAt !== null && expectedAt <= now;
  return isLate ? [plain(Math.max(expectedAt, lastAt), 'late')] : [];
}

/**
 * The last `count` results of a monitor, oldest first: of a heartbeat its successes and fails, of a process its runs;
 * what was missed, what is not known because we were blind, and at the end how it stands now.
 */
export function beatsOf(facts: BeatFacts, now: Instant, count: number): Beat[] {
  const { kind, runs, signals } = facts;
  const isOpen = (run: BeatRun) => run.state === 'open' || run.state === 'timed_out';
  const results =
    kind === 'process'
      ? [
          ...runs.flatMap((run) => beatOfRun(run, signals)),
          ...signals.filter(({ isPaused }) => isPaused).map((signal) => beatOfSignal(signal, [])),
        ]
      : [
          ...signals.map((signal) => beatOfSignal(signal, runs)),
          ...runs.filter(isOpen).flatMap((run) => beatOfRun(run, [])),
        ];
  const beats = [
    ...results,
    ...facts.incidents.flatMap((incident) => missed(incident, facts, now, count)),
    ...facts.unknownSlots.map((at) => plain(at, 'unknown')),
  ].sort((one, other) => one.at - other.at);
  const lastAt = beats.at(-1)?.at ?? 0;
  return [...beats, ...present(facts, now, lastAt)].slice(-count);
}
