import type { Instant } from '../core/instant.ts';
import type { Transaction } from './database.ts';
import type { ClaimedDelivery } from './deliveries.ts';
import { wordArray } from './sql-array.ts';

export interface AttemptResult {
  readonly startedAt: Instant;
  readonly endedAt: Instant;
  readonly ok: boolean;
  readonly status: number | null;
  readonly code: string;
  readonly answer: string;
}

export async function insertAttempt(tx: Transaction, delivery: ClaimedDelivery, attempt: AttemptResult): Promise<void> {
  await tx.query(
    {
      name: 'insert_attempt',
      text: `INSERT INTO delivery_attempt (delivery_id, n, started_at, ended_at, ok, status, code, answer)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
    },
    [
      delivery.id,
      delivery.attempts,
      attempt.startedAt,
      attempt.endedAt,
      attempt.ok,
      attempt.status,
      attempt.code,
      attempt.answer.replaceAll('\0', ''),
    ],
  );
}

export type DeliveryEnd =
  | { readonly state: 'sent'; readonly providerId: string | null }
  | { readonly state: 'failed' | 'cancelled'; readonly reason: string }
  | { readonly state: 'retry'; readonly nextAttemptAt: Instant };

/** Writes what became of a claimed delivery; false when the lease was lost and somebody else is at it. */
export async function finishDelivery(
  tx: Transaction,
  delivery: ClaimedDelivery,
  end: DeliveryEnd,
  now: Instant,
): Promise<boolean> {
  const rows = await tx.query(
    {
      name: 'finish_delivery',
      text: `UPDATE delivery SET state = $3, reason = $4, provider_id = coalesce($5, provider_id), lease_until = NULL,
          next_attempt_at = $6, finished_at = $7
        WHERE id = $1 AND fence = $2 AND state = 'sending' RETURNING id`,
    },
    [
      delivery.id,
      delivery.fence,
      end.state,
      'reason' in end ? end.reason : null,
      end.state === 'sent' ? end.providerId : null,
      end.state === 'retry' ? end.nextAttemptAt : null,
      end.state === 'retry' ? null : now,
    ],
  );
  return rows.length > 0;
}

/** These openings are not told with their delivery: they were over, quietly, before it went. */
export async function markLeftOut(tx: Transaction, noticeIds: readonly string[]): Promise<void> {
  if (noticeIds.length === 0) return;
  await tx.query(
    {
      name: 'mark_left_out',
      text: `UPDATE notice SET data = data || '{"leftOut": true}' WHERE id = ANY ($1::uuid[])`,
    },
    [wordArray(noticeIds)],
  );
}
