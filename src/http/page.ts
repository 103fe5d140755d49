import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import type { Language } from '../core/language/language.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

const STYLE = `
:root{color-scheme:light dark;--ground:#FBFBF9;--text:#1B1D1F;--quiet:#6A6F73;--accent:#2F5D8A;--panel:#FFFFFF}
@media(prefers-color-scheme:dark){:root{--ground:#101214;--text:#E7E9EA;--quiet:#8E959A;--accent:#7FB2E5;--panel:#16191C}}
body{margin:0;background:var(--ground);color:var(--text);font:16px/1.45 Inter,system-ui,sans-serif}
main{max-width:40rem;margin:12vh auto 0;padding:0 1.5rem}
h1{font-size:1.25rem}
p{overflow-wrap:anywhere}
a{color:var(--accent)}
pre{background:var(--panel);border:1px solid color-mix(in srgb,var(--text) 12%,transparent);border-radius:6px;padding:12px;white-space:pre-wrap;overflow-wrap:anywhere;user-select:all}
button{font:inherit;border:0;border-radius:6px;padding:8px 16px;background:var(--accent);color:var(--ground);cursor:pointer}
`;

export interface Page {
  readonly language: Language;
  readonly title: string;
  /** HTML, escaped by the caller. */
  readonly body: string;
  readonly status?: number;
}

/** How a content policy names the one <style> that a page has: by its hash, so that no other counts. */
export function styleSource(style: string): string {
  return `'sha256-${createHash('sha256').update(style).digest('base64')}'`;
}

export const PAGE_HEADERS = {
  'Content-Security-Policy': `default-src 'none'; style-src ${styleSource(STYLE)}; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
} as const;

export function pageHtml(page: Omit<Page, 'status'>): string {
  return (
    `<!doctype html><html lang="${page.language}"><head><meta charset="utf-8">` +
    `<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">` +
    `<title>${escapeHtml(page.title)} · allswell</title><style>${STYLE}</style></head>` +
    `<body><main><h1>${escapeHtml(page.title)}</h1>${page.body}</main></body></html>`
  );
}

/** Where nobody is signed in and no team is known, the browser says which of our languages it likes better. */
export function browserLanguage(acceptLanguage: string | undefined): Language {
  return /^\s*ru\b/i.test(acceptLanguage ?? '') ? 'ru' : 'en';
}

/** A small page without scripts, for the few moments when there is no dashboard to show. */
export function sendPage(reply: FastifyReply, page: Page): FastifyReply {
  return reply
    .status(page.status ?? 200)
    .headers(PAGE_HEADERS)
    .type('text/html; charset=utf-8')
    .send(pageHtml(page));
}

/** A button that posts to the page's own address: opening a link, as scanners do, changes nothing. */
export function postButton(label: string): string {
  return `<form method="post"><button>${escapeHtml(label)}</button></form>`;
}

/** Browsers post small forms; none of ours carries anything that we read. */
export function paragraph(text: string): string {
  return `<p>${escapeHtml(text)}</p>`;
}
