import type { Browser, Page } from 'playwright-core';
import { type Benchmark, below, fact, type Settings } from '../benchmark.ts';
import { type Product, withProduct } from '../product.ts';
import { quantile } from '../wait.ts';
import { type Cookie, openReader, withBrowser } from './reader.ts';
import { fillTeam, MONITORS, signInOwner } from './team.ts';

const LOADS = 7;
const MAX_MS = 1_000;
const ENOUGH_MS = 30_000;

/** What a reader notices, in milliseconds from the start of the navigation. */
interface Seen {
  /** Rows are drawn and the first one takes a click. */
  readonly rows: number;
  /** All are in the list: it scrolls to its end, and search and filters work on all of them. */
  readonly whole: number;
  /** From a letter in the search field to the rows that it leaves. */
  readonly search: number;
  /** The longest time in which the page could not answer. */
  readonly longestTask: number;
}

/**
 * Watches from inside the page, after each frame: what counts is what is drawn, not what is loaded. Runs before the page's
 * own scripts; text, because it is the page's code and not ours.
 */
const WATCH = `
  window.seen = { longestTask: 0 };
  window.whole = Promise.withResolvers();
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) seen.longestTask = Math.max(seen.longestTask, duration);
  }).observe({ type: 'longtask', buffered: true });
  const look = () => {
    const row = document.querySelector('main li a[data-row], li a[data-row]');
    if (row !== null && seen.rows === undefined) {
      const { left, top, height } = row.getBoundingClientRect();
      const hit = document.elementFromPoint(left + 5, top + height / 2);
      if (hit !== null && hit.closest('li') === row.closest('li')) seen.rows = performance.now();
    }
    if (seen.whole === undefined && row?.closest('li').getAttribute('aria-setsize') === String(window.expected)) {
      seen.whole = performance.now();
      window.whole.resolve();
    }
    if (seen.whole === undefined) requestAnimationFrame(() => setTimeout(look));
  };
  if (window === top) requestAnimationFrame(look);
`;

/** Types one letter after the other and takes the time until the list has as many rows as the search leaves. */
const SEARCH = (word: string, rows: number) => `new Promise((done) => {
  const field = document.querySelector('input[type=search]');
  const from = performance.now();
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field, ${JSON.stringify(word)});
  field.dispatchEvent(new Event('input', { bubbles: true }));
  const look = () => {
    const size = document.querySelector('li a[data-row]')?.closest('li').getAttribute('aria-setsize');
    if (size === '${rows}') done(performance.now() - from);
    else requestAnimationFrame(() => setTimeout(look));
  };
  look();
})`;

async function load(page: Page, base: string): Promise<Seen> {
  await page.goto(base);
  const seen = (await page.evaluate('window.whole.promise.then(() => window.seen)')) as Omit<Seen, 'search'>;
  const search = (await page.evaluate(SEARCH('4321', 1))) as number;
  return { ...seen, search };
}

/** The end of the list is there when somebody jumps to it. */
async function assertEnd(page: Page, base: string): Promise<void> {
  await page.goto(base);
  await page.evaluate('window.whole.promise.then(() => window.scrollTo(0, document.body.scrollHeight))');
  await page.locator(`li[aria-posinset="${MONITORS}"]`).waitFor({ timeout: ENOUGH_MS });
}

async function loads(browser: Browser, product: Product, cookies: readonly Cookie[], isCold: boolean): Promise<Seen[]> {
  const all: Seen[] = [];
  let reader = await openReader(browser, product, cookies);
  const prepare = () => reader.context.addInitScript(`window.expected = ${MONITORS};${WATCH}`);
  await prepare();
  if (!isCold) await load(reader.page, reader.base);
  for (let count = 0; count < LOADS; count += 1) {
    if (isCold && count > 0) {
      await reader.context.close();
      reader = await openReader(browser, product, cookies);
      await prepare();
    }
    all.push(await load(reader.page, reader.base));
  }
  await assertEnd(reader.page, reader.base);
  await reader.context.close();
  return all;
}

async function measure(product: Product, { say }: Settings) {
  await fillTeam(product);
  const cookies = await signInOwner(product);
  const { cold, warm } = await withBrowser(async (browser) => {
    // The first start of a browser and of a server's code says nothing about the hundredth.
    await loads(browser, product, cookies, false);
    return {
      cold: await loads(browser, product, cookies, true),
      warm: await loads(browser, product, cookies, false),
    };
  });
  for (const seen of cold)
    say(
      `  ${Object.entries(seen)
        .map(([name, ms]) => `${name} ${Math.round(ms)}`)
        .join(', ')}`,
    );
  const median = (all: readonly Seen[], name: keyof Seen) =>
    quantile(
      all.map((seen) => seen[name]),
      0.5,
    );
  const worst = (all: readonly Seen[], name: keyof Seen) => Math.max(...all.map((seen) => seen[name]));
  const measures = [
    below(
      `overview of ${MONITORS}, empty cache: first rows take a click, median of ${LOADS}`,
      median(cold, 'rows'),
      MAX_MS,
      ' ms',
      0,
    ),
    below(
      `all ${MONITORS} there: scrolls to the end, search and filters work`,
      median(cold, 'whole'),
      MAX_MS,
      ' ms',
      0,
    ),
    fact('the slowest of them: first rows', worst(cold, 'rows'), ' ms'),
    fact('the slowest of them: all there', worst(cold, 'whole'), ' ms'),
    below('opened again, scripts in the cache: first rows', median(warm, 'rows'), MAX_MS, ' ms', 0),
    below('opened again: all there', median(warm, 'whole'), MAX_MS, ' ms', 0),
    fact('a search over all of them, median', median(cold, 'search'), ' ms'),
    fact('longest time without an answer while it loads, median', median(cold, 'longestTask'), ' ms'),
  ];
  return { measures, details: { cold, warm } };
}

export const overview: Benchmark = {
  name: 'overview',
  about: `opening the list of ${MONITORS} monitors in Chromium`,
  run: (settings) => withProduct((product) => measure(product, settings)),
};
