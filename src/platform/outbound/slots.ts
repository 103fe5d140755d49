/** A bounded number of places; whoever comes when all are taken waits in line. */
export interface Slots {
  /** Resolves with true once a place is ours, with false when `signal` aborted before. */
  take(signal: AbortSignal): Promise<boolean>;
  give(): void;
}

export function createSlots(limit: number): Slots {
  let free = limit;
  const waiting: (() => void)[] = [];
  return {
    take(signal) {
      if (signal.aborted) return Promise.resolve(false);
      if (free > 0) {
        free -= 1;
        return Promise.resolve(true);
      }
      return new Promise((resolve) => {
        const onTurn = () => {
          signal.removeEventListener('abort', onAbort);
          resolve(true);
        };
        const onAbort = () => {
          const index = waiting.indexOf(onTurn);
          if (index >= 0) waiting.splice(index, 1);
          resolve(false);
        };
        signal.addEventListener('abort', onAbort, { once: true });
        waiting.push(onTurn);
      });
    },
    give() {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    },
  };
}
