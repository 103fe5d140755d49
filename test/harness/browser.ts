import assert from 'node:assert/strict';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { after, before } from 'node:test';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
/** How it is started. */
export const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const BUILT = join(import.meta.dirname, '../../web/dist/index.html');

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The system's Chromium, or null. */
export function findChromium(): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin'];
  const paths = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return paths.find((path) => existsSync(path) && isProgram(path)) ?? null;
}

/** Why tests in a browser cannot run here; false: they can. For the `skip` of a `describe`. */
export function noBrowser(): string | false {
  if (findChromium() === null) return 'there is no Chromium here: npm run test:setup';
  return existsSync(BUILT) ? false : 'the dashboard is not built: npm run build:web';
}

export interface TestBrowser {
  /** A page of a fresh visitor. Whatever on any page goes against the content policy fails the file at its end. */
  open(options?: BrowserContextOptions & VisitorOptions): Promise<Page>;
}

export interface VisitorOptions {
  /** Signed in by this API key. */
  readonly key?: string;
  readonly language?: 'en' | 'ru';
  readonly theme?: 'light' | 'dark';
}

/** Text and no function: it runs in the page, of whose globals Node's types know nothing. */
const NOTE_VIOLATIONS = `document.addEventListener('securitypolicyviolation', ({ violatedDirective, sourceFile, lineNumber }) =>
  noteViolation(violatedDirective + ' on ' + location.pathname + ', from ' + sourceFile + ':' + lineNumber))`;

/** One browser for the tests of a file; each visitor has a context of their own. */
export function useBrowser(): TestBrowser {
  let browser: Browser | undefined;
  const contexts: BrowserContext[] = [];
  const violations = new Set<string>();
  before(async () => {
    const executablePath = findChromium();
    if (executablePath !== null) browser = await chromium.launch({ executablePath, args: FLAGS });
  });
  after(async () => {
    await browser?.close();
    assert.deepEqual([...violations], [], 'the content policy was kept to');
  });
  return {
    async open({ key, language = 'en', theme = 'light', ...options } = {}) {
      assert.ok(browser);
      await Promise.all(contexts.splice(0).map((context) => context.close()));
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
      contexts.push(context);
      await context.exposeFunction('noteViolation', (what: string) => void violations.add(what));
      await context.addInitScript({ content: NOTE_VIOLATIONS });
      await context.addInitScript(
        ([apiKey, chosen, look]) => {
          if (apiKey) sessionStorage.setItem('allswell.api-key', apiKey);
          if (localStorage.getItem('allswell.language') === null)
            localStorage.setItem('allswell.language', String(chosen));
          if (localStorage.getItem('allswell.theme') === null) localStorage.setItem('allswell.theme', String(look));
        },
        [key ?? '', language, theme] as const,
      );
      return context.newPage();
    },
  };
}

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

interface AxeViolation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** What axe finds on the page as it is now that keeps people out: nothing serious. */
export async function assertAccessible(page: Page, what: string): Promise<void> {
  await page.evaluate(readFileSync(AXE, 'utf8'));
  const violations = (await page.evaluate('axe.run().then((result) => result.violations)')) as readonly AxeViolation[];
  const serious = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`);
  assert.deepEqual(serious, [], `axe, ${what}`);
}

/** Nothing is wider than the screen. */
export async function assertFits(page: Page, what: string): Promise<void> {
  const [content, screen] = (await page.evaluate(
    '[document.documentElement.scrollWidth, innerWidth]',
  )) as readonly number[];
  assert.ok((content ?? 0) <= (screen ?? 0), `${what} is ${content} px wide on a screen of ${screen}`);
}
