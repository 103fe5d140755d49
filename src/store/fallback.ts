import type { Transaction } from './database.ts';
import type { ChannelForSending, ClaimedDelivery } from './deliveries.ts';
import { type NoticeKind, readWorkingChannels, type SubjectType } from './notices.ts';

/** One thing that another channel says in place of, or about, a broken one. */
export interface FallbackErrand {
  readonly channelId: string;
  readonly destination: string;
  readonly subjectType: SubjectType;
  readonly subjectId: string;
  readonly kind: NoticeKind;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A storm's openings that one broken channel hands on; more of them are in the log and on the dashboard. */
const MAX_HANDED_ON = 5;

/**
 * Keeps the incidents of a delivery from ending until the transaction does: whoever is told of one in place of another
 * channel has to be told of its end. Call it before locking the delivery, as whoever closes an incident does.
 */
export async function holdIncidents(tx: Transaction, deliveryId: string): Promise<void> {
  await tx.query(
    {
      name: 'hold_incidents',
      text: `SELECT id FROM incident WHERE id IN (SELECT subject_id FROM notice WHERE delivery_id = $1 AND kind = 'opened')
        ORDER BY id FOR SHARE`,
    },
    [deliveryId],
  );
}

/** The openings of a delivery that are still open and that `channelId` has not been told. */
async function readUntoldOpenings(tx: Transaction, deliveryId: string, channelId: string): Promise<string[]> {
  const rows = await tx.query<{ subject_id: string }>(
    {
      name: 'read_untold_openings',
      text: `SELECT n.subject_id FROM notice n JOIN incident i ON i.id = n.subject_id
        WHERE n.delivery_id = $1 AND n.kind = 'opened' AND i.resolved_at IS NULL AND NOT EXISTS
          (SELECT 1 FROM notice o WHERE o.channel_id = $2 AND o.subject_id = n.subject_id AND o.kind = 'opened')
        ORDER BY n.created_at, n.id LIMIT $3`,
    },
    [deliveryId, channelId, MAX_HANDED_ON],
  );
  return rows.map((row) => row.subject_id);
}

/** What the team's working channels have to say because this one broke over this delivery. */
export async function readFallbackErrands(
  tx: Transaction,
  delivery: Pick<ClaimedDelivery, 'id' | 'teamId'>,
  broken: Pick<ChannelForSending, 'id' | 'name' | 'kind'>,
  reason: string,
  isNews: boolean,
): Promise<FallbackErrand[]> {
  const others = (await readWorkingChannels(tx, [delivery.teamId])).filter((other) => other.channelId !== broken.id);
  const errands: FallbackErrand[] = [];
  for (const { channelId, destination } of others) {
    if (isNews) {
      const data = { name: broken.name, kind: broken.kind, reason };
      errands.push({ channelId, destination, subjectType: 'channel', subjectId: delivery.id, kind: 'warning', data });
    }
    for (const subjectId of await readUntoldOpenings(tx, delivery.id, channelId)) {
      errands.push({ channelId, destination, subjectType: 'incident', subjectId, kind: 'opened', data: {} });
    }
  }
  return errands;
}
