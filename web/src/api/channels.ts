import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { request } from './client.ts';
import { readAll } from './people.ts';
import type { DeliveryState } from './types.ts';

export const CHANNEL_KINDS = ['telegram', 'email', 'slack', 'discord', 'webhook'] as const;
export type ChannelKind = (typeof CHANNEL_KINDS)[number];

/** Each day from one time of the clock in a zone to another, past midnight too. */
export interface QuietHours {
  readonly from: string;
  readonly to: string;
  readonly timezone: string;
  /** That something went down is told all the same. */
  readonly down_passes: boolean;
}

export interface FullChannel {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  /** Secrets are cut; null when it cannot be decrypted here. */
  readonly config: Readonly<Record<string, unknown>> | null;
  readonly state: 'ok' | 'broken';
  readonly broken_reason: string | null;
  readonly broken_at: string | null;
  /** It comes from the configuration of the install. */
  readonly read_only: boolean;
  readonly only_chosen: boolean;
  readonly quiet_hours: QuietHours | null;
  readonly last_delivery: { readonly id: string; readonly state: DeliveryState; readonly at: string } | null;
  readonly created_at: string;
}

interface ChannelPage {
  readonly channels: readonly FullChannel[];
  readonly next_cursor: string | null;
}

export const fullChannelsQuery = queryOptions({
  queryKey: ['channels', 'full'],
  queryFn: ({ signal }) => readAll('/api/v1/channels', (page: ChannelPage) => page.channels, signal),
});

export const channelQuery = (id: string) =>
  queryOptions({
    queryKey: ['channels', 'one', id],
    queryFn: ({ signal }) => request<FullChannel>('GET', `/api/v1/channels/${id}`, { signal }),
  });

export interface Attempt {
  readonly n: number;
  readonly started_at: string;
  readonly ended_at: string;
  readonly duration_seconds: number;
  readonly ok: boolean;
  readonly status: number | null;
  readonly code: string;
  readonly answer: string;
}

export interface Delivery {
  readonly id: string;
  readonly channel: { readonly id: string; readonly name: string; readonly kind: string };
  readonly form: 'single' | 'digest' | 'test';
  readonly state: DeliveryState | 'suppressed';
  readonly reason: string | null;
  readonly notices: readonly {
    readonly subject: string;
    readonly subject_id: string;
    readonly kind: string;
    readonly about: string | null;
  }[];
  readonly attempts: readonly Attempt[];
  readonly next_attempt_at: string | null;
  readonly latency_seconds: number | null;
  readonly created_at: string;
  readonly finished_at: string | null;
}

const DELIVERIES_PAGE = 25;

interface DeliveryPage {
  readonly deliveries: readonly Delivery[];
  readonly next_cursor: string | null;
}

/** What was sent to a channel, newest first. */
export const deliveriesQuery = (channel: string) =>
  infiniteQueryOptions({
    queryKey: ['deliveries', channel],
    queryFn: ({ pageParam, signal }) =>
      request<DeliveryPage>('GET', '/api/v1/deliveries', {
        query: { limit: DELIVERIES_PAGE, channel, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor: next }) => next ?? undefined,
  });

/** How long the server may keep a test call waiting for what becomes of it. */
const TEST_WAIT_SECONDS = 10;

export const testChannel = (id: string): Promise<Delivery> =>
  request<Delivery>('POST', `/api/v1/channels/${id}/test`, { query: { wait: TEST_WAIT_SECONDS } });

export interface NewTelegramLink {
  readonly id: string;
  readonly name: string;
  readonly expires_at: string;
  readonly bot: string;
  readonly private_url: string;
  readonly group_url: string;
  readonly code: string;
}

export interface TelegramLink {
  readonly id: string;
  readonly status: 'waiting' | 'linked' | 'expired';
  readonly channel: { readonly id: string | null; readonly title: string; readonly chat_kind: string } | null;
}

/** How often a page looks whether the chat is linked. */
const LINK_EVERY_MS = 2_000;

export const telegramLinkQuery = (id: string) =>
  queryOptions({
    queryKey: ['telegram-link', id],
    queryFn: ({ signal }) => request<TelegramLink>('GET', `/api/v1/telegram-links/${id}`, { signal }),
    refetchInterval: ({ state }) =>
      state.data?.status === 'waiting' || state.data === undefined ? LINK_EVERY_MS : false,
  });
