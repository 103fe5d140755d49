import type { Database, Queryable, Transaction } from '../../src/store/database.ts';

/** What a server says when it fails a statement, and how the test makes the real one say it. */
export const STATEMENT_FAILURES = {
  /** Lost against another transaction. */
  '40001': `DO $$ BEGIN RAISE EXCEPTION 'lost against another one' USING ERRCODE = '40001'; END $$`,
  /** Chosen to end a deadlock. */
  '40P01': `DO $$ BEGIN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01'; END $$`,
  /** Shut down under us: the connection ends with it. */
  '57P01': 'SELECT pg_terminate_backend(pg_backend_pid())',
  /** Its disk is full. */
  '53100': `DO $$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100'; END $$`,
  /** No code at all: the statement is carried out, and the connection is gone before its answer is heard. */
  lost: 'SELECT pg_terminate_backend(pg_backend_pid())',
} as const;
export type StatementFailure = keyof typeof STATEMENT_FAILURES;

/** A database whose nth statement fails, as the server itself makes it fail; COMMIT is not counted. */
export interface FailingDatabase extends Database {
  /** The name of the statement that failed; null as long as there were fewer than n. */
  readonly failedAt: string | null;
}

/** Counts from 1, over all connections; once it has failed everything works. */
export function failNthStatement(base: Database, nth: number, failure: StatementFailure): FailingDatabase {
  let count = 0;
  let failedAt: string | null = null;
  const around =
    (query: Queryable['query']): Queryable['query'] =>
    async (statement, values) => {
      count += 1;
      if (count !== nth) return query(statement, values);
      failedAt = statement.name;
      if (failure === 'lost') await query(statement, values);
      await query({ name: `fail_${failure}`, text: STATEMENT_FAILURES[failure] });
      throw new Error('the server did not fail');
    };
  return {
    pool: base.pool,
    query: around(base.query),
    close: base.close,
    transaction: (work) =>
      base.transaction((tx) => {
        const failing: Transaction = { isTransaction: true, query: around(tx.query), commit: tx.commit };
        return work(failing);
      }),
    get failedAt() {
      return failedAt;
    },
  };
}
