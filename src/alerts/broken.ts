import type { Instant } from '../core/instant.ts';
import { breakChannel } from '../store/channel-states.ts';
import type { Transaction } from '../store/database.ts';
import { readFallbackErrands } from '../store/fallback.ts';
import { insertDeliveries, insertNotices } from '../store/notices.ts';

/**
 * This address will never work again: the channel is marked, the team is told through its other channels, and they
 * carry the alarms of `occasion`, the delivery that found it out (or a fresh id when it was none).
 */
export async function breakAndTell(
  tx: Transaction,
  newId: () => string,
  occasion: { readonly id: string; readonly teamId: string },
  channel: { readonly id: string; readonly name: string; readonly kind: string },
  reason: string,
  now: Instant,
): Promise<void> {
  const isNews = await breakChannel(tx, channel.id, reason, now);
  const errands = await readFallbackErrands(tx, occasion, channel, reason, isNews);
  const owned = errands.map((errand) => ({ errand, id: newId(), deliveryId: newId(), teamId: occasion.teamId }));
  await insertDeliveries(
    tx,
    owned.map(({ errand, deliveryId, teamId }) => ({
      id: deliveryId,
      teamId,
      channelId: errand.channelId,
      form: 'single',
      destination: errand.destination,
      nextAttemptAt: now,
      cancelledFor: null,
    })),
    now,
  );
  await insertNotices(
    tx,
    owned.map(({ errand, ...notice }) => ({ ...errand, ...notice, afterDeliveryId: null })),
    now,
  );
}
