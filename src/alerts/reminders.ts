import { SECOND_MS } from '../core/instant.ts';
import { SINGLE_NOTICES_PER_WINDOW } from '../core/storm.ts';
import { type Clock, sleep } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Database, Transaction } from '../store/database.ts';
import { isUnavailable } from '../store/errors.ts';
import {
  claimDueReminders,
  type DueReminder,
  markReminded,
  type ReminderTarget,
  readReminderTargets,
} from '../store/incident-care.ts';
import { readActiveMaintenance } from '../store/maintenance.ts';
import { type DeliveryToSave, insertDeliveries, insertNotices, type NoticeToSave } from '../store/notices.ts';

const LOOK_EVERY_MS = 5 * SECOND_MS;
/** Incidents told again in one transaction. */
export const MAX_REMINDERS_PER_BATCH = 500;

export interface RemindersOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly logger: Logger;
}

/**
 * Tells of open incidents again that nobody took on: due work like any other, the incident's own row is claimed. Who
 * heard of the opening hears of it again; more than five at once come to a channel as one digest.
 */
export interface Reminders {
  start(): void;
  stop(): Promise<void>;
  /** Tells all that is due now; answers how many incidents that were. */
  look(): Promise<number>;
}

export function createReminders(options: RemindersOptions): Reminders {
  const { database, clock, logger } = options;
  const abort = new AbortController();
  let loop: Promise<void> | null = null;

  const look = async () => {
    let total = 0;
    while (!abort.signal.aborted) {
      const told = await database.transaction((tx) => remind(tx, options));
      total += told;
      if (told < MAX_REMINDERS_PER_BATCH) break;
    }
    return total;
  };

  const run = async () => {
    while (!abort.signal.aborted) {
      await sleep(clock, LOOK_EVERY_MS, abort.signal);
      if (abort.signal.aborted) return;
      try {
        await look();
      } catch (error) {
        logger[isUnavailable(error) ? 'warn' : 'error']('reminders could not be made', { error });
      }
    }
  };

  return {
    start() {
      loop ??= run();
    },
    async stop() {
      abort.abort();
      await loop;
    },
    look,
  };
}

async function remind(tx: Transaction, { clock, newId }: RemindersOptions): Promise<number> {
  const now = clock.now();
  const due = await claimDueReminders(tx, now, MAX_REMINDERS_PER_BATCH);
  if (due.length === 0) return 0;
  const incidentIds = due.map(({ incidentId }) => incidentId);
  const maintained = await readActiveMaintenance(tx, [...new Set(due.map(({ monitorId }) => monitorId))], now);
  const telling = due.filter(({ monitorId }) => !maintained.has(monitorId)).map(({ incidentId }) => incidentId);
  const targets = await readReminderTargets(tx, telling);
  const byId = new Map(due.map((one) => [one.incidentId, one]));
  const deliveries: DeliveryToSave[] = [];
  const notices: NoticeToSave[] = [];
  for (const own of Map.groupBy(targets, ({ channelId }) => channelId).values()) {
    const groups = own.length > SINGLE_NOTICES_PER_WINDOW ? [own] : own.map((target) => [target]);
    for (const group of groups) {
      const [delivery, ...its] = gather(group, byId, newId);
      if (delivery === null) continue;
      deliveries.push({ ...delivery, nextAttemptAt: now });
      notices.push(...its);
    }
  }
  await insertDeliveries(tx, deliveries, now);
  await insertNotices(tx, notices, now);
  await markReminded(tx, incidentIds, now);
  return due.length;
}

/** One delivery to one channel, with a notice for each incident in it. */
function gather(
  group: readonly ReminderTarget[],
  due: ReadonlyMap<string, DueReminder>,
  newId: () => string,
): [Omit<DeliveryToSave, 'nextAttemptAt'> | null, ...NoticeToSave[]] {
  const [first] = group;
  const teamId = first === undefined ? undefined : due.get(first.incidentId)?.teamId;
  if (first === undefined || teamId === undefined) return [null];
  const { channelId, destination } = first;
  const deliveryId = newId();
  const form = group.length > 1 ? ('digest' as const) : ('single' as const);
  const delivery = { id: deliveryId, teamId, channelId, form, destination, cancelledFor: null };
  const notices = group.map((target): NoticeToSave => {
    return {
      id: newId(),
      teamId,
      channelId,
      subjectType: 'incident',
      subjectId: target.incidentId,
      kind: 'reminder',
      ordinal: (due.get(target.incidentId)?.reminders ?? 0) + 1,
      deliveryId,
      afterDeliveryId: target.deliveryId,
      data: {},
    };
  });
  return [delivery, ...notices];
}
