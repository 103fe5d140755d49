import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { OutboundDoor } from '../platform/outbound/door.ts';
import type { Random } from '../platform/random.ts';
import type { Database } from '../store/database.ts';
import { readInstall, writeInstall } from '../store/install.ts';
import type { Sealer } from '../store/seal.ts';
import { createSingleton } from '../store/singleton.ts';
import { insertTelegramLink, TELEGRAM_LINK_MS, type TelegramLink } from '../store/telegram-links.ts';
import type { ChannelKind, ChannelKindName } from './channels/contract.ts';
import { createTelegramApi, type TelegramSettings } from './channels/telegram/api.ts';
import { createLinkToken, telegramDeepLinks } from './channels/telegram/link-token.ts';
import { createTelegramLinking, FORGET_OFFSET_AFTER_MS, type OffsetStore } from './channels/telegram/linking.ts';
import { followMigration, linkChat, markBlocked, markReturned } from './telegram-chats.ts';

export interface TelegramLinksOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly logger: Logger;
  readonly sealer: Sealer;
  readonly door: OutboundDoor;
  readonly channelKinds: ReadonlyMap<ChannelKindName, ChannelKind>;
  readonly nodeId: string;
  readonly settings: TelegramSettings;
}

/** A link that was made just now; its token is in it and nowhere else. */
export interface NewTelegramLink {
  readonly link: TelegramLink;
  /** The bot's name, without the @. */
  readonly bot: string;
  readonly privateUrl: string;
  readonly groupUrl: string;
  /** To be posted in a broadcast channel, which has no links for bots. */
  readonly code: string;
}

/** Chats of the operator's bot become channels. Links can be made at any node; one node at a time reads what comes. */
export interface TelegramLinks {
  /** Null while Telegram cannot be reached, or refuses the bot's token. */
  create(teamId: string, name: string): Promise<NewTelegramLink | null>;
  /** Begins to read what people send to the bot, as soon as no other node does. */
  start(): void;
  stop(): Promise<void>;
  /** How long ago Telegram last answered this node; null while another node reads. */
  pollAgeMs(): number | null;
}

const READER = 'telegram updates';

/** The numbers of updates are the bot's: another bot has its own. The number in front of a token is no secret. */
function offsetName(token: string): string {
  return `telegram_offset:${/^\d{1,20}/.exec(token)?.[0] ?? ''}`;
}

function createOffsetStore({ database, clock, settings }: TelegramLinksOptions): OffsetStore {
  const name = offsetName(settings.token);
  return {
    async load() {
      const [offset, savedAt] = ((await readInstall(database, name)) ?? '').split(' ').map(Number);
      if (!offset || !savedAt || clock.now() - savedAt > FORGET_OFFSET_AFTER_MS) return null;
      return offset;
    },
    save: (offset) => writeInstall(database, name, `${offset} ${clock.now()}`),
  };
}

export function createTelegramLinks(options: TelegramLinksOptions): TelegramLinks {
  const { database, clock, logger, door, settings } = options;
  const linking = createTelegramLinking({
    api: createTelegramApi(door, settings),
    clock,
    logger,
    store: createOffsetStore(options),
    callbacks: {
      onLink: (token, chat) => linkChat(options, token, chat),
      onBlocked: (chatId) => markBlocked(options, chatId),
      onReturned: (chatId) => markReturned(options, chatId),
      onMigrated: (chatId, to) => followMigration(options, chatId, to),
    },
  });
  const reader = createSingleton({
    database,
    clock,
    logger,
    nodeId: options.nodeId,
    name: READER,
    work: { begin: linking.start, end: linking.stop },
  });

  return {
    async create(teamId, name) {
      const bot = await linking.botName();
      if (bot === null) return null;
      const { token, hash } = createLinkToken(options.random);
      const now = clock.now();
      const made = { id: options.newId(), teamId, name, createdAt: now, expiresAt: now + TELEGRAM_LINK_MS };
      await database.transaction((tx) => insertTelegramLink(tx, made, hash));
      const urls = telegramDeepLinks(bot, token);
      const link = { ...made, linkedAt: null, channelId: null, chatTitle: null, chatKind: null };
      return { link, bot, privateUrl: urls.private, groupUrl: urls.group, code: token };
    },
    start: reader.start,
    stop: reader.stop,
    pollAgeMs() {
      const at = linking.lastPollMonotonic;
      return at === null ? null : clock.monotonic() - at;
    },
  };
}
