import type { Page } from 'playwright-core';
import { type Benchmark, below, fact, type Settings } from '../benchmark.ts';
import { type Product, withProduct } from '../product.ts';
import { quantile, waitMs } from '../wait.ts';
import { openReader, withBrowser } from './reader.ts';
import { fillTeam, keyOf, signInOwner } from './team.ts';

const EVENTS = 20;
const MAX_MS = 1_000;
/** Between two events: longer than changes are gathered, and never in step with the looks of the server. */
const PAUSE_MS = 1_130;
const GIVE_UP_MS = 10_000;

/** Resolves with the page's time when a row is drawn as down. */
const DRAWN = (id: string) => `new Promise((done, fail) => {
  const late = setTimeout(() => fail(new Error('it was never drawn')), ${GIVE_UP_MS});
  const look = () => {
    const row = document.querySelector('[data-row="${id}"]')?.closest('li');
    if (row?.textContent.includes('down') !== true) return requestAnimationFrame(() => setTimeout(look));
    clearTimeout(late);
    done(Date.now());
  };
  look();
})`;

/** A job reports that it failed; answers how long it took from the request until its row says so. */
async function fail(product: Product, page: Page, index: number): Promise<number> {
  const { id, key } = await keyOf(product, index);
  const drawn = page.evaluate(DRAWN(id)) as Promise<number>;
  const sentAt = Date.now();
  const answer = await fetch(`http://${product.host}:${product.port}/ping/${key}/fail`);
  if (answer.status !== 200) throw new Error(`a ping was answered ${answer.status}`);
  const tookMs = (await drawn) - sentAt;
  // Well again: the next one has to be among the few at the top too.
  await (await fetch(`http://${product.host}:${product.port}/ping/${key}`)).text();
  return tookMs;
}

async function measure(product: Product, { say }: Settings) {
  await fillTeam(product);
  const cookies = await signInOwner(product);
  const took = await withBrowser(async (browser) => {
    const { page, base } = await openReader(browser, product, cookies);
    // Those that are down stand first, so that their rows are drawn wherever they stood before.
    await page.goto(base);
    await page.locator('li a[data-row]').first().waitFor();
    await waitMs(PAUSE_MS);
    const all: number[] = [];
    for (let index = 0; index < EVENTS; index += 1) {
      all.push(await fail(product, page, index));
      await waitMs(PAUSE_MS);
    }
    return all;
  });
  say(`  ${took.map((ms) => Math.round(ms)).join(', ')} ms`);
  const measures = [
    fact('from a ping to its row in an open page, median', quantile(took, 0.5), ' ms'),
    below(`the slowest of ${EVENTS}`, Math.max(...took), MAX_MS, ' ms', 0),
  ];
  return { measures, details: { took } };
}

export const live: Benchmark = {
  name: 'live',
  about: 'how fast an open page shows what happens, with 5000 monitors',
  run: (settings) => withProduct((product) => measure(product, settings)),
};
