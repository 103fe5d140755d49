import { type CaseFile, type OracleRun, openRuns } from './file.ts';

const MINUTE = 60_000;
const LEARNS_FROM = 30;
const LEARNS_AFTER = 10;

const byNumber = (one: number, other: number) => one - other;

function middle(values: readonly number[]): number {
  const sorted = [...values].sort(byNumber);
  const half = sorted.length / 2;
  const at = (index: number) => sorted[index] ?? 0;
  return Number.isInteger(half) ? (at(half - 1) + at(half)) / 2 : at(Math.floor(half));
}

/** docs/monitors.md, the learned limit; null while there are too few good runs. */
export function usualLimit(goodDurations: readonly number[]): number | null {
  const newest = goodDurations.slice(-LEARNS_FROM);
  if (newest.length < LEARNS_AFTER) return null;
  const median = Math.max(1, middle(newest));
  const spread = Math.max(0.1, middle(newest.map((ms) => Math.abs(Math.log(Math.max(1, ms) / median)))));
  const trimmed = [...newest].sort(byNumber).slice(0, newest.length - Math.ceil(newest.length * 0.05));
  const p95 = trimmed[Math.ceil(trimmed.length * 0.95) - 1] ?? median;
  return Math.round(Math.max(Math.min(median * Math.exp(4 * spread), 3 * median), 1.5 * p95, median + MINUTE));
}

/** The sooner of what was agreed and what is usual; a habit that is overstepped already judges nothing. */
function deadlineOf(file: CaseFile, startedAt: number, agreed: number | null, now: number): number | null {
  const usual = file.terms.learns ? usualLimit(file.goodDurations) : null;
  const byHabit = usual === null ? null : startedAt + usual;
  if (byHabit !== null && byHabit > now && (agreed === null || byHabit < agreed)) return byHabit;
  return agreed;
}

const agreedEnd = (file: CaseFile, startedAt: number) =>
  file.terms.maxRunMs === null ? null : startedAt + file.terms.maxRunMs;

function learn(file: CaseFile, run: OracleRun): void {
  if (file.terms.kind !== 'process' || !file.terms.learns || run.startedAt === null || run.endedAt === null) return;
  file.goodDurations.push(run.endedAt - run.startedAt);
  if (file.goodDurations.length > LEARNS_FROM) file.goodDurations.shift();
}

export function findRun(file: CaseFile, name: string | null): OracleRun | undefined {
  return name === null ? file.runs.find((run) => run.name === null) : file.named.get(name);
}

function leave(file: CaseFile, run: OracleRun): void {
  file.runs = file.runs.filter((other) => other !== run);
}

/** Opens a run; false when the signal only completes or repeats one that is known. */
export function startRun(file: CaseFile, name: string | null, at: number, arrivedAt: number): boolean {
  if (name === null) {
    const before = findRun(file, null);
    if (before !== undefined) leave(file, before);
  } else if (file.named.has(name)) {
    completeStart(file, name, arrivedAt);
    return false;
  }
  const deadline = file.terms.kind === 'process' ? deadlineOf(file, at, agreedEnd(file, at), at) : null;
  const run: OracleRun = { name, startedAt: at, endedAt: null, deadline, isExcused: false, state: 'open' };
  file.runs.push(run);
  if (name !== null) file.named.set(name, run);
  return true;
}

/** The end came before its start was heard: now it is known when it began. */
export function completeStart(file: CaseFile, name: string | null, at: number): void {
  const run = name === null ? undefined : file.named.get(name);
  if (run === undefined || run.startedAt !== null) return;
  run.startedAt = Math.min(at, run.endedAt ?? at);
  if (run.state === 'succeeded') learn(file, run);
}

export interface Ended {
  readonly how: 'ended' | 'repeated' | 'contradicted';
  /** The run as it was, or null. */
  readonly before: OracleRun | null;
}

/** An end; `mayMake`: one whose start was never heard is a run all the same. */
export function endRun(file: CaseFile, name: string | null, isGood: boolean, at: number, mayMake: boolean): Ended {
  let run = findRun(file, name);
  if (!mayMake && run !== undefined && run.name === null && (run.startedAt ?? at) > at) run = undefined;
  const state = isGood ? 'succeeded' : 'failed';
  if (run === undefined) {
    if (mayMake && name !== null) {
      file.named.set(name, { name, startedAt: null, endedAt: at, deadline: null, isExcused: false, state });
    }
    return { how: 'ended', before: null };
  }
  if (run.state === 'succeeded' || run.state === 'failed') {
    return { how: run.state === state ? 'repeated' : 'contradicted', before: { ...run } };
  }
  const before = { ...run };
  run.state = state;
  run.endedAt = Math.max(at, run.startedAt ?? at);
  run.deadline = null;
  leave(file, run);
  if (isGood) learn(file, run);
  return { how: 'ended', before };
}

/** Its deadline passed. An end may still be meant for a run without a name. */
export function timeOut(file: CaseFile, run: OracleRun): void {
  run.state = 'timed_out';
  if (run.name !== null) leave(file, run);
}

export function forgetRun(file: CaseFile, run: OracleRun): void {
  run.state = 'unknown';
  run.deadline = null;
  leave(file, run);
}

export function suspendRuns(file: CaseFile): void {
  for (const run of openRuns(file)) run.deadline = null;
}

/** After a pause: watched again, or nobody knows. */
export function resumeRuns(file: CaseFile, now: number): void {
  if (file.terms.kind !== 'process') return;
  for (const run of openRuns(file)) {
    const startedAt = run.startedAt ?? now;
    const agreed = agreedEnd(file, startedAt);
    if (agreed !== null && agreed <= now) forgetRun(file, run);
    else {
      run.deadline = deadlineOf(file, startedAt, agreed, now);
      run.isExcused = false;
    }
  }
}

/** The limit was changed: open runs have a minute at the least. */
export function limitRuns(file: CaseFile, now: number): void {
  if (file.terms.kind !== 'process') return;
  for (const run of openRuns(file)) {
    const startedAt = run.startedAt ?? now;
    const agreed = agreedEnd(file, startedAt);
    run.deadline = deadlineOf(file, startedAt, agreed === null ? null : Math.max(agreed, now + MINUTE), now);
    run.isExcused = false;
  }
}
