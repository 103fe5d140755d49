import type { Instant } from '../core/instant.ts';
import { breakChannel } from '../store/channel-states.ts';
import type { Transaction } from '../store/database.ts';
import { type FallbackErrand, readFallbackErrands } from '../store/fallback.ts';
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
  await handOn(tx, newId, await readFallbackErrands(tx, occasion, channel, reason, isNews), occasion.teamId, now);
}

/**
 * This delivery was tried for as long as anything is, in vain: what it would have told is told by the team's other
 * channels where they have not. The channel itself may be well again tomorrow, and stays as it is.
 */
export async function giveUpAndTell(
  tx: Transaction,
  newId: () => string,
  occasion: { readonly id: string; readonly teamId: string },
  channel: { readonly id: string; readonly name: string; readonly kind: string },
  now: Instant,
): Promise<void> {
  await handOn(tx, newId, await readFallbackErrands(tx, occasion, channel, '', false), occasion.teamId, now);
}

async function handOn(
  tx: Transaction,
  newId: () => string,
  errands: readonly FallbackErrand[],
  teamId: string,
  now: Instant,
): Promise<void> {
  const owned = errands.map((errand) => ({ errand, id: newId(), deliveryId: newId(), teamId }));
  await insertDeliveries(
    tx,
    owned.map(({ errand, deliveryId }) => ({
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
