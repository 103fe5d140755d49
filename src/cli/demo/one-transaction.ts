import type { Database, Transaction } from '../../store/database.ts';

/**
 * A database whose transactions are parts of this one, one after the other: the story is there as a whole or not at all,
 * it is flushed to disk once, and what happens in it happens in one order, so that the same seed tells it again.
 */
export function within(tx: Transaction, database: Database): Database {
  let last: Promise<unknown> = Promise.resolve();
  const part = { ...tx, commit: () => undefined };
  return {
    ...database,
    query: (statement, values) => tx.query(statement, values),
    transaction(work) {
      const mine = last.then(() => work(part));
      last = mine.catch(() => undefined);
      return mine;
    },
  };
}
