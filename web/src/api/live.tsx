import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { type Change, listen } from './events.ts';
import { refreshMonitors } from './monitors.ts';

/** Without a stream the pages ask so often. */
export const POLL_MS = 15_000;

const LiveContext = createContext(false);

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
  useEffect(
    () =>
      listen({
        onChanges: (changes) => apply(queries, changes),
        onBack: () => void queries.invalidateQueries(),
        onLive: setLive,
      }),
    [queries],
  );
  useEffect(() => {
    if (isLive) return;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void queries.invalidateQueries({ predicate: isPolled });
    }, POLL_MS);
    return () => clearInterval(timer);
  }, [isLive, queries]);
  return <LiveContext value={isLive}>{children}</LiveContext>;
}

const POLLED = new Set<unknown>(['monitors', 'monitor', 'beats', 'overview', 'incidents', 'channels', 'deliveries']);

function isPolled({ queryKey }: { readonly queryKey: readonly unknown[] }): boolean {
  return POLLED.has(queryKey[0]);
}

/** Whether changes come by themselves. */
export const useIsLive = (): boolean => useContext(LiveContext);
