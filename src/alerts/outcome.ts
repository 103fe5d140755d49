import type { Instant } from '../core/instant.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Random } from '../platform/random.ts';
import { replaceChannelConfig, reviveChannel } from '../store/channel-states.ts';
import type { Database, Transaction } from '../store/database.ts';
import type { ChannelForSending, ClaimedDelivery } from '../store/deliveries.ts';
import { type DeliveryEnd, finishDelivery, insertAttempt } from '../store/delivery-outcomes.ts';
import { holdIncidents } from '../store/fallback.ts';
import type { Sealer } from '../store/seal.ts';
import { retryDelayMs } from './backoff.ts';
import { breakAndTell, giveUpAndTell } from './broken.ts';
import { settingsColumns } from './channel-records.ts';
import type { ChannelKind, ChannelKindName, SendOutcome } from './channels/contract.ts';

export interface OutcomeOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly logger: Logger;
  readonly sealer: Sealer;
  readonly channelKinds: ReadonlyMap<ChannelKindName, ChannelKind>;
}

/** What one attempt came to, or that none was made. */
export type Outcome = SendOutcome | { readonly state: 'cancelled' | 'failed'; readonly reason: string };

/** Why a delivery ended that was tried as often as anything is. */
const GAVE_UP = 'gave_up';

type Failure = Extract<SendOutcome, { ok: false }>;

function endAfterFailure(delivery: ClaimedDelivery, failure: Failure, fraction: number, now: Instant): DeliveryEnd {
  if (failure.kind === 'permanent_channel') return { state: 'failed', reason: 'channel_broken' };
  if (failure.kind === 'permanent_message') return { state: 'failed', reason: 'message_refused' };
  // A person waits for the answer of a test; it is not repeated behind their back.
  if (delivery.form === 'test') return { state: 'failed', reason: failure.code };
  const delayMs = retryDelayMs(delivery.attempts, failure.retryAfterMs, fraction);
  return delayMs === null ? { state: 'failed', reason: GAVE_UP } : { state: 'retry', nextAttemptAt: now + delayMs };
}

/**
 * Writes what became of a delivery, and what follows for its channel, in one transaction. If the lease was lost
 * meanwhile nothing is written: another node is at it, with the same idempotency key.
 */
export async function saveOutcome(
  options: OutcomeOptions,
  delivery: ClaimedDelivery,
  channel: ChannelForSending | null,
  outcome: Outcome,
  times: { readonly startedAt: Instant; readonly endedAt: Instant } | null,
): Promise<void> {
  const { database, clock, random, logger } = options;
  await database.transaction(async (tx) => {
    const now = clock.now();
    if ('state' in outcome) {
      await finishDelivery(tx, delivery, outcome, now);
      return;
    }
    const end: DeliveryEnd = outcome.ok
      ? { state: 'sent', providerId: outcome.providerId ?? null }
      : endAfterFailure(delivery, outcome, random.fraction(), now);
    const isBroken = !outcome.ok && outcome.kind === 'permanent_channel';
    const isGivenUp = end.state === 'failed' && end.reason === GAVE_UP;
    const hasMore =
      isBroken || isGivenUp || (outcome.ok && (delivery.form === 'test' || outcome.newConfig !== undefined));
    if (isBroken || isGivenUp) await holdIncidents(tx, delivery.id);
    if (!(await finishDelivery(tx, delivery, end, now))) return;
    if (times !== null) {
      const saving = insertAttempt(tx, delivery, attemptResult(outcome, times));
      if (!hasMore) tx.commit();
      await saving;
    }
    if (channel === null || !hasMore) return;
    if (outcome.ok) await afterSuccess(tx, options, delivery, channel, outcome);
    else if (isBroken) await breakAndTell(tx, options.newId, delivery, channel, outcome.safeText, now);
    else if (isGivenUp) await giveUpAndTell(tx, options.newId, delivery, channel, now);
  });
  if ('ok' in outcome && !outcome.ok) {
    logger.warn('a notice was not taken', {
      channel: delivery.channelId,
      code: outcome.code,
      answer: outcome.safeText,
    });
  }
}

function attemptResult(outcome: SendOutcome, times: { startedAt: Instant; endedAt: Instant }) {
  return {
    ...times,
    ok: outcome.ok,
    status: outcome.status ?? null,
    code: outcome.ok ? 'sent' : outcome.code,
    answer: outcome.ok ? (outcome.answer ?? '') : outcome.safeText,
  };
}

async function afterSuccess(
  tx: Transaction,
  options: OutcomeOptions,
  delivery: ClaimedDelivery,
  channel: ChannelForSending,
  outcome: Extract<SendOutcome, { ok: true }>,
): Promise<void> {
  // A good test revives; a notice that was under way when its reader unsubscribed does not.
  if (channel.state === 'broken' && delivery.form === 'test') await reviveChannel(tx, channel.id);
  const kind = options.channelKinds.get(channel.kind as ChannelKindName);
  if (outcome.newConfig === undefined || kind === undefined) return;
  await replaceChannelConfig(tx, channel.id, settingsColumns(kind, channel.id, outcome.newConfig, options.sealer));
}
