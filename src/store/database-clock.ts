import type { Gap } from '../core/cause.ts';
import type { Clock } from '../platform/clock.ts';
import type { Queryable } from './database.ts';

/** A difference up to this is closed gradually; more is a jump of the database's clock (RULES §1). */
export const MAX_SLEW_MS = 2_000;
/** Closed per sample at the most, so that time neither stands still nor runs visibly. */
const SLEW_STEP_MS = 100;
/** Differences within the noise of one round trip are left alone. */
const NOISE_MS = 5;

/** The shared time line: the database's time at the last sample, carried on by this node's monotonic clock. */
export interface DatabaseClock extends Clock {
  /**
   * Asks the database for its time. Answers the jump, if it was one: it is told to `onJump` first and believed only
   * once that is done, so that nobody judges by the new time before the gap is written. Rejects when the database does
   * not answer, or when `onJump` does; then the old time holds until the next sample.
   */
  sample(db: Queryable, onJump?: (jump: Gap) => Promise<void>): Promise<Gap | null>;
  /** How far this time is ahead of the machine's own clock, which means nothing here; in milliseconds. */
  readonly aheadOfMachineMs: number;
}

export function createDatabaseClock(base: Clock): DatabaseClock {
  let offsetMs = base.now() - base.monotonic();
  let isSynchronized = false;
  let latest = Number.NEGATIVE_INFINITY;
  const now = () => {
    // Closing a difference backwards must not let time run backwards.
    latest = Math.max(latest, base.monotonic() + offsetMs);
    return Math.floor(latest);
  };
  const adopt = (differenceMs: number) => {
    offsetMs += differenceMs;
    latest = Number.NEGATIVE_INFINITY;
  };
  return {
    now,
    monotonic: () => base.monotonic(),
    after: (delayMs, fire) => base.after(delayMs, fire),
    get aheadOfMachineMs() {
      return now() - base.now();
    },
    async sample(db, onJump) {
      const before = base.monotonic();
      const [row] = await db.query<{ now: number }>({
        name: 'sample_clock',
        text: 'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now',
      });
      const after = base.monotonic();
      if (row === undefined) throw new Error('the database did not tell its time');
      const differenceMs = row.now - ((before + after) / 2 + offsetMs);
      if (!isSynchronized) {
        isSynchronized = true;
        adopt(differenceMs);
        return null;
      }
      if (Math.abs(differenceMs) > MAX_SLEW_MS) {
        const thought = now();
        const jump = { from: Math.min(thought, row.now), to: Math.max(thought, row.now) };
        await onJump?.(jump);
        adopt(differenceMs);
        return jump;
      }
      if (Math.abs(differenceMs) > NOISE_MS) {
        offsetMs += Math.sign(differenceMs) * Math.min(SLEW_STEP_MS, Math.abs(differenceMs));
      }
      return null;
    },
  };
}
