import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { texts } from '../core/language/catalogue.ts';
import type { Language } from '../core/language/language.ts';
import { isUnavailable } from '../store/errors.ts';
import { registerLinkedPages } from './linked-pages.ts';
import { browserLanguage, paragraph, sendPage } from './page.ts';
import type { Services } from './services.ts';
import { registerSetupPage } from './setup-page.ts';
import { registerUnsubscribe } from './unsubscribe.ts';

/** Forms that our pages and mail programs post; nothing in them is looked at. */
const MAX_FORM_BYTES = 16 * 1024;
const RETRY_AFTER_SECONDS = 5;

/** A failure as a page: never the words of the database, and with its true status for machines. */
function sendFailure(reply: FastifyReply, error: FastifyError, language: Language, { logger }: Services) {
  const status = isUnavailable(error) ? 503 : (error.statusCode ?? 500);
  if (status === 500) logger.error('a page could not be shown', { error });
  if (status === 503) reply.header('Retry-After', String(RETRY_AFTER_SECONDS));
  const words = texts(language).page.notNow;
  return sendPage(reply, { language, title: words.title, body: paragraph(words.explanation), status });
}

/** The pages that need neither a key nor a script, in a context of their own: what they take concerns nobody else. */
export function registerPages(app: FastifyInstance, services: Services): void {
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // Mail programs post a form of either kind (RFC 8058), some post nothing; the address says all there is to say.
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_FORM_BYTES }, async () => null);
    scope.setErrorHandler((error: FastifyError, request, reply) =>
      sendFailure(reply, error, browserLanguage(request.headers['accept-language']), services),
    );
    registerSetupPage(scope, services);
    // With a dashboard these are its pages.
    if (services.dashboard === null) registerLinkedPages(scope, services);
    registerUnsubscribe(scope, services);
  });
}
