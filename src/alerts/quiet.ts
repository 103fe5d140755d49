import type { Instant } from '../core/instant.ts';
import { quietUntil } from '../core/quiet-hours.ts';
import type { Transaction } from '../store/database.ts';
import type { ChannelForSending, ClaimedDelivery, NoticeFacts } from '../store/deliveries.ts';
import { finishDelivery } from '../store/delivery-outcomes.ts';
import { moveToQuietDigest, postponeDelivery } from '../store/quiet-hours.ts';

/**
 * Leaves a channel in peace during its quiet hours: news of incidents go into one digest for their end, anything else
 * waits by itself. Answers whether this delivery is not sent now. A test always goes.
 */
export async function keepQuiet(
  tx: Transaction,
  delivery: ClaimedDelivery,
  channel: ChannelForSending,
  notices: readonly NoticeFacts[],
  newId: () => string,
  now: Instant,
): Promise<boolean> {
  if (channel.quiet === null || delivery.form === 'test' || channel.state === 'broken') return false;
  const until = quietUntil(channel.quiet, now);
  if (until === null) return false;
  if (channel.quiet.downPasses && notices.some(({ kind }) => kind === 'opened')) return false;
  if (!notices.every(({ subjectType }) => subjectType === 'incident')) {
    await postponeDelivery(tx, delivery, until);
    return true;
  }
  await moveToQuietDigest(tx, delivery, newId(), until, now);
  await finishDelivery(tx, delivery, { state: 'cancelled', reason: 'merged' }, now);
  return true;
}
