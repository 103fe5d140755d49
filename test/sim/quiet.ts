/** Knows when everything that was set off has come to rest: no statement is under way and no promise is left to run. */
export interface Quiet {
  enter(): void;
  leave(): void;
  /** Counts `work` as under way. */
  during<T>(work: Promise<T>): Promise<T>;
  settled(): Promise<void>;
}

/** Turns of the event loop without anything under way; ingest itself waits one turn for company. */
const CALM_TURNS = 3;

export function createQuiet(): Quiet {
  let underWay = 0;
  let wake: (() => void) | null = null;
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  const leave = () => {
    underWay -= 1;
    if (underWay === 0) wake?.();
  };
  return {
    enter() {
      underWay += 1;
    },
    leave,
    async during(work) {
      underWay += 1;
      try {
        return await work;
      } finally {
        leave();
      }
    },
    async settled() {
      for (let calm = 0; calm < CALM_TURNS; ) {
        await turn();
        calm += 1;
        if (underWay === 0) continue;
        calm = 0;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        wake = null;
      }
    },
  };
}
