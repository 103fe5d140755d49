import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { FLAGS, findChromium, noBrowser } from '../../harness/browser.ts';
import type { Product } from '../product.ts';

export interface Cookie {
  readonly name: string;
  readonly value: string;
}

/** The system's Chromium for the length of `work`. */
export async function withBrowser<T>(work: (browser: Browser) => Promise<T>): Promise<T> {
  const missing = noBrowser();
  const executablePath = findChromium();
  if (missing !== false || executablePath === null) throw new Error(String(missing));
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  try {
    return await work(browser);
  } finally {
    await browser.close();
  }
}

/** Somebody signed in, with an empty cache. */
export async function openReader(
  browser: Browser,
  { port }: Product,
  cookies: readonly Cookie[],
): Promise<{ readonly context: BrowserContext; readonly page: Page; readonly base: string }> {
  const base = `http://localhost:${port}`;
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await context.addCookies(cookies.map(({ name, value }) => ({ name, value, url: base })));
  return { context, page: await context.newPage(), base };
}
