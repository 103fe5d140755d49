import { Kysely, PostgresDialect } from 'kysely';
import type { Database } from './database.ts';

/**
 * The same connections as everybody's, in the form that the identity library wants. Its statements are about the tables
 * with `auth_` alone.
 */
export function identityDatabase({ pool }: Database): Kysely<unknown> {
  return new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
}
