import { DAY_MS, HOUR_MS, type Instant } from '../core/instant.ts';
import { type Clock, sleep } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { forgetAudit } from '../store/audit.ts';
import { forgetChanges, newestChange } from '../store/changes.ts';
import type { Database } from '../store/database.ts';
import { forgetDeliveries } from '../store/deliveries.ts';
import { forgetDeletedHistories, forgetDeletedMonitors } from '../store/forget-monitors.ts';
import { forgetInvitations } from '../store/invitations.ts';
import { forgetNodes } from '../store/nodes.ts';
import { dropPartitions, makePartitions } from '../store/partitions.ts';
import { forgetRetiredKeys } from '../store/ping-journal.ts';
import { forgetSessions } from '../store/sessions.ts';
import { forgetAttempts } from '../store/sign-in-attempts.ts';
import { forgetIdempotencyKeys } from '../store/signals.ts';
import { forgetTelegramLinks } from '../store/telegram-links.ts';
import { IDEMPOTENCY_MS } from './flush.ts';
import { RESTORABLE_MS } from './manage.ts';

const EVERY_MS = HOUR_MS;
const FORGET_NODES_AFTER_MS = 7 * DAY_MS;
const FORGET_LINKS_AFTER_MS = DAY_MS;
/** Invitations are shown as expired for so long. */
const FORGET_INVITATIONS_AFTER_MS = 30 * DAY_MS;
const FORGET_AUDIT_AFTER_MS = 2 * 365 * DAY_MS;
/** Long after the throttle has forgotten them (accounts/throttle.ts). */
const FORGET_ATTEMPTS_AFTER_MS = 2 * DAY_MS;
/** A node that has not looked at keys for longer reads all of them anew. */
const KEPT_KEY_EPOCHS = 10_000;
/** Rows deleted by one statement, so that no lock and no vacuum takes long. */
const ROWS_PER_DELETE = 5_000;
/** Each takes its state, its channels and more along. */
const MONITORS_PER_DELETE = 500;
const MAX_DELETES_PER_ROUND = 200;

export interface UpkeepOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly retentionDays: number;
}

/** What keeps the database in shape: days of signals made ahead and dropped in time, old rows forgotten. */
export interface Upkeep {
  round(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

export function createUpkeep(options: UpkeepOptions): Upkeep {
  const { database, clock, logger } = options;
  const abort = new AbortController();
  let loop: Promise<void> | null = null;
  /** The newest change at the round before: whoever listens has heard of it. */
  let heardChange: number | null = null;

  /** Answers whether all of it is gone: else the next round goes on. */
  const inPieces = async (forget: () => Promise<number>, atOnce = ROWS_PER_DELETE): Promise<boolean> => {
    for (let deletes = 0; deletes < MAX_DELETES_PER_ROUND && !abort.signal.aborted; deletes += 1) {
      if ((await forget()) < atOnce) return true;
    }
    return false;
  };

  const forgetMonitors = async (before: Instant) => {
    // A piece that is not full may be the end of one table only: it goes on until nothing is left.
    const isBare = await inPieces(() => forgetDeletedHistories(database, before, ROWS_PER_DELETE), 1);
    if (isBare) await inPieces(() => forgetDeletedMonitors(database, before, MONITORS_PER_DELETE), MONITORS_PER_DELETE);
  };

  const round = async () => {
    const now = clock.now();
    const keepFrom = now - options.retentionDays * DAY_MS;
    if (!(await makePartitions(database, now))) logger.warn('days of signals could not be made now, later again');
    const dropped = await dropPartitions(database, keepFrom);
    if (dropped.length > 0) logger.info('old signals dropped', { days: dropped });
    await inPieces(() => forgetDeliveries(database, keepFrom, ROWS_PER_DELETE));
    await inPieces(() => forgetIdempotencyKeys(database, now - IDEMPOTENCY_MS, ROWS_PER_DELETE));
    await inPieces(() => forgetRetiredKeys(database, KEPT_KEY_EPOCHS, ROWS_PER_DELETE));
    await inPieces(() => forgetTelegramLinks(database, now - FORGET_LINKS_AFTER_MS, ROWS_PER_DELETE));
    const heard = heardChange;
    if (heard !== null) await inPieces(() => forgetChanges(database, heard, ROWS_PER_DELETE));
    heardChange = await newestChange(database);
    await inPieces(() => forgetInvitations(database, now - FORGET_INVITATIONS_AFTER_MS, ROWS_PER_DELETE));
    await inPieces(() => forgetSessions(database, now - DAY_MS, ROWS_PER_DELETE));
    await inPieces(() => forgetAttempts(database, now - FORGET_ATTEMPTS_AFTER_MS, ROWS_PER_DELETE));
    await inPieces(() => forgetAudit(database, now - FORGET_AUDIT_AFTER_MS, ROWS_PER_DELETE));
    await forgetMonitors(now - RESTORABLE_MS);
    await forgetNodes(database, now - FORGET_NODES_AFTER_MS);
  };

  const run = async () => {
    while (!abort.signal.aborted) {
      await sleep(clock, EVERY_MS, abort.signal);
      if (abort.signal.aborted) return;
      await round().catch((error: unknown) => logger.error('upkeep failed', { error }));
    }
  };

  return {
    round,
    start() {
      loop ??= run();
    },
    async stop() {
      abort.abort();
      await loop;
    },
  };
}
