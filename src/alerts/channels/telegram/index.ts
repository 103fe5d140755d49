import { z } from 'zod';
import type { Clock } from '../../../platform/clock.ts';
import type { OutboundDoor } from '../../../platform/outbound/door.ts';
import type { ChannelKind, FailureKind, SendFailure, SendOutcome, SendRequest } from '../contract.ts';
import { type Deadline, startDeadline } from '../shared/deadline.ts';
import { hostOf } from '../shared/hook-url.ts';
import { boundedRetryAfter, kindOfStatus } from '../shared/http-outcome.ts';
import { cleanText, secretsOfUrl } from '../shared/secrets.ts';
import { createTelegramApi, type TelegramApi, type TelegramRefusal, type TelegramResult } from './api.ts';
import { renderTelegramHtml, renderTelegramPlain } from './render.ts';

/** For one message with all its corrected repetitions. */
export const TELEGRAM_TOTAL_MS = 25_000;
/** A moved group, a lost topic and refused mark-up can come together; each is corrected once. */
const MAX_CALLS = 4;

export interface TelegramConfig {
  /** A number, or `@name` of a public channel. */
  readonly chat_id: number | string;
  readonly thread_id?: number | undefined;
  /** What the chat is called, for showing. */
  readonly title?: string | undefined;
}

const configSchema: z.ZodType<TelegramConfig> = z.strictObject({
  chat_id: z.union([
    z.int(),
    z.string().regex(/^(-?\d{1,16}|@[A-Za-z]\w{3,31})$/, 'Must be the number of a chat or the @name of a channel.'),
  ]),
  thread_id: z.int().positive().optional(),
  title: z.string().max(255).optional(),
});

export interface TelegramDeps {
  readonly door: OutboundDoor;
  readonly clock: Clock;
  /** Null where the operator set no TELEGRAM_BOT_TOKEN. */
  readonly token: string | null;
  readonly apiBase: string;
  readonly proxyUrl: string | null;
}

/** One form for a chat's number, however it was written; `@names` are told apart from numbers by their @. */
export function chatAddress(chatId: number | string): string {
  const text = String(chatId);
  return text.startsWith('@') ? text.toLowerCase() : String(BigInt(text));
}

const NOT_CONFIGURED: SendOutcome = {
  ok: false,
  kind: 'operator',
  code: 'not_configured',
  safeText: 'Telegram is not set up on this server: TELEGRAM_BOT_TOKEN is missing.',
};

/** One message as it is tried; each correction changes one thing. */
interface Attempt {
  readonly config: TelegramConfig;
  readonly isPlain: boolean;
}

/** Sends through the operator's bot. Telegram has no key for repetitions: after a time-out one may come twice. */
export function createTelegramChannel(deps: TelegramDeps): ChannelKind<TelegramConfig> {
  const { token, apiBase, proxyUrl } = deps;
  const api = token === null ? null : createTelegramApi(deps.door, { token, apiBase, proxyUrl });
  const secrets = [token ?? '', ...secretsOfUrl(proxyUrl ?? '')].filter((secret) => secret !== '');
  return {
    kind: 'telegram',
    audience: 'people',
    configSchema,
    mask: (config) => ({ ...config }),
    destination: () => hostOf(apiBase),
    address: (config) => chatAddress(config.chat_id),
    async send(request) {
      if (api === null) return NOT_CONFIGURED;
      const deadline = startDeadline(deps.clock, TELEGRAM_TOTAL_MS);
      let attempt: Attempt = { config: request.config, isPlain: false };
      for (let calls = 1; ; calls += 1) {
        const result = await sendOnce(api, request, attempt, deadline);
        if (result.ok) return taken(result.result.message_id, request.config, attempt);
        if (result.failure !== null) return unreachable(result, secrets);
        const corrected = correct(attempt, result);
        if (corrected === null || calls === MAX_CALLS || deadline.isOver()) return refused(result, secrets);
        attempt = corrected;
      }
    },
  };
}

function sendOnce(api: TelegramApi, request: SendRequest<TelegramConfig>, attempt: Attempt, deadline: Deadline) {
  const { message, openingProviderId, signal } = request;
  const { chat_id, thread_id } = attempt.config;
  const text = attempt.isPlain ? renderTelegramPlain(message) : renderTelegramHtml(message);
  const opening = Number(openingProviderId ?? Number.NaN);
  const other = {
    link_preview_options: { is_disabled: true },
    ...(attempt.isPlain ? {} : { parse_mode: 'HTML' as const }),
    ...(thread_id === undefined ? {} : { message_thread_id: thread_id }),
    ...(Number.isSafeInteger(opening)
      ? { reply_parameters: { message_id: opening, allow_sending_without_reply: true } }
      : {}),
  };
  return api.call((client) => client.sendMessage(chat_id, text, other), { timeoutMs: deadline.remainingMs(), signal });
}

function taken(messageId: number, before: TelegramConfig, attempt: Attempt): SendOutcome {
  const outcome = { ok: true, status: 200, providerId: String(messageId) } as const;
  return attempt.config === before ? outcome : { ...outcome, newConfig: attempt.config };
}

/** What to send instead, when Telegram's refusal says how it would be taken; null when it does not. */
function correct(attempt: Attempt, refusal: TelegramRefusal): Attempt | null {
  const { config } = attempt;
  if (refusal.migratedTo !== null && refusal.migratedTo !== config.chat_id) {
    return { ...attempt, config: { ...config, chat_id: refusal.migratedTo } };
  }
  if (/message thread not found/i.test(refusal.description) && config.thread_id !== undefined) {
    const { thread_id: _gone, ...rest } = config;
    return { ...attempt, config: rest };
  }
  const isOurMarkup = /can't parse entities|message is too long/i.test(refusal.description);
  return isOurMarkup && !attempt.isPlain ? { ...attempt, isPlain: true } : null;
}

/** 400s that tell of the chat, not of the text. */
const DEAD_CHAT =
  /chat not found|not enough rights|no rights to send|CHAT_WRITE_FORBIDDEN|CHAT_RESTRICTED|TOPIC_CLOSED|TOPIC_DELETED|PEER_ID_INVALID|user not found|group chat was (deactivated|upgraded)|administrator rights|chat_id is empty|message thread not found/i;

function refused(refusal: TelegramRefusal, secrets: readonly string[]): SendFailure {
  const { errorCode, description } = refusal;
  const text = `Telegram answered ${errorCode}: ${description}`;
  return {
    ok: false,
    kind: kindOf(refusal),
    code: `telegram_${errorCode}`,
    status: errorCode,
    safeText: cleanText(text, secrets),
    ...(refusal.retryAfterMs === null ? {} : { retryAfterMs: boundedRetryAfter(refusal.retryAfterMs) }),
  };
}

function kindOf({ errorCode, description }: TelegramRefusal): FailureKind {
  // The method itself is not found or not allowed: the token is dead, which no user can change.
  if (errorCode === 401 || errorCode === 404) return 'operator';
  if (errorCode === 403) return 'permanent_channel';
  if (errorCode === 400) return DEAD_CHAT.test(description) ? 'permanent_channel' : 'permanent_message';
  return kindOfStatus(errorCode);
}

/** The address is the operator's: a closed or wrong one is the operator's to mend, the rest passes. */
function unreachable(
  result: Extract<TelegramResult<never>, { failure: object }>,
  secrets: readonly string[],
): SendFailure {
  const { code, text } = result.failure;
  const kind = code === 'blocked_address' || code === 'bad_url' ? 'operator' : 'temporary';
  return { ok: false, kind, code, safeText: cleanText(text, secrets) };
}
