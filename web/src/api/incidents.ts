import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { request } from './client.ts';
import type { Incident, IncidentDetail } from './types.ts';

const PAGE = 50;

/** Why nobody was told, or later: the site that the monitor stands behind was dark. */
export interface Suppressed {
  readonly site_id: string | null;
  readonly reason: 'confirming' | 'site_dark' | 'site_lit';
  readonly since: string;
  readonly until: string | null;
  readonly ended_at: string | null;
  readonly outcome: 'told' | 'recovered' | 'closed' | null;
}

export type ListedIncident = Incident & { readonly suppressed?: Suppressed | null };
export type FullIncident = IncidentDetail & { readonly suppressed?: Suppressed | null };

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
