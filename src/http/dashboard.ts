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

export interface Dashboard {
  readonly page: string;
  readonly assets: ReadonlyMap<string, { readonly body: Buffer; readonly type: string }>;
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
  const assets = new Map<string, { body: Buffer; type: string }>();
  for (const name of await readdir(join(folder, 'assets'))) {
    const type = TYPES[extname(name)];
    if (type !== undefined) assets.set(name, { body: await readFile(join(folder, 'assets', name)), type });
  }
  return { page: html.replace(BASE, `<base href="${escapeHtml(path)}" />`), assets };
}

/** The dashboard: one page for all its addresses, and what that page loads. `/` is the API's to answer (api/service.ts). */
export function registerDashboard(app: FastifyInstance, { page, assets }: Dashboard): void {
  const sendDashboard = (reply: FastifyReply) =>
    reply.headers(DASHBOARD_HEADERS).type('text/html; charset=utf-8').send(page);
  for (const path of DASHBOARD_PATHS) app.get(path, (_request, reply) => sendDashboard(reply));
  app.get<{ Params: { name: string } }>('/assets/:name', (request, reply) => {
    const asset = assets.get(request.params.name);
    if (asset === undefined) return reply.callNotFound();
    return reply
      .headers({ 'cache-control': FOR_EVER, 'x-content-type-options': 'nosniff' })
      .type(asset.type)
      .send(asset.body);
  });
}
