import type { FastifyInstance } from 'fastify';
import { texts } from '../core/language/catalogue.ts';
import type { Texts } from '../core/language/texts.ts';
import { browserLanguage, escapeHtml, paragraph, sendPage } from './page.ts';
import type { Services } from './services.ts';

interface LinkedThing {
  /** As in the links of messages and in the API. */
  readonly place: 'monitors' | 'incidents';
  readonly titleOf: (words: Texts['page']['linked']) => string;
  readonly lines: (id: string, publicUrl: string) => readonly string[];
}

const curl = (publicUrl: string, path: string) => `curl -H "X-Api-Key: KEY" ${publicUrl}/api/v1/${path}`;

const THINGS: readonly LinkedThing[] = [
  {
    place: 'monitors',
    titleOf: (words) => words.monitorTitle,
    lines: (id, publicUrl) => [`allswell monitor show ${id}`, curl(publicUrl, `monitors/${id}`)],
  },
  {
    place: 'incidents',
    titleOf: (words) => words.incidentTitle,
    lines: (id, publicUrl) => [curl(publicUrl, `incidents/${id}`)],
  },
];

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * What the links in messages lead to. The page needs no key and therefore tells nothing about the thing, not even
 * whether there is one; it says how to see it.
 */
export function registerLinkedPages(app: FastifyInstance, { publicUrl }: Services): void {
  for (const { place, titleOf, lines } of THINGS) {
    app.get<{ Params: { id: string } }>(`/${place}/:id`, (request, reply) => {
      const { id } = request.params;
      if (!UUID.test(id)) return reply.callNotFound();
      const language = browserLanguage(request.headers['accept-language']);
      const words = texts(language).page.linked;
      const commands = lines(id, publicUrl).map((line) => `<pre>${escapeHtml(line)}</pre>`);
      return sendPage(reply, {
        language,
        title: titleOf(words),
        body: `${paragraph(words.explanation)}${commands.join('')}<p><a href="/docs">/docs</a></p>`,
      });
    });
  }
}
