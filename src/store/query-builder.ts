import { createHash } from 'node:crypto';
import {
  type Compilable,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
} from 'kysely';
import type { Queryable, Row } from './database.ts';
import type { Tables } from './tables.ts';

/**
 * Builds typed statements whose shape depends on what was asked for (lists with filters). It only builds: every
 * statement runs through `Queryable` like the hand-written ones, in a transaction or outside.
 */
export const builder = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

/** Runs a built statement. Its shape is part of its name: each shape is prepared once per connection. */
export function runBuilt<R extends Row>(db: Queryable, name: string, query: Compilable<R>): Promise<R[]> {
  const { sql, parameters } = query.compile();
  const shape = createHash('sha1').update(sql).digest('hex').slice(0, 12);
  return db.query<R>({ name: `${name}_${shape}`, text: sql }, parameters);
}
