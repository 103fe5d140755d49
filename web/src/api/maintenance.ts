import { queryOptions } from '@tanstack/react-query';
import { serverNow } from '../lib/clock.ts';
import { request } from './client.ts';
import { type Maintenance, type MaintenanceDetail, untilNextTurn } from './maintenance-facts.ts';
import { readAll } from './people.ts';

interface MaintenancePage {
  readonly maintenance: readonly Maintenance[];
  readonly next_cursor: string | null;
}

export const maintenanceQuery = queryOptions({
  queryKey: ['maintenance'],
  queryFn: ({ signal }) => readAll('/api/v1/maintenance', (page: MaintenancePage) => page.maintenance, signal),
  refetchInterval: ({ state }) => untilNextTurn(state.data ?? [], serverNow()),
});

export const oneMaintenanceQuery = (id: string) =>
  queryOptions({
    queryKey: ['maintenance', id],
    queryFn: ({ signal }) => request<MaintenanceDetail>('GET', `/api/v1/maintenance/${id}`, { signal }),
    refetchInterval: ({ state }) => untilNextTurn(state.data === undefined ? [] : [state.data], serverNow()),
  });
