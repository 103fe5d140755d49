import type { Page } from 'playwright-core';
import { type Benchmark, below, fact } from '../benchmark.ts';
import { type Product, withProduct } from '../product.ts';
import { openReader, withBrowser } from './reader.ts';
import { signInOwner } from './team.ts';

const MAX_KILOBYTES = 250;

interface Loaded {
  readonly name: string;
  /** What came over the wire for it, head and body, as the browser counts it. */
  readonly bytes: number;
}

/** What the first page loads in an empty cache until it stands. */
async function firstLoad(page: Page, base: string): Promise<Loaded[]> {
  await page.goto(base);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForLoadState('load');
  return page.evaluate(
    `performance.getEntriesByType('resource').map(({ name, transferSize }) => ({ name, bytes: transferSize }))`,
  ) as Promise<Loaded[]>;
}

async function measure(product: Product) {
  const cookies = await signInOwner(product);
  const loaded = await withBrowser(async (browser) => {
    const { page, base } = await openReader(browser, product, cookies);
    return firstLoad(page, base);
  });
  const sum = (ending: string) =>
    loaded.filter(({ name }) => name.endsWith(ending)).reduce((all, { bytes }) => all + bytes, 0) / 1_000;
  const measures = [
    below('script of the first load, as it came over the wire', sum('.js'), MAX_KILOBYTES, ' kB', 0),
    fact('files of script', loaded.filter(({ name }) => name.endsWith('.js')).length),
    fact('styles', sum('.css'), ' kB'),
    fact('letters', sum('.woff2'), ' kB'),
  ];
  return { measures, details: { loaded } };
}

export const firstLoadBenchmark: Benchmark = {
  name: 'first-load',
  about: 'what the first page loads in an empty cache',
  run: () => withProduct(measure),
};
