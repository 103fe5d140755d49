/**
 * `npm run screenshots [-- --all DIR]`: takes the pictures of README.md and docs from a demonstration with a fixed seed in
 * which time stands still, so that a picture changes only where a page did. With `--all` it leaves those alone and puts
 * every main page into DIR instead, at three widths, light and dark, in both languages, for people to look through.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Browser, chromium } from 'playwright-core';
import { type Demo, startDemo } from '../../src/cli/demo/start.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { FLAGS, findChromium, noBrowser } from '../harness/browser.ts';
import { looksTheSame } from './same.ts';
import { type Language, type Look, openVisit, picture, type Theme, type Visit } from './visit.ts';

const AT = Date.UTC(2026, 10, 30, 14, 10, 0);
const SEED = 'pictures';
const IMAGES = join(import.meta.dirname, '../../docs/images');
const DESK: Look = { language: 'en', theme: 'light', width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };

const say = (line: string) => process.stdout.write(`${line}\n`);

type Go = (visit: Visit) => Promise<void>;

const to =
  (path: string): Go =>
  async ({ page, base }) =>
    void (await page.goto(`${base}${path}`));

const monitor =
  (name: RegExp): Go =>
  async (visit) => {
    const [, id] = [...visit.monitors].find(([each]) => name.test(each)) ?? [];
    await to(`/monitors/${id}`)(visit);
  };

const incident =
  (name: RegExp): Go =>
  async (visit) =>
    to(`/incidents/${visit.incidents.find((each) => name.test(each.name))?.id}`)(visit);

/** A new monitor while it is typed. */
const newMonitor: Go = async (visit) => {
  await to('/monitors/new')(visit);
  const { page } = visit;
  const [name, schedule] = (await page.evaluate('document.documentElement.lang')) === 'ru' ? WORDS.ru : WORDS.en;
  await page.getByRole('textbox').first().fill(name);
  await page.getByRole('textbox').nth(1).fill(schedule);
  await page.waitForResponse((answer) => answer.url().includes('/schedules/'));
};
const WORDS = {
  en: ['Weekly report', 'weekdays at 7:30'],
  ru: ['Недельный отчёт', 'по будням в 7:30'],
} as const;

const BACKUP = /Nightly backup|Ночная резервная/;

const IMAGES_WANTED: readonly { name: string; look: Partial<Look>; go: Go }[] = [
  { name: 'overview', look: {}, go: to('/') },
  { name: 'overview-dark', look: { theme: 'dark' }, go: to('/') },
  { name: 'overview-phone', look: PHONE, go: to('/') },
  { name: 'overview-ru', look: { language: 'ru' }, go: to('/') },
  { name: 'monitor', look: {}, go: monitor(BACKUP) },
  { name: 'incident', look: {}, go: incident(BACKUP) },
  { name: 'new-monitor', look: {}, go: newMonitor },
  { name: 'status-page', look: {}, go: to('/status/lighthouse-books') },
];

async function takeImages(browser: Browser, demo: Demo): Promise<void> {
  mkdirSync(IMAGES, { recursive: true });
  for (const { name, look, go } of IMAGES_WANTED) {
    const visit = await openVisit(browser, demo, { ...DESK, ...look }, AT);
    await go(visit);
    const image = await picture(visit);
    const path = join(IMAGES, `${name}.png`);
    const isKnown = existsSync(path) && (await looksTheSame(browser, readFileSync(path), image));
    if (!isKnown) writeFileSync(path, image);
    say(`docs/images/${name}.png, ${Math.round(image.length / 1_000)} kB${isKnown ? ', as it was' : ''}`);
    await visit.end();
  }
}

const PAGES: readonly { name: string; go: Go }[] = [
  { name: 'overview', go: to('/') },
  { name: 'monitor-new', go: newMonitor },
  { name: 'monitor-backup', go: monitor(BACKUP) },
  { name: 'monitor-silent', go: monitor(/Stock sync|Выгрузка остатков/) },
  { name: 'monitor-running', go: monitor(/Search index|Обмен с торговыми/) },
  { name: 'incidents', go: to('/incidents') },
  { name: 'incident-open', go: incident(/Stock sync|Выгрузка остатков/) },
  { name: 'incident-past', go: incident(/Fraud|Датчики/) },
  { name: 'channels', go: to('/channels') },
  { name: 'channel', go: async (visit) => to(`/channels/${visit.channelId}`)(visit) },
  { name: 'channel-new', go: to('/channels/new') },
  { name: 'sites', go: to('/sites') },
  { name: 'site', go: async (visit) => to(visit.siteId === null ? '/sites' : `/sites/${visit.siteId}`)(visit) },
  { name: 'summaries', go: to('/summaries') },
  { name: 'maintenance', go: to('/maintenance') },
  { name: 'status-pages', go: to('/status-pages') },
  { name: 'team', go: to('/team') },
  { name: 'settings', go: to('/settings') },
  { name: 'account', go: to('/account') },
];

/** Public pages speak the language of their team. */
const PUBLIC: Readonly<Record<Language, string>> = { en: '/status/lighthouse-books', ru: '/status/zarya' };
const WIDTHS = [{ width: 1440, height: 900 }, { width: 1024, height: 768 }, PHONE] as const;

async function takeAll(browser: Browser, demo: Demo, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const size of WIDTHS) {
    for (const theme of ['light', 'dark'] as const satisfies readonly Theme[]) {
      for (const language of ['en', 'ru'] as const) {
        const visit = await openVisit(browser, demo, { ...size, theme, language }, AT);
        for (const { name, go } of [...PAGES, { name: 'status-page', go: to(PUBLIC[language]) }]) {
          await go(visit);
          const file = `${name}-${size.width}-${theme}-${language}.png`;
          writeFileSync(join(folder, file), await picture(visit, true));
        }
        say(`${size.width} px, ${theme}, ${language}`);
        await visit.end();
      }
    }
  }
}

async function withDemo(work: (demo: Demo) => Promise<void>): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'allswell-pictures-'));
  // Started by root, the database runs as another user, who has to pass.
  chmodSync(dataDir, 0o711);
  const write = (line: string) => process.stderr.write(`${line}\n`);
  const logger = createLogger({ level: 'error', format: 'text', clock: systemClock, write });
  try {
    const pingUrl = 'https://allswell.example.com';
    const place = { dataDir, host: '127.0.0.1', port: 0, env: process.env, logger };
    const started = await startDemo({ ...place, seed: SEED, stillAt: AT, pingUrl });
    if (!started.ok) throw new Error(started.message);
    try {
      await work(started.demo);
    } finally {
      await started.demo.stop();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { all: { type: 'string' } } });
  const missing = noBrowser();
  const executablePath = findChromium();
  if (missing !== false || executablePath === null) {
    say(String(missing));
    return 1;
  }
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  try {
    const { all } = values;
    await withDemo((demo) => (all === undefined ? takeImages(browser, demo) : takeAll(browser, demo, all)));
    return 0;
  } finally {
    await browser.close();
  }
}

process.exitCode = await main();
