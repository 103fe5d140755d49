import { DAY_MS, type Instant } from '../core/instant.ts';
import type { Database, Transaction } from './database.ts';

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

async function existingPartitions(tx: Transaction): Promise<Set<string>> {
  const rows = await tx.query<{ name: string }>({
    name: 'existing_partitions',
    text: `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      WHERE i.inhparent = 'signal'::regclass`,
  });
  return new Set(rows.map((row) => row.name));
}

/** Names come from partitionName: digits and letters only. */
async function makePartition(tx: Transaction, day: Instant): Promise<void> {
  const name = partitionName(day);
  const range = `received_at >= ${day} AND received_at < ${day + DAY_MS}`;
  for (const [step, text] of [
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

/** Makes the days from yesterday to DAYS_AHEAD that are not there yet. */
export async function makePartitions(database: Database, now: Instant): Promise<void> {
  const days = Array.from({ length: DAYS_AHEAD + 2 }, (_, index) => now + (index - 1) * DAY_MS);
  await database.transaction((tx) => makeDays(tx, days));
}

/** Drops the days that lie wholly before `keepFrom`; answers their names. */
export async function dropPartitions(database: Database, keepFrom: Instant): Promise<string[]> {
  return database.transaction(async (tx) => {
    await tx.query({ name: 'lock_partitions', text: 'SELECT pg_advisory_xact_lock($1)' }, [PARTITION_LOCK]);
    const oldest = partitionName(startOfDay(keepFrom));
    const old = [...(await existingPartitions(tx))].filter((name) => /^signal_\d{8}$/.test(name) && name < oldest);
    for (const name of old) await tx.query({ name: `drop_${name}`, text: `DROP TABLE ${name}` });
    return old;
  });
}
