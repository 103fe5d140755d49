import type { Instant } from '../core/instant.ts';
import type { Database } from '../store/database.ts';
import { appendToJournal, readKeyEpoch, readRetiredKeys } from '../store/ping-journal.ts';
import type { DefinitionCache } from './definitions.ts';
import { type JournaledPing, writeRecord } from './journal-record.ts';

/**
 * A batch of pings as it is written to the journal. The pings themselves are not kept: what lives until it is folded is
 * to be little, and out of the way of the garbage collector.
 */
export interface JournalEntry {
  readonly n: number;
  readonly firstReceivedAt: Instant;
  /** Whose pings these are, one by one. */
  readonly monitorIds: readonly string[];
  readonly record: Buffer;
}

/** The journal as this node writes it. */
export interface Journal {
  entryOf(pings: readonly JournaledPing[]): JournalEntry;
  /**
   * Resolves when the entry is on disk. False: a key has ended since it was remembered, nothing was written, and what
   * is remembered of keys is right again.
   */
  write(entry: JournalEntry): Promise<boolean>;
}

export interface JournalOptions {
  readonly database: Database;
  readonly definitions: DefinitionCache;
  readonly nodeId: string;
}

export function createJournal({ database, definitions, nodeId }: JournalOptions): Journal {
  let n = 0;
  /** Keys that ended up to here are remembered by nobody. */
  let epoch: number | null = null;

  /** The first time everything is forgotten: it was remembered before the number was known. */
  const catchUp = async () => {
    if (epoch === null) {
      epoch = await readKeyEpoch(database);
      definitions.clear();
      return;
    }
    const { epoch: now, monitorIds } = await readRetiredKeys(database, epoch);
    if (monitorIds === null) definitions.clear();
    for (const id of monitorIds ?? []) definitions.forget(id);
    epoch = now;
  };

  return {
    entryOf(pings) {
      n += 1;
      let firstReceivedAt = Number.MAX_SAFE_INTEGER;
      for (const { ping } of pings) firstReceivedAt = Math.min(firstReceivedAt, ping.receivedAt);
      const monitorIds = pings.map(({ monitorId }) => monitorId);
      return { n, firstReceivedAt, monitorIds, record: writeRecord(pings) };
    },
    async write({ n: number, firstReceivedAt, record }) {
      const row = { nodeId, n: number, firstReceivedAt, pings: record };
      if (epoch !== null && (await appendToJournal(database, row, epoch))) return true;
      await catchUp();
      return false;
    },
  };
}
