/** A map of bounded size; the entry that was not asked for longest makes room for a new one. */
export interface Lru<Value> {
  get(key: string): Value | undefined;
  /** Returns `value`. */
  put(key: string, value: Value): Value;
  readonly size: number;
}

export function createLru<Value>(limit: number): Lru<Value> {
  // A Map keeps the order of insertion: what is asked for moves to the end, the first is the oldest.
  const entries = new Map<string, Value>();
  return {
    get(key) {
      const value = entries.get(key);
      if (value === undefined) return undefined;
      entries.delete(key);
      entries.set(key, value);
      return value;
    },
    put(key, value) {
      entries.delete(key);
      entries.set(key, value);
      for (const oldest of entries.keys()) {
        if (entries.size <= limit) break;
        entries.delete(oldest);
      }
      return value;
    },
    get size() {
      return entries.size;
    },
  };
}
