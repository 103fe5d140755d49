import type { IncomingHttpHeaders } from 'node:http';

function hostOf(origin: string): string | null {
  return /^https?:\/\//.test(origin) && URL.canParse(origin) ? new URL(origin).host : null;
}

/**
 * Whether a request that carries a cookie was made by a page of ours. Browsers say so themselves (Sec-Fetch-Site), or
 * name the page's origin, which has to be that of ALLSWELL_URL or the very host that was asked. A request that says
 * neither was made by no browser of this decade, and is refused: programs have keys.
 */
export function isSameOrigin(headers: IncomingHttpHeaders, publicUrl: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const origin = headers.origin;
  if (origin === undefined) return false;
  const host = hostOf(origin);
  if (host === null) return false;
  return origin === new URL(publicUrl).origin || host === headers.host?.toLowerCase();
}
