import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { createOutboundDoor, type OutboundDoorOptions } from '../platform/outbound/door.ts';
import type { Random } from '../platform/random.ts';
import type { Database } from '../store/database.ts';
import type { DueWork } from '../store/due-work.ts';
import type { NodeIdentity } from '../store/nodes.ts';
import type { Sealer } from '../store/seal.ts';
import { fillAddresses } from './channel-records.ts';
import { type ChannelDeps, type ChannelKinds, closeChannelKinds, createChannelKinds } from './channels/registry.ts';
import { keepEnvironmentChannel } from './environment-channel.ts';
import { createReminders, type Reminders } from './reminders.ts';
import { createSender, type Sender } from './sender.ts';
import { createSummaries, type Summaries } from './summaries/loop.ts';
import { createTelegramLinks, type TelegramLinks } from './telegram-links.ts';

export interface AlertsOptions {
  readonly database: Database;
  /** Connections for what falls due alone. */
  readonly dueDatabase: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly logger: Logger;
  readonly sealer: Sealer;
  readonly node: NodeIdentity;
  /** Asks for all loops of the node. */
  readonly due: DueWork;
  readonly publicUrl: string;
  readonly unsubscribeUrl: (channelId: string) => string;
  readonly outbound: Pick<OutboundDoorOptions, 'privateTargets' | 'ownPorts'>;
  readonly channels: Pick<ChannelDeps, 'smtpUrl' | 'mailFrom' | 'telegram'>;
  /** What becomes of messages instead of being sent; undefined: they are sent. */
  readonly sendBy?: ((kinds: ChannelKinds) => ChannelKinds) | undefined;
  /** The team that gets the channel of SLACK_WEBHOOK_URL, and that address; null where it is not set. */
  readonly environmentSlack: { readonly teamId: string; readonly webhookUrl: string | null };
}

/** Everything of this node that tells people and machines. */
export interface Alerts {
  readonly channelKinds: ChannelKinds;
  readonly sender: Sender;
  readonly summaries: Summaries;
  readonly reminders: Reminders;
  /** Null without a bot. */
  readonly telegramLinks: TelegramLinks | null;
  /** Brings the channels in step with the configuration, before anything is sent. */
  begin(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

export function createAlerts(options: AlertsOptions): Alerts {
  const { clock, logger, node, publicUrl, outbound, channels, environmentSlack, dueDatabase, sendBy, ...rest } =
    options;
  const door = createOutboundDoor({ clock, ...outbound });
  const ownKinds = createChannelKinds({ door, clock, logger, publicUrl, ...channels });
  const channelKinds = sendBy?.(ownKinds) ?? ownKinds;
  const shared = { ...rest, clock, logger, channelKinds };
  const sender = createSender({ ...shared, database: dueDatabase, publicUrl });
  const summaries = createSummaries(shared);
  const reminders = createReminders({ ...shared, database: dueDatabase });
  const { token } = channels.telegram;
  const settings = token === null ? null : { ...channels.telegram, token };
  const telegramLinks = settings === null ? null : createTelegramLinks({ ...shared, door, nodeId: node.id, settings });
  return {
    channelKinds,
    sender,
    summaries,
    reminders,
    telegramLinks,
    async begin() {
      await keepEnvironmentChannel(shared, { ...environmentSlack, kind: channelKinds.get('slack') });
      await fillAddresses(shared);
    },
    start() {
      if (!node.roles.includes('deliver')) return;
      sender.start();
      summaries.start();
      reminders.start();
      telegramLinks?.start();
    },
    async stop() {
      await Promise.all([sender.stop(), summaries.stop(), reminders.stop(), telegramLinks?.stop()]);
      await Promise.all([door.close(), closeChannelKinds(channelKinds)]);
    },
  };
}
