import type { HoldOutcome } from '../core/sites.ts';
import type { Transaction } from '../store/database.ts';
import {
  cancelDeliveries,
  lockOpenings,
  type OpenedNotice,
  readTargets,
  readToldChannels,
  saveFlows,
  type Target,
} from '../store/notices.ts';
import type { CommitContext, Owned } from './commit.ts';
import { ALL_FLOW_KINDS, type Errand, saveErrands, takeFlows } from './errands.ts';
import { holdForSites, type SiteHolds } from './site-holds.ts';

export interface Tellable {
  readonly opened: readonly Owned<'open_incident'>[];
  readonly closed: readonly Owned<'close_incident'>[];
  readonly silent: readonly Owned<'tell_never_heard'>[];
}

/** Endings that only those are told who were told of the beginning; what was not sent yet is dropped. */
const QUIET_RESOLUTIONS = ['withdrawn', 'paused', 'deleted'];

/**
 * Turns what happened into notices and deliveries, in the transaction that found it out. Sending is somebody else's
 * work (alerts/); here it is only decided who is told what, now or when its site lets it, singly or gathered (RULES §5).
 *
 * Locks are taken in one order everywhere: states, then sites, then holds, then flows, then deliveries.
 */
export async function saveNotices(tx: Transaction, tellable: Tellable, context: CommitContext): Promise<void> {
  const { opened, closed, silent } = tellable;
  if (opened.length + closed.length + silent.length === 0) return;
  const holds = await holdForSites(tx, { opened, closed }, context);
  const [targets, toldChannelIds] = await Promise.all([
    readTargets(tx, [...new Set([...opened, ...silent].map(({ monitorId }) => monitorId))]),
    readToldChannels(
      tx,
      closed.map(({ effect }) => effect.id),
    ),
  ]);
  const channelIds = [...targets.map((target) => target.channelId), ...toldChannelIds];
  const flows = await takeFlows(tx, channelIds, silent.length > 0 ? ALL_FLOW_KINDS : undefined);
  await saveErrands(tx, openingErrands(tellable, targets, holds), flows, context);
  if (closed.length > 0) await saveErrands(tx, await closingErrands(tx, closed, holds, context), flows, context);
  await saveFlows(tx, [...flows.values()]);
}

function openingErrands({ opened, silent }: Tellable, targets: readonly Target[], { held }: SiteHolds): Errand[] {
  const byMonitor = Map.groupBy(targets, (target) => target.monitorId);
  const errand = (target: Target, teamId: string) => ({ ...target, teamId, afterDeliveryId: null });
  return [
    ...opened.flatMap(({ monitorId, teamId, effect }) => {
      const heldFor = held.get(effect.id) ?? null;
      return (
        (byMonitor.get(monitorId) ?? [])
          // Who is broken now may work when the hold is over: that is looked at then.
          .filter(({ works }) => works || heldFor === null)
          .map((target) => ({
            ...errand(target, teamId),
            subjectType: 'incident' as const,
            subjectId: effect.id,
            kind: 'opened' as const,
            heldFor,
          }))
      );
    }),
    ...silent.flatMap(({ monitorId, teamId }) =>
      (byMonitor.get(monitorId) ?? []).map((target) => ({
        ...errand(target, teamId),
        subjectType: 'monitor' as const,
        subjectId: monitorId,
        kind: 'warning' as const,
      })),
    ),
  ];
}

/** No end is told where the beginning was not: it failed, was dropped, or waits for its site. */
const NOT_TOLD: readonly OpenedNotice['state'][] = ['failed', 'cancelled', 'suppressed'];

const deliveryIds = (openings: readonly OpenedNotice[]) => openings.map(({ deliveryId }) => deliveryId);

function wasTold(opening: OpenedNotice): boolean {
  return opening.state === 'sent' || opening.state === 'sending';
}

async function closingErrands(
  tx: Transaction,
  closed: Tellable['closed'],
  { untold }: SiteHolds,
  { now }: CommitContext,
): Promise<Errand[]> {
  const quiet = new Set(
    closed.filter(({ effect }) => QUIET_RESOLUTIONS.includes(effect.resolution)).map(({ effect }) => effect.id),
  );
  const openings = await lockOpenings(
    tx,
    closed.map(({ effect }) => effect.id),
  );
  const held = openings.filter((opening) => opening.state === 'suppressed');
  const heldEnding = (outcome: HoldOutcome) => held.filter(({ incidentId }) => untold.get(incidentId) === outcome);
  const dropped = openings.filter((opening) => quiet.has(opening.incidentId) && opening.form === 'single');
  await cancelDeliveries(tx, deliveryIds([...dropped, ...heldEnding('closed')]), 'incident_closed', now);
  await cancelDeliveries(tx, deliveryIds(heldEnding('recovered')), null, now);
  return openings
    .filter((opening) => (quiet.has(opening.incidentId) ? wasTold(opening) : !NOT_TOLD.includes(opening.state)))
    .map((opening) => ({
      teamId: opening.teamId,
      channelId: opening.channelId,
      destination: opening.destination,
      works: true,
      subjectType: 'incident' as const,
      subjectId: opening.incidentId,
      kind: 'resolved' as const,
      afterDeliveryId: opening.deliveryId,
    }));
}
