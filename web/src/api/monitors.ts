import { type QueryClient, queryOptions } from '@tanstack/react-query';
import { ApiError, request } from './client.ts';
import type { Beat, Channel, Monitor, MonitorPage, MonitorRow, Overview } from './types.ts';

/** What comes first is as much as is drawn at first; the rest comes in the largest pages that the API gives. */
const FIRST_PAGE = 100;
const PAGE = 1_000;
/** The largest page of channels. */
const MAX_CHANNELS = 250;
/** While the pages come one by one the list is drawn so often. */
const SHOW_EVERY_MS = 400;
/** An install of more monitors shows these; its filters ask the server. */
export const MAX_LISTED = 20_000;
/** When more than this many changed at once the whole list is asked anew. */
const MAX_SINGLE = 20;
/** Monitors of which beats are asked in one call. */
export const MAX_BEATS_ASKED = 50;

export type MonitorList = readonly MonitorRow[];

const page = (limit: number, cursor: string | undefined, status: string | undefined, signal: AbortSignal) =>
  request<MonitorPage>('GET', '/api/v1/overview/monitors', { query: { limit, cursor, status }, signal });

function merge(known: Map<string, MonitorRow>, found: readonly MonitorRow[]): Map<string, MonitorRow> {
  for (const monitor of found) known.set(monitor.id, monitor);
  return known;
}

/**
 * All monitors. At the first time they are shown as they come: those that are down and the first page at once, the rest
 * page by page behind them.
 */
export const monitorsQuery = queryOptions({
  queryKey: ['monitors'],
  queryFn: async ({ signal, client }): Promise<MonitorList> => {
    const isFirst = client.getQueryData(['monitors']) === undefined;
    const known = new Map<string, MonitorRow>();
    let shownAt = 0;
    // Sorting and drawing thousands anew for each page would take longer than fetching them.
    const show = () => {
      if (!isFirst || performance.now() - shownAt < SHOW_EVERY_MS) return;
      client.setQueryData(['monitors'], [...known.values()]);
      shownAt = performance.now();
    };
    const [down, first] = await Promise.all([
      isFirst ? page(FIRST_PAGE, undefined, 'down', signal) : null,
      page(isFirst ? FIRST_PAGE : PAGE, undefined, undefined, signal),
    ]);
    merge(merge(known, down?.monitors ?? []), first.monitors);
    let cursor = first.next_cursor;
    while (cursor !== null && known.size < MAX_LISTED) {
      show();
      const next: MonitorPage = await page(PAGE, cursor, undefined, signal);
      merge(known, next.monitors);
      cursor = next.next_cursor;
    }
    return [...known.values()];
  },
  staleTime: 60_000,
});

export const monitorQuery = (id: string) =>
  queryOptions({
    queryKey: ['monitor', id, 'state'],
    queryFn: ({ signal }) => request<Monitor>('GET', `/api/v1/monitors/${id}`, { signal }),
  });

/** The counts and what is down; null where the server does not say it. */
export const overviewQuery = queryOptions({
  queryKey: ['overview'],
  queryFn: ({ signal }) => orNull(request<Overview>('GET', '/api/v1/overview', { signal })),
});

/** The last results of one monitor, oldest first. */
export const beatsQuery = (id: string, count: number) =>
  queryOptions({
    queryKey: ['beats', id, count],
    queryFn: () => askBeats(id, count),
    staleTime: 60_000,
  });

async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

interface Asked {
  readonly id: string;
  readonly give: (beats: readonly Beat[]) => void;
  readonly fail: (error: unknown) => void;
}

const waiting = new Map<number, Asked[]>();

/** Rows ask each for itself; what is asked in the same moment is one call. */
function askBeats(id: string, count: number): Promise<readonly Beat[]> {
  return new Promise((give, fail) => {
    const others = waiting.get(count);
    if (others !== undefined) {
      others.push({ id, give, fail });
      return;
    }
    waiting.set(count, [{ id, give, fail }]);
    setTimeout(() => {
      const asked = waiting.get(count) ?? [];
      waiting.delete(count);
      for (let start = 0; start < asked.length; start += MAX_BEATS_ASKED) {
        void fetchBeats(asked.slice(start, start + MAX_BEATS_ASKED), count);
      }
    }, 20);
  });
}

async function fetchBeats(asked: readonly Asked[], count: number): Promise<void> {
  try {
    const answer = await orNull(
      request<{ beats: Record<string, readonly Beat[]> }>('GET', '/api/v1/beats', {
        query: { monitors: asked.map(({ id }) => id).join(','), count },
      }),
    );
    for (const { id, give } of asked) give([...(answer?.beats[id] ?? [])].sort(byTime));
  } catch (error) {
    for (const { fail } of asked) fail(error);
  }
}

const byTime = (one: Beat, other: Beat) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0);

/** The channels of the team. */
export const channelsQuery = queryOptions({
  queryKey: ['channels'],
  queryFn: async ({ signal }) => {
    const { channels } = await request<{ channels: readonly Channel[] }>('GET', '/api/v1/channels', {
      query: { limit: MAX_CHANNELS },
      signal,
    });
    return channels;
  },
  staleTime: 60_000,
});

/** Puts a monitor as it is now wherever it is shown. */
export function putMonitor(queries: QueryClient, monitor: Monitor): void {
  queries.setQueryData(['monitor', monitor.id, 'state'], monitor);
  queries.setQueryData<MonitorList>(['monitors'], (known) => {
    if (known === undefined) return undefined;
    const isKnown = known.some(({ id }) => id === monitor.id);
    return isKnown ? known.map((each) => (each.id === monitor.id ? monitor : each)) : [...known, monitor];
  });
}

/** Takes monitors that are gone out of what is shown. */
export function dropMonitors(queries: QueryClient, ids: ReadonlySet<string>): void {
  queries.setQueryData<MonitorList>(['monitors'], (known) => known?.filter(({ id }) => !ids.has(id)));
}

async function refreshOne(queries: QueryClient, id: string): Promise<void> {
  try {
    putMonitor(queries, await request<Monitor>('GET', `/api/v1/monitors/${id}`));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // Deleted; whatever else it was, the next change or poll asks again.
    if (error.status === 404) dropMonitors(queries, new Set([id]));
  }
}

/** What is shown of these monitors is asked anew; the state of the list is touched only where it changed. */
export function refreshMonitors(queries: QueryClient, ids: ReadonlySet<string>): void {
  if (ids.size === 0) return;
  void queries.invalidateQueries({ queryKey: ['overview'] });
  void queries.invalidateQueries({ predicate: ({ queryKey: [name, id] }) => isAbout(name) && ids.has(String(id)) });
  if (queries.getQueryData(['monitors']) === undefined) return;
  if (ids.size > MAX_SINGLE) void queries.invalidateQueries({ queryKey: ['monitors'] });
  else for (const id of ids) void refreshOne(queries, id);
}

const isAbout = (name: unknown) => name === 'monitor' || name === 'beats';
