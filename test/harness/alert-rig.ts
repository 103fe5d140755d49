import type { ChannelKind, ChannelKindName } from '../../src/alerts/channels/contract.ts';
import { createChannelKinds } from '../../src/alerts/channels/registry.ts';
import { createSender, type Sender } from '../../src/alerts/sender.ts';
import type { PingKind } from '../../src/core/signal.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createOutboundDoor } from '../../src/platform/outbound/door.ts';
import { systemRandom } from '../../src/platform/random.ts';
import type { Database } from '../../src/store/database.ts';
import { createDefinitionCache } from '../../src/watch/definitions.ts';
import { flushPings } from '../../src/watch/flush.ts';
import { createFixtures, type Fixtures, pingOf, sql, type TestMonitor, testSealer } from './fixtures.ts';
import { testLogger } from './postgres.ts';
import type { ReceivedRequest } from './receivers/http-receiver.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';
import { waitFor } from './wait-for.ts';

/** A webhook's event as its receiver sees it. */
export interface HeardEvent {
  readonly id: string;
  readonly type: string;
  readonly data: {
    readonly incident?: { readonly id: string; readonly resolution: string | null };
    readonly incidents?: readonly { readonly type: string; readonly incident: { readonly id: string } }[];
    readonly monitor?: { readonly name: string };
    readonly total?: number;
    readonly channel?: { readonly name: string };
    readonly reason?: string;
  };
}

export function heard(request: ReceivedRequest): HeardEvent {
  const { type, data } = request.json() as Omit<HeardEvent, 'id'>;
  return { id: request.headers['webhook-id'] ?? '', type, data };
}

export interface DeliveryRow extends Record<string, unknown> {
  readonly id: string;
  readonly channel_id: string;
  readonly form: string;
  readonly state: string;
  readonly reason: string | null;
  readonly attempts: number;
  readonly fence: number;
  readonly next_attempt_at: number | null;
  readonly lease_until: number | null;
}

/** Everything from a ping to a message, under a clock that stands still, with the real channels. */
export interface AlertRig {
  readonly clock: VirtualClock;
  readonly make: Fixtures;
  /** A sender as one node has it; several may work on one database. */
  sender(database?: Database, fraction?: () => number): Sender;
  ping(monitor: TestMonitor, kind: PingKind): Promise<void>;
  /** Looks until there is nothing more to do now, and waits for what is under way. */
  settle(sender: Sender): Promise<void>;
  deliveries(channelId?: string): Promise<DeliveryRow[]>;
  close(): Promise<void>;
}

export function createAlertRig(database: () => Database): AlertRig {
  const clock = createVirtualClock();
  const make = createFixtures(database, clock);
  const definitions = createDefinitionCache();
  const door = createOutboundDoor({ clock: systemClock, privateTargets: true, ownPorts: [] });
  const publicUrl = 'http://watch.test';
  const channelKinds: ReadonlyMap<ChannelKindName, ChannelKind> = createChannelKinds({
    door,
    clock: systemClock,
    logger: testLogger,
    publicUrl,
    smtpUrl: null,
    mailFrom: null,
    telegram: { token: null, apiBase: 'http://127.0.0.1:9', proxyUrl: null },
  });
  return {
    clock,
    make,
    sender: (own = database(), fraction = () => 0.5) =>
      createSender({
        database: own,
        clock,
        random: { ...systemRandom, fraction },
        newId: make.newId,
        logger: testLogger,
        sealer: testSealer,
        channelKinds,
        publicUrl,
        unsubscribeUrl: () => publicUrl,
      }),
    async ping(monitor, kind) {
      const context = { now: clock.now(), newId: make.newId, unrecordedGap: null };
      await flushPings(database(), definitions, [pingOf(monitor.key, clock.now(), { kind })], context);
    },
    async settle(sender) {
      do {
        await waitFor('the end of all sendings', () => sender.underWay === 0);
      } while ((await sender.look()) > 0);
    },
    deliveries: (channelId) =>
      sql<DeliveryRow>(
        database(),
        'SELECT * FROM delivery WHERE $1::uuid IS NULL OR channel_id = $1 ORDER BY created_at, id',
        [channelId ?? null],
      ),
    close: () => door.close(),
  };
}
