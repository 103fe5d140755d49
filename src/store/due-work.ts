import type { Instant } from '../core/instant.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database, Queryable } from './database.ts';

/** When the earliest thing of each kind is due, past or future; null where there is none. */
export interface DueTimes {
  /** Of a monitor: a deadline, the limit of a run, the end of a pause. */
  readonly wakeAt: Instant | null;
  /** Since when a ping is acknowledged and not folded, on whichever node. */
  readonly journaledAt: Instant | null;
  /** The end of a hold. */
  readonly holdAt: Instant | null;
  /** A delivery, or the lease of one that is being sent. */
  readonly deliveryAt: Instant | null;
  /** The same, of those that are not due yet: what is due already may have to wait for another one, or for a place. */
  readonly laterDeliveryAt: Instant | null;
}

const deliveryAt = (which: string) => `least(
    (SELECT min(next_attempt_at) FROM delivery WHERE state IN ('queued', 'retry')${which.replace('$', 'next_attempt_at')}),
    (SELECT min(lease_until) FROM delivery WHERE state = 'sending'${which.replace('$', 'lease_until')}))`;

/** All of it by one statement: six looks at the ends of small indexes. */
export async function readDueTimes(db: Queryable, now: Instant): Promise<DueTimes> {
  const [row] = await db.query<{ [Key in keyof DueTimes]: DueTimes[Key] }>(
    {
      name: 'read_due_times',
      text: `SELECT (SELECT min(wake_at) FROM monitor_state WHERE wake_at IS NOT NULL) AS "wakeAt",
        (SELECT min(first_received_at) FROM ping_journal WHERE fault IS NULL) AS "journaledAt",
        (SELECT min(until) FROM hold WHERE ended_at IS NULL) AS "holdAt",
        ${deliveryAt('')} AS "deliveryAt",
        ${deliveryAt(' AND $ > $1')} AS "laterDeliveryAt"`,
    },
    [now],
  );
  if (row === undefined) throw new Error('the database did not tell what is due');
  return row;
}

/** The question of the loops of a node, what is due and when, asked of the database once for all of them. */
export interface DueWork {
  /**
   * Waits `pauseMs`, or less where another loop of this node asks sooner, and answers what is due then. Null when
   * `signal` aborts first. Rejects when the database does not answer.
   */
  times(pauseMs: number, signal: AbortSignal): Promise<DueTimes | null>;
}

interface Waiting {
  readonly at: number;
  readonly settle: (times: DueTimes | null) => void;
  readonly fail: (error: unknown) => void;
}

export function createDueWork({ database, clock }: { readonly database: Database; readonly clock: Clock }): DueWork {
  const waiting = new Set<Waiting>();
  let timer: { readonly at: number; readonly cancel: () => void } | null = null;

  const ask = async () => {
    timer?.cancel();
    timer = null;
    const asking = [...waiting];
    waiting.clear();
    try {
      const times = await readDueTimes(database, clock.now());
      for (const { settle } of asking) settle(times);
    } catch (error) {
      for (const { fail } of asking) fail(error);
    }
  };

  /** One timer, for whoever wants to know first. */
  const arm = () => {
    const at = Math.min(...[...waiting].map((one) => one.at));
    if (timer !== null && timer.at === at) return;
    timer?.cancel();
    timer = null;
    if (waiting.size === 0) return;
    timer = { at, cancel: clock.after(at - clock.monotonic(), () => void ask()) };
  };

  return {
    times(pauseMs, signal) {
      if (signal.aborted) return Promise.resolve(null);
      return new Promise((resolve, reject) => {
        const leave = () => signal.removeEventListener('abort', giveUp);
        const one: Waiting = {
          at: clock.monotonic() + Math.max(0, pauseMs),
          settle: (times) => {
            leave();
            resolve(times);
          },
          fail: (error) => {
            leave();
            reject(error);
          },
        };
        const giveUp = () => {
          if (waiting.delete(one)) arm();
          one.settle(null);
        };
        signal.addEventListener('abort', giveUp, { once: true });
        waiting.add(one);
        if (pauseMs <= 0) void ask();
        else arm();
      });
    },
  };
}
