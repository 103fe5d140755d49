import { z } from 'zod';
import type { Clock } from '../../../platform/clock.ts';
import type { OutboundAnswer, OutboundDoor } from '../../../platform/outbound/door.ts';
import type { ChannelKind, FailureKind, SendOutcome, SendRequest } from '../contract.ts';
import { startDeadline } from '../shared/deadline.ts';
import { hookUrlSchema, hostOf } from '../shared/hook-url.ts';
import { answerFailure, doorFailureOutcome, statusFailure } from '../shared/http-outcome.ts';
import { maskUrl, secretsOfUrl } from '../shared/secrets.ts';
import { renderSlack, renderSlackPlain, type SlackPayload } from './render.ts';

/** For a message and its plain repetition together. */
export const SLACK_TOTAL_MS = 20_000;

export interface SlackConfig {
  /** An incoming webhook; the whole URL is a secret. */
  readonly url: string;
}

const configSchema: z.ZodType<SlackConfig> = z.strictObject({ url: hookUrlSchema });

/** Slack's own words for what it answers; all others are judged by their status. */
const WORDS: Readonly<Record<string, FailureKind>> = {
  invalid_token: 'permanent_channel',
  no_service: 'permanent_channel',
  no_service_id: 'permanent_channel',
  no_active_hooks: 'permanent_channel',
  no_team: 'permanent_channel',
  team_disabled: 'permanent_channel',
  channel_not_found: 'permanent_channel',
  channel_is_archived: 'permanent_channel',
  user_not_found: 'permanent_channel',
  action_prohibited: 'permanent_channel',
  posting_to_general_channel_denied: 'permanent_channel',
  invalid_payload: 'permanent_message',
  invalid_blocks: 'permanent_message',
  no_text: 'permanent_message',
  too_many_attachments: 'permanent_message',
  rollup_error: 'temporary',
};

/** Slack's incoming webhooks, and those of servers that imitate them. Taken is only a 200 with the body `ok`. */
export function createSlackChannel({ door, clock }: { door: OutboundDoor; clock: Clock }): ChannelKind<SlackConfig> {
  async function post(
    payload: SlackPayload,
    request: SendRequest<SlackConfig>,
    timeoutMs: number,
  ): Promise<SendOutcome> {
    const { url } = request.config;
    const answer = await door.request({
      url,
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(payload),
      timeoutMs,
      signal: request.signal,
    });
    if (!answer.ok) return doorFailureOutcome(answer, secretsOfUrl(url));
    return judge(answer, request);
  }

  return {
    kind: 'slack',
    audience: 'people',
    configSchema,
    mask: (config) => ({ url: maskUrl(config.url) }),
    destination: (config) => hostOf(config.url),
    async send(request) {
      const deadline = startDeadline(clock, SLACK_TOTAL_MS);
      const outcome = await post(renderSlack(request.message), request, deadline.remainingMs());
      if (outcome.ok || outcome.kind !== 'permanent_message' || deadline.isOver()) return outcome;
      // Better a plain alarm than none: it was the form that was refused.
      return post(renderSlackPlain(request.message), request, deadline.remainingMs());
    },
  };
}

function judge(answer: OutboundAnswer, { config, attemptAt }: SendRequest<SlackConfig>): SendOutcome {
  const said = answer.body.toString('utf8').trim();
  if (answer.status === 200 && said === 'ok') return { ok: true, status: 200, answer: said };
  const context = { host: hostOf(config.url), secrets: secretsOfUrl(config.url), attemptAt };
  const kind = WORDS[said];
  if (kind !== undefined && answer.status >= 400) return answerFailure(answer, context, kind, said);
  // A page of a proxy or of a portal: nothing that Slack said, so nothing that tells of the channel.
  if (answer.status < 300) return answerFailure(answer, context, 'temporary', 'unexpected_answer');
  return statusFailure(answer, context);
}
