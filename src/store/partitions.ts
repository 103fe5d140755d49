import { DAY_MS, type Instant } from '../core/instant.ts';
import type { Database, Queryable, Transaction } from './database.ts';

/** Days that are made ahead: a node that is alive once a week keeps up. */
export const DAYS_AHEAD = 7;
/** Any number of our own: days are made and dropped by one node at a time. */
const PARTITION_LOCK = 7_225_931_449;

function startOfDay(at: Instant): Instant {
  return Math.floor(at / DAY_MS) * DAY_MS;
}

function partitionName(day: Instant): string {
  return `signal_${new Date(day).toISOString().slice(0, 10).replaceAll('-', '')}`;
}

async function existingPartitions(tx: Queryable): Promise<Set<string>> {
  const rows = await tx.query<{ name: string }>({
    name: 'existing_partitions',
    text: `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      WHERE i.inhparent = 'signal'::regclass`,
  });
  return new Set(rows.map((row) => row.name));
}

/** Pings wait behind a lock on the whole log, so it is asked for briefly: not had means tried again, see below. */
const LOCK_WITHIN_MS = 200;
const LOCK_TRIES = 5;
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Runs `work` under the lock of partitions, with a bound on waiting for tables: a long read would else hold up every
 * ping behind us. Answers null when the tables could not be had this time.
 */
async function withTables<T>(database: Database, work: (tx: Transaction) => Promise<T>): Promise<T | null> {
  for (let tries = 1; tries <= LOCK_TRIES; tries += 1) {
    try {
      return await database.transaction(async (tx) => {
        await tx.query({ name: 'lock_partitions', text: 'SELECT pg_advisory_xact_lock($1)' }, [PARTITION_LOCK]);
        await tx.query({ name: 'lock_tables_within', text: `SET LOCAL lock_timeout = ${LOCK_WITHIN_MS}` });
        return await work(tx);
      });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === LOCK_NOT_AVAILABLE)) throw error;
    }
  }
  return null;
}

/** Names come from partitionName: digits and letters only. */
async function makePartition(tx: Transaction, day: Instant): Promise<void> {
  const name = partitionName(day);
  const range = `received_at >= ${day} AND received_at < ${day + DAY_MS}`;
  for (const [step, text] of [
    // Before moving: a signal that came in between would belong to the new day and stand in the default one.
    ['hold', 'LOCK TABLE signal_default IN ACCESS EXCLUSIVE MODE'],
    ['create', `CREATE TABLE ${name} (LIKE signal INCLUDING DEFAULTS INCLUDING CONSTRAINTS)`],
    [
      'move',
      `WITH moved AS (DELETE FROM signal_default WHERE ${range} RETURNING *) INSERT INTO ${name} SELECT * FROM moved`,
    ],
    ['attach', `ALTER TABLE signal ATTACH PARTITION ${name} FOR VALUES FROM (${day}) TO (${day + DAY_MS})`],
  ] as const) {
    await tx.query({ name: `${step}_${name}`, text });
  }
}

/** Makes the days of these instants that are not there yet. */
export async function makeDays(tx: Transaction, instants: readonly Instant[]): Promise<void> {
  await tx.query({ name: 'lock_partitions', text: 'SELECT pg_advisory_xact_lock($1)' }, [PARTITION_LOCK]);
  const existing = await existingPartitions(tx);
  for (const day of new Set(instants.map(startOfDay))) {
    if (!existing.has(partitionName(day))) await makePartition(tx, day);
  }
}

/**
 * Makes the days from yesterday to DAYS_AHEAD that are not there yet, each by itself; answers whether all are there.
 * What arrives on a day that is missing is kept in the default partition and moved when the day is made.
 */
export async function makePartitions(database: Database, now: Instant): Promise<boolean> {
  const days = Array.from({ length: DAYS_AHEAD + 2 }, (_, index) => now + (index - 1) * DAY_MS);
  const existing = await existingPartitions(database);
  let made = true;
  for (const day of days.filter((at) => !existing.has(partitionName(at)))) {
    const done = await withTables(database, async (tx) => {
      await makeDays(tx, [day]);
      return true;
    });
    made &&= done !== null;
  }
  return made;
}

/** Drops the days that lie wholly before `keepFrom`, as far as they can be had now; answers their names. */
export async function dropPartitions(database: Database, keepFrom: Instant): Promise<string[]> {
  const oldest = partitionName(startOfDay(keepFrom));
  const isOld = (name: string) => /^signal_\d{8}$/.test(name) && name < oldest;
  const old = (await withTables(database, existingPartitions)) ?? new Set<string>();
  const dropped: string[] = [];
  for (const name of [...old].filter(isOld).sort()) {
    const done = await withTables(database, async (tx) => {
      await tx.query({ name: `drop_${name}`, text: `DROP TABLE IF EXISTS ${name}` });
      return true;
    });
    if (done === null) break;
    dropped.push(name);
  }
  return dropped;
}
