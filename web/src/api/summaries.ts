import { queryOptions } from '@tanstack/react-query';
import { request } from './client.ts';
import type { DeliveryState } from './types.ts';

export const SUMMARY_KINDS = ['daily', 'weekly'] as const;
export type SummaryKind = (typeof SUMMARY_KINDS)[number];
export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

export interface SummarySchedule {
  readonly kind: SummaryKind;
  readonly enabled: boolean;
  readonly weekday: Weekday | null;
  readonly time: string;
  readonly timezone: string;
  readonly channels: 'all' | readonly string[];
  readonly next_at: string | null;
  readonly last_at: string | null;
}

export const summaryScheduleQuery = (kind: SummaryKind) =>
  queryOptions({
    queryKey: ['summaries', kind],
    queryFn: ({ signal }) => request<SummarySchedule>('GET', `/api/v1/summaries/${kind}`, { signal }),
  });

export type SummaryPeriod = 'now' | 'day' | 'week';

/** The summary as it would be sent now, in the team's language. */
export const summaryTextQuery = (period: SummaryPeriod) =>
  queryOptions({
    queryKey: ['summary', period],
    queryFn: ({ signal }) => request<{ text: string }>('GET', '/api/v1/summary', { query: { period }, signal }),
  });

export interface SentSummary {
  readonly deliveries: readonly {
    readonly id: string;
    readonly channel: { readonly id: string; readonly name: string; readonly kind: string };
    readonly state: DeliveryState;
    readonly reason: string | null;
  }[];
}

const SEND_WAIT_SECONDS = 10;

export const sendSummary = (kind: SummaryKind): Promise<SentSummary> =>
  request<SentSummary>('POST', `/api/v1/summaries/${kind}/send`, { query: { wait: SEND_WAIT_SECONDS } });
