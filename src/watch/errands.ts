import type { Instant } from '../core/instant.ts';
import { type Flow, gather, tell } from '../core/storm.ts';
import type { Transaction } from '../store/database.ts';
import {
  type DeliveryToSave,
  type HeldFor,
  insertDeliveries,
  insertNotices,
  lockFlows,
  type NoticeKind,
  type NoticeToSave,
  releaseDeliveries,
  releaseIntoDigests,
  type SubjectType,
} from '../store/notices.ts';
import type { CommitContext } from './commit.ts';

/** One thing to tell one channel. */
export interface Errand {
  readonly teamId: string;
  readonly channelId: string;
  readonly destination: string;
  readonly works: boolean;
  readonly subjectType: SubjectType;
  readonly subjectId: string;
  readonly kind: NoticeKind;
  readonly afterDeliveryId: string | null;
  /** It is written, and waits for the end of a hold; no storm counts it before. */
  readonly heldFor?: HeldFor | null;
  /** The delivery that was written for it when the hold began. */
  readonly heldDeliveryId?: string;
}

/** How much the channels at hand were told lately, by channel and kind. */
export type Flows = Map<string, { channelId: string; kind: NoticeKind; flow: Flow }>;

const INCIDENT_KINDS: readonly NoticeKind[] = ['opened', 'resolved'];
/** With word of monitors that were never heard from. */
export const ALL_FLOW_KINDS: readonly NoticeKind[] = [...INCIDENT_KINDS, 'warning'];

/** Locks the flows of these channels; deliveries may be locked after it, and not before. */
export async function takeFlows(
  tx: Transaction,
  channelIds: readonly string[],
  kinds: readonly NoticeKind[] = INCIDENT_KINDS,
): Promise<Flows> {
  if (channelIds.length === 0) return new Map();
  const rows = await lockFlows(tx, [...new Set(channelIds)], kinds);
  return new Map(rows.map((row) => [`${row.channelId} ${row.kind}`, row]));
}

/** An errand with the delivery that carries it. */
export type Routed = Errand & { readonly deliveryId: string };

/**
 * Gives each errand its delivery (one of its own, or the digest that its channel is filling) and writes both. What was
 * held goes with the delivery that it has already, or leaves it for a digest.
 */
export async function saveErrands(
  tx: Transaction,
  errands: readonly Errand[],
  flows: Flows,
  context: CommitContext,
): Promise<Routed[]> {
  const deliveries: DeliveryToSave[] = [];
  const routed = errands.map((errand): Routed => {
    const { deliveryId, delivery } = route(errand, flows, context);
    if (delivery !== null) deliveries.push(delivery);
    return { ...errand, deliveryId };
  });
  const notices = routed
    .filter(({ heldDeliveryId }) => heldDeliveryId === undefined)
    .map((errand): NoticeToSave => ({ ...errand, id: context.newId(), data: {} }));
  await Promise.all([insertDeliveries(tx, deliveries, context.now), insertNotices(tx, notices, context.now)]);
  await release(tx, routed, context.now);
  return routed;
}

async function release(tx: Transaction, routed: readonly Routed[], now: Instant): Promise<void> {
  const single: string[] = [];
  const gathered: { deliveryId: string; digestId: string }[] = [];
  for (const { heldDeliveryId, deliveryId } of routed) {
    if (heldDeliveryId === undefined) continue;
    if (heldDeliveryId === deliveryId) single.push(deliveryId);
    else gathered.push({ deliveryId: heldDeliveryId, digestId: deliveryId });
  }
  await Promise.all([releaseDeliveries(tx, single, now), releaseIntoDigests(tx, gathered, now)]);
}

function route(
  errand: Errand,
  flows: Flows,
  { now, newId }: CommitContext,
): { deliveryId: string; delivery: DeliveryToSave | null } {
  const { heldDeliveryId, heldFor = null } = errand;
  const delivery = (id: string, form: 'single' | 'digest', nextAttemptAt: Instant): DeliveryToSave => ({
    id,
    teamId: errand.teamId,
    channelId: errand.channelId,
    form,
    destination: errand.destination,
    nextAttemptAt,
    cancelledFor: errand.works ? null : 'channel_broken',
    heldFor,
  });
  const entry = flows.get(`${errand.channelId} ${errand.kind}`);
  // Of what was never heard from nobody has to know within seconds: one message for all that come up in a minute.
  const decide = errand.kind === 'warning' ? gather : tell;
  const told = entry === undefined || !errand.works || heldFor !== null ? null : decide(entry.flow, now, newId);
  if (entry !== undefined && told !== null) entry.flow = told.flow;
  if (told === null || told.telling.form === 'single') {
    if (heldDeliveryId !== undefined) return { deliveryId: heldDeliveryId, delivery: null };
    const id = newId();
    return { deliveryId: id, delivery: delivery(id, 'single', now) };
  }
  const { id, isNew } = told.telling;
  return { deliveryId: id, delivery: isNew ? delivery(id, 'digest', told.flow.digest?.at ?? now) : null };
}
