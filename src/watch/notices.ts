import type { Instant } from '../core/instant.ts';
import { type Flow, tell } from '../core/storm.ts';
import type { Transaction } from '../store/database.ts';
import {
  cancelDeliveries,
  type DeliveryToSave,
  insertDeliveries,
  insertNotices,
  lockFlows,
  lockOpenings,
  type NoticeKind,
  type NoticeToSave,
  type OpenedNotice,
  readTargets,
  readToldChannels,
  type SubjectType,
  saveFlows,
  type Target,
} from '../store/notices.ts';
import type { CommitContext, Owned } from './commit.ts';

export interface Tellable {
  readonly opened: readonly Owned<'open_incident'>[];
  readonly closed: readonly Owned<'close_incident'>[];
  readonly silent: readonly Owned<'tell_never_heard'>[];
}

/** One thing to tell one channel. */
interface Errand {
  readonly teamId: string;
  readonly channelId: string;
  readonly destination: string;
  readonly works: boolean;
  readonly subjectType: SubjectType;
  readonly subjectId: string;
  readonly kind: NoticeKind;
  readonly afterDeliveryId: string | null;
}

/** Endings that only those are told who were told of the beginning; what was not sent yet is dropped. */
const QUIET_RESOLUTIONS = ['withdrawn', 'paused', 'deleted'];

type Flows = Map<string, { channelId: string; kind: NoticeKind; flow: Flow }>;

/**
 * Turns what happened into notices and deliveries, in the transaction that found it out. Sending is somebody else's
 * work (alerts/); here it is only decided who is told what, singly or gathered (RULES §5).
 *
 * Locks are taken in one order everywhere: states, then flows, then deliveries.
 */
export async function saveNotices(tx: Transaction, tellable: Tellable, context: CommitContext): Promise<void> {
  const { opened, closed, silent } = tellable;
  if (opened.length + closed.length + silent.length === 0) return;
  const [targets, toldChannelIds] = await Promise.all([
    readTargets(tx, [...new Set([...opened, ...silent].map(({ monitorId }) => monitorId))]),
    readToldChannels(
      tx,
      closed.map(({ effect }) => effect.id),
    ),
  ]);
  const flows = await takeFlows(tx, [...targets.map((target) => target.channelId), ...toldChannelIds]);
  await saveErrands(tx, openingErrands(tellable, targets), flows, context);
  if (closed.length > 0) await saveErrands(tx, await closingErrands(tx, closed, context), flows, context);
  await saveFlows(tx, [...flows.values()]);
}

async function takeFlows(tx: Transaction, channelIds: readonly string[]): Promise<Flows> {
  if (channelIds.length === 0) return new Map();
  const rows = await lockFlows(tx, [...new Set(channelIds)]);
  return new Map(rows.map((row) => [`${row.channelId} ${row.kind}`, row]));
}

function openingErrands({ opened, silent }: Tellable, targets: readonly Target[]): Errand[] {
  const byMonitor = Map.groupBy(targets, (target) => target.monitorId);
  const errand = (target: Target, teamId: string) => ({ ...target, teamId, afterDeliveryId: null });
  return [
    ...opened.flatMap(({ monitorId, teamId, effect }) =>
      (byMonitor.get(monitorId) ?? []).map((target) => ({
        ...errand(target, teamId),
        subjectType: 'incident' as const,
        subjectId: effect.id,
        kind: 'opened' as const,
      })),
    ),
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

function wasTold(opening: OpenedNotice): boolean {
  return opening.state === 'sent' || opening.state === 'sending';
}

async function closingErrands(tx: Transaction, closed: Tellable['closed'], context: CommitContext): Promise<Errand[]> {
  const quiet = new Set(
    closed.filter(({ effect }) => QUIET_RESOLUTIONS.includes(effect.resolution)).map(({ effect }) => effect.id),
  );
  const openings = await lockOpenings(
    tx,
    closed.map(({ effect }) => effect.id),
  );
  const dropped = openings.filter((opening) => quiet.has(opening.incidentId) && opening.form === 'single');
  await cancelDeliveries(
    tx,
    dropped.map((opening) => opening.deliveryId),
    'incident_closed',
    context.now,
  );
  return openings
    .filter((opening) =>
      quiet.has(opening.incidentId) ? wasTold(opening) : opening.state !== 'failed' && opening.state !== 'cancelled',
    )
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

/** Gives each errand its delivery: one of its own, or the digest that its channel is filling. */
async function saveErrands(
  tx: Transaction,
  errands: readonly Errand[],
  flows: Flows,
  context: CommitContext,
): Promise<void> {
  const deliveries: DeliveryToSave[] = [];
  const notices: NoticeToSave[] = [];
  for (const errand of errands) {
    const { deliveryId, delivery } = route(errand, flows, context);
    if (delivery !== null) deliveries.push(delivery);
    notices.push({ ...errand, id: context.newId(), deliveryId, data: {} });
  }
  await Promise.all([insertDeliveries(tx, deliveries, context.now), insertNotices(tx, notices, context.now)]);
}

function route(
  errand: Errand,
  flows: Flows,
  { now, newId }: CommitContext,
): { deliveryId: string; delivery: DeliveryToSave | null } {
  const delivery = (id: string, form: 'single' | 'digest', nextAttemptAt: Instant): DeliveryToSave => ({
    id,
    teamId: errand.teamId,
    channelId: errand.channelId,
    form,
    destination: errand.destination,
    nextAttemptAt,
    cancelledFor: errand.works ? null : 'channel_broken',
  });
  const entry = flows.get(`${errand.channelId} ${errand.kind}`);
  const told = entry === undefined || !errand.works ? null : tell(entry.flow, now, newId);
  if (entry !== undefined && told !== null) entry.flow = told.flow;
  if (told === null || told.telling.form === 'single') {
    const id = newId();
    return { deliveryId: id, delivery: delivery(id, 'single', now) };
  }
  const { id, isNew } = told.telling;
  return { deliveryId: id, delivery: isNew ? delivery(id, 'digest', told.flow.digest?.at ?? now) : null };
}
