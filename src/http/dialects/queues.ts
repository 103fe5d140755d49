/** Work that goes one at a time per name; names do not wait for each other. Nothing is kept of names without work. */
export interface Queues {
  run<T>(name: string, work: () => Promise<T>): Promise<T>;
}

export function createQueues(): Queues {
  const last = new Map<string, Promise<unknown>>();
  return {
    async run(name, work) {
      const before = last.get(name) ?? Promise.resolve();
      // Whatever became of the work before is its own caller's affair.
      const mine = before.then(work, work);
      last.set(name, mine);
      try {
        return await mine;
      } finally {
        if (last.get(name) === mine) last.delete(name);
      }
    },
  };
}
