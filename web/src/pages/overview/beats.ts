import type { Beat, BeatOutcome } from '../../api/types.ts';

/** Heights are against this share of the strip: the usual length fills two thirds of it. */
export const USUAL_SHARE = 0.62;
export const LEAST_SHARE = 0.22;

export interface Bar {
  readonly beat: Beat;
  /** 0 to 1 of the strip's height. */
  readonly share: number;
}

/** The median of the lengths of good runs, in seconds; null when none was measured. */
export function usualSeconds(beats: readonly Beat[]): number | null {
  const lengths = beats
    .flatMap(({ outcome, duration_seconds: length }) => (outcome === 'success' && length !== null ? [length] : []))
    .sort((one, other) => one - other);
  if (lengths.length === 0) return null;
  const middle = Math.floor(lengths.length / 2);
  const upper = lengths[middle] ?? 0;
  return lengths.length % 2 === 1 ? upper : ((lengths[middle - 1] ?? upper) + upper) / 2;
}

const WITHOUT_LENGTH: Readonly<Record<BeatOutcome, number>> = {
  success: USUAL_SHARE,
  fail: 1,
  missed: 1,
  unknown: 1,
  late: USUAL_SHARE,
  running: USUAL_SHARE,
  paused: LEAST_SHARE,
};

/** How high each bar is: the length of the run against the usual one, where there is one. */
export function barsOf(beats: readonly Beat[]): readonly Bar[] {
  const usual = usualSeconds(beats);
  return beats.map((beat) => {
    const length = beat.duration_seconds;
    if (length === null || usual === null || usual === 0 || beat.outcome === 'unknown' || beat.outcome === 'paused') {
      return { beat, share: WITHOUT_LENGTH[beat.outcome] };
    }
    return { beat, share: Math.min(1, Math.max(LEAST_SHARE, (length / usual) * USUAL_SHARE)) };
  });
}

/** The last run that was measured. */
export function lastLength(beats: readonly Beat[]): number | null {
  return (
    beats.findLast(({ outcome, duration_seconds: length }) => outcome !== 'running' && length !== null)
      ?.duration_seconds ?? null
  );
}
