import { queryOptions } from '@tanstack/react-query';
import { request } from './client.ts';
import { readAll } from './people.ts';

export interface Site {
  readonly id: string;
  readonly name: string;
  readonly gateway_monitor_id: string | null;
  readonly gateway_name: string | null;
  readonly monitors: number;
  readonly dark_since: string | null;
  readonly lit_at: string | null;
  readonly held: number;
}

export interface HeldIncident {
  readonly incident_id: string;
  readonly monitor: { readonly id: string; readonly name: string };
  readonly opened_at: string;
  readonly reason: 'confirming' | 'site_dark' | 'site_lit';
  readonly since: string;
  readonly until: string | null;
}

export interface SiteDetail extends Site {
  readonly held_incidents: readonly HeldIncident[];
}

interface SitePage {
  readonly sites: readonly Site[];
  readonly next_cursor: string | null;
}

export const sitesQuery = queryOptions({
  queryKey: ['sites'],
  queryFn: ({ signal }) => readAll('/api/v1/sites', (page: SitePage) => page.sites, signal),
});

export const siteQuery = (id: string) =>
  queryOptions({
    queryKey: ['sites', id],
    queryFn: ({ signal }) => request<SiteDetail>('GET', `/api/v1/sites/${id}`, { signal }),
  });
