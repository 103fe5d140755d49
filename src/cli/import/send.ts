import { type Client, Refusal } from '../client.ts';
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

interface Errand {
  readonly source: string;
  /** Only ask what would become of them. */
  readonly check: boolean;
}

/**
 * Hands jobs to the server; answers what became of each, in their order. One that the server cannot read at all would
 * keep the others of its call out: the call is then made again in halves, until that one stands alone.
 */
export async function send(client: Client, errand: Errand, jobs: readonly ForeignJob[]): Promise<readonly Taken[]> {
  const monitors = jobs.map(({ lost: _, ...job }) => job);
  try {
    const answer = await client.call('POST', '/imports', { ...errand, monitors });
    return (answer as { readonly monitors: readonly Taken[] }).monitors;
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 400) throw error;
    const [only] = jobs;
    if (only !== undefined && jobs.length === 1) return [refused(only, error.message)];
    const half = Math.ceil(jobs.length / 2);
    const before = await send(client, errand, jobs.slice(0, half));
    return [...before, ...(await send(client, errand, jobs.slice(half)))];
  }
}

function refused({ external_key }: ForeignJob, message: string): Taken {
  // The place inside the call tells nobody anything.
  const words = message.replaceAll(/\bmonitors\.\d+\.(monitor\.)?/g, '');
  const errors = [{ field: '', message: words }];
  return { external_key, outcome: 'refused', id: null, changed: [], kept: [], notes: [], errors };
}
