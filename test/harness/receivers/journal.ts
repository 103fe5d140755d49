/** Things that arrived, in order, and a way to wait for one without polling. */
export interface Journal<T> {
  readonly entries: readonly T[];
  add(entry: T): void;
  /** The first entry, past or future, that the predicate accepts; rejects after `timeoutMs` (5 s). */
  waitFor(predicate?: (entry: T) => boolean, timeoutMs?: number): Promise<T>;
  /** Resolves once there are `count` entries. */
  waitForCount(count: number, timeoutMs?: number): Promise<readonly T[]>;
}

export function createJournal<T>(what: string): Journal<T> {
  const entries: T[] = [];
  const listeners = new Set<() => void>();
  function when<R>(look: () => R | undefined, timeoutMs: number): Promise<R> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void) => {
        clearTimeout(timer);
        listeners.delete(check);
        settle();
      };
      const check = () => {
        const found = look();
        if (found !== undefined) finish(() => resolve(found));
      };
      const complain = () => reject(new Error(`no such ${what} within ${timeoutMs} ms; ${entries.length} came`));
      const timer = setTimeout(() => finish(complain), timeoutMs);
      listeners.add(check);
      check();
    });
  }
  return {
    entries,
    add(entry) {
      entries.push(entry);
      for (const listener of [...listeners]) listener();
    },
    waitFor: (predicate = () => true, timeoutMs = 5_000) => when(() => entries.find(predicate), timeoutMs),
    waitForCount: (count, timeoutMs = 5_000) =>
      when(() => (entries.length >= count ? entries.slice(0, count) : undefined), timeoutMs),
  };
}
