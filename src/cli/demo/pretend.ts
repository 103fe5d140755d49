import type { ChannelKind, SendOutcome } from '../../alerts/channels/contract.ts';
import type { ChannelKinds } from '../../alerts/channels/registry.ts';
import type { Instant } from '../../core/instant.ts';
import type { Chance } from '../../platform/chance.ts';
import { TEAMS } from './story.ts';
import type { StoryClock } from './story-clock.ts';

/** Of the messages to places that work, so many are not taken at the first try. */
const BUSY = 0.02;

const OK_ANSWERS: Readonly<Record<ChannelKind['kind'], { readonly status: number; readonly answer: string }>> = {
  webhook: { status: 200, answer: '{"ok":true}' },
  email: { status: 250, answer: '2.0.0 Ok: queued' },
  slack: { status: 200, answer: 'ok' },
  telegram: { status: 200, answer: '' },
  discord: { status: 200, answer: '' },
};

/** Addresses of the stories that are gone, and so long before the beginning they went. */
const GONE: ReadonlyMap<unknown, number> = new Map(
  TEAMS.flatMap(({ channels }) =>
    channels.flatMap(({ config, goneMs }) => (goneMs === undefined ? [] : [[(config as { url: string }).url, goneMs]])),
  ),
);

export interface PretendOptions {
  readonly chance: Chance;
  readonly shownAt: Instant;
  /** Moved by as much as a sending would have taken, where time has to be moved. */
  readonly clock?: StoryClock;
}

/** Channels that answer as their services would and send nothing anywhere. */
export function pretend(kinds: ChannelKinds, options: PretendOptions): ChannelKinds {
  return new Map([...kinds].map(([name, kind]) => [name, pretendOne(kind, options)]));
}

function pretendOne(kind: ChannelKind, { chance, shownAt, clock }: PretendOptions): ChannelKind {
  return {
    ...kind,
    destination: (config) => kind.destination(config) || 'mail.example.com',
    async send({ config, attemptAt }): Promise<SendOutcome> {
      clock?.moveTo(clock.now() + chance.int(90, 640));
      const goneMs = GONE.get((config as { readonly url?: string }).url);
      if (goneMs !== undefined && attemptAt >= shownAt - goneMs) {
        return {
          ok: false,
          kind: 'permanent_channel',
          code: 'http_410',
          status: 410,
          safeText: 'This hook was removed.',
        };
      }
      if (chance.is(BUSY)) {
        return { ok: false, kind: 'temporary', code: 'http_503', status: 503, safeText: 'Service Unavailable' };
      }
      const { status, answer } = OK_ANSWERS[kind.kind];
      return { ok: true, status, answer, providerId: String(chance.int(1_000, 999_999)) };
    },
  };
}
