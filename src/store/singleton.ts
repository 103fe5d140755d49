import { type Instant, SECOND_MS } from '../core/instant.ts';
import { type CancelTimer, type Clock, sleep } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Database } from './database.ts';
import { claimLease, type Lease, releaseLease } from './leases.ts';

/** A holder that died holds the work no longer than this. */
export const SINGLETON_LEASE_MS = 15 * SECOND_MS;
export const RENEW_EVERY_MS = 5 * SECOND_MS;
/** A holder that cannot renew stops this long before another node may begin. */
const MARGIN_MS = SECOND_MS;
/** Between two looks at a lease that is about to be free. */
const MIN_WAIT_MS = 50;

export interface SingletonOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly nodeId: string;
  /** Of the work, the same on every node. */
  readonly name: string;
  readonly work: {
    /** This node does it from now on. */
    begin(): void;
    /** It no longer does; resolves when nothing is under way. */
    end(): Promise<void>;
  };
}

/** A work that exactly one of all nodes does. */
export interface Singleton {
  start(): void;
  /** Ends the work if this node does it, and lets another one take it at once. */
  stop(): Promise<void>;
  readonly isHeld: boolean;
}

/** Holds a lease as long as it can be renewed, and works only while it is held. */
export function createSingleton(options: SingletonOptions): Singleton {
  const { database, clock, logger, nodeId, name, work } = options;
  const abort = new AbortController();
  let held: Lease | null = null;
  let cancelWatchdog: CancelTimer = () => undefined;
  let ended: Promise<void> = Promise.resolve();
  let loop: Promise<void> | null = null;

  const lose = (why: string) => {
    cancelWatchdog();
    if (held === null) return;
    held = null;
    logger.warn('this node gives a work up that one node does', { work: name, why });
    ended = work.end().catch((error: unknown) => logger.error('a work did not end well', { work: name, error }));
  };

  /** One look; answers when to look again. */
  const look = async (): Promise<number> => {
    const now: Instant = clock.now();
    const askedAt = clock.monotonic();
    const lease = await claimLease(database, name, nodeId, now, now + SINGLETON_LEASE_MS);
    if (lease.nodeId !== nodeId) {
      lose('another node holds the lease');
      return Math.max(MIN_WAIT_MS, Math.min(RENEW_EVERY_MS, lease.until - clock.now()));
    }
    if (held !== null && held.fence !== lease.fence) lose('the lease was lost for a while');
    await ended;
    // An answer may come so late that another node holds it by now.
    const leftMs = SINGLETON_LEASE_MS - MARGIN_MS - (clock.monotonic() - askedAt);
    if (leftMs <= 0) return 0;
    cancelWatchdog();
    cancelWatchdog = clock.after(leftMs, () => lose('the lease could not be renewed'));
    const isNew = held === null;
    held = lease;
    if (isNew && !abort.signal.aborted) work.begin();
    return RENEW_EVERY_MS;
  };

  const run = async () => {
    while (!abort.signal.aborted) {
      let waitMs = RENEW_EVERY_MS;
      try {
        waitMs = await look();
      } catch (error) {
        logger.warn('a lease could not be claimed', { work: name, error });
      }
      if (waitMs > 0) await sleep(clock, waitMs, abort.signal);
    }
  };

  return {
    start() {
      loop ??= run();
    },
    async stop() {
      abort.abort();
      await loop;
      cancelWatchdog();
      const lease = held;
      held = null;
      if (lease !== null) ended = work.end();
      await ended;
      if (lease === null) return;
      await releaseLease(database, name, lease, clock.now()).catch((error: unknown) =>
        logger.warn('a lease could not be given up', { work: name, error }),
      );
    },
    get isHeld() {
      return held !== null;
    },
  };
}
