import type { FastifyInstance } from 'fastify';
import { texts } from '../core/language/catalogue.ts';
import type { Sealer } from '../store/seal.ts';
import { findUnsubscribable, unsubscribeChannel } from '../store/unsubscribe.ts';
import { paragraph, postButton, sendPage } from './page.ts';
import type { Services } from './services.ts';

const PATH = '/unsubscribe';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The address in a mail where one click stops this channel (RFC 8058). Only we can make one, nobody can guess it. */
export function unsubscribeUrl(publicUrl: string, sealer: Sealer, channelId: string): string {
  return `${publicUrl}${PATH}/${channelId}/${sealer.sign(`unsubscribe:${channelId}`)}`;
}

interface Link {
  Params: { channelId: string; signature: string };
}

/** GET shows a button, because link scanners open everything; POST stops the channel, without cookies or redirects. */
export function registerUnsubscribe(app: FastifyInstance, services: Services): void {
  const { database, sealer, clock } = services;
  const findChannel = async ({ channelId, signature }: Link['Params']) =>
    UUID.test(channelId) && sealer.isSigned(`unsubscribe:${channelId}`, signature)
      ? findUnsubscribable(database, channelId)
      : null;
  app.get<Link>(`${PATH}/:channelId/:signature`, async (request, reply) => {
    const channel = await findChannel(request.params);
    const language = channel?.language ?? 'en';
    const words = texts(language).page.unsubscribe;
    if (channel === null) {
      return sendPage(reply, { language, title: words.title, body: paragraph(words.unknownLink), status: 404 });
    }
    const body = paragraph(words.explanation(channel.name, channel.teamName)) + postButton(words.button);
    return sendPage(reply, { language, title: words.title, body });
  });
  app.post<Link>(`${PATH}/:channelId/:signature`, async (request, reply) => {
    const channel = await findChannel(request.params);
    const language = channel?.language ?? 'en';
    const words = texts(language).page.unsubscribe;
    if (channel === null) {
      return sendPage(reply, { language, title: words.title, body: paragraph(words.unknownLink), status: 404 });
    }
    await unsubscribeChannel(database, request.params.channelId, clock.now());
    return sendPage(reply, { language, title: words.title, body: paragraph(words.done(channel.name)) });
  });
}
