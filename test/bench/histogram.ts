/** Latencies are counted in steps of this length. */
const STEP_MS = 0.05;
const STEPS = 400_000;

export interface LatencySummary {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export interface Histogram {
  record(ms: number): void;
  summary(): LatencySummary;
}

/** Counts milliseconds in even steps up to 20 s; what took longer counts as the longest. */
export function createHistogram(): Histogram {
  const counts = new Uint32Array(STEPS);
  let total = 0;
  let max = 0;
  const quantile = (part: number) => {
    const rank = Math.ceil(total * part);
    let seen = 0;
    for (let step = 0; step < STEPS; step += 1) {
      seen += counts[step] ?? 0;
      if (seen >= rank) return Math.min(max, (step + 1) * STEP_MS);
    }
    return max;
  };
  return {
    record(ms) {
      const step = Math.min(STEPS - 1, Math.max(0, Math.floor(ms / STEP_MS)));
      counts[step] = (counts[step] ?? 0) + 1;
      total += 1;
      if (ms > max) max = ms;
    },
    summary: () => ({ p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99), max }),
  };
}
