import type { Instant } from '../../core/instant.ts';
import type { Missed } from '../../core/summary/missed.ts';
import type { Summary } from '../../core/summary/summary.ts';
import type { Transaction } from '../../store/database.ts';
import { insertDeliveries, insertNotices } from '../../store/notices.ts';
import type { SummaryTarget } from '../../store/summary-schedules.ts';
import type { Subject } from '../subjects.ts';

/** What a notice about a team carries. */
export type TeamNoticeData = { readonly summary: Summary } | { readonly missed: Missed };

/** Puts one message per channel down, to be sent as every alert is; answers the ids of the deliveries. */
export async function tellOfTeam(
  tx: Transaction,
  newId: () => string,
  { teamId, subjectId, data }: { readonly teamId: string; readonly subjectId: string; readonly data: TeamNoticeData },
  targets: readonly SummaryTarget[],
  now: Instant,
): Promise<string[]> {
  const owned = targets.map(({ channelId, destination }) => ({
    teamId,
    channelId,
    destination,
    deliveryId: newId(),
    id: newId(),
  }));
  await insertDeliveries(
    tx,
    owned.map(({ deliveryId, ...delivery }) => ({
      ...delivery,
      id: deliveryId,
      form: 'single',
      nextAttemptAt: now,
      cancelledFor: null,
    })),
    now,
  );
  await insertNotices(
    tx,
    owned.map(({ destination: _, ...notice }) => ({
      ...notice,
      subjectType: 'team',
      subjectId,
      kind: 'digest',
      afterDeliveryId: null,
      data,
    })),
    now,
  );
  return owned.map(({ deliveryId }) => deliveryId);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** What such a notice has to say; null for data that nobody here wrote. */
export function teamSubject(data: Readonly<Record<string, unknown>>): Subject | null {
  if (isObject(data.summary)) return { type: 'summary', summary: data.summary as Summary };
  return isObject(data.missed) ? { type: 'missed_now', missed: data.missed as Missed } : null;
}
