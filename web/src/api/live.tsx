import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useRef, useState } from 'react';
import { type Change, listen } from './events.ts';
import { refreshMonitors } from './monitors.ts';

/** Without a stream the pages ask so often. */
export const POLL_MS = 15_000;

/** Whoever has not heard from the server for so long does not know how things stand. */
export const LOST_AFTER_MS = 45_000;
const LOOK_EVERY_MS = 5_000;

const LostContext = createContext<number | null>(null);

function apply(queries: QueryClient, changes: readonly Change[]): void {
  const types = new Set(changes.map(({ type }) => type));
  const monitors = new Set(
    changes.flatMap(({ type, id, monitor_id: monitor }) => (type === 'monitor' ? [id] : monitor ? [monitor] : [])),
  );
  refreshMonitors(queries, monitors);
  if (types.has('incident')) void queries.invalidateQueries({ queryKey: ['incidents'] });
  if (types.has('channel')) void queries.invalidateQueries({ queryKey: ['channels'] });
  if (types.has('delivery')) void queries.invalidateQueries({ queryKey: ['deliveries'] });
}

/** Keeps what is shown up to date: by the event stream, and without one by asking. */
export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const queries = useQueryClient();
  const [isLive, setLive] = useState(false);
  const [lostSince, setLostSince] = useState<number | null>(null);
  const heardAt = useRef(Date.now());
  useEffect(
    () =>
      listen({
        onChanges: (changes) => apply(queries, changes),
        onBack: () => void queries.invalidateQueries(),
        onHeard: () => {
          heardAt.current = Date.now();
          setLostSince(null);
        },
        onLive: setLive,
      }),
    [queries],
  );
  useEffect(
    () =>
      queries.getQueryCache().subscribe((event) => {
        if (event.type !== 'updated' || event.action.type !== 'success' || event.action.manual === true) return;
        heardAt.current = Date.now();
        setLostSince(null);
      }),
    [queries],
  );
  useEffect(() => {
    const timer = setInterval(() => {
      if (Date.now() - heardAt.current > LOST_AFTER_MS) setLostSince(heardAt.current);
    }, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (isLive) return;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void queries.invalidateQueries({ predicate: isPolled });
    }, POLL_MS);
    return () => clearInterval(timer);
  }, [isLive, queries]);
  return <LostContext value={lostSince}>{children}</LostContext>;
}

const POLLED = new Set<unknown>(['monitors', 'monitor', 'beats', 'overview', 'incidents', 'channels', 'deliveries']);

function isPolled({ queryKey }: { readonly queryKey: readonly unknown[] }): boolean {
  return POLLED.has(queryKey[0]);
}

/** Since when nothing came from the server, milliseconds since the epoch; null while it can be heard. */
export const useLostSince = (): number | null => useContext(LostContext);
