import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { escapeHtml } from './page.ts';

/** Where `npm ci` leaves the built pages. */
const BUILT = join(import.meta.dirname, '../../web/dist');
/** Their names carry a hash of what is in them. */
const FOR_EVER = 'public, max-age=31536000, immutable';
const BASE = '<base href="/" />';

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.woff2': 'font/woff2',
  '.svg': 'image/svg+xml',
};

/** The pages load nothing from elsewhere, speak to this server only, and stand in nobody's frame. */
export const DASHBOARD_HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'self'",
  'Cache-Control': 'no-cache',
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
} as const;

/** Every address besides `/` that is a page of the dashboard; the browser finds out which (web/src/router.tsx). */
export const DASHBOARD_PATHS = [
  '/monitors',
  '/monitors/*',
  '/incidents',
  '/incidents/*',
  '/channels',
  '/channels/*',
  '/sites',
  '/sites/*',
  '/summaries',
  '/maintenance',
  '/maintenance/*',
  '/status-pages',
  '/status-pages/*',
  '/team',
  '/team/*',
  '/settings',
  '/account',
  '/sign-in',
  '/sign-in-link',
  '/sign-up',
  '/forgot',
  // Links that the operator and whoever invites hand over, and those of mails (accounts/links.ts).
  '/setup/*',
  '/invitations/*',
  '/reset-password/*',
  '/sign-in-link/*',
  '/confirm-email/*',
] as const;

/** How a file may be sent besides as it is, the smallest first; the build leaves each beside it. */
const ENCODINGS = [
  { name: 'br', ending: '.br' },
  { name: 'gzip', ending: '.gz' },
] as const;

interface Asset {
  readonly type: string;
  readonly body: Buffer;
  /** The same compressed, by the name of its encoding. */
  readonly encoded: readonly { readonly encoding: string; readonly body: Buffer }[];
}

export interface Dashboard {
  readonly page: string;
  readonly assets: ReadonlyMap<string, Asset>;
}

/** Reads the built pages; null where they were not built. They are small and kept in memory. */
export async function readDashboard(publicUrl: string, folder = BUILT): Promise<Dashboard | null> {
  let html: string;
  try {
    html = await readFile(join(folder, 'index.html'), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  if (!html.includes(BASE)) throw new Error('the built dashboard has no place for its base address');
  const path = new URL(publicUrl).pathname.replace(/\/?$/, '/');
  const assets = new Map<string, Asset>();
  const names = new Set(await readdir(join(folder, 'assets')));
  const readAsset = (name: string) => readFile(join(folder, 'assets', name));
  for (const name of names) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const there = ENCODINGS.filter(({ ending }) => names.has(`${name}${ending}`));
    const encoded = there.map(async ({ name: encoding, ending }) => {
      return { encoding, body: await readAsset(`${name}${ending}`) };
    });
    assets.set(name, { type, body: await readAsset(name), encoded: await Promise.all(encoded) });
  }
  return { page: html.replace(BASE, `<base href="${escapeHtml(path)}" />`), assets };
}

/** Whether a reader who says `given` takes this encoding; `gzip;q=0` does not. */
function accepts(given: string | readonly string[] | undefined, encoding: string): boolean {
  return String(given ?? '')
    .split(',')
    .some((part) => {
      const [name = '', ...parameters] = part.split(';').map((each) => each.trim().toLowerCase());
      return name === encoding && !parameters.some((each) => /^q=0(\.0*)?$/.test(each));
    });
}

/** The dashboard: one page for all its addresses, and what that page loads. `/` is the API's to answer (api/service.ts). */
export function registerDashboard(app: FastifyInstance, { page, assets }: Dashboard): void {
  const sendDashboard = (reply: FastifyReply) =>
    reply.headers(DASHBOARD_HEADERS).type('text/html; charset=utf-8').send(page);
  for (const path of DASHBOARD_PATHS) app.get(path, (_request, reply) => sendDashboard(reply));
  app.get<{ Params: { name: string } }>('/assets/:name', (request, reply) => {
    const asset = assets.get(request.params.name);
    if (asset === undefined) return reply.callNotFound();
    const chosen = asset.encoded.find(({ encoding }) => accepts(request.headers['accept-encoding'], encoding));
    return reply
      .headers({ 'cache-control': FOR_EVER, 'x-content-type-options': 'nosniff', vary: 'accept-encoding' })
      .headers(chosen === undefined ? {} : { 'content-encoding': chosen.encoding })
      .type(asset.type)
      .send(chosen?.body ?? asset.body);
  });
}
