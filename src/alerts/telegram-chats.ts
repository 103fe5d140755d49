import { texts } from '../core/language/catalogue.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Random } from '../platform/random.ts';
import {
  type AddressedChannel,
  lockChannelsByAddress,
  replaceChannelConfig,
  reviveChannel,
} from '../store/channel-states.ts';
import type { Database, Transaction } from '../store/database.ts';
import type { Sealer } from '../store/seal.ts';
import { findFirstTeam, findTeam } from '../store/teams.ts';
import { finishTelegramLink, lockTelegramLink, type TelegramLinkOfTeam } from '../store/telegram-links.ts';
import { breakAndTell } from './broken.ts';
import { channelSealContext, createChannel, hashAddress, settingsColumns } from './channel-records.ts';
import type { ChannelKind, ChannelKindName } from './channels/contract.ts';
import { cutText, oneLine } from './channels/shared/text.ts';
import { chatAddress, type TelegramConfig } from './channels/telegram/index.ts';
import { hashLinkToken } from './channels/telegram/link-token.ts';
import type { LinkedChat } from './channels/telegram/updates.ts';
import { displayName } from './names.ts';

const MAX_TITLE_LENGTH = 255;

export interface ChatOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly logger: Logger;
  readonly sealer: Sealer;
  readonly channelKinds: ReadonlyMap<ChannelKindName, ChannelKind>;
}

function telegramKind({ channelKinds }: ChatOptions): ChannelKind {
  const kind = channelKinds.get('telegram');
  if (kind === undefined) throw new Error('there is no kind of channel for Telegram');
  return kind;
}

/** The channels that go to this chat, whatever their topic. */
function lockChannelsOf(tx: Transaction, options: ChatOptions, chatId: number): Promise<AddressedChannel[]> {
  return lockChannelsByAddress(tx, hashAddress('telegram', chatAddress(chatId), options.sealer));
}

/** Null where the settings were sealed with another secret key. */
function configOf(channel: AddressedChannel, options: ChatOptions): TelegramConfig | null {
  try {
    return JSON.parse(options.sealer.unseal(channel.configSealed, channelSealContext(channel.id)));
  } catch (error) {
    options.logger.error('the settings of a channel cannot be decrypted', { channel: channel.id, error });
    return null;
  }
}

/**
 * A chat sent a token: it becomes a channel of the token's team. The text to answer there, or null for silence. Called
 * again for the same message it answers the same.
 */
export async function linkChat(options: ChatOptions, token: string, chat: LinkedChat): Promise<string | null> {
  return options.database.transaction(async (tx) => {
    const link = await lockTelegramLink(tx, hashLinkToken(token));
    if (link === null) {
      // In a broadcast channel any word of that length looks like a token: there nobody may have meant us.
      if (chat.kind === 'channel') return null;
      return texts((await findFirstTeam(tx))?.language ?? 'en').linking.unknown;
    }
    return answerLink(tx, options, link, chat);
  });
}

async function answerLink(
  tx: Transaction,
  options: ChatOptions,
  link: TelegramLinkOfTeam,
  chat: LinkedChat,
): Promise<string> {
  const words = texts(link.language).linking;
  const team = displayName(link.teamName, link.language);
  const known = (await lockChannelsOf(tx, options, chat.chatId)).filter(
    (channel) => channel.teamId === link.teamId && (configOf(channel, options)?.thread_id ?? null) === chat.threadId,
  );
  if (link.linkedAt !== null) {
    return known.some((channel) => channel.id === link.channelId) ? words.linked(team) : words.used;
  }
  const now = options.clock.now();
  if (now >= link.expiresAt) return words.expired;
  const title = cutText(oneLine(chat.title), MAX_TITLE_LENGTH);
  const [first] = known;
  for (const channel of known) await reviveChannel(tx, channel.id);
  const channelId = first?.id ?? (await makeChannel(tx, options, link, chat, title, now));
  await finishTelegramLink(tx, link.id, { channelId, title, kind: chat.kind }, now);
  return first === undefined ? words.linked(team) : words.alreadyLinked(team);
}

async function makeChannel(
  tx: Transaction,
  options: ChatOptions,
  link: TelegramLinkOfTeam,
  chat: LinkedChat,
  title: string,
  now: number,
): Promise<string> {
  const kind = telegramKind(options);
  const config = kind.configSchema.parse({
    chat_id: chat.chatId,
    ...(chat.threadId === null ? {} : { thread_id: chat.threadId }),
    title,
  });
  const { channel } = await createChannel(tx, options, kind, { teamId: link.teamId, name: link.name, config }, now);
  return channel.id;
}

/** The bot was thrown out of a chat: its channels are broken, and the teams are told elsewhere. */
export async function markBlocked(options: ChatOptions, chatId: number): Promise<void> {
  await options.database.transaction(async (tx) => {
    const now = options.clock.now();
    for (const channel of await lockChannelsOf(tx, options, chatId)) {
      const team = await findTeam(tx, channel.teamId);
      const reason = texts(team?.language ?? 'en').linking.botRemoved;
      const occasion = { id: options.newId(), teamId: channel.teamId };
      await breakAndTell(tx, options.newId, occasion, channel, reason, now);
    }
  });
}

/** The bot was let in again. */
export async function markReturned(options: ChatOptions, chatId: number): Promise<void> {
  await options.database.transaction(async (tx) => {
    for (const channel of await lockChannelsOf(tx, options, chatId)) await reviveChannel(tx, channel.id);
  });
}

/** A group became a supergroup with another number: its channels go there, and leaving the old one broke nothing. */
export async function followMigration(options: ChatOptions, chatId: number, to: number): Promise<void> {
  const kind = telegramKind(options);
  await options.database.transaction(async (tx) => {
    for (const channel of await lockChannelsOf(tx, options, chatId)) {
      const config = configOf(channel, options);
      if (config === null) continue;
      const moved = { ...config, chat_id: to };
      await replaceChannelConfig(tx, channel.id, settingsColumns(kind, channel.id, moved, options.sealer));
      await reviveChannel(tx, channel.id);
    }
  });
}
