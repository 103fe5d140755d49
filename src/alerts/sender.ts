import { type Instant, MINUTE_MS, SECOND_MS } from '../core/instant.ts';
import { type Clock, sleep } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Random } from '../platform/random.ts';
import type { Database } from '../store/database.ts';
import {
  absorbEndings,
  type ChannelForSending,
  type ClaimedDelivery,
  claimDeliveries,
  closeDigest,
  lockClaimed,
  readChannelForSending,
  readNoticeFacts,
  renewLeases,
} from '../store/deliveries.ts';
import { markLeftOut } from '../store/delivery-outcomes.ts';
import { createDueWork, type DueTimes, type DueWork } from '../store/due-work.ts';
import { isRetryable, isUnavailable } from '../store/errors.ts';
import type { Sealer } from '../store/seal.ts';
import { readSiteStories } from '../store/site-stories.ts';
import { MAX_ATTEMPTS } from './backoff.ts';
import { channelSealContext } from './channel-records.ts';
import type { ChannelKind, ChannelKindName, SendOutcome } from './channels/contract.ts';
import { type Composition, compose } from './compose.ts';
import { type Outcome, saveOutcome } from './outcome.ts';
import { keepQuiet } from './quiet.ts';
import { renderMessage } from './render.ts';

/** Sendings under way at this node, in all and per destination host (RULES §5). */
export const MAX_SENDINGS = 50;
export const MAX_SENDINGS_PER_DESTINATION = 2;
/** A sender that died holds nothing longer than this. */
export const LEASE_MS = 15 * SECOND_MS;
const RENEW_EVERY_MS = 5 * SECOND_MS;
/** The loop looks at least this often. */
const MAX_SLEEP_MS = 500;
/** A message lists no more than this many notices; the rest is counted. */
const MAX_NOTICES_AT_HAND = 200;
/** And the notice of a gateway no more than this many monitors behind it. */
const MAX_HELD_AT_HAND = 100;
/** What a sending came to is written again and again while the database is away, so that it need not be repeated. */
const SAVE_WITHIN_MS = 5 * MINUTE_MS;
const SAVE_EVERY_MS = SECOND_MS / 2;
/** At a stop, sendings under way get this long. */
export const STOP_WITHIN_MS = 10 * SECOND_MS;

export interface SenderOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly logger: Logger;
  readonly sealer: Sealer;
  readonly channelKinds: ReadonlyMap<ChannelKindName, ChannelKind>;
  /** Where the dashboard is, without a trailing slash. */
  readonly publicUrl: string;
  readonly unsubscribeUrl: (channelId: string) => string;
  /** Shared by the loops of a node; by itself it asks for itself. */
  readonly due?: DueWork;
}

/** Sends what is due: at least once, in order, and nobody waits for a slow receiver but those behind it. */
export interface Sender {
  start(): void;
  stop(): Promise<void>;
  /** Claims what is due now and begins to send it; answers how many were begun. */
  look(): Promise<number>;
  readonly lastLookMonotonic: number;
  readonly underWay: number;
}

export function createSender(options: SenderOptions): Sender {
  const { database, clock, logger, due = createDueWork(options) } = options;
  const abort = new AbortController();
  // Sendings under way outlive the loop for a while: cutting one off means telling somebody twice.
  const cut = new AbortController();
  const underWay = new Map<string, { readonly delivery: ClaimedDelivery; readonly done: Promise<void> }>();
  let loop: Promise<void> | null = null;
  let wakeUp = new AbortController();
  let lastLookMonotonic = clock.monotonic();

  const busyDestinations = () => {
    const busy = new Map<string, number>();
    for (const { delivery } of underWay.values())
      busy.set(delivery.destination, (busy.get(delivery.destination) ?? 0) + 1);
    return busy;
  };

  const begin = (delivery: ClaimedDelivery) => {
    const done = sendOne(options, delivery, cut.signal)
      .catch((error: unknown) => logger.error('a delivery broke off', { delivery: delivery.id, error }))
      .finally(() => {
        underWay.delete(delivery.id);
        wakeUp.abort();
      });
    underWay.set(delivery.id, { delivery, done });
  };

  const look = async () => {
    const free = MAX_SENDINGS - underWay.size;
    const now = clock.now();
    const claimed =
      free <= 0
        ? []
        : await claimDeliveries(database, {
            now,
            leaseUntil: now + LEASE_MS,
            limit: free,
            busy: busyDestinations(),
            maxPerDestination: MAX_SENDINGS_PER_DESTINATION,
            held: [...underWay.keys()],
            hasSuspect: [...underWay.values()].some(({ delivery }) => delivery.isSuspect),
          });
    for (const delivery of claimed) begin(delivery);
    lastLookMonotonic = clock.monotonic();
    return claimed.length;
  };

  /** Looks if something is due; answers how long to wait before asking again. */
  const turn = async ({ deliveryAt, laterDeliveryAt }: DueTimes) => {
    // What is due and was not claimed waits for another one, whose end wakes this loop up, or is at another node.
    if (deliveryAt !== null && deliveryAt <= clock.now()) await look();
    else lastLookMonotonic = clock.monotonic();
    return laterDeliveryAt === null ? MAX_SLEEP_MS : Math.min(MAX_SLEEP_MS, laterDeliveryAt - clock.now());
  };

  const run = async () => {
    let pauseMs = 0;
    while (!abort.signal.aborted) {
      try {
        const times = await due.times(pauseMs, AbortSignal.any([abort.signal, wakeUp.signal]));
        if (wakeUp.signal.aborted) wakeUp = new AbortController();
        pauseMs = times === null ? 0 : await turn(times);
      } catch (error) {
        pauseMs = MAX_SLEEP_MS;
        logger[isUnavailable(error) ? 'warn' : 'error']('deliveries could not be claimed', { error });
      }
    }
  };

  const keepLeases = async () => {
    while (!abort.signal.aborted) {
      await sleep(clock, RENEW_EVERY_MS, abort.signal);
      const held = [...underWay.values()].map(({ delivery }) => delivery);
      if (held.length === 0) continue;
      await renewLeases(database, held, clock.now() + LEASE_MS).catch((error: unknown) => {
        logger.warn('leases could not be renewed', { count: held.length, error });
      });
    }
  };

  return {
    start() {
      loop ??= Promise.all([run(), keepLeases()]).then(() => undefined);
    },
    async stop() {
      abort.abort();
      await loop;
      const ended = new AbortController();
      const all = Promise.all([...underWay.values()].map(({ done }) => done)).then(() => ended.abort());
      await sleep(clock, STOP_WITHIN_MS, ended.signal);
      cut.abort();
      await all;
    },
    look,
    get lastLookMonotonic() {
      return lastLookMonotonic;
    },
    get underWay() {
      return underWay.size;
    },
  };
}

interface Prepared {
  readonly channel: ChannelForSending | null;
  readonly composition: Composition;
}

/** Fixes what this delivery tells: from here on nothing joins it, and what was over before is told along. */
function prepare(options: SenderOptions, delivery: ClaimedDelivery, now: Instant): Promise<Prepared | null> {
  return options.database.transaction(async (tx) => {
    // Flows before deliveries: the order in which everybody locks (watch/notices.ts).
    if (delivery.form === 'digest') await closeDigest(tx, delivery.id);
    // Sent together; the lock comes first, and without it nothing of the rest counts.
    const [isOurs, , channel, { notices, total }] = await Promise.all([
      lockClaimed(tx, delivery),
      absorbEndings(tx, delivery, now),
      readChannelForSending(tx, delivery.channelId),
      readNoticeFacts(tx, delivery.id, MAX_NOTICES_AT_HAND),
    ]);
    if (!isOurs) return null;
    if (channel === null) return { channel, composition: { nothing: 'subject_gone' } };
    if (await keepQuiet(tx, delivery, channel, notices, options.newId, now)) return null;
    const incidentIds = notices.flatMap(({ incident }) => (incident === null ? [] : [incident.id]));
    const sites = await readSiteStories(tx, [...new Set(incidentIds)], MAX_HELD_AT_HAND);
    const composition = compose(notices, { publicUrl: options.publicUrl, now, channel, delivery, total, sites });
    if ('leftOut' in composition) await markLeftOut(tx, composition.leftOut);
    return { channel, composition };
  });
}

async function sendOne(options: SenderOptions, delivery: ClaimedDelivery, cut: AbortSignal): Promise<void> {
  const { clock } = options;
  const save = (channel: ChannelForSending | null, outcome: Outcome, times: Times | null) =>
    saveSurely(options, () => saveOutcome(options, delivery, channel, outcome, times), cut);
  // One more than the ladder has: its sender died each time, it is left alone (promise 6).
  if (delivery.attempts > MAX_ATTEMPTS) return save(null, { state: 'failed', reason: 'gave_up' }, null);
  const startedAt = clock.now();
  const prepared = await prepare(options, delivery, startedAt);
  if (prepared === null) return;
  const { channel, composition } = prepared;
  if (channel === null || 'nothing' in composition) {
    const reason = 'nothing' in composition ? composition.nothing : 'subject_gone';
    return save(channel, { state: 'cancelled', reason }, null);
  }
  // Broken since this was put down: only a test goes there, the others hear the alarm.
  if (channel.state === 'broken' && delivery.form !== 'test') return save(channel, KNOWN_AS_BROKEN, null);
  const outcome = await attempt(options, delivery, channel, composition, startedAt, cut);
  await save(channel, outcome, { startedAt, endedAt: clock.now() });
}

type Times = NonNullable<Parameters<typeof saveOutcome>[4]>;

const KNOWN_AS_BROKEN: SendOutcome = {
  ok: false,
  kind: 'permanent_channel',
  code: 'channel_broken',
  safeText: 'the channel is known to be broken',
};

/** Writes an outcome also when the database is away just now; the fence decides whether it still matters. */
async function saveSurely({ clock }: SenderOptions, save: () => Promise<void>, cut: AbortSignal): Promise<void> {
  const until = clock.monotonic() + SAVE_WITHIN_MS;
  for (;;) {
    try {
      return await save();
    } catch (error) {
      const mayPass = isUnavailable(error) || isRetryable(error);
      if (!mayPass || cut.aborted || clock.monotonic() >= until) throw error;
      await sleep(clock, SAVE_EVERY_MS, cut);
    }
  }
}

async function attempt(
  options: SenderOptions,
  delivery: ClaimedDelivery,
  channel: ChannelForSending,
  composition: Extract<Composition, { subject: unknown }>,
  attemptAt: Instant,
  signal: AbortSignal,
): Promise<SendOutcome> {
  const kind = options.channelKinds.get(channel.kind as ChannelKindName);
  if (kind === undefined) {
    return { ok: false, kind: 'operator', code: 'unknown_kind', safeText: `this server knows no ${channel.kind}` };
  }
  try {
    const config = kind.configSchema.parse(
      JSON.parse(options.sealer.unseal(channel.configSealed, channelSealContext(channel.id))),
    );
    return await kind.send({
      message: renderMessage(composition.subject, {
        language: channel.language,
        timezone: channel.timezone,
        now: attemptAt,
        publicUrl: options.publicUrl,
      }),
      config,
      deliveryId: delivery.id,
      attemptAt,
      openingProviderId: composition.openingProviderId,
      unsubscribeUrl: kind.kind === 'email' ? options.unsubscribeUrl(channel.id) : null,
      signal,
    });
  } catch (error) {
    options.logger.error('a message could not be made', { delivery: delivery.id, error });
    return { ok: false, kind: 'temporary', code: 'internal', safeText: 'the message could not be made' };
  }
}
