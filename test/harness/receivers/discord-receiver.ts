import { z } from 'zod';
import { type HttpReceiver, type Reply, startHttpReceiver } from './http-receiver.ts';

const MAX_EMBED_LENGTH = 6_000;
const field = z.object({ name: z.string().min(1).max(256), value: z.string().min(1).max(1_024), inline: z.boolean() });
const embed = z.object({
  description: z.string().min(1).max(4_096),
  color: z.int().min(0).max(0xffffff),
  fields: z.array(field).max(25),
});
const payload = z.object({
  content: z.string().min(1).max(2_000),
  embeds: z.array(embed).max(10).optional(),
  allowed_mentions: z.object({ parse: z.array(z.never()) }),
});
type Payload = z.infer<typeof payload>;

export type DiscordState = 'active' | 'removed' | 'revoked' | 'forum' | 'refuses_embeds';

export interface DiscordReceiver {
  /** The whole URL of the webhook: a secret. */
  readonly hookUrl: string;
  readonly http: HttpReceiver;
  setState(state: DiscordState): void;
  /** The payloads that were taken, each with the thread it went to. */
  readonly taken: readonly (Payload & { readonly threadId: string | null })[];
  close(): Promise<void>;
}

/** A Discord webhook on loopback with Discord's limits, codes and answers. */
export async function startDiscordReceiver(): Promise<DiscordReceiver> {
  const path = '/api/webhooks/112233445566778899/sEcReT-sEcReT_sEcReT';
  const taken: (Payload & { threadId: string | null })[] = [];
  let state: DiscordState = 'active';
  const http = await startHttpReceiver({
    reply(request) {
      const url = new URL(request.path, 'http://discord.test');
      const threadId = url.searchParams.get('thread_id');
      if (url.pathname !== path || state === 'removed') return refuse(404, 10015, 'Unknown Webhook');
      if (state === 'revoked') return refuse(401, 50027, 'Invalid Webhook Token');
      if (state === 'forum' && threadId === null) {
        return refuse(400, 220001, 'Webhooks posted to forum channels must have a thread_name or thread_id');
      }
      const parsed = payload.safeParse(tryJson(request.text));
      const isTooLong = (parsed.data?.embeds ?? []).some((one) => lengthOf(one) > MAX_EMBED_LENGTH);
      const isRefused = state === 'refuses_embeds' && parsed.data?.embeds !== undefined;
      if (!parsed.success || isTooLong || isRefused) return refuse(400, 50035, 'Invalid Form Body');
      taken.push({ ...parsed.data, threadId });
      if (url.searchParams.get('wait') !== 'true') return { status: 204 };
      return json(200, { id: String(9_000_000_000_000_000 + taken.length), type: 0 });
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

function lengthOf(one: z.infer<typeof embed>): number {
  return one.description.length + one.fields.reduce((sum, { name, value }) => sum + name.length + value.length, 0);
}

function refuse(status: number, code: number, message: string): Reply {
  return json(status, { message, code });
}

function json(status: number, body: unknown): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** The answer of Discord's limiter, for scripts: exact in the body, rounded up in the header. */
export function discordRateLimit(seconds: number): Reply {
  const headers = { 'content-type': 'application/json', 'retry-after': String(Math.ceil(seconds)) };
  const body = JSON.stringify({ message: 'You are being rate limited.', retry_after: seconds, global: false });
  return { status: 429, headers, body };
}

function tryJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
