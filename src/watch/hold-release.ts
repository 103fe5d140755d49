import { type Instant, MINUTE_MS } from '../core/instant.ts';
import { endHold, type HoldEnd } from '../core/sites.ts';
import { JUDGE_AFTER_MS } from '../core/step.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Database, Transaction } from '../store/database.ts';
import { createDueWork, type DueWork } from '../store/due-work.ts';
import { isRetryable, isUnavailable } from '../store/errors.ts';
import {
  claimDueHold,
  claimDueHolds,
  endHolds,
  type HeldIncident,
  listDueHolds,
  postponeHold,
} from '../store/holds.ts';
import {
  cancelDeliveries,
  lockOpenings,
  type OpenedNotice,
  readTargets,
  readToldChannels,
  saveFlows,
  type Target,
} from '../store/notices.ts';
import type { CommitContext } from './commit.ts';
import { type Errand, type Routed, saveErrands, takeFlows } from './errands.ts';
import { holdOn } from './maintenance-holds.ts';

/** Holds ended in one transaction. */
export const MAX_HOLDS_PER_BATCH = 500;
/** The loop looks at least this often, and no more often than the other while something cannot be done yet. */
const MAX_SLEEP_MS = 500;
const MIN_SLEEP_MS = 25;
/** A hold whose end threw is tried again after this long. */
const FAULT_RETRY_MS = 10 * MINUTE_MS;

export interface HoldReleaseOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly logger: Logger;
  /** Shared by the loops of a node; by itself it asks for itself. */
  readonly due?: DueWork;
}

/** Ends holds when their time has come: due work like any other, whichever node is the first to do it. */
export interface HoldRelease {
  start(): void;
  stop(): Promise<void>;
  /** One look: ends all that is due now; answers how many holds that were. */
  look(): Promise<number>;
}

export function createHoldRelease(options: HoldReleaseOptions): HoldRelease {
  const { clock, logger, due = createDueWork(options) } = options;
  const abort = new AbortController();
  let loop: Promise<void> | null = null;

  const look = async () => {
    let total = 0;
    while (!abort.signal.aborted) {
      const ended = await endDue(options);
      total += ended;
      if (ended < MAX_HOLDS_PER_BATCH) break;
    }
    return total;
  };

  /** Looks if something is due; answers how long to wait before asking again. */
  const turn = async (holdAt: Instant | null) => {
    if (holdAt === null) return MAX_SLEEP_MS;
    if (holdAt <= clock.now() - JUDGE_AFTER_MS && (await look()) > 0) return 0;
    return Math.max(MIN_SLEEP_MS, Math.min(MAX_SLEEP_MS, holdAt + JUDGE_AFTER_MS - clock.now() + 1));
  };

  const run = async () => {
    let pauseMs = 0;
    while (!abort.signal.aborted) {
      try {
        const times = await due.times(pauseMs, abort.signal);
        if (times !== null) pauseMs = await turn(times.holdAt);
      } catch (error) {
        pauseMs = MAX_SLEEP_MS;
        logger[isUnavailable(error) ? 'warn' : 'error']('holds could not be ended', { error });
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

/** Ends a batch of what is due; where it fails as a whole, one by one, so that only the one at fault is left behind. */
async function endDue(options: HoldReleaseOptions): Promise<number> {
  const { database, clock, logger } = options;
  // What was accepted before that moment is committed: who came back in time is not told of.
  const upTo = clock.now() - JUDGE_AFTER_MS;
  try {
    return await database.transaction(async (tx) =>
      endHeld(tx, await claimDueHolds(tx, upTo, MAX_HOLDS_PER_BATCH), contextOf(options)),
    );
  } catch (error) {
    if (isRetryable(error) || isUnavailable(error)) throw error;
    logger.error('a batch of holds could not be ended, ending them one by one', { error });
    return endOneByOne(options, upTo);
  }
}

function contextOf({ clock, newId }: HoldReleaseOptions): CommitContext {
  return { now: clock.now(), newId };
}

async function endOneByOne(options: HoldReleaseOptions, upTo: Instant): Promise<number> {
  const { database, clock, logger } = options;
  const incidentIds = await listDueHolds(database, upTo, MAX_HOLDS_PER_BATCH);
  for (const incidentId of incidentIds) {
    try {
      await database.transaction(async (tx) =>
        endHeld(tx, await claimDueHold(tx, incidentId, upTo), contextOf(options)),
      );
    } catch (error) {
      if (isRetryable(error) || isUnavailable(error)) throw error;
      logger.error('a hold could not be ended', { incidentId, error });
      await postponeHold(database, incidentId, clock.now() + FAULT_RETRY_MS);
    }
  }
  return incidentIds.length;
}

interface Ending extends HoldEnd {
  readonly held: HeldIncident;
}

/**
 * Ends claimed holds: what is still down is told now, through the channels that are the monitor's now, singly or in a
 * digest as on any other day. Answers how many there were.
 */
async function endHeld(tx: Transaction, claimed: readonly HeldIncident[], context: CommitContext): Promise<number> {
  if (claimed.length === 0) return 0;
  const goingOn = await holdOn(tx, claimed, context.now);
  const over = claimed.filter(({ incidentId }) => !goingOn.has(incidentId));
  const endings = over.map((held): Ending => ({ held, ...endHold(held.hold, held.resolution) }));
  const telling = endings.filter(({ tells }) => tells !== 'nothing');
  const incidentIds = endings.map(({ held }) => held.incidentId);
  const [targets, toldChannelIds] = await Promise.all([
    readTargets(tx, [...new Set(telling.map(({ held }) => held.monitorId))]),
    readToldChannels(tx, incidentIds),
  ]);
  const flows = await takeFlows(tx, [...targets.map(({ channelId }) => channelId), ...toldChannelIds]);
  const openings = await lockOpenings(tx, incidentIds);
  const { errands, obsolete } = openingErrands(telling, targets, openings);
  await cancelDeliveries(tx, obsolete, null, context.now);
  const told = await saveErrands(tx, errands, flows, context);
  await saveErrands(tx, closingErrands(telling, told), flows, context);
  await saveFlows(tx, [...flows.values()]);
  const ends = endings.map(({ held, outcome }) => ({ incidentId: held.incidentId, outcome }));
  await endHolds(tx, ends, context.now);
  return claimed.length;
}

/** Who is told now, and the deliveries that nobody needs: their channel is the monitor's no more, or there is nothing to tell. */
function openingErrands(
  telling: readonly Ending[],
  targets: readonly Target[],
  openings: readonly OpenedNotice[],
): { errands: Errand[]; obsolete: string[] } {
  const targetsOf = Map.groupBy(targets, ({ monitorId }) => monitorId);
  const openingOf = new Map(openings.map((opening) => [`${opening.incidentId} ${opening.channelId}`, opening]));
  const errands: Errand[] = [];
  const released = new Set<string>();
  for (const { held } of telling) {
    for (const { monitorId: _, ...target } of targetsOf.get(held.monitorId) ?? []) {
      const opening = openingOf.get(`${held.incidentId} ${target.channelId}`);
      // Told there already, because somebody asked for it by hand.
      if (opening !== undefined && opening.state !== 'suppressed') continue;
      // Broken meanwhile: where no other one works, every channel of the team is among the targets.
      if (opening !== undefined && !target.works) continue;
      errands.push({
        ...target,
        teamId: held.teamId,
        subjectType: 'incident',
        subjectId: held.incidentId,
        kind: 'opened',
        afterDeliveryId: null,
        ...(opening === undefined ? {} : { heldDeliveryId: opening.deliveryId }),
      });
      if (opening !== undefined) released.add(opening.deliveryId);
    }
  }
  const obsolete = openings
    .filter(({ state, deliveryId }) => state === 'suppressed' && !released.has(deliveryId))
    .map(({ deliveryId }) => deliveryId);
  return { errands, obsolete };
}

/** The ends of incidents that were over before their openings could be told, behind those openings. */
function closingErrands(telling: readonly Ending[], told: readonly Routed[]): Errand[] {
  const isOver = new Set(telling.filter(({ tells }) => tells === 'both').map(({ held }) => held.incidentId));
  return told
    .filter(({ subjectId, works }) => works && isOver.has(subjectId))
    .map(({ teamId, channelId, destination, works, subjectType, subjectId, deliveryId }) => ({
      teamId,
      channelId,
      destination,
      works,
      subjectType,
      subjectId,
      kind: 'resolved',
      afterDeliveryId: deliveryId,
    }));
}
