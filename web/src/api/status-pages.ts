import { queryOptions } from '@tanstack/react-query';
import { request } from './client.ts';
import { readAll } from './people.ts';
import type { StatusPage } from './status-page-facts.ts';

interface StatusPagePage {
  readonly status_pages: readonly StatusPage[];
  readonly next_cursor: string | null;
}

export const statusPagesQuery = queryOptions({
  queryKey: ['status-pages'],
  queryFn: ({ signal }) => readAll('/api/v1/status-pages', (page: StatusPagePage) => page.status_pages, signal),
});

export const statusPageQuery = (id: string) =>
  queryOptions({
    queryKey: ['status-pages', id],
    queryFn: ({ signal }) => request<StatusPage>('GET', `/api/v1/status-pages/${id}`, { signal }),
  });
