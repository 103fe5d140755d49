import { z } from 'zod';
import type { Instant } from '../../core/instant.ts';
import { findTelegramLink, type TelegramLink } from '../../store/telegram-links.ts';
import { Problem } from '../problems.ts';
import { MAX_CHANNEL_NAME_CHARACTERS } from './channels-schema.ts';
import { id, idParams, instant, iso, line, named, notFound } from './common.ts';
import { type Route, route } from './route.ts';

const tag = 'Channels';
const RETRY_AFTER_SECONDS = 10;

const STATUSES = ['waiting', 'linked', 'expired'] as const;

const common = {
  id,
  name: z.string(),
  status: z.enum(STATUSES),
  expires_at: instant,
};

const linkCreate = named('TelegramLinkCreate', z.strictObject({ name: line(MAX_CHANNEL_NAME_CHARACTERS) }));

const newLinkAnswer = named(
  'NewTelegramLink',
  z.strictObject({
    ...common,
    bot: z.string().meta({ description: "The bot's name, without the @." }),
    private_url: z.string().meta({ description: 'Opens a chat with the bot, which then is the place.' }),
    group_url: z.string().meta({ description: 'Asks for a group to add the bot to, which then is the place.' }),
    code: z.string().meta({
      description: 'For a broadcast channel: add the bot as an administrator, then post this there.',
    }),
  }),
);

const linkAnswer = named(
  'TelegramLink',
  z.strictObject({
    ...common,
    channel: z
      .strictObject({
        id: id.nullable().meta({ description: 'Null when the channel was deleted since.' }),
        title: z.string().meta({ description: 'What the chat was called when it was linked.' }),
        chat_kind: z.enum(['private', 'group', 'supergroup', 'channel']),
      })
      .nullable()
      .meta({ description: 'Null until it is linked.' }),
  }),
);

function statusOf(link: TelegramLink, now: Instant): (typeof STATUSES)[number] {
  if (link.linkedAt !== null) return 'linked';
  return now < link.expiresAt ? 'waiting' : 'expired';
}

function commonJson(link: TelegramLink, now: Instant) {
  return { id: link.id, name: link.name, status: statusOf(link, now), expires_at: iso(link.expiresAt) };
}

const create = route({
  method: 'POST',
  path: '/api/v1/telegram-links',
  scope: 'write',
  tag,
  summary: 'Make a link for Telegram',
  description:
    'Whoever opens one of its addresses in Telegram within 30 minutes makes that chat a channel of the team. It works once, and its addresses are shown in this answer only. Of more than 20 links that wait the oldest is forgotten.',
  body: linkCreate,
  example: { name: 'night shift' },
  status: 201,
  answer: newLinkAnswer,
  problems: ['not_configured', 'telegram_unreachable'],
  async handle({ body, key }, { telegramLinks, publicUrl, clock }) {
    if (telegramLinks === null) {
      return new Problem('not_configured', 'Telegram is not set up on this server: TELEGRAM_BOT_TOKEN is missing');
    }
    const made = await telegramLinks.create(key.teamId, body.name);
    if (made === null) {
      const detail =
        'Telegram did not tell the name of the bot: TELEGRAM_BOT_TOKEN may be wrong, or the way there shut';
      return new Problem('telegram_unreachable', detail, { headers: { 'retry-after': String(RETRY_AFTER_SECONDS) } });
    }
    const { link, bot, privateUrl, groupUrl, code } = made;
    return {
      body: { ...commonJson(link, clock.now()), bot, private_url: privateUrl, group_url: groupUrl, code },
      headers: { location: `${publicUrl}/api/v1/telegram-links/${link.id}` },
    };
  },
});

const read = route({
  method: 'GET',
  path: '/api/v1/telegram-links/{id}',
  scope: 'write',
  tag,
  summary: 'See what became of a link for Telegram',
  description: 'Links are forgotten a day after they expired.',
  params: idParams,
  answer: linkAnswer,
  problems: ['not_found'],
  async handle({ params, key }, { database, clock }) {
    const link = await findTelegramLink(database, key.teamId, params.id);
    if (link === null) return notFound('link');
    const { channelId, chatTitle, chatKind } = link;
    const isLinked = chatTitle !== null && chatKind !== null;
    return {
      body: {
        ...commonJson(link, clock.now()),
        channel: isLinked ? { id: channelId, title: chatTitle, chat_kind: chatKind } : null,
      },
    };
  },
});

export const telegramLinkRoutes: readonly Route[] = [create, read];
