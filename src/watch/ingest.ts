import type { Gap } from '../core/cause.ts';
import type { Instant } from '../core/instant.ts';
import type { CancelTimer, Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Database } from '../store/database.ts';
import { isUnavailable } from '../store/errors.ts';
import { oldestInJournal } from '../store/ping-journal.ts';
import { createArrivalRate } from './arrival-rate.ts';
import type { Definition, DefinitionCache } from './definitions.ts';
import { createFold, MAX_UNFOLDED_PINGS } from './fold.ts';
import { createJournal } from './journal.ts';
import { createMoves, mayMove } from './moves.ts';
import type { Ping, PingAnswer } from './ping.ts';
import {
  type Batch,
  type Call,
  createPingQueue,
  MAX_PINGS_PER_FLUSH,
  oldestOf,
  type Waiting,
  whose,
} from './ping-queue.ts';
import { createStateMemory } from './state-memory.ts';
import { FAULTY, storePings } from './store-pings.ts';

/** Transactions under way at a time. */
export const MAX_FLUSHES = 3;
/** Beside another one a transaction begins only with this many: a small one costs more than waiting for the other. */
export const MIN_PINGS_BESIDE = 16;
/**
 * At a moderate rate a ping waits this long for company: half the commits for an answer that nobody waits for.
 */
export const GATHER_MS = 16;

/**
 * From this rate on pings are acknowledged from the journal and folded together; fewer are stored at once, by one commit
 * instead of two.
 */
export const JOURNAL_FROM_PER_SECOND = 40;

/** While the database is away that is said no more often than this. */
const TELL_AWAY_EVERY_MS = 10_000;

const unavailable: PingAnswer = { result: 'unavailable' };
const STORED: PingAnswer = { result: 'stored', paused: false };

export interface IngestOptions {
  readonly database: Database;
  readonly definitions: DefinitionCache;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly logger: Logger;
  readonly nodeId: string;
  /** Told of each ping that could not be taken: this node was blind then (RULES §4). */
  readonly onRefused: (at: Instant) => void;
  /** The time in which this node was blind until now, as long as it is not written; null when it is well. */
  readonly unrecordedGap: () => Gap | null;
  /** From which rate on pings go by the journal; JOURNAL_FROM_PER_SECOND when not given. */
  readonly journalFromPerSecond?: number;
}

export interface IngestCounters {
  stored: number;
  unknown: number;
  refused: number;
  flushes: number;
}

/** Where pings become durable. It knows nothing of HTTP, and nobody else knows how it commits. */
export interface Ingest {
  /** Resolves when the ping is on disk, or known not to be; never rejects. */
  accept(ping: Ping): Promise<PingAnswer>;
  /** A call that may have been a ping was answered 503 before it could be brought here: this node was blind then. */
  noteRefused(at: Instant): void;
  /** When the oldest ping that is not committed yet arrived; null when all are. Deadlines up to it cannot be judged. */
  oldestPendingAt(): Instant | null;
  /** Resolves when every ping that this node has acknowledged so far is in its state and in the log of signals. */
  settle(): Promise<void>;
  /**
   * The same for pings that any node has acknowledged, as far as they arrived before `before`: rows of the journal that
   * are as old as that are folded here. Answers when the oldest ping arrived that still waits; null: none does.
   */
  settleAll(before: Instant): Promise<Instant | null>;
  /** Nothing more comes: resolves when everything accepted is answered, and settled as far as the database is there. */
  drain(): Promise<void>;
  readonly counters: Readonly<IngestCounters>;
  readonly queued: number;
  /** Acknowledged and not folded yet. */
  readonly unfolded: number;
}

export function createIngest(options: IngestOptions): Ingest {
  const { database, definitions, clock, logger, nodeId, journalFromPerSecond = JOURNAL_FROM_PER_SECOND } = options;
  const counters: IngestCounters = { stored: 0, unknown: 0, refused: 0, flushes: 0 };
  const queue = createPingQueue();
  /** Some of it has waited already. */
  let isQueueOld = false;
  const underWay = new Set<readonly Waiting[]>();
  /** Whose pings are being decided at once. */
  const busy = new Set<string>();
  const memory = createStateMemory();
  const journal = createJournal({ database, definitions, nodeId });
  const moves = createMoves(memory);
  const fold = createFold({ ...options, memory, moves, onFolded: () => pump(), onAway: () => refuseQueue() });
  let cancelGathering: CancelTimer | null = null;
  let drained: (() => void)[] = [];
  /** Of a database that is away: how many pings that cost since it was said, and when it may be said again. */
  let refusedUntold = 0;
  let tellAgainAt = Number.NEGATIVE_INFINITY;
  const rate = createArrivalRate(clock);

  const refuse = (waiting: Waiting) => {
    counters.refused += 1;
    options.onRefused(waiting.ping.receivedAt);
    waiting.answer(unavailable);
  };

  const refuseQueue = () => {
    for (const waiting of queue.clear()) refuse(waiting);
  };

  const answerAll = (batch: readonly Waiting[], answers: readonly PingAnswer[]) => {
    for (const [index, waiting] of batch.entries()) {
      const answer = answers[index] ?? unavailable;
      if (answer === FAULTY) {
        counters.refused += 1;
        waiting.answer(unavailable);
        continue;
      }
      if (answer.result === 'unavailable') {
        refuse(waiting);
        continue;
      }
      if (answer.result === 'stored') counters.stored += 1;
      else counters.unknown += 1;
      waiting.answer(answer);
    }
  };

  /** The monitor whose state this ping can only move, as far as this node knows; null: it may mean more than that. */
  const movedBy = (ping: Ping): Definition | null => {
    if (ping.key === null || !rate.isAtLeast(journalFromPerSecond)) return null;
    const definition = definitions.ofKey(ping.key);
    if (definition === undefined || !mayMove(definition, ping)) return null;
    const wakeAt = memory.wakeAt(definition.monitor.id);
    return wakeAt === undefined || (wakeAt !== null && ping.receivedAt >= wakeAt) ? null : definition;
  };

  /** Decided at once it would overtake pings of its monitor that wait for their fold. */
  const waitsForFold = ({ key }: Ping): boolean => {
    if (fold.waiting === 0) return false;
    // Whose name it is will be known only then.
    if (key === null) return true;
    const monitor = definitions.ofKey(key)?.monitor;
    return monitor?.kind === 'heartbeat' && fold.has(monitor.id);
  };

  /** Held are those whose monitor is under way, and those that have to wait for a fold, which then begins at once. */
  const takeBatch = (): Batch => {
    let needsFold = false;
    const batch = queue.take((ping, taken) => {
      if (busy.size > 0 && busy.has(whose(ping))) return 'held';
      const definition = movedBy(ping);
      const mustWait = definition === null ? waitsForFold(ping) : fold.waiting + taken >= MAX_UNFOLDED_PINGS;
      needsFold ||= mustWait;
      return mustWait ? 'held' : (definition ?? 'direct');
    });
    if (needsFold) fold.hurry();
    return batch;
  };

  const fail = (error: unknown, count: number) => {
    // What is remembered may be of a server that is no more.
    memory.clear();
    if (!isUnavailable(error)) return logger.error('pings could not be stored', { count, error });
    refusedUntold += count;
    if (clock.monotonic() < tellAgainAt) return;
    logger.warn('pings are refused: the database is away', { count: refusedUntold, error: String(error) });
    refusedUntold = 0;
    tellAgainAt = clock.monotonic() + TELL_AWAY_EVERY_MS;
  };

  /** Stores a batch, and does what `store` answers when it is no longer under way: whoever is answered may come again. */
  const flush = async (batch: readonly Waiting[], store: () => Promise<() => void>) => {
    if (batch.length === 0) return;
    underWay.add(batch);
    let tell = () => {
      for (const waiting of batch) refuse(waiting);
    };
    try {
      tell = await store();
      counters.flushes += 1;
    } catch (error) {
      fail(error, batch.length);
    }
    underWay.delete(batch);
    tell();
    // What came meanwhile waits for company as well.
    if (mayGather() && queue.length > 0 && !isQueueOld) schedule();
    else pump();
  };

  const storeDirectly = async (batch: readonly Waiting[]) => {
    for (const { ping } of batch) busy.add(whose(ping));
    try {
      const pings = batch.map(({ ping }) => ping);
      const answers = await storePings({ ...options, onFlushed: fold.remember }, pings);
      return () => answerAll(batch, answers);
    } finally {
      for (const { ping } of batch) busy.delete(whose(ping));
    }
  };

  const writeToJournal = async (batch: readonly Waiting[], calls: readonly Call[]) => {
    const entry = journal.entryOf(calls.map(({ definition, ping }) => ({ monitorId: definition.monitor.id, ping })));
    fold.announce(entry);
    let isWritten = false;
    try {
      isWritten = await journal.write(entry);
    } finally {
      if (!isWritten) fold.withdraw(entry);
    }
    if (!isWritten) return () => putBack(batch);
    const context = { now: clock.now(), newId: options.newId };
    for (const { definition, ping } of calls) moves.apply(definition, ping, context);
    fold.add(entry);
    return () => {
      counters.stored += batch.length;
      for (const { answer } of batch) answer(STORED);
    };
  };

  /** Some key has ended; with what is known of it now they are looked at again. */
  const putBack = (batch: readonly Waiting[]) => {
    queue.putBack(batch);
    isQueueOld = true;
  };

  const mayFlush = () =>
    queue.length > 0 && (underWay.size === 0 || (underWay.size < MAX_FLUSHES && queue.length >= MIN_PINGS_BESIDE));

  const pump = () => {
    cancelGathering?.();
    cancelGathering = null;
    isQueueOld = false;
    while (mayFlush()) {
      const { journaled, calls, direct } = takeBatch();
      if (journaled.length + direct.length === 0) break;
      void flush(direct, () => storeDirectly(direct));
      void flush(journaled, () => writeToJournal(journaled, calls));
    }
    if (queue.length === 0 && underWay.size === 0) {
      for (const done of drained.splice(0)) done();
    }
  };

  const mayGather = () =>
    underWay.size === 0 && drained.length === 0 && rate.isModerate() && queue.length < MAX_PINGS_PER_FLUSH;

  const schedule = () => {
    if (mayGather()) cancelGathering ??= clock.after(GATHER_MS, pump);
    else if (mayFlush()) pumpSoon();
  };

  let pumping = false;
  // Requests that were read from their sockets in the same turn share a transaction.
  const pumpSoon = () => {
    if (pumping) return;
    pumping = true;
    setImmediate(() => {
      pumping = false;
      pump();
    });
  };

  return {
    accept: (ping) =>
      new Promise((resolve) => {
        const waiting: Waiting = { ping, answer: resolve };
        if (!queue.push(waiting)) return refuse(waiting);
        rate.count();
        schedule();
      }),
    noteRefused(at) {
      counters.refused += 1;
      options.onRefused(at);
    },
    oldestPendingAt() {
      const waiting = [fold.oldestAt(), queue.oldestAt(), ...[...underWay].map(oldestOf)];
      const times = waiting.filter((at) => at !== null);
      return times.length === 0 ? null : Math.min(...times);
    },
    settle: fold.settle,
    async settleAll(before) {
      await fold.settle();
      const oldest = await oldestInJournal(database);
      if (oldest === null || oldest > before) return oldest;
      await fold.takeOver(before);
      return oldestInJournal(database);
    },
    async drain() {
      if (queue.length > 0 || underWay.size > 0) {
        await new Promise<void>((resolve) => {
          drained = [...drained, resolve];
          pump();
        });
      }
      await fold.finish();
    },
    counters,
    get queued() {
      return queue.length;
    },
    get unfolded() {
      return fold.waiting;
    },
  };
}
