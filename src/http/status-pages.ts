import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Instant, SECOND_MS } from '../core/instant.ts';
import { barsFrom } from '../core/status-page.ts';
import { findPublicPage, readLogo, readPageFacts, readPageHosts } from '../store/status-pages.ts';
import { PAGE_HEADERS, styleSource } from './page.ts';
import type { Services } from './services.ts';
import {
  badgeOf,
  badgeSvg,
  feedXml,
  STATUS_PAGE_STYLE,
  type StatusView,
  statusPageHtml,
  viewOf,
} from './status-page-view.ts';

/** A page is this old at most; so is what a proxy or a browser keeps of it. */
export const PAGE_TTL_MS = 30 * SECOND_MS;
/** Pages kept at a time, also those that there are not; and domains. */
const MAX_CACHED = 500;
const MAX_HOSTS = 1_000;

const HEADERS = {
  ...PAGE_HEADERS,
  'Content-Security-Policy': `default-src 'none'; style-src ${styleSource(STATUS_PAGE_STYLE)}; img-src 'self' data:; frame-ancestors *; base-uri 'none'; form-action 'none'`,
  'Cache-Control': `public, max-age=${PAGE_TTL_MS / SECOND_MS}`,
} as const;

/** Keeps what was read for PAGE_TTL_MS; who asks meanwhile gets the same, and nobody asks the database twice. */
function createCache<T>(now: () => Instant, load: (key: string) => Promise<T>) {
  const kept = new Map<string, { readonly at: Instant; readonly value: Promise<T> }>();
  return (key: string): Promise<T> => {
    const known = kept.get(key);
    if (known !== undefined && now() - known.at < PAGE_TTL_MS) return known.value;
    kept.delete(key);
    const [oldest] = kept.keys();
    if (kept.size >= MAX_CACHED && oldest !== undefined) kept.delete(oldest);
    const value = load(key);
    kept.set(key, { at: now(), value });
    // A failure is not kept; whoever waits for it hears of it.
    value.catch(() => kept.delete(key));
    return value;
  };
}

/** In plain words: on a domain of its own nobody is to be told of an API. */
function sendNothing(reply: FastifyReply): FastifyReply {
  return reply.code(404).type('text/plain; charset=utf-8').send('404\n');
}

interface Known {
  readonly id: string;
  readonly view: StatusView;
}

/**
 * Public pages of teams, without scripts: `/status/{slug}` with its feed, badges and logo, and the same at `/` of a
 * domain of its own, where nothing else is answered. They show what was chosen and nothing more.
 */
export function registerStatusPages(app: FastifyInstance, { database, clock, logger, publicUrl }: Services): void {
  const pages = createCache(clock.now, async (slug): Promise<Known | null> => {
    const page = await findPublicPage(database, slug);
    if (page === null) return null;
    const now = clock.now();
    return { id: page.id, view: viewOf(page, await readPageFacts(database, page, barsFrom(now), now), now) };
  });
  let hosts: ReadonlyMap<string, string> = new Map();
  let hostsReadAt: Instant | null = null;
  // Requests never wait for it: probes and the API have to answer while the database is away.
  const readHosts = async () => {
    hostsReadAt = clock.now();
    try {
      hosts = await readPageHosts(database, MAX_HOSTS);
    } catch (error) {
      logger.warn('the domains of status pages could not be read', { error });
    }
  };
  const ownHost = new URL(publicUrl).hostname;
  const basePath = new URL(publicUrl).pathname.replace(/\/?$/, '/');

  const answer = async (
    slug: string,
    part: string,
    base: string,
    link: string,
    query: unknown,
    reply: FastifyReply,
  ) => {
    const known = await pages(slug);
    if (known === null) return sendNothing(reply);
    const { view, id } = known;
    reply.headers(HEADERS);
    const given = typeof query === 'object' && query !== null && 'name' in query ? query.name : null;
    const badge = part.startsWith('badge.') ? badgeOf(view, typeof given === 'string' ? given : null) : null;
    switch (part) {
      case '':
        return reply.type('text/html; charset=utf-8').send(statusPageHtml(view, base));
      case 'feed.xml':
        return reply.type('application/rss+xml; charset=utf-8').send(feedXml(view, link));
      case 'badge.svg':
        return badge === null ? sendNothing(reply) : reply.type('image/svg+xml').send(badgeSvg(badge));
      case 'badge.json':
        return badge === null
          ? sendNothing(reply)
          : reply.type('application/json; charset=utf-8').send(JSON.stringify(badge));
      case 'logo': {
        const logo = await readLogo(database, id);
        return logo === null ? sendNothing(reply) : reply.type(logo.type).send(logo.bytes);
      }
      default:
        return sendNothing(reply);
    }
  };

  const bySlug = (request: FastifyRequest<{ Params: { slug: string; part?: string } }>, reply: FastifyReply) => {
    const { slug, part = '' } = request.params;
    const base = `${basePath}status/${slug}/`;
    return answer(slug, part, base, `${publicUrl}/status/${slug}`, request.query, reply);
  };
  app.get('/status/:slug', bySlug);
  app.get('/status/:slug/:part', bySlug);

  app.addHook('onReady', readHosts);
  app.addHook('onRequest', async (request, reply) => {
    const host = request.hostname.toLowerCase();
    if (host === ownHost || (request.method !== 'GET' && request.method !== 'HEAD')) return;
    if (hostsReadAt === null || clock.now() - hostsReadAt >= PAGE_TTL_MS) void readHosts();
    const slug = hosts.get(host);
    if (slug === undefined) return;
    const [path = '/'] = request.url.split('?');
    await answer(slug, path.slice(1), '/', `${request.protocol}://${host}/`, request.query, reply);
    return reply;
  });
}
