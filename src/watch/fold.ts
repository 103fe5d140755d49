import type { Gap } from '../core/cause.ts';
import type { Instant } from '../core/instant.ts';
import { type Clock, sleep } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { type Database, type Transaction, withinSavepoint } from '../store/database.ts';
import { isRetryable, isUnavailable } from '../store/errors.ts';
import { saveGuardedMoves } from '../store/guarded-moves.ts';
import { putAsideInJournal, takeFromJournal, takeLeftovers } from '../store/ping-journal.ts';
import type { DefinitionCache } from './definitions.ts';
import { type Flushed, flushAcknowledged } from './flush.ts';
import type { JournalEntry } from './journal.ts';
import { type JournaledPing, readRecord, writeRecord } from './journal-record.ts';
import { type Gathered, type Moves, rememberIfPlain } from './moves.ts';
import type { StateMemory } from './state-memory.ts';

/** What is acknowledged is folded this long after it at the latest, unless somebody asks for it before. */
export const FOLD_AFTER_MS = 200;
/** So many acknowledged pings are folded at once. */
export const MIN_PINGS_TO_FOLD = 1_000;
/** Acknowledged pings that wait for their fold; beyond it nothing more is written to the journal. */
export const MAX_UNFOLDED_PINGS = 20_000;
/** Whose writer has not folded a row for this long is taken to be gone: any node does it then. */
export const TAKE_OVER_AFTER_MS = 3_000;
/** Rows that are folded in one transaction the long way. */
const MAX_ROWS_AT_ONCE = 20;
/** Between two tries of a fold that failed because of the database. */
const RETRY_AFTER_MS = 200;
/** Every ten seconds. */
const TELL_EVERY_TRIES = 50;

export interface FoldOptions {
  readonly database: Database;
  readonly definitions: DefinitionCache;
  readonly memory: StateMemory;
  /** What was decided of the entries when they were acknowledged. */
  readonly moves: Moves;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly logger: Logger;
  readonly nodeId: string;
  /** The time in which this node was blind until now, as long as it is not written; null when it is well. */
  readonly unrecordedGap: () => Gap | null;
  /** A fold ended: there is room again, and monitors have nothing waiting any more. */
  readonly onFolded: () => void;
  /** The database is away: nobody should wait for a fold. */
  readonly onAway: () => void;
}

/** Turns what the journal holds into states and signals, in the order in which it was written, once. */
export interface Fold {
  /** It is about to be written; `add` or `withdraw` follows. */
  announce(entry: JournalEntry): void;
  withdraw(entry: JournalEntry): void;
  /** It is in the journal, acknowledged, and applied to `moves`. */
  add(entry: JournalEntry): void;
  /** Whether pings of this monitor are waiting, or are being written. */
  has(monitorId: string): boolean;
  /** Arrival of the oldest ping that waits; null: none does. */
  oldestAt(): Instant | null;
  readonly waiting: number;
  /** Resolves when everything added so far is folded, however long the database is away. */
  settle(): Promise<void>;
  /** Begins to fold at once, for nobody who waits for it. */
  hurry(): void;
  /** The same, but gives up where the database is away: what is in the journal is folded by whoever comes next. */
  finish(): Promise<void>;
  /** Folds rows of whichever node that hold pings from before `before`. */
  takeOver(before: Instant): Promise<void>;
  /** Remembers what a transaction has settled, but for monitors whose state goes on moving by what waits here. */
  remember(flushed: Omit<Flushed, 'answers'>): void;
}

export function createFold(options: FoldOptions): Fold {
  const { database, definitions, memory, moves, clock, newId, logger, nodeId } = options;
  /** What is being written. */
  const announced = new Set<JournalEntry>();
  let entries: JournalEntry[] = [];
  let waiting = 0;
  let cancelTimer: (() => void) | null = null;
  /** One after the other: the order of the journal is the order of the signals. */
  let last: Promise<unknown> = Promise.resolve();
  /** Calls of `settle` that are under way. */
  let running = 0;
  /** The node stops: nothing is waited for any more. */
  const finishing = new AbortController();

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };

  const context = () => ({ now: clock.now(), newId, unrecordedGap: options.unrecordedGap() });

  // Seldom asked, by pings that go another way; keeping count of every ping would cost more.
  const has = (monitorId: string) => {
    const isWithin = (entry: JournalEntry) => entry.monitorIds.includes(monitorId);
    return entries.some(isWithin) || [...announced].some(isWithin);
  };

  const remember: Fold['remember'] = ({ settled, guard }) => {
    for (const one of settled) {
      const { id } = one.definition.monitor;
      if (waiting > 0 && has(id)) memory.forget(id);
      else rememberIfPlain(memory, one, guard);
    }
  };

  /**
   * Decided anew, on the states as they are. What came later may have been counted before, by another node: such a ping
   * reports late (RULES §6) and overturns nothing.
   */
  const longWay = (tx: Transaction, pings: readonly JournaledPing[]) => {
    const late = pings.map(({ monitorId, ping }) => ({ monitorId, ping: { ...ping, reportedAt: ping.receivedAt } }));
    return flushAcknowledged(tx, definitions, late, context());
  };

  /** The short way: what was decided already, where nobody changed those states since; the long way for the others. */
  const foldGathered = (batch: readonly JournalEntry[], { ids, values }: Gathered) =>
    database.transaction(async (tx) => {
      const taking = takeFromJournal(
        tx,
        nodeId,
        batch.map(({ n }) => n),
      );
      const saving = ids.length === 0 ? null : saveGuardedMoves(tx, values);
      const [taken, saved] = await Promise.all([taking, saving]);
      // Another node has taken us for gone: what was decided counts pings that are not ours any more.
      if (taken.size < batch.length) throw new TakenOver();
      const moved = new Set(ids);
      for (const id of saved?.lost ?? []) moved.delete(id);
      const others = batch.flatMap((entry) =>
        entry.monitorIds.every((id) => moved.has(id))
          ? []
          : readRecord(entry.record).filter(({ monitorId }) => !moved.has(monitorId)),
      );
      return { moved, guard: saved?.guard ?? 0, flushed: others.length === 0 ? null : await longWay(tx, others) };
    });

  /** Decided anew, on the states as they are. */
  const foldAnew = (batch: readonly JournalEntry[]) =>
    database.transaction(async (tx) => {
      const ns = batch.map(({ n }) => n);
      const taken = await takeFromJournal(tx, nodeId, ns);
      const pings = batch.filter(({ n }) => taken.has(n)).flatMap(({ record }) => readRecord(record));
      return pings.length === 0 ? null : longWay(tx, pings);
    });

  /** Ping by ping: those that cannot be decided, for a reason of their own, stay in the journal and stop nobody else. */
  const foldOneByOne = (entry: JournalEntry) =>
    database.transaction(async (tx) => {
      if ((await takeFromJournal(tx, nodeId, [entry.n])).size === 0) return;
      const faulty: JournaledPing[] = [];
      for (const ping of readRecord(entry.record)) {
        try {
          await withinSavepoint(tx, () => longWay(tx, [ping]));
        } catch (error) {
          if (isRetryable(error) || isUnavailable(error)) throw error;
          const { monitorId } = ping;
          logger.error('an acknowledged ping could not be folded and stays in the journal', { monitorId, error });
          faulty.push(ping);
        }
      }
      if (faulty.length === 0) return;
      const row = { nodeId, n: entry.n, firstReceivedAt: entry.firstReceivedAt, pings: writeRecord(faulty) };
      await putAsideInJournal(tx, row, 'its fold failed');
    });

  /** Again and again until it is done: these pings are acknowledged. */
  const persist = async <T>(work: () => Promise<T>): Promise<T> => {
    for (let tries = 0; ; tries += 1) {
      try {
        return await work();
      } catch (error) {
        if (!isUnavailable(error) && !isRetryable(error)) throw error;
        if (isRetryable(error)) continue;
        if (finishing.signal.aborted) throw error;
        options.onAway();
        if (tries % TELL_EVERY_TRIES === 0) {
          logger.warn('acknowledged pings wait for the database', { count: waiting, error: String(error) });
        }
        await sleep(clock, RETRY_AFTER_MS, finishing.signal);
      }
    }
  };

  const foldTheLongWay = async (batch: readonly JournalEntry[]) => {
    for (let from = 0; from < batch.length; from += MAX_ROWS_AT_ONCE) {
      const rows = batch.slice(from, from + MAX_ROWS_AT_ONCE);
      try {
        await persist(() => foldAnew(rows));
      } catch (error) {
        if (isUnavailable(error)) throw error;
        logger.error('a fold failed, folding ping by ping', { rows: rows.length, error });
        for (const entry of rows) await persist(() => foldOneByOne(entry));
      }
    }
  };

  const drop = (batch: readonly JournalEntry[]) => {
    entries = entries.slice(batch.length);
    for (const { monitorIds } of batch) waiting -= monitorIds.length;
  };

  const foldOnce = async () => {
    const batch = entries;
    if (batch.length === 0) return;
    const gathered = moves.take();
    try {
      const { moved, guard, flushed } = await foldGathered(batch, gathered);
      drop(batch);
      for (const id of gathered.ids) {
        if (moved.has(id)) memory.confirm(id, guard);
        else memory.forget(id);
      }
      if (flushed !== null) remember(flushed);
    } catch (error) {
      // What is remembered was decided in a transaction that is no more.
      memory.clear();
      if (!(error instanceof TakenOver) && !isUnavailable(error)) logger.warn('a fold is made anew', { error });
      await foldTheLongWay(batch);
      drop(batch);
    }
    options.onFolded();
  };

  const settle = async () => {
    const upTo = entries.at(-1)?.n;
    if (upTo === undefined) return;
    cancelTimer?.();
    cancelTimer = null;
    running += 1;
    try {
      while (entries.some(({ n }) => n <= upTo)) await inTurn(foldOnce);
    } finally {
      running -= 1;
      schedule();
    }
  };

  const schedule = () => {
    if (entries.length === 0 || running > 0 || finishing.signal.aborted) return;
    if (waiting >= MIN_PINGS_TO_FOLD) hurry();
    else cancelTimer ??= clock.after(FOLD_AFTER_MS, hurry);
  };

  /** Who waits for it hears of a failure, and it is only given up when the node stops. */
  const hurry = () => void settle().catch(() => undefined);

  const foldLeftovers = (before: Instant) =>
    database.transaction(async (tx) => {
      const rows = await takeLeftovers(tx, before, MAX_ROWS_AT_ONCE);
      if (rows.length === 0) return 0;
      logger.info('folding pings that another node has left', { rows: rows.length });
      await longWay(
        tx,
        rows.flatMap((row) => readRecord(row.pings)),
      );
      return rows.length;
    });

  return {
    announce(entry) {
      announced.add(entry);
      waiting += entry.monitorIds.length;
    },
    withdraw(entry) {
      announced.delete(entry);
      waiting -= entry.monitorIds.length;
    },
    add(entry) {
      announced.delete(entry);
      entries = [...entries, entry];
      schedule();
    },
    has,
    oldestAt() {
      let oldest: Instant | null = null;
      for (const { firstReceivedAt } of entries) {
        if (oldest === null || firstReceivedAt < oldest) oldest = firstReceivedAt;
      }
      return oldest;
    },
    get waiting() {
      return waiting;
    },
    settle,
    hurry,
    async finish() {
      finishing.abort();
      await settle().catch((error: unknown) =>
        logger.warn('acknowledged pings stay in the journal until the next start', { count: waiting, error }),
      );
    },
    takeOver: (before) =>
      inTurn(async () => {
        while ((await foldLeftovers(before)) === MAX_ROWS_AT_ONCE);
      }),
    remember,
  };
}

/** Rows of ours are gone from the journal: another node has folded them. */
class TakenOver extends Error {
  constructor() {
    super('another node has folded rows of this one');
  }
}
