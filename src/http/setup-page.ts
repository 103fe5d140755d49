import type { FastifyInstance } from 'fastify';
import { redeemSetupToken } from '../accounts/first-start.ts';
import { texts } from '../core/language/catalogue.ts';
import { browserLanguage, escapeHtml, paragraph, postButton, sendPage } from './page.ts';
import type { Services } from './services.ts';

export const SETUP_PATH = '/setup';

/** The one-time link of the first start: one plain page that shows an API key, once (RULES §7). */
export function registerSetupPage(app: FastifyInstance, services: Services): void {
  app.get(`${SETUP_PATH}/:token`, (request, reply) => {
    const language = browserLanguage(request.headers['accept-language']);
    const words = texts(language).page.oneTimeKey;
    return sendPage(reply, {
      language,
      title: words.title,
      body: paragraph(words.explanation) + postButton(words.button),
    });
  });
  app.post<{ Params: { token: string } }>(`${SETUP_PATH}/:token`, async (request, reply) => {
    const language = browserLanguage(request.headers['accept-language']);
    const words = texts(language).page.oneTimeKey;
    const key = await redeemSetupToken(services, request.params.token);
    if (key === null)
      return sendPage(reply, { language, title: words.title, body: paragraph(words.usedLink), status: 410 });
    return sendPage(reply, {
      language,
      title: words.title,
      body: `${paragraph(words.shown)}<pre>${escapeHtml(key)}</pre><p><a href="/docs">/docs</a></p>`,
    });
  });
}
