import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../../../platform/clock.ts';
import type { OutboundDoor } from '../../../platform/outbound/door.ts';
import type { MessageEvent } from '../../message.ts';
import type { ChannelKind, SendOutcome, SendRequest } from '../contract.ts';
import { startDeadline } from '../shared/deadline.ts';
import { hookUrlSchema, hostOf } from '../shared/hook-url.ts';
import { doorFailureOutcome, statusFailure } from '../shared/http-outcome.ts';
import { cleanText, maskSecret, maskUrl, secretsOfUrl } from '../shared/secrets.ts';
import { headersSchema } from './headers.ts';

/** The time for one POST, and for all of a message's together. */
export const WEBHOOK_TIMEOUT_MS = 20_000;
export const WEBHOOK_TOTAL_MS = 28_000;
const SECRET_BYTES = 32;

export interface WebhookConfig {
  readonly url: string;
  /** `whsec_` and the base64 of 24 to 64 bytes; made by us when the person gives none. */
  readonly secret?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

const configSchema: z.ZodType<WebhookConfig> = z.strictObject({
  url: hookUrlSchema,
  secret: z.string().refine(isSigningSecret, 'Must be "whsec_" followed by the base64 of 24 to 64 bytes.').optional(),
  headers: headersSchema.optional(),
});

function isSigningSecret(text: string): boolean {
  if (!/^whsec_[A-Za-z0-9+/]+={0,2}$/.test(text)) return false;
  const key = signingKey(text);
  return (
    key.length >= 24 &&
    key.length <= 64 &&
    key.toString('base64').replace(/=+$/, '') === text.slice(6).replace(/=+$/, '')
  );
}

function signingKey(secret: string): Buffer {
  return Buffer.from(secret.slice('whsec_'.length), 'base64');
}

export interface WebhookDeps {
  readonly door: OutboundDoor;
  readonly clock: Clock;
}

/** Standard Webhooks 1.0: one signed POST per event, the same id on every attempt. */
export function createWebhookChannel({ door, clock }: WebhookDeps): ChannelKind<WebhookConfig> {
  async function post(event: MessageEvent, id: string, request: SendRequest<WebhookConfig>, timeoutMs: number) {
    const { config, attemptAt } = request;
    const { type, timestamp, data } = event;
    const body = JSON.stringify({ type, timestamp, data });
    const headers = { ...config.headers, ...signedHeaders(id, attemptAt, body, config.secret) };
    const answer = await door.request({
      url: config.url,
      method: 'POST',
      headers,
      body,
      timeoutMs,
      signal: request.signal,
    });
    return judge(answer, config, attemptAt);
  }

  return {
    kind: 'webhook',
    audience: 'machine',
    configSchema,
    prepareConfig: (config, random) => ({
      ...config,
      secret: config.secret ?? `whsec_${random.bytes(SECRET_BYTES).toString('base64')}`,
    }),
    mask: (config) => ({
      url: maskUrl(config.url),
      ...(config.secret === undefined ? {} : { secret: maskSecret(config.secret) }),
      ...(config.headers === undefined ? {} : { headers: masked(config.headers) }),
    }),
    destination: (config) => hostOf(config.url),
    async send(request) {
      const deadline = startDeadline(clock, WEBHOOK_TOTAL_MS);
      const { events } = request.message;
      let last: SendOutcome = TOO_SLOW;
      for (const [index, event] of events.entries()) {
        if (deadline.isOver()) return TOO_SLOW;
        // The first keeps the delivery's own id: it may have been sent alone before, when the others were not known yet.
        const id = index === 0 ? request.deliveryId : `${request.deliveryId}.${index}`;
        last = await post(event, id, request, Math.min(WEBHOOK_TIMEOUT_MS, deadline.remainingMs()));
        if (!last.ok) return last;
      }
      return last;
    },
  };
}

const TOO_SLOW: SendOutcome = {
  ok: false,
  kind: 'temporary',
  code: 'timeout',
  safeText: 'The receiver was too slow for all events of the message.',
};

function signedHeaders(
  id: string,
  attemptAt: number,
  body: string,
  secret: string | undefined,
): Record<string, string> {
  const timestamp = String(Math.floor(attemptAt / 1_000));
  const headers = { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': timestamp };
  if (secret === undefined) return headers;
  const signature = createHmac('sha256', signingKey(secret)).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { ...headers, 'webhook-signature': `v1,${signature}` };
}

function judge(
  answer: Awaited<ReturnType<OutboundDoor['request']>>,
  config: WebhookConfig,
  attemptAt: number,
): SendOutcome {
  const secrets = [...secretsOfUrl(config.url), ...Object.values(config.headers ?? {}), config.secret ?? ''];
  const { status } = answer;
  const isTaken = status !== undefined && status >= 200 && status < 300;
  // The status is the answer: a body that does not end takes nothing back, and a repetition would only double it.
  if (!answer.ok) return isTaken ? { ok: true, status } : doorFailureOutcome(answer, secrets);
  if (!isTaken) return statusFailure(answer, { host: hostOf(config.url), secrets, attemptAt });
  return { ok: true, status: answer.status, answer: cleanText(answer.body.toString('utf8'), secrets) };
}

function masked(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, maskSecret(value)]));
}
