import type { Logger } from '../platform/logger.ts';
import type { Database } from '../store/database.ts';
import type { DatabaseClock } from '../store/database-clock.ts';
import type { DueWork } from '../store/due-work.ts';
import type { NodeIdentity } from '../store/nodes.ts';
import { clearJournalFaults } from '../store/ping-journal.ts';
import { createDefinitionCache, type DefinitionCache } from './definitions.ts';
import { createGapNotices } from './gap-notices.ts';
import { createHoldRelease } from './hold-release.ts';
import { createIngest, type Ingest, JOURNAL_FROM_PER_SECOND } from './ingest.ts';
import { createLife, type Life } from './life.ts';
import { createUpkeep } from './upkeep.ts';
import { createWakeLoop, type WakeLoop } from './wake.ts';
import { followZoneRules } from './zone-rules.ts';

export interface WatchOptions {
  readonly database: Database;
  /** Connections for pings and signs of life alone. */
  readonly ingestDatabase: Database;
  /** Connections for what falls due alone. */
  readonly dueDatabase: Database;
  readonly clock: DatabaseClock;
  readonly newId: () => string;
  readonly logger: Logger;
  readonly node: NodeIdentity;
  readonly retentionDays: number;
  /** See `IngestOptions`. */
  readonly journalFromPerSecond?: number;
  /** The version of the rules of time zones that this program goes by. */
  readonly zoneRules: string;
  /** Asks for all loops of the node. */
  readonly due: DueWork;
}

/** Everything of this node that takes pings and judges deadlines. */
export interface Watch {
  readonly definitions: DefinitionCache;
  readonly ingest: Ingest;
  readonly life: Life;
  readonly watcher: WakeLoop;
  /** Days for the signals, then the gap and the first sign of life. Listen after it, and `start` after that. */
  begin(): Promise<void>;
  start(): void;
  /**
   * `listeningEnded` resolves when no more pings come in. The last sign of life is left at once, not when the rest is
   * done: what follows may take a while.
   */
  stop(listeningEnded: Promise<void>): Promise<void>;
}

export function createWatch(options: WatchOptions): Watch {
  const { database, ingestDatabase, dueDatabase, clock, newId, logger, node, due } = options;
  const shared = { database: dueDatabase, clock, newId, logger };
  const definitions = createDefinitionCache();
  const life = createLife({ ...shared, database: ingestDatabase, node });
  const { noteRefused: onRefused, unrecordedGap, canJudge } = life;
  const pings = { ...shared, database: ingestDatabase, definitions, nodeId: node.id };
  const { journalFromPerSecond = JOURNAL_FROM_PER_SECOND } = options;
  const ingest = createIngest({ ...pings, onRefused, unrecordedGap, journalFromPerSecond });
  const { oldestPendingAt, settleAll } = ingest;
  const watcher = createWakeLoop({ ...shared, due, definitions, canJudge, oldestPendingAt, settleAll });
  const gapNotices = createGapNotices(shared);
  const holdRelease = createHoldRelease({ ...shared, due });
  const upkeep = createUpkeep({ ...shared, database, retentionDays: options.retentionDays });
  return {
    definitions,
    ingest,
    life,
    watcher,
    async begin() {
      await upkeep.round();
      const context = { now: clock.now(), newId };
      await followZoneRules({ database, definitions, logger, context, version: options.zoneRules });
      await life.begin();
      // What was acknowledged before we were away counts before anything new does.
      await clearJournalFaults(database);
      await ingest.settleAll(clock.now());
    },
    start() {
      life.start();
      upkeep.start();
      if (!node.roles.includes('watch')) return;
      watcher.start();
      gapNotices.start();
      holdRelease.start();
    },
    async stop(listeningEnded) {
      await life.stop();
      await listeningEnded;
      await ingest.drain();
      await Promise.all([watcher.stop(), gapNotices.stop(), holdRelease.stop(), upkeep.stop()]);
    },
  };
}
