import type { Run } from '../../api/types.ts';

/** Fewer measured runs than this say nothing about what is usual. */
const LEAST_FOR_BAND = 5;

export interface Band {
  readonly low: number;
  readonly high: number;
}

/** The value below which a share of the sorted numbers lies, between neighbours where it falls between them. */
export function percentile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? 0;
  const above = sorted[Math.ceil(place)] ?? below;
  return below + (above - below) * (place - Math.floor(place));
}

/** The usual lengths, P10 to P90 of the good runs, in seconds; null while there are too few. */
export function usualBand(runs: readonly Run[]): Band | null {
  const lengths = runs
    .flatMap(({ state, duration_seconds: length }) => (state === 'succeeded' && length !== null ? [length] : []))
    .sort((one, other) => one - other);
  if (lengths.length < LEAST_FOR_BAND) return null;
  return { low: percentile(lengths, 0.1), high: percentile(lengths, 0.9) };
}

/** Runs that can be drawn: begun, with a length; oldest first. */
export function measuredRuns(
  runs: readonly Run[],
): readonly (Run & { readonly started_at: string; readonly duration_seconds: number })[] {
  return runs
    .filter(
      (run): run is Run & { started_at: string; duration_seconds: number } =>
        run.started_at !== null && run.duration_seconds !== null,
    )
    .sort((one, other) => (one.started_at < other.started_at ? -1 : 1));
}
