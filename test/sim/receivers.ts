import { z } from 'zod';
import type { ChannelKind, ChannelKindName, SendOutcome } from '../../src/alerts/channels/contract.ts';
import type { MessageEvent } from '../../src/alerts/message.ts';
import type { Chance } from '../../src/platform/chance.ts';
import type { Clock } from '../../src/platform/clock.ts';
import type { Timeline } from './timeline.ts';

/**
 * How a receiver behaves. `cut`: it takes the message and the connection breaks before the answer is heard.
 * `refuse`: 429 with a wish for patience.
 */
export type Mood = 'well' | 'slow' | 'down' | 'refuse' | 'cut';

/** A message that a receiver took. */
export interface Heard {
  readonly at: number;
  readonly channel: string;
  readonly deliveryId: string;
  readonly events: readonly MessageEvent[];
  /** What the sender made of it: not told when the answer was cut off. */
  readonly wasAnswered: boolean;
}

/** An attempt as it arrived, taken or not. */
export interface Attempt {
  readonly at: number;
  /** The same as the server's clock shows it. */
  readonly serverAt: number;
  readonly channel: string;
  readonly deliveryId: string;
  /** Since when the receiver has been well without a break; null: it is not. */
  readonly wellSince: number | null;
}

export interface Receivers {
  readonly heard: readonly Heard[];
  /** The first attempt of each delivery. */
  readonly firstAttempts: ReadonlyMap<string, Attempt>;
  setMood(channel: string, mood: Mood): void;
  readonly moods: ReadonlyMap<string, Mood>;
  kinds(after: Clock['after']): ReadonlyMap<ChannelKindName, ChannelKind>;
}

const RETRY_AFTER_MS = 40_000;
/** An attempt gives up after this long, as the real channels do. */
const SEND_WITHIN_MS = 30_000;

const configSchema = z.object({ name: z.string() });
type Config = z.infer<typeof configSchema>;

/** Receivers within the process, on virtual time: each kind of audience once, any number of channels. */
export function createReceivers(timeline: Timeline, chance: Chance, serverNow: () => number): Receivers {
  const heard: Heard[] = [];
  const firstAttempts = new Map<string, Attempt>();
  const moods = new Map<string, Mood>();
  const wellSince = new Map<string, number | null>();
  const startAt = timeline.now();
  const latency = (mood: Mood) => (mood === 'slow' && chance.is(0.4) ? chance.int(5_000, 40_000) : chance.int(20, 300));

  const answerOf = (mood: Mood): SendOutcome => {
    if (mood === 'down') return { ok: false, kind: 'temporary', code: 'http_503', status: 503, safeText: 'away' };
    if (mood === 'cut') return { ok: false, kind: 'temporary', code: 'connection', safeText: 'cut off' };
    if (mood === 'refuse') {
      const retryAfterMs = RETRY_AFTER_MS;
      return { ok: false, kind: 'rate_limited', code: 'http_429', status: 429, safeText: 'patience', retryAfterMs };
    }
    return { ok: true, status: 200, answer: 'ok' };
  };

  const kindOf = (kind: ChannelKindName, audience: 'people' | 'machine', after: Clock['after']): ChannelKind => ({
    kind,
    audience,
    configSchema,
    mask: (config) => ({ ...(config as Config) }),
    destination: (config) => `${(config as Config).name}.test`,
    send: (request) =>
      new Promise((resolve) => {
        const { name } = request.config as Config;
        const { deliveryId } = request;
        if (!firstAttempts.has(deliveryId)) {
          const since = wellSince.get(name);
          firstAttempts.set(deliveryId, {
            at: timeline.now(),
            serverAt: serverNow(),
            channel: name,
            deliveryId,
            wellSince: since === undefined ? startAt : since,
          });
        }
        const mood = moods.get(name) ?? 'well';
        const takesMs = latency(mood);
        const { events } = request.message;
        const takes = mood === 'well' || mood === 'slow' || mood === 'cut';
        const isInTime = takesMs < SEND_WITHIN_MS;
        // Taken half-way, whatever becomes of the sender meanwhile.
        if (takes) {
          timeline.after(takesMs / 2, () => {
            heard.push({
              at: timeline.now(),
              channel: name,
              deliveryId,
              events,
              wasAnswered: mood !== 'cut' && isInTime && !request.signal.aborted,
            });
          });
        }
        const late: SendOutcome = { ok: false, kind: 'temporary', code: 'timeout', safeText: 'no answer in time' };
        after(Math.min(takesMs, SEND_WITHIN_MS), () => resolve(isInTime ? answerOf(mood) : late));
        request.signal.addEventListener('abort', () => resolve(late), { once: true });
      }),
  });

  return {
    heard,
    firstAttempts,
    moods,
    setMood(channel, mood) {
      moods.set(channel, mood);
      wellSince.set(channel, mood === 'well' ? timeline.now() : null);
    },
    kinds: (after) =>
      new Map<ChannelKindName, ChannelKind>([
        ['webhook', kindOf('webhook', 'machine', after)],
        ['slack', kindOf('slack', 'people', after)],
      ]),
  };
}
