import { DAY_MS, MINUTE_MS, SECOND_MS } from '../core/instant.ts';
import { type Clock, sleep } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Database, Transaction } from '../store/database.ts';
import { isUnavailable } from '../store/errors.ts';
import {
  claimTellableGap,
  closeOldGaps,
  type GapStory,
  markGapTold,
  readGapStories,
  type TellableGap,
} from '../store/gap-notices.ts';
import { insertDeliveries, insertNotices, readWorkingChannels } from '../store/notices.ts';

/** A gap this long is told of in any case; a shorter one only where a slot became unknown by it (RULES §4). */
export const LONG_GAP_MS = MINUTE_MS;
/** So long after its end a gap is over, and what was due in it has been judged. */
export const SETTLED_AFTER_MS = 10 * SECOND_MS;
/** Names in one notice; further monitors are counted. */
export const MAX_UNKNOWN_NAMES = 50;
/** Teams told in one transaction. */
export const MAX_TEAMS_PER_BATCH = 500;
/** Slots found unknown later than this after their gap are shown, and nobody is told any more. */
const OLD_AFTER_MS = 8 * DAY_MS;
const LOOK_EVERY_MS = 5 * SECOND_MS;

export interface GapNoticesOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly logger: Logger;
}

/** Tells the teams when we were blind: once per team and gap, whichever node is the first to do it. */
export interface GapNotices {
  start(): void;
  stop(): Promise<void>;
  /** One look: tells of everything that is to be told now; answers how many teams that were. */
  look(): Promise<number>;
}

export function createGapNotices(options: GapNoticesOptions): GapNotices {
  const { database, clock, logger } = options;
  const abort = new AbortController();
  let loop: Promise<void> | null = null;

  const look = async () => {
    let told = 0;
    while (!abort.signal.aborted) {
      const teams = await database.transaction((tx) => tellOne(tx, options));
      if (teams === null) break;
      told += teams;
    }
    await closeOldGaps(database, clock.now() - OLD_AFTER_MS, clock.now());
    return told;
  };

  const run = async () => {
    while (!abort.signal.aborted) {
      await sleep(clock, LOOK_EVERY_MS, abort.signal);
      if (abort.signal.aborted) return;
      try {
        await look();
      } catch (error) {
        logger[isUnavailable(error) ? 'warn' : 'error']('gaps could not be told of', { error });
      }
    }
  };

  return {
    start() {
      loop ??= run();
    },
    async stop() {
      abort.abort();
      await loop;
    },
    look,
  };
}

/** Tells a batch of teams of one gap; answers how many, or null when there is no gap to tell of. */
async function tellOne(tx: Transaction, { clock, newId }: GapNoticesOptions): Promise<number | null> {
  const now = clock.now();
  const gap = await claimTellableGap(tx, now - SETTLED_AFTER_MS, LONG_GAP_MS);
  if (gap === null) return null;
  const isLong = gap.to - gap.from >= LONG_GAP_MS;
  const stories = await readGapStories(tx, gap, isLong, MAX_UNKNOWN_NAMES, MAX_TEAMS_PER_BATCH);
  await saveStories(tx, gap, stories, now, newId);
  // A short one stays: a slot in it may be found unknown an hour later, by another team's deadline.
  if (isLong && stories.length < MAX_TEAMS_PER_BATCH) await markGapTold(tx, gap.id, now);
  return stories.length;
}

async function saveStories(
  tx: Transaction,
  gap: TellableGap,
  stories: readonly GapStory[],
  now: number,
  newId: () => string,
): Promise<void> {
  if (stories.length === 0) return;
  const storyOf = new Map(stories.map((story) => [story.teamId, story]));
  const channels = await readWorkingChannels(tx, [...storyOf.keys()]);
  const prepared = channels.map((channel) => ({ ...channel, id: newId(), deliveryId: newId() }));
  await insertDeliveries(
    tx,
    prepared.map(({ deliveryId, ...channel }) => ({
      ...channel,
      id: deliveryId,
      form: 'single',
      nextAttemptAt: now,
      cancelledFor: null,
    })),
    now,
  );
  await insertNotices(
    tx,
    prepared.map(({ id, deliveryId, teamId, channelId }) => ({
      id,
      deliveryId,
      teamId,
      channelId,
      subjectType: 'gap',
      subjectId: gap.id,
      kind: 'system',
      afterDeliveryId: null,
      data: {
        from: gap.from,
        to: gap.to,
        unknown: storyOf.get(teamId)?.unknown ?? [],
        total: storyOf.get(teamId)?.total ?? 0,
      },
    })),
    now,
  );
}
