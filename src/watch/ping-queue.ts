import type { Instant } from '../core/instant.ts';
import type { Definition } from './definitions.ts';
import type { Ping, PingAnswer } from './ping.ts';

/** Pings that wait for a flush; one more is refused with `unavailable`. */
export const MAX_QUEUED_PINGS = 20_000;
/** Bytes of bodies that wait for a flush. */
export const MAX_QUEUED_BYTES = 64 * 1024 * 1024;
/** Pings that share one transaction. */
export const MAX_PINGS_PER_FLUSH = 500;
/** Bytes of bodies that share one transaction. */
const MAX_BYTES_PER_FLUSH = 8 * 1024 * 1024;

/** A ping and who waits for its answer. */
export interface Waiting {
  readonly ping: Ping;
  readonly answer: (answer: PingAnswer) => void;
}

export interface Call {
  readonly definition: Definition;
  readonly ping: Ping;
}

/** What may go now: by the journal, or decided and stored at once. */
export interface Batch {
  readonly journaled: Waiting[];
  /** The same, with what they are for. */
  readonly calls: Call[];
  readonly direct: Waiting[];
}

/** Where a ping may go now: by the journal, for this monitor; at once; or nowhere yet. */
export type Way = Definition | 'direct' | 'held';

/** Pings in the order in which they came. */
export interface PingQueue {
  /** False: it is full. */
  push(waiting: Waiting): boolean;
  /** These go before all others: they have waited already. */
  putBack(batch: readonly Waiting[]): void;
  /** Takes the oldest that may go now; those that are held stay, in their order, and hold others of their monitor. */
  take(wayOf: (ping: Ping, taken: number) => Way): Batch;
  /** Takes all of them. */
  clear(): readonly Waiting[];
  oldestAt(): Instant | null;
  readonly length: number;
}

/** Pings of one monitor never share time in two transactions: the second would only wait for the first. */
export function whose({ key, name }: Ping): string {
  return key ?? `${name?.teamKey}/${name?.slug}`;
}

const sizeOf = ({ ping }: Waiting) => ping.body?.length ?? 0;

/** When the oldest of these arrived. Not the first one: a ping whose body took its time stands behind younger ones. */
export function oldestOf(batch: readonly Waiting[]): Instant | null {
  let oldest: Instant | null = null;
  for (const { ping } of batch) {
    if (oldest === null || ping.receivedAt < oldest) oldest = ping.receivedAt;
  }
  return oldest;
}

export function createPingQueue(): PingQueue {
  let queue: Waiting[] = [];
  let queuedBytes = 0;
  return {
    push(waiting) {
      const bytes = sizeOf(waiting);
      if (queue.length >= MAX_QUEUED_PINGS || queuedBytes + bytes > MAX_QUEUED_BYTES) return false;
      queue.push(waiting);
      queuedBytes += bytes;
      return true;
    },
    putBack(batch) {
      queue = [...batch, ...queue];
      for (const waiting of batch) queuedBytes += sizeOf(waiting);
    },
    take(wayOf) {
      const batch: Batch = { journaled: [], calls: [], direct: [] };
      const held: Waiting[] = [];
      const holding = new Set<string>();
      let bytes = 0;
      let seen = 0;
      for (const waiting of queue) {
        const taken = batch.journaled.length + batch.direct.length;
        const more = sizeOf(waiting);
        if (taken > 0 && (taken >= MAX_PINGS_PER_FLUSH || bytes + more > MAX_BYTES_PER_FLUSH)) break;
        seen += 1;
        const isBehind = holding.size > 0 && holding.has(whose(waiting.ping));
        const way = isBehind ? 'held' : wayOf(waiting.ping, taken);
        if (way === 'held') {
          held.push(waiting);
          holding.add(whose(waiting.ping));
          continue;
        }
        bytes += more;
        if (way === 'direct') batch.direct.push(waiting);
        else {
          batch.journaled.push(waiting);
          batch.calls.push({ definition: way, ping: waiting.ping });
        }
      }
      queue = held.length === 0 ? queue.slice(seen) : [...held, ...queue.slice(seen)];
      queuedBytes -= bytes;
      return batch;
    },
    clear() {
      const all = queue;
      queue = [];
      queuedBytes = 0;
      return all;
    },
    oldestAt: () => oldestOf(queue),
    get length() {
      return queue.length;
    },
  };
}
