import { z } from 'zod';
import { type HttpReceiver, type Reply, startHttpReceiver } from './http-receiver.ts';

const text = (max: number) => z.object({ type: z.enum(['mrkdwn', 'plain_text']), text: z.string().min(1).max(max) });
const block = z.union([
  z.object({ type: z.literal('header'), text: text(150).extend({ type: z.literal('plain_text') }) }),
  z.object({ type: z.literal('section'), text: text(3_000) }),
  z.object({ type: z.literal('section'), fields: z.array(text(2_000)).min(1).max(10) }),
]);
const payload = z.object({ text: z.string().min(1).max(40_000), blocks: z.array(z.unknown()).max(50).optional() });

export type SlackState = 'active' | 'removed' | 'archived' | 'deactivated' | 'refuses_blocks';

export interface SlackReceiver {
  /** The whole URL of the hook: a secret. */
  readonly hookUrl: string;
  readonly http: HttpReceiver;
  setState(state: SlackState): void;
  /** The payloads that were taken. */
  readonly taken: readonly Record<string, unknown>[];
  close(): Promise<void>;
}

/** An incoming webhook on loopback that checks blocks as Slack does and refuses in Slack's words. */
export async function startSlackReceiver(): Promise<SlackReceiver> {
  const path = '/services/T0ALLSWELL/B0WATCHMAN/sEcReTsEcReTsEcReT';
  const taken: Record<string, unknown>[] = [];
  let state: SlackState = 'active';
  const http = await startHttpReceiver({
    reply(request) {
      if (request.path !== path || state === 'removed') return say(404, 'no_service');
      if (state === 'archived') return say(410, 'channel_is_archived');
      if (state === 'deactivated') return say(403, 'invalid_token');
      const parsed = payload.safeParse(tryJson(request.text));
      if (!parsed.success) return say(400, 'invalid_payload');
      const blocks = parsed.data.blocks ?? [];
      const areWrong = blocks.some((one) => !block.safeParse(one).success);
      if (areWrong || (state === 'refuses_blocks' && blocks.length > 0)) return say(400, 'invalid_blocks');
      taken.push(parsed.data);
      return say(200, 'ok');
    },
  });
  return {
    hookUrl: `${http.url}${path}`,
    http,
    taken,
    setState: (next) => {
      state = next;
    },
    close: () => http.close(),
  };
}

function say(status: number, body: string): Reply {
  return { status, headers: { 'content-type': 'text/html' }, body };
}

function tryJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
