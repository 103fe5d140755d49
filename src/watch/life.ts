import type { Gap } from '../core/cause.ts';
import { type Instant, SECOND_MS } from '../core/instant.ts';
import { sleep } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Database, Transaction } from '../store/database.ts';
import { type DatabaseClock, MAX_SLEW_MS } from '../store/database-clock.ts';
import { type GapKind, recordGap } from '../store/gaps.ts';
import {
  type LastSigns,
  lockLife,
  markSeen,
  markSeenUnlessSilent,
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
export const STALE_AFTER_MS = 2_500;

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
  /** The last sign of life: from here on this node takes no pings. Call it when listening ends. */
  stop(): Promise<void>;
  /** One further sign of life. Rejects when the database does not answer. */
  tick(): Promise<void>;
  /** A ping was refused: this node was blind, though others may have been well. */
  noteRefused(at: Instant): void;
  /** True while it is sure that pings could be taken until now: only then may a deadline be judged. */
  canJudge(): boolean;
  /** The time in which this node was blind until now, as long as it is not written; null when it is well. */
  unrecordedGap(): Gap | null;
}

/** The holes in the signs of life of all nodes, as far as they are long enough to be gaps. */
function holesOf(signs: LastSigns, now: Instant): { readonly web: Gap | null; readonly watch: Gap | null } {
  const hole = (from: Instant | null) => (from !== null && now - from >= MIN_GAP_MS ? { from, to: now } : null);
  return { web: hole(signs.webAt), watch: hole(signs.watchAt) };
}

/** One stretch from the beginning of the first to the end of the last. */
function union(gaps: readonly (Gap | null)[]): Gap | null {
  const there = gaps.filter((gap) => gap !== null);
  if (there.length === 0) return null;
  return { from: Math.min(...there.map((gap) => gap.from)), to: Math.max(...there.map((gap) => gap.to)) };
}

export function createLife(options: LifeOptions): Life {
  const { database, clock, node, logger } = options;
  const takesPings = node.roles.includes('web');
  const abort = new AbortController();
  let loop: Promise<void> | null = null;
  let lastSign = { at: clock.now(), monotonic: Number.NEGATIVE_INFINITY, someoneListens: false };
  let refused: Gap | null = null;

  const saveGap = async (tx: Transaction, kind: GapKind, gap: Gap, reason: string) => {
    logger.warn('observation gap', { kind, seconds: Math.round((gap.to - gap.from) / SECOND_MS), reason });
    await recordGap(tx, { ...gap, id: options.newId(), kind, nodeId: node.id, reason });
  };

  /** Looks for holes and writes them, with the sign of life that `save` leaves, in one transaction. */
  const signOfLife = async (jump: Gap | null, save: (tx: Transaction, now: Instant) => Promise<void>) => {
    const blind = refused;
    const sign = await database.transaction(async (tx) => {
      await lockLife(tx);
      const now = clock.now();
      const signs = await readLastSigns(tx, now + MAX_SLEW_MS);
      const { web, watch } = holesOf(signs, now);
      if (jump !== null) await saveGap(tx, 'clock', jump, 'the clock of the database jumped');
      const ownGap = blind === null ? null : { from: Math.min(blind.from, now - MIN_GAP_MS), to: now };
      const hole = takesPings ? web : null;
      const ingestGap = union([ownGap, hole]);
      if (ingestGap !== null) {
        await saveGap(tx, 'ingest', ingestGap, hole === null ? 'pings were refused' : 'no node could take pings');
      }
      if (node.roles.includes('watch') && watch !== null && web === null) {
        await saveGap(tx, 'watch', watch, 'no node judged deadlines');
      }
      await save(tx, now);
      return { at: now, monotonic: clock.monotonic(), someoneListens: takesPings || web === null };
    });
    // Only now is it on disk: before, a deadline would have been judged without it.
    lastSign = sign;
    if (refused === blind) refused = null;
    else if (refused !== null) refused = { from: Math.max(refused.from, sign.at), to: refused.to };
  };

  const sampleClock = () =>
    // Told before it is believed: by the new time nobody judges without the gap.
    clock.sample(database, (jump) => signOfLife(jump, (tx) => markSeen(tx, node.id, jump.to)));

  const tick = async () => {
    await sampleClock();
    const now = clock.now();
    const times = { now, until: now + MAX_SLEW_MS, minGapMs: MIN_GAP_MS };
    if (refused !== null || !(await markSeenUnlessSilent(database, node.id, times))) {
      // Registered anew: a node that stood still for days was forgotten by the others (upkeep.ts).
      return signOfLife(null, (tx, at) => registerNode(tx, node, at));
    }
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

  const isStale = () => clock.monotonic() - lastSign.monotonic > STALE_AFTER_MS;

  return {
    async begin() {
      await sampleClock();
      await signOfLife(null, (tx, now) => registerNode(tx, node, now));
    },
    start() {
      loop ??= run();
    },
    async stop() {
      abort.abort();
      await loop;
      await markStopped(database, node.id, clock.now()).catch((error: Error) => {
        logger.warn('no last sign of life could be left', { error });
      });
    },
    tick,
    noteRefused(at) {
      // Blind since the last time we knew that pings could be taken.
      refused = { from: Math.min(refused?.from ?? at, lastSign.at, at), to: at };
    },
    canJudge: () => refused === null && lastSign.someoneListens && !isStale(),
    unrecordedGap() {
      if (refused === null && !isStale()) return null;
      return { from: Math.min(refused?.from ?? lastSign.at, lastSign.at), to: clock.now() };
    },
  };
}
