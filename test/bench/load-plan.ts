import type { LatencySummary } from './histogram.ts';

/** What the load generator is asked to do. */
export interface LoadPlan {
  readonly host: string;
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  /** Given: an open loop at this rate. Else each connection asks again as soon as it was answered. */
  readonly perSecond?: number;
  /** The seeded monitors that are pinged, in random order … */
  readonly monitors?: { readonly first: number; readonly count: number };
  /** … by their ping keys, or given this frequency in seconds by gocron's check-ins … */
  readonly gocronFrequencySeconds?: number;
  /** … or one path for all requests. */
  readonly path?: string;
}

export interface LoadResult {
  readonly sent: number;
  /** Answers 2xx. */
  readonly ok: number;
  readonly statuses: Readonly<Record<string, number>>;
  /** Requests without an answer. */
  readonly errors: number;
  readonly seconds: number;
  /** Answers 2xx a second. */
  readonly perSecond: number;
  readonly latencyMs: LatencySummary;
  /** Processor time that the generator itself took while it ran. */
  readonly cpuSeconds: number;
}
