import type { Instant } from '../core/instant.ts';
import type { QuietHours } from '../core/quiet-hours.ts';
import type { Transaction } from './database.ts';
import type { ClaimedDelivery } from './deliveries.ts';

/** The quiet hours of a channel `c` as one value; null: it has none. */
export const QUIET_SQL = `CASE WHEN c.quiet_from IS NOT NULL THEN jsonb_build_object('from', c.quiet_from,
  'to', c.quiet_to, 'timezone', c.quiet_timezone, 'downPasses', c.quiet_down_passes) END`;

/** Why a delivery waits, in the log. */
export const QUIET_REASON = 'quiet_hours';

/** Sets or takes away the quiet hours of a channel; what waits for the end of the old ones is looked at anew at `now`. */
export async function setQuietHours(
  tx: Transaction,
  channelId: string,
  quiet: QuietHours | null,
  now: Instant,
): Promise<void> {
  await tx.query(
    {
      name: 'set_quiet_hours',
      text: `UPDATE channel SET quiet_from = $2, quiet_to = $3, quiet_timezone = $4, quiet_down_passes = $5 WHERE id = $1`,
    },
    [channelId, quiet?.from ?? null, quiet?.to ?? null, quiet?.timezone ?? null, quiet?.downPasses ?? false],
  );
  // Whoever sends locks a delivery and then its channel: what is locked here is theirs to decide about.
  await tx.query(
    {
      name: 'wake_quiet_deliveries',
      text: `UPDATE delivery SET next_attempt_at = $2 WHERE id IN (SELECT id FROM delivery WHERE channel_id = $1
        AND state = 'queued' AND reason = '${QUIET_REASON}' FOR UPDATE SKIP LOCKED)`,
    },
    [channelId, now],
  );
}

/** A claimed delivery goes back to wait; the attempt was none. */
export async function postponeDelivery(tx: Transaction, delivery: ClaimedDelivery, until: Instant): Promise<void> {
  await tx.query(
    {
      name: 'postpone_delivery',
      text: `UPDATE delivery SET state = 'queued', reason = '${QUIET_REASON}', next_attempt_at = $3, lease_until = NULL,
          attempts = attempts - 1 WHERE id = $1 AND fence = $2 AND state = 'sending'`,
    },
    [delivery.id, delivery.fence, until],
  );
}

/**
 * Puts what a claimed delivery tells into the digest that its channel fills during its quiet hours, and makes one where
 * there is none: `newId` is then its id. What waits for the delivery waits for the digest.
 */
export async function moveToQuietDigest(
  tx: Transaction,
  delivery: ClaimedDelivery,
  newId: string,
  until: Instant,
  now: Instant,
): Promise<void> {
  // Two sendings to one channel must not make two digests.
  await tx.query({ name: 'lock_quiet_channel', text: 'SELECT id FROM channel WHERE id = $1 FOR NO KEY UPDATE' }, [
    delivery.channelId,
  ]);
  const [known] = await tx.query<{ id: string }>(
    {
      name: 'find_quiet_digest',
      text: `SELECT id FROM delivery WHERE channel_id = $1 AND form = 'digest' AND state = 'queued'
          AND reason = '${QUIET_REASON}' AND id <> $2 LIMIT 1 FOR UPDATE`,
    },
    [delivery.channelId, delivery.id],
  );
  const digestId = known?.id ?? newId;
  if (known === undefined) {
    await tx.query(
      {
        name: 'insert_quiet_digest',
        text: `INSERT INTO delivery (id, team_id, channel_id, form, state, reason, destination, next_attempt_at, created_at)
          VALUES ($1, $2, $3, 'digest', 'queued', '${QUIET_REASON}', $4, $5, $6)`,
      },
      [digestId, delivery.teamId, delivery.channelId, delivery.destination, until, now],
    );
  }
  await tx.query({ name: 'move_notices', text: 'UPDATE notice SET delivery_id = $2 WHERE delivery_id = $1' }, [
    delivery.id,
    digestId,
  ]);
  await tx.query(
    { name: 'wait_for_digest', text: 'UPDATE notice SET after_delivery_id = $2 WHERE after_delivery_id = $1' },
    [delivery.id, digestId],
  );
}
