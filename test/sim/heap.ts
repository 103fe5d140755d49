/** Things in the order of their time; of those of one time the one that was put in first. */
export interface Heap<T extends { readonly at: number; readonly order: number }> {
  push(item: T): void;
  peek(): T | undefined;
  pop(): T | undefined;
  readonly size: number;
}

export function createHeap<T extends { readonly at: number; readonly order: number }>(): Heap<T> {
  const items: T[] = [];
  const isBefore = (one: T, other: T) => one.at < other.at || (one.at === other.at && one.order < other.order);
  const swap = (one: number, other: number) => {
    const [a, b] = [items[one], items[other]];
    if (a !== undefined && b !== undefined) [items[one], items[other]] = [b, a];
  };
  const less = (one: number, other: number) => {
    const [a, b] = [items[one], items[other]];
    return a !== undefined && b !== undefined && isBefore(a, b);
  };
  const sink = (from: number) => {
    for (let at = from; ; ) {
      const left = 2 * at + 1;
      let least = at;
      if (less(left, least)) least = left;
      if (less(left + 1, least)) least = left + 1;
      if (least === at) return;
      swap(at, least);
      at = least;
    }
  };
  return {
    push(item) {
      items.push(item);
      for (let at = items.length - 1; at > 0; ) {
        const parent = (at - 1) >> 1;
        if (!less(at, parent)) return;
        swap(at, parent);
        at = parent;
      }
    },
    peek: () => items[0],
    pop() {
      const first = items[0];
      const last = items.pop();
      if (last !== undefined && items.length > 0) {
        items[0] = last;
        sink(0);
      }
      return first;
    },
    get size() {
      return items.length;
    },
  };
}
