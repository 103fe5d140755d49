import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { newApiKey } from '../accounts/first-start.ts';
import { LINK_PAGES } from '../accounts/links.ts';
import { MIN_PASSWORD_LENGTH } from '../accounts/password.ts';
import { texts } from '../core/language/catalogue.ts';
import { hashApiKey, insertApiKey } from '../store/api-keys.ts';
import { setUp } from './api/entry.ts';
import { email, password, personName } from './api/people-schema.ts';
import { createClientAddress } from './client-address.ts';
import { browserLanguage, escapeHtml, paragraph, sendPage } from './page.ts';
import { Problem } from './problems.ts';
import type { Services } from './services.ts';

export const SETUP_PATH = LINK_PAGES.setup;
const MAX_FORM_BYTES = 4 * 1024;

const personForm = z.object({ name: personName, email, password });

type SetUpRequest = FastifyRequest<{ Params: { token: string } }>;

const wordsOf = (request: FastifyRequest) => {
  const language = browserLanguage(request.headers['accept-language']);
  return { language, words: texts(language).page.setup };
};

function field(label: string, attributes: string): string {
  return `<p><label>${escapeHtml(label)}<br><input required ${attributes}></label></p>`;
}

function sendForm(request: FastifyRequest, reply: FastifyReply, refused: boolean): FastifyReply {
  const { language, words } = wordsOf(request);
  const body =
    paragraph(refused ? words.refused : words.explanation) +
    '<form method="post">' +
    field(words.name, 'name="name" autocomplete="name" maxlength="100"') +
    field(words.email, 'name="email" type="email" autocomplete="username" maxlength="254"') +
    field(
      words.password(MIN_PASSWORD_LENGTH),
      `name="password" type="password" autocomplete="new-password" minlength="${MIN_PASSWORD_LENGTH}" maxlength="128"`,
    ) +
    `<button>${escapeHtml(words.button)}</button></form>`;
  return sendPage(reply, { language, title: words.title, body, status: refused ? 400 : 200 });
}

async function become(request: SetUpRequest, reply: FastifyReply, services: Services, address: string) {
  const { language, words } = wordsOf(request);
  const form = personForm.safeParse(request.body);
  if (!form.success) return sendForm(request, reply, true);
  const done = await setUp(request.params.token, form.data, { address, headers: request.headers }, services);
  if (done instanceof Problem) {
    const body = paragraph(words.usedLink);
    return sendPage(reply, { language, title: words.title, body, status: done.status });
  }
  const { database, clock, random, newId } = services;
  const key = newApiKey(random);
  const { name: createdBy } = form.data;
  const row = { id: newId(), teamId: done.teamId, name: 'one-time link', scope: 'write' as const, createdBy };
  await insertApiKey(database, { ...row, createdAt: clock.now(), expiresAt: null }, hashApiKey(key));
  reply.header('set-cookie', done.cookies);
  return sendPage(reply, {
    language,
    title: words.title,
    body:
      `${paragraph(words.done)}${paragraph(words.key)}<pre>${escapeHtml(key)}</pre>` +
      `<p><a href="${escapeHtml(services.publicUrl)}/docs">/docs</a></p>`,
  });
}

/**
 * The one-time link of the first start: a plain page with a form that makes its reader the owner, once. Opening it, as
 * scanners do, changes nothing. It also shows an API key, once.
 */
export function registerSetupPage(app: FastifyInstance, services: Services): void {
  const clientAddress = createClientAddress(services.config.trustedProxies);
  app.register(async (scope) => {
    scope.removeContentTypeParser('*');
    const asText = { parseAs: 'string', bodyLimit: MAX_FORM_BYTES } as const;
    scope.addContentTypeParser('*', asText, async (_request: FastifyRequest, text: string) =>
      Object.fromEntries(new URLSearchParams(text)),
    );
    // With a dashboard the form is a page of its own (web/src/pages/entry).
    if (services.dashboard === null) {
      scope.get(`${SETUP_PATH}/:token`, (request, reply) => sendForm(request, reply, false));
    }
    scope.post(`${SETUP_PATH}/:token`, (request: SetUpRequest, reply) =>
      become(request, reply, services, clientAddress(request.raw)),
    );
  });
}
