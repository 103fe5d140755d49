import { useSyncExternalStore } from 'react';

/** The server's clock minus ours. Whoever's computer is wrong would otherwise read "in 3 min" for what is over. */
let aheadMs = 0;
/** `Date` has whole seconds, and answers take a while: less than this is no difference. */
const TOLERATED_MS = 3_000;

/** Learns from the `Date` header of an answer how far our clock is off. */
export function noteServerDate(header: string | null): void {
  const server = header === null ? Number.NaN : Date.parse(header);
  if (Number.isNaN(server)) return;
  const difference = server - Date.now();
  aheadMs = Math.abs(difference) > TOLERATED_MS ? difference : 0;
}

/** Now by the server's clock, milliseconds since the epoch. */
export const serverNow = (): number => Date.now() + aheadMs;

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | null = null;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    for (const each of listeners) each();
  }, 1_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
}

/** Now, for what is shown relative to it; the component is drawn again when another step begins. */
export function useNow(stepMs = 10_000): number {
  return useSyncExternalStore(subscribe, () => Math.floor(serverNow() / stepMs) * stepMs);
}
