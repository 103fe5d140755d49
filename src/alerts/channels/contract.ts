import type { z } from 'zod';
import type { Random } from '../../platform/random.ts';
import type { Message } from '../message.ts';

export const CHANNEL_KINDS = ['webhook', 'email', 'slack', 'telegram', 'discord'] as const;
export type ChannelKindName = (typeof CHANNEL_KINDS)[number];

/** The longest that one attempt may take, whatever the receiver does. */
export const MAX_SEND_MS = 30_000;
/** The longest `safeText` and `answer`, in characters. */
export const MAX_ANSWER_LENGTH = 500;

/**
 * Why a message was not taken. `permanent_channel`: this address will never work again (gone, revoked, blocked).
 * `permanent_message`: this text will never be taken. `operator`: our own credentials are wrong, not the user's
 * channel. The other three pass by themselves.
 */
export type FailureKind =
  | 'permanent_channel'
  | 'permanent_message'
  | 'operator'
  | 'temporary'
  | 'rate_limited'
  | 'quota';

export type SendOutcome =
  | {
      readonly ok: true;
      /** The receiver's HTTP or SMTP status. */
      readonly status: number;
      /** The receiver's own id of the message, when it gives one. */
      readonly providerId?: string;
      /** What the receiver answered, cleaned of secrets, at most 500 characters. */
      readonly answer?: string;
      /** The channel's settings as they should be from now on (a Telegram group that moved). */
      readonly newConfig?: unknown;
    }
  | {
      readonly ok: false;
      readonly kind: FailureKind;
      /** A short stable word for the delivery log: `http_404`, `timeout`, `dns`, `blocked_address`, … */
      readonly code: string;
      readonly status?: number;
      /** What went wrong, cleaned of secrets, at most 500 characters. */
      readonly safeText: string;
      /** The receiver's own wish (Retry-After), if it gave one. */
      readonly retryAfterMs?: number;
    };

export type SendFailure = Extract<SendOutcome, { readonly ok: false }>;

export interface SendRequest<Config> {
  readonly message: Message;
  readonly config: Config;
  /** The same on every attempt: the receiver's key for telling a repetition. */
  readonly deliveryId: string;
  /** When this attempt is made, in database time. */
  readonly attemptAt: number;
  /** The receiver's id of the opening that this message belongs to, when there is one. */
  readonly openingProviderId: string | null;
  /** Where a person can stop these messages (mail); null where that makes no sense. */
  readonly unsubscribeUrl: string | null;
  readonly signal: AbortSignal;
}

/** One kind of channel. `Config` is what the API takes as `config`; it is encrypted at rest as a whole. */
export interface ChannelKind<Config = unknown> {
  readonly kind: ChannelKindName;
  /** `machine` gets every event one by one in order; `people` get one merged message where that says more. */
  readonly audience: 'people' | 'machine';
  /** What a person may write at creation; unknown fields are refused; defaults are filled in. */
  readonly configSchema: z.ZodType<Config>;
  /** Fills in what the product makes rather than the person (a signing secret); called once, at creation. */
  prepareConfig?(config: Config, random: Random): Config;
  /** `config` as the API shows it: secrets cut to their last four characters. */
  mask(config: Config): Record<string, unknown>;
  /** The host (or mail server) that the message goes to: at most two at a time go there. */
  destination(config: Config): string;
  /**
   * What the place is called by others: by the service when it tells us about it (a chat's number), by a job that names
   * an address. Channels are found by it; only where somebody looks.
   */
  address?(config: Config): string;
  /** One attempt, never throws, never longer than `MAX_SEND_MS`. */
  send(request: SendRequest<Config>): Promise<SendOutcome>;
  /** Lets go of connections that are kept between messages. */
  close?(): Promise<void>;
}
