import type { Gap } from '../core/cause.ts';
import { type Instant, SECOND_MS } from '../core/instant.ts';
import { sleep } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Database, Transaction } from '../store/database.ts';
import type { DatabaseClock } from '../store/database-clock.ts';
import { type GapKind, insertGap } from '../store/gaps.ts';
import {
  type LastSigns,
  lockLife,
  markSeen,
  markStopped,
  type NodeIdentity,
  readLastSigns,
  registerNode,
} from '../store/nodes.ts';

/** Every node says this often that it lives; together with it the clock is sampled. */
export const LIFE_EVERY_MS = SECOND_MS;
/** A hole at least this long is an observation gap (RULES §4). */
export const MIN_GAP_MS = 3 * SECOND_MS;
/** After this long without a sign of life of our own we do not trust our eyes: no deadline is judged. */
const STALE_AFTER_MS = 2_500;

export interface LifeOptions {
  readonly database: Database;
  readonly clock: DatabaseClock;
  readonly node: NodeIdentity;
  readonly newId: () => string;
  readonly logger: Logger;
}

/** This node's sign of life, and its knowledge of when nobody was looking. */
export interface Life {
  /**
   * First sign of life: a hole since the last one is recorded in the same transaction. Call it before listening, and
   * listen before judging. Rejects when the database does not answer.
   */
  begin(): Promise<void>;
  /** Goes on every second until `stop`. */
  start(): void;
  stop(): Promise<void>;
  /** A ping was refused: this node was blind, though others may have been well. */
  noteRefused(at: Instant): void;
  /** True while it is sure that pings could be taken until now: only then may a deadline be judged. */
  canJudge(): boolean;
}

export function createLife(options: LifeOptions): Life {
  const { database, clock, node, logger } = options;
  const takesPings = node.roles.includes('web');
  const abort = new AbortController();
  let loop: Promise<void> = Promise.resolve();
  let lastSign = { at: clock.now(), monotonic: Number.NEGATIVE_INFINITY, someoneListens: false };
  let refused: Gap | null = null;

  const saveGap = async (tx: Transaction, kind: GapKind, gap: Gap, reason: string) => {
    logger.warn('observation gap', { kind, seconds: Math.round((gap.to - gap.from) / SECOND_MS), reason });
    await insertGap(tx, { ...gap, id: options.newId(), kind, nodeId: node.id, reason });
  };

  const holesOf = (signs: LastSigns, now: Instant) => ({
    web: signs.webAt !== null && now - signs.webAt >= MIN_GAP_MS ? { from: signs.webAt, to: now } : null,
    watch: signs.watchAt !== null && now - signs.watchAt >= MIN_GAP_MS ? { from: signs.watchAt, to: now } : null,
  });

  const signOfLife = async (jump: Gap | null, save: (tx: Transaction, now: Instant) => Promise<void>) => {
    await database.transaction(async (tx) => {
      await lockLife(tx);
      const signs = await readLastSigns(tx);
      const now = clock.now();
      const { web, watch } = holesOf(signs, now);
      if (jump !== null) await saveGap(tx, 'clock', jump, 'the clock of the database jumped');
      if (takesPings && web !== null && jump === null) await saveGap(tx, 'ingest', web, 'no node could take pings');
      if (node.roles.includes('watch') && watch !== null && web === null && jump === null) {
        await saveGap(tx, 'watch', watch, 'no node judged deadlines');
      }
      const blind = refused;
      if (blind !== null) {
        await saveGap(tx, 'ingest', { from: Math.min(blind.from, now - MIN_GAP_MS), to: now }, 'pings were refused');
        refused = null;
      }
      await save(tx, now);
      lastSign = { at: now, monotonic: clock.monotonic(), someoneListens: takesPings || web === null };
    });
  };

  const tick = async () => {
    const jump = await clock.sample(database);
    const now = clock.now();
    const signs = await readLastSigns(database);
    const { web, watch } = holesOf(signs, now);
    if (jump !== null || web !== null || watch !== null || refused !== null) {
      await signOfLife(jump, (tx, at) => markSeen(tx, node.id, at));
      return;
    }
    await markSeen(database, node.id, now);
    lastSign = { at: now, monotonic: clock.monotonic(), someoneListens: true };
  };

  const run = async () => {
    while (!abort.signal.aborted) {
      await sleep(clock, LIFE_EVERY_MS, abort.signal);
      if (abort.signal.aborted) return;
      try {
        await tick();
      } catch (error) {
        logger.warn('no sign of life could be left', { error });
      }
    }
  };

  return {
    async begin() {
      await clock.sample(database);
      await signOfLife(null, (tx, now) => registerNode(tx, node, now));
    },
    start() {
      loop = run();
    },
    async stop() {
      abort.abort();
      await loop;
      await markStopped(database, node.id, clock.now()).catch((error: Error) => {
        logger.warn('no last sign of life could be left', { error });
      });
    },
    noteRefused(at) {
      // Blind since the last time we knew that pings could be taken.
      refused = { from: Math.min(refused?.from ?? at, lastSign.at, at), to: at };
    },
    canJudge: () => lastSign.someoneListens && clock.monotonic() - lastSign.monotonic <= STALE_AFTER_MS,
  };
}
