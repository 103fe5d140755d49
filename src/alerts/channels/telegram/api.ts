import { Api, GrammyError, type Transformer } from 'grammy';
import type { ApiResponse } from 'grammy/types';
import { z } from 'zod';
import type { OutboundAnswer, OutboundDoor, OutboundFailure } from '../../../platform/outbound/door.ts';

/** The bot's own settings, the operator's (TELEGRAM_BOT_TOKEN, TELEGRAM_API_BASE, TELEGRAM_PROXY_URL). */
export interface TelegramSettings {
  readonly token: string;
  /** `https://api.telegram.org`, or a Bot API server of the operator's own. */
  readonly apiBase: string;
  readonly proxyUrl: string | null;
}

export type TelegramResult<T> =
  | { readonly ok: true; readonly result: T }
  /** Telegram said no. */
  | {
      readonly ok: false;
      readonly failure: null;
      readonly errorCode: number;
      readonly description: string;
      readonly retryAfterMs: number | null;
      readonly migratedTo: number | null;
    }
  /** Nothing that Telegram said came back. */
  | { readonly ok: false; readonly failure: OutboundFailure };

export type TelegramRefusal = Extract<TelegramResult<never>, { readonly failure: null }>;

export interface CallOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly maxResponseBytes?: number;
}

export interface TelegramApi {
  /** Makes one call with grammY's typed methods; what goes wrong is a value. */
  call<T>(make: (api: Api) => Promise<T>, options: CallOptions): Promise<TelegramResult<T>>;
}

/** What a Bot API server answers; anything else came from something in between. */
const envelope = z.union([
  z.object({ ok: z.literal(true), result: z.unknown() }),
  z.object({
    ok: z.literal(false),
    error_code: z.number(),
    description: z.string(),
    parameters: z.object({ retry_after: z.number().optional(), migrate_to_chat_id: z.number().optional() }).optional(),
  }),
]);

class DoorError extends Error {
  readonly failure: OutboundFailure;
  constructor(failure: OutboundFailure) {
    super(failure.code);
    this.failure = failure;
  }
}

/**
 * The Bot API by grammY's methods over our own door. A transformer that never calls the next one takes the place of
 * grammY's own transport, so that its timers and its HTTP client are never used and our deadline and proxy hold.
 */
export function createTelegramApi(door: OutboundDoor, settings: TelegramSettings): TelegramApi {
  const base = settings.apiBase.replace(/\/+$/, '');

  function transport({ timeoutMs, signal, maxResponseBytes }: CallOptions): Transformer {
    return async (_next, method, payload) => {
      const answer = await door.request({
        url: `${base}/bot${settings.token}/${method}`,
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(payload),
        timeoutMs,
        isOperatorTarget: true,
        ...(signal === undefined ? {} : { signal }),
        ...(maxResponseBytes === undefined ? {} : { maxResponseBytes }),
        ...(settings.proxyUrl === null ? {} : { proxyUrl: settings.proxyUrl }),
      });
      if (!answer.ok) throw new DoorError(answer);
      return readEnvelope(answer);
    };
  }

  return {
    async call(make, options) {
      const api = new Api(settings.token);
      api.config.use(transport(options));
      try {
        return { ok: true, result: await make(api) };
      } catch (error) {
        if (error instanceof DoorError) return { ok: false, failure: error.failure };
        if (error instanceof GrammyError) return refusal(error);
        throw error;
      }
    },
  };
}

/** grammY wants its own type for what `result` may be; only Telegram knows, so the caller's method decides. */
function readEnvelope<T>(answer: OutboundAnswer): ApiResponse<T> {
  const parsed = envelope.safeParse(parseJson(answer.body.toString('utf8')));
  if (parsed.success && !answer.truncated) {
    const { data } = parsed;
    if (data.ok) return { ok: true, result: data.result as T };
    const { retry_after, migrate_to_chat_id } = data.parameters ?? {};
    return {
      ok: false,
      error_code: data.error_code,
      description: data.description,
      parameters: {
        ...(retry_after === undefined ? {} : { retry_after }),
        ...(migrate_to_chat_id === undefined ? {} : { migrate_to_chat_id }),
      },
    };
  }
  // A proxy's or a gateway's page: its status says as much as there is to know.
  const description = `answered ${answer.status} without words of Telegram's`;
  return { ok: false, error_code: answer.status < 400 ? 502 : answer.status, description };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function refusal(error: GrammyError): TelegramRefusal {
  const { retry_after, migrate_to_chat_id } = error.parameters;
  return {
    ok: false,
    failure: null,
    errorCode: error.error_code,
    description: error.description,
    retryAfterMs: retry_after === undefined ? null : retry_after * 1_000,
    migratedTo: migrate_to_chat_id ?? null,
  };
}
