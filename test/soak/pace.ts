import { performance } from 'node:perf_hooks';

const TICK_MS = 10;
/** More than that at the same time are not begun: a server that stands still is not buried. */
const MAX_UNDER_WAY = 2_000;

/** Things that are done again and again until they are told to end. */
export interface Pace {
  /** Begins `work` so many times a second, whether or not earlier ones have ended. */
  often(perSecond: number, work: () => Promise<unknown>): void;
  /** Begins `work` again as soon as it has ended. */
  inTurn(work: () => Promise<unknown>): void;
  readonly isOver: boolean;
  /** Aborted when it is over. */
  readonly signal: AbortSignal;
  /** How many times something was not begun because too much was under way. */
  readonly skipped: number;
  /** Begins nothing any more; resolves when all that was begun has ended. Rejects when something failed. */
  end(): Promise<void>;
}

export function createPace(): Pace {
  const timers: NodeJS.Timeout[] = [];
  const turns: Promise<void>[] = [];
  const underWay = new Set<Promise<unknown>>();
  const over = new AbortController();
  let skipped = 0;
  let failure: unknown = null;
  const begin = (work: () => Promise<unknown>) => {
    if (underWay.size >= MAX_UNDER_WAY) {
      skipped += 1;
      return;
    }
    const working: Promise<unknown> = work()
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(() => underWay.delete(working));
    underWay.add(working);
  };
  return {
    often(perSecond, work) {
      const from = performance.now();
      let begun = 0;
      const tick = () => {
        const due = Math.floor(((performance.now() - from) / 1_000) * perSecond);
        for (; begun < due; begun += 1) begin(work);
      };
      timers.push(setInterval(tick, TICK_MS));
    },
    inTurn(work) {
      const turn = async () => {
        while (!over.signal.aborted) await work();
      };
      turns.push(turn());
    },
    get isOver() {
      return over.signal.aborted;
    },
    signal: over.signal,
    get skipped() {
      return skipped;
    },
    async end() {
      over.abort();
      for (const timer of timers) clearInterval(timer);
      await Promise.all([...underWay, ...turns]);
      if (failure !== null) throw failure;
    },
  };
}
