import { performance } from 'node:perf_hooks';

export function waitMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}

/** Asks `look` every `everyMs` until it answers true; rejects after `withinMs`. */
export async function waitUntil(look: () => Promise<boolean>, everyMs: number, withinMs: number): Promise<void> {
  const until = performance.now() + withinMs;
  while (!(await look())) {
    if (performance.now() > until) throw new Error(`it did not happen within ${withinMs} ms`);
    await waitMs(everyMs);
  }
}

/** The value that `part` of the sorted values do not exceed. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
}
