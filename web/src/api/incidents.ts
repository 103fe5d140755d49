import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { ApiError, request } from './client.ts';
import type { Cause, Incident, IncidentDetail, SignalKind } from './types.ts';

const PAGE = 50;

/** Why nobody was told, or later: the site that the monitor stands behind was dark, or there was a maintenance. */
export interface Suppressed {
  readonly site_id: string | null;
  /** Null for a site, and once the maintenance was deleted. */
  readonly maintenance_id: string | null;
  readonly reason: 'confirming' | 'site_dark' | 'site_lit' | 'maintenance';
  readonly since: string;
  readonly until: string | null;
  readonly ended_at: string | null;
  readonly outcome: 'told' | 'recovered' | 'closed' | null;
}

/** What people did about it; not there where the server knows no such thing. */
interface Care {
  readonly suppressed?: Suppressed | null;
  readonly acknowledged?: { readonly at: string; readonly by: string; readonly note: string } | null;
  readonly snoozed_until?: string | null;
  readonly reminders?: number;
}

export type ListedIncident = Incident & Care;
export type FullIncident = IncidentDetail & Care;

/** One thing that happened about an incident. */
export interface IncidentEvent {
  readonly at: string;
  readonly type: 'opened' | 'signal' | 'cause' | 'notice' | 'acknowledged' | 'snoozed' | 'resolved';
  readonly cause?: Cause;
  readonly signal?: { readonly n: number; readonly kind: SignalKind; readonly exit_status: number | null };
  readonly notice?: {
    readonly kind: string;
    readonly channel: { readonly id: string; readonly name: string };
    readonly state: string;
    readonly reason: string | null;
  };
  readonly by?: string;
  readonly note?: string;
  readonly until?: string;
}

interface IncidentPage {
  readonly incidents: readonly ListedIncident[];
  readonly next_cursor: string | null;
}

export const incidentsQuery = (state: 'open' | 'resolved') =>
  infiniteQueryOptions({
    queryKey: ['incidents', state],
    queryFn: ({ pageParam, signal }) =>
      request<IncidentPage>('GET', '/api/v1/incidents', { query: { limit: PAGE, state, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor: next }) => next ?? undefined,
  });

export const incidentQuery = (id: string) =>
  queryOptions({
    queryKey: ['incidents', 'one', id],
    queryFn: ({ signal }) => request<FullIncident>('GET', `/api/v1/incidents/${id}`, { signal }),
  });

/** All that happened about an incident, in order; null where the server does not tell it as a story. */
export const timelineQuery = (id: string) =>
  queryOptions({
    queryKey: ['incidents', 'timeline', id],
    queryFn: async ({ signal }): Promise<readonly IncidentEvent[] | null> => {
      try {
        const path = `/api/v1/incidents/${id}/timeline`;
        const { events } = await request<{ events: readonly IncidentEvent[] }>('GET', path, { signal });
        return events;
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      }
    },
  });

/** The same story, as far as an incident itself tells it. */
export function eventsOf(incident: FullIncident): readonly IncidentEvent[] {
  const { evidence, notes, notices, cause, opened_at: openedAt, resolved_at: resolvedAt } = incident;
  const events: IncidentEvent[] = [
    ...evidence.signals.map((signal) => ({ at: signal.at, type: 'signal' as const, signal })),
    { at: openedAt, type: 'opened', cause },
    ...notes.map((note) => ({ at: note.at, type: 'cause' as const, cause: note.cause })),
    ...notices.map((notice) => ({ at: notice.finished_at ?? notice.created_at, type: 'notice' as const, notice })),
    ...(resolvedAt === null ? [] : [{ at: resolvedAt, type: 'resolved' as const }]),
  ];
  return events.sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0));
}
