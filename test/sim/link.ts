import type { Database, Queryable, Row, Statement, Transaction } from '../../src/store/database.ts';
import type { Quiet } from './quiet.ts';

/** A fault that strikes at a statement: before it reaches the database, or after it did and before the answer is heard. */
export interface Cut {
  /** Statements that still pass. */
  left: number;
  readonly when: 'before' | 'after';
  readonly strike: () => void;
}

/** The way from one node to the database. */
export interface Link {
  /** Statements fail at once, as when the server is gone. */
  isAway: boolean;
  /** The node is dead: nothing that it waits for comes any more. */
  isDead: boolean;
  cut: Cut | null;
  /** Breaks off every transaction that is under way. Call it after `isAway` or `isDead` was set. */
  breakOff(): void;
}

export interface LinkOptions {
  readonly inner: Database;
  readonly quiet: Quiet;
  /** Answers a statement in place of the database (its clock); null: the database does. */
  readonly answer: (statement: Statement) => Row[] | null;
  /** Runs before a statement is sent. */
  readonly prepare: (statement: Statement) => Promise<void> | null;
}

function lost(): Error {
  return Object.assign(new Error('the simulated connection is lost'), { code: 'ECONNRESET' });
}

/** What a dead process waits for. */
function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}

type Verdict = 'pass' | 'before' | 'after';

/** The real database as a node sees it through a link that can break at any statement. */
export function createLink(): Link & { readonly open: Set<(error: Error) => void> } {
  const open = new Set<(error: Error) => void>();
  return {
    isAway: false,
    isDead: false,
    cut: null,
    open,
    breakOff() {
      for (const breakOff of [...open]) breakOff(lost());
    },
  };
}

export function linkDatabase(link: ReturnType<typeof createLink>, options: LinkOptions): Database {
  const { inner, quiet } = options;

  const count = (): Verdict => {
    const { cut } = link;
    if (cut === null) return 'pass';
    cut.left -= 1;
    if (cut.left > 0) return 'pass';
    link.cut = null;
    if (cut.when === 'before') cut.strike();
    return cut.when;
  };

  /** What the node hears when its link is gone: an error, or nothing ever again. */
  const gone = <T>(): Promise<T> => (link.isDead ? never<T>() : Promise.reject(lost()));
  const isGone = () => link.isDead || link.isAway;

  const run =
    (to: Queryable, isOver: () => boolean): Queryable['query'] =>
    async <R extends Row>(statement: Statement, values?: readonly unknown[]): Promise<R[]> => {
      if (isGone() || isOver()) return gone<R[]>();
      const { cut } = link;
      const verdict = count();
      if (verdict === 'before') return gone<R[]>();
      const own = options.answer(statement);
      if (own !== null) {
        if (verdict === 'after') cut?.strike();
        return isGone() ? gone<R[]>() : (own as R[]);
      }
      const preparing = options.prepare(statement);
      if (preparing !== null) await quiet.during(preparing);
      const rows = await quiet.during(to.query<R>(statement, values));
      if (verdict === 'after') cut?.strike();
      return isGone() || isOver() ? gone<R[]>() : rows;
    };

  const inTransaction = async <T>(tx: Transaction, work: (tx: Transaction) => Promise<T>) => {
    // It may have been waiting for a connection when its node died.
    if (isGone()) throw lost();
    let isOver = false;
    let hasCommitted = false;
    const after: { strike: (() => void) | null } = { strike: null };
    const broken = Promise.withResolvers<never>();
    const breakOff = (error: Error) => {
      isOver = true;
      broken.reject(error);
    };
    // Whoever waits for the work hears of it; nobody else needs to.
    broken.promise.catch(() => undefined);
    link.open.add(breakOff);
    const strikeAt = (verdict: Verdict, cut: Cut | null) => {
      if (verdict === 'after') after.strike = () => cut?.strike();
      return verdict !== 'before';
    };
    const commit = () => {
      if (isOver || isGone()) return;
      const { cut } = link;
      hasCommitted = strikeAt(count(), cut);
      if (hasCommitted) tx.commit();
    };
    try {
      const wrapped: Transaction = { isTransaction: true, query: run(tx, () => isOver), commit };
      const result = await Promise.race([work(wrapped), broken.promise]);
      if (!hasCommitted) {
        const { cut } = link;
        if (!strikeAt(count(), cut) || isGone()) throw lost();
      }
      return { result, after };
    } finally {
      isOver = true;
      link.open.delete(breakOff);
    }
  };

  return {
    pool: inner.pool,
    query: run(inner, () => false),
    async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
      if (isGone()) return gone<T>();
      const running = inner
        .transaction((tx) => inTransaction(tx, work))
        .then(
          (done) => {
            done.after.strike?.();
            return { isDone: true, result: done.result } as const;
          },
          (error: unknown) => ({ isDone: false, error }) as const,
        );
      const outcome = await quiet.during(running);
      // Written, and not heard of, is what a connection lost at COMMIT means.
      if (isGone()) return gone<T>();
      if (!outcome.isDone) throw outcome.error;
      return outcome.result;
    },
    close: () => inner.close(),
  };
}
