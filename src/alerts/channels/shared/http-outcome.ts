import type {
  OutboundAnswer,
  OutboundFailure,
  OutboundFailureCode,
  OutboundHeaders,
} from '../../../platform/outbound/door.ts';
import type { FailureKind, SendFailure } from '../contract.ts';
import { cleanText } from './secrets.ts';

/** A receiver that wishes for a longer rest than this gets asked again all the same. */
export const MAX_RETRY_AFTER_MS = 24 * 3_600_000;

const DOOR_KINDS: Readonly<Record<OutboundFailureCode, FailureKind>> = {
  timeout: 'temporary',
  dns: 'temporary',
  connect: 'temporary',
  tls: 'temporary',
  protocol: 'temporary',
  aborted: 'temporary',
  too_many_redirects: 'temporary',
  blocked_address: 'permanent_channel',
  bad_url: 'permanent_channel',
};

/** What it means for a channel whose address the user gave that no answer came. */
export function doorFailureOutcome(failure: OutboundFailure, secrets: readonly string[]): SendFailure {
  const { code, status } = failure;
  return {
    ok: false,
    kind: DOOR_KINDS[code],
    code,
    safeText: cleanText(failure.text, secrets),
    ...(status === undefined ? {} : { status }),
  };
}

/**
 * The meaning of a status where the receiver's own words do not say more. 301 and 308 say that the address itself is
 * wrong, the other redirects may be a maintenance page.
 */
export function kindOfStatus(status: number): FailureKind {
  if (status === 429) return 'rate_limited';
  if (status === 408 || status === 425 || status >= 500) return 'temporary';
  if ([301, 308, 401, 403, 404, 410].includes(status)) return 'permanent_channel';
  return status < 400 ? 'temporary' : 'permanent_message';
}

export interface StatusContext {
  /** `host` as a person knows the receiver. */
  readonly host: string;
  readonly secrets: readonly string[];
  /** The instant of the attempt, to which a date in Retry-After is compared. */
  readonly attemptAt: number;
}

/** An answer that is not a success, judged by its status alone. */
export function statusFailure(answer: OutboundAnswer, context: StatusContext): SendFailure {
  return answerFailure(answer, context, kindOfStatus(answer.status), `http_${answer.status}`);
}

/** The same with a kind and a code of the receiver's own. */
export function answerFailure(
  answer: OutboundAnswer,
  context: StatusContext,
  kind: FailureKind,
  code: string,
): SendFailure {
  const retryAfterMs = retryAfter(answer.headers, context.attemptAt);
  const said = answer.body.toString('utf8').trim();
  const text =
    said === '' ? `${context.host} answered ${answer.status}.` : `${context.host} answered ${answer.status}: ${said}`;
  return {
    ok: false,
    kind,
    code,
    status: answer.status,
    safeText: cleanText(text, context.secrets),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** Retry-After as milliseconds from `now`: seconds or an HTTP date; undefined when absent or nonsense. */
export function retryAfter(headers: OutboundHeaders, now: number): number | undefined {
  const value = headers['retry-after'];
  if (typeof value !== 'string') return undefined;
  const isSeconds = /^\s*\d+(\.\d+)?\s*$/.test(value);
  const ms = isSeconds ? Math.ceil(Number(value) * 1_000) : Date.parse(value) - now;
  return Number.isFinite(ms) ? boundedRetryAfter(ms) : undefined;
}

export function boundedRetryAfter(ms: number): number {
  return Math.min(Math.max(0, ms), MAX_RETRY_AFTER_MS);
}
