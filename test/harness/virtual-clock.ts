import type { Gap } from '../../src/core/cause.ts';
import type { DatabaseClock } from '../../src/store/database-clock.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';

export interface VirtualClock extends ManualClock, DatabaseClock {
  /** The next sample finds that the database's clock jumped by this much. */
  jumpAtNextSample(ms: number): void;
  /** The next sample fails, as if the database were away. */
  failNextSample(error: Error): void;
}

/** Noon of a Monday, the instant at which virtual time begins unless told otherwise. */
export const VIRTUAL_START = Date.UTC(2026, 0, 5, 12, 0, 0);

/** Time that stands still until it is told otherwise, in the form that the life of a node asks for. */
export function createVirtualClock(startAt = VIRTUAL_START): VirtualClock {
  const manual = createManualClock(startAt);
  let offsetMs = 0;
  let jumpMs = 0;
  let failure: Error | null = null;
  const now = () => manual.now() + offsetMs;
  return {
    ...manual,
    now,
    aheadOfMachineMs: 0,
    jumpAtNextSample(ms) {
      jumpMs = ms;
    },
    failNextSample(error) {
      failure = error;
    },
    async sample(_database, onJump): Promise<Gap | null> {
      const failed = failure;
      failure = null;
      if (failed !== null) throw failed;
      if (jumpMs === 0) return null;
      const jump = { from: Math.min(now(), now() + jumpMs), to: Math.max(now(), now() + jumpMs) };
      await onJump?.(jump);
      offsetMs += jumpMs;
      jumpMs = 0;
      return jump;
    },
  };
}
