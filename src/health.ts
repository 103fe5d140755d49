import type { Sender } from './alerts/sender.ts';
import type { TelegramLinks } from './alerts/telegram-links.ts';
import type { Health, Metric } from './http/services.ts';
import type { LoopWatch } from './platform/event-loop.ts';
import { readBacklog } from './store/backlog.ts';
import type { Database } from './store/database.ts';
import type { DatabaseClock } from './store/database-clock.ts';
import type { NodeRole } from './store/nodes.ts';
import type { Ingest } from './watch/ingest.ts';
import type { Life } from './watch/life.ts';
import type { WakeLoop } from './watch/wake.ts';

/** A loop that has not come round for this long is stuck. */
const STUCK_AFTER_MS = 10_000;

const CLOCK_HELP = 'How far the time of the database, which counts, is ahead of the clock of this machine.';
const LOOP_DELAY_HELP =
  'How late the event loop came to its work, since it was asked for last, 10 s at the least; quantile 1 is the longest.';

const POLL_AGE_HELP =
  'Since when Telegram has not answered the node that reads the updates of the bot; up to 50 s is usual.';

export interface HealthOptions {
  readonly roles: readonly NodeRole[];
  readonly clock: DatabaseClock;
  readonly life: Life;
  readonly ingest: Ingest;
  readonly watcher: WakeLoop;
  readonly sender: Sender;
  readonly telegramLinks: TelegramLinks | null;
  readonly database: Database;
  readonly loop: LoopWatch;
}

/** What this node can say about itself: whether it does its work, and its numbers. */
export function createHealth(options: HealthOptions): Health {
  const { roles, clock, life, ingest, watcher, sender, telegramLinks, database, loop } = options;
  const isStuck = (role: NodeRole, lastLookMonotonic: number) =>
    roles.includes(role) && clock.monotonic() - lastLookMonotonic > STUCK_AFTER_MS;
  return {
    notReady() {
      if (!life.canJudge()) return 'the database does not answer, or did not lately';
      // All of it: the loops share a question, and what holds it up holds up both.
      const stuck = [
        isStuck('watch', watcher.lastLookMonotonic) ? 'deadlines are not being judged' : null,
        isStuck('deliver', sender.lastLookMonotonic) ? 'notices are not being sent' : null,
      ].filter((reason) => reason !== null);
      return stuck.length === 0 ? null : stuck.join('; ');
    },
    async metrics() {
      const { counters } = ingest;
      const backlog = await readBacklog(database, clock.now());
      const pings = (result: string, value: number): Metric => ({
        name: 'allswell_pings_total',
        type: 'counter',
        help: 'Pings by what became of them.',
        value,
        labels: { result },
      });
      const memory = process.memoryUsage();
      const pollAgeMs = telegramLinks?.pollAgeMs() ?? null;
      const gauge = (name: string, help: string, value: number): Metric => ({ name, type: 'gauge', help, value });
      return [
        pings('stored', counters.stored),
        pings('unknown', counters.unknown),
        pings('refused', counters.refused),
        {
          name: 'allswell_flushes_total',
          type: 'counter',
          help: 'Transactions that pings shared.',
          value: counters.flushes,
        },
        gauge('allswell_pings_queued', 'Pings that wait for a transaction.', ingest.queued),
        gauge(
          'allswell_pings_unfolded',
          'Pings that are acknowledged and not in states and signals yet.',
          ingest.unfolded,
        ),
        gauge('allswell_deadlines_overdue', 'Deadlines that passed and are not judged yet.', backlog.overdueDeadlines),
        gauge('allswell_deliveries_waiting', 'Deliveries that are due and not sent yet.', backlog.dueDeliveries),
        gauge(
          'allswell_oldest_delivery_age_seconds',
          'Age of the oldest delivery that is due.',
          backlog.oldestDueMs / 1_000,
        ),
        gauge('allswell_incidents_open', 'Open incidents.', backlog.openIncidents),
        gauge('allswell_sendings', 'Deliveries being sent by this node.', sender.underWay),
        ...(pollAgeMs === null ? [] : [gauge('allswell_telegram_poll_age_seconds', POLL_AGE_HELP, pollAgeMs / 1_000)]),
        gauge('allswell_clock_offset_seconds', CLOCK_HELP, clock.aheadOfMachineMs / 1_000),
        ...loopDelays(loop),
        gauge('allswell_resident_memory_bytes', 'Memory of this process.', memory.rss),
        gauge('allswell_heap_used_bytes', 'Memory of this process that objects take.', memory.heapUsed),
      ];
    },
  };
}

function loopDelays(loop: LoopWatch): Metric[] {
  const { median, p99, max } = loop.delay();
  return Object.entries({ '0.5': median, '0.99': p99, '1': max }).map(([quantile, value]) => ({
    name: 'allswell_event_loop_delay_seconds',
    type: 'gauge',
    help: LOOP_DELAY_HELP,
    value,
    labels: { quantile },
  }));
}
