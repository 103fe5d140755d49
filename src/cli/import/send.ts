import type { Client } from '../client.ts';
import type { ForeignJob } from './job.ts';

/** As many jobs as one call takes, and not more bytes than half of what the API takes. */
const JOBS_AT_ONCE = 100;
const BYTES_AT_ONCE = 512 * 1024;

export type Outcome = 'created' | 'updated' | 'unchanged' | 'kept' | 'deleted' | 'refused';

/** What the server made of one job. */
export interface Taken {
  readonly external_key: string;
  readonly outcome: Outcome;
  readonly id: string | null;
  readonly changed: readonly string[];
  readonly kept: readonly string[];
  readonly notes: readonly string[];
  readonly errors: readonly { readonly field: string; readonly message: string }[];
}

/** Jobs in batches that the API takes. */
export function* batchesOf(jobs: readonly ForeignJob[]): Generator<ForeignJob[]> {
  let batch: ForeignJob[] = [];
  let bytes = 0;
  for (const job of jobs) {
    const size = Buffer.byteLength(JSON.stringify(job));
    if (batch.length > 0 && (batch.length >= JOBS_AT_ONCE || bytes + size > BYTES_AT_ONCE)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(job);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

/** Hands jobs to the server; answers what became of each, in their order. */
export async function send(
  client: Client,
  source: string,
  check: boolean,
  jobs: readonly ForeignJob[],
): Promise<readonly Taken[]> {
  const monitors = jobs.map(({ lost: _, ...job }) => job);
  const answer = await client.call('POST', '/imports', { source, check, monitors });
  return (answer as { readonly monitors: readonly Taken[] }).monitors;
}
