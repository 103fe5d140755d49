import type { ChannelKind } from '../../src/alerts/channels/contract.ts';
import type { HttpReceiver, Reply } from '../harness/receivers/http-receiver.ts';
import type { Scene, SceneTools, Situation } from './channel-contract.ts';

/** What differs between the receivers of HTTP channels. */
export interface HttpSceneParts {
  readonly http: HttpReceiver;
  readonly rateLimited: Reply;
  /** Turns the receiver into one whose address is gone. */
  readonly goAway: () => void;
  /** The channel and its settings for a receiver at `base` (`http://host:port`). */
  readonly build: (base: string, tools: SceneTools) => { channel: ChannelKind; config: unknown };
  readonly repetitionKeys?: () => readonly string[];
}

/** Arranges a situation for a channel that speaks HTTP to one receiver. */
export async function arrangeHttpScene(situation: Situation, tools: SceneTools, parts: HttpSceneParts): Promise<Scene> {
  const { http } = parts;
  let base = http.url;
  // The receiver repeats what it was sent: nothing of it may come back in an outcome.
  if (situation === 'server_error')
    http.setReply((request) => ({
      status: 503,
      body: `cannot serve ${http.url}${request.path} ${Object.values(request.headers).join(' ')}`,
    }));
  if (situation === 'rate_limited') http.setReply(parts.rateLimited);
  if (situation === 'gone') parts.goAway();
  if (situation === 'hanging') http.setReply({ hang: true });
  if (situation === 'stalled') http.setReply({ stall: { status: 200, body: 'o' } });
  if (situation === 'endless') http.setReply({ endless: { status: 200 } });
  if (situation === 'cut') http.setReply({ cut: true });
  if (situation === 'refused') await http.close();
  if (situation === 'unknown_name') base = 'http://no-such-host.test';
  const isOpenEnded = situation === 'hanging' || situation === 'endless';
  return {
    ...parts.build(base, tools),
    reached: () => http.waitForRequest(),
    ...(isOpenEnded ? { hungUp: () => http.waitForHangUp() } : {}),
    ...(parts.repetitionKeys ? { repetitionKeys: parts.repetitionKeys } : {}),
    close: async () => {
      if (situation !== 'refused') await http.close();
    },
  };
}
