/** The value of a cookie in a request's header; undefined when it is not there. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}

export interface CookieOptions {
  readonly publicUrl: string;
  readonly maxAgeSeconds: number;
}

/** A cookie that no script reads, that comes with our own pages only and, where we are reached so, by HTTPS only. */
export function writeCookie(name: string, value: string, { publicUrl, maxAgeSeconds }: CookieOptions): string {
  const { protocol, pathname } = new URL(publicUrl);
  const secure = protocol === 'https:' ? '; Secure' : '';
  return `${name}=${value}; Max-Age=${maxAgeSeconds}; Path=${pathname}; HttpOnly; SameSite=Lax${secure}`;
}
