import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import type { OutboundDoor } from '../../platform/outbound/door.ts';
import type { ChannelKind, ChannelKindName } from './contract.ts';
import { createDiscordChannel } from './discord/index.ts';
import { createEmailChannel } from './email/index.ts';
import { createSlackChannel } from './slack/index.ts';
import { createTelegramChannel } from './telegram/index.ts';
import { createWebhookChannel } from './webhook/index.ts';

export interface ChannelDeps {
  readonly door: OutboundDoor;
  readonly clock: Clock;
  readonly logger: Logger;
  /** ALLSWELL_URL. */
  readonly publicUrl: string;
  readonly smtpUrl: string | null;
  readonly mailFrom: string | null;
  readonly telegram: {
    readonly token: string | null;
    readonly apiBase: string;
    readonly proxyUrl: string | null;
  };
}

export type ChannelKinds = ReadonlyMap<ChannelKindName, ChannelKind>;

/**
 * All kinds of channels, one line each. A kind whose operator's setting is missing is there all the same, so that its
 * channels can be kept and shown; sending fails as `operator` / `not_configured`.
 */
export function createChannelKinds(deps: ChannelDeps): ChannelKinds {
  const kinds: readonly ChannelKind[] = [
    createWebhookChannel(deps),
    createEmailChannel(deps),
    createSlackChannel(deps),
    createTelegramChannel({ ...deps, ...deps.telegram }),
    createDiscordChannel(deps),
  ];
  return new Map(kinds.map((kind) => [kind.kind, guarded(kind, deps.logger)]));
}

/** Lets go of everything that any kind keeps open. */
export async function closeChannelKinds(kinds: ChannelKinds): Promise<void> {
  await Promise.all([...kinds.values()].map((kind) => kind.close?.()));
}

/** `send` never throws, not even where we made a mistake: that costs one attempt, not the loop that sends. */
function guarded(kind: ChannelKind, logger: Logger): ChannelKind {
  return {
    ...kind,
    async send(request) {
      try {
        return await kind.send(request);
      } catch (error) {
        logger.error('a channel failed in a way it does not know', { kind: kind.kind, error });
        const safeText = 'The message could not be sent because of a fault of this server; the log says more.';
        return { ok: false, kind: 'temporary', code: 'internal', safeText };
      }
    },
  };
}
