import { z } from 'zod';
import type { Clock } from '../../../platform/clock.ts';
import type { OutboundAnswer, OutboundDoor } from '../../../platform/outbound/door.ts';
import type { ChannelKind, SendOutcome, SendRequest } from '../contract.ts';
import { startDeadline } from '../shared/deadline.ts';
import { hookUrlSchema, hostOf } from '../shared/hook-url.ts';
import { answerFailure, boundedRetryAfter, doorFailureOutcome, statusFailure } from '../shared/http-outcome.ts';
import { maskUrl, secretsOfUrl } from '../shared/secrets.ts';
import { type DiscordPayload, renderDiscord, renderDiscordPlain } from './render.ts';

/** For a message and its plain repetition together. */
export const DISCORD_TOTAL_MS = 20_000;

export interface DiscordConfig {
  /** A channel's webhook, with `thread_id` where a thread is meant; the whole URL is a secret. */
  readonly url: string;
}

const configSchema: z.ZodType<DiscordConfig> = z.strictObject({ url: hookUrlSchema });

/** Discord's codes that tell of the channel although their status does not. */
const DEAD_CHANNEL_CODES = new Set([
  10003, // unknown channel: the thread is gone
  10015, // unknown webhook
  50027, // invalid webhook token
  50083, // the thread is archived
  160005, // the thread is locked
  220001, // a forum's webhook needs a thread
]);

const bodySchema = z.object({
  id: z.string().optional(),
  code: z.number().optional(),
  retry_after: z.number().optional(),
});
type Body = z.infer<typeof bodySchema>;

/** Discord's webhooks. Nothing is sent again to a dead one at once: too many refused requests block our address. */
export function createDiscordChannel({
  door,
  clock,
}: {
  door: OutboundDoor;
  clock: Clock;
}): ChannelKind<DiscordConfig> {
  async function post(payload: DiscordPayload, request: SendRequest<DiscordConfig>, timeoutMs: number) {
    const answer = await door.request({
      url: waiting(request.config.url),
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(payload),
      timeoutMs,
      signal: request.signal,
    });
    if (!answer.ok) return doorFailureOutcome(answer, secretsOfUrl(request.config.url));
    return judge(answer, request);
  }

  return {
    kind: 'discord',
    audience: 'people',
    configSchema,
    mask: (config) => ({ url: maskUrl(config.url) }),
    destination: (config) => hostOf(config.url),
    async send(request) {
      const deadline = startDeadline(clock, DISCORD_TOTAL_MS);
      const outcome = await post(renderDiscord(request.message), request, deadline.remainingMs());
      if (outcome.ok || outcome.kind !== 'permanent_message' || deadline.isOver()) return outcome;
      return post(renderDiscordPlain(request.message), request, deadline.remainingMs());
    },
  };
}

/** With `wait=true` Discord answers when the message is stored, and gives its id. */
function waiting(text: string): string {
  const url = URL.parse(text);
  if (url === null) return text;
  url.searchParams.set('wait', 'true');
  return url.href;
}

function judge(answer: OutboundAnswer, { config, attemptAt }: SendRequest<DiscordConfig>): SendOutcome {
  const { status } = answer;
  const body = parseBody(answer);
  const context = { host: hostOf(config.url), secrets: secretsOfUrl(config.url), attemptAt };
  if (status === 204) return { ok: true, status };
  if (status < 300) {
    // Without an id it was not Discord that answered.
    if (body.id === undefined) return answerFailure(answer, context, 'temporary', 'unexpected_answer');
    return { ok: true, status, providerId: body.id };
  }
  const isDead = body.code !== undefined && DEAD_CHANNEL_CODES.has(body.code);
  const failure = isDead
    ? answerFailure(answer, context, 'permanent_channel', `discord_${body.code}`)
    : statusFailure(answer, context);
  if (status !== 429 || body.retry_after === undefined) return failure;
  // The body's figure is exact, the header's is rounded.
  return { ...failure, retryAfterMs: boundedRetryAfter(Math.ceil(body.retry_after * 1_000)) };
}

function parseBody(answer: OutboundAnswer): Body {
  try {
    const parsed = bodySchema.safeParse(JSON.parse(answer.body.toString('utf8')));
    return parsed.success ? parsed.data : {};
  } catch {
    // Not JSON: an error page of something in between, which has no code to look at.
    return {};
  }
}
