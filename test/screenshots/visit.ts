import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Demo } from '../../src/cli/demo/start.ts';

export type Language = 'en' | 'ru';
export type Theme = 'light' | 'dark';

export interface Look {
  readonly language: Language;
  readonly theme: Theme;
  readonly width: number;
  readonly height: number;
}

/** Which team of the story a language is shown with, and where its reader sits. */
const READERS: Readonly<Record<Language, { team: RegExp; locale: string; timezoneId: string }>> = {
  en: { team: /Lighthouse/, locale: 'en-GB', timezoneId: 'Europe/London' },
  ru: { team: /Заря/, locale: 'ru-RU', timezoneId: 'Europe/Moscow' },
};

/** Somebody signed in to the demonstration, for whom the time stands still too. */
export interface Visit {
  readonly page: Page;
  readonly base: string;
  /** Ids of the team's monitors by their names, and of its incidents, the newest first. */
  readonly monitors: ReadonlyMap<string, string>;
  readonly incidents: readonly { readonly id: string; readonly name: string }[];
  readonly channelId: string;
  readonly siteId: string | null;
  /** Requests of the page that were not answered yet; its event stream never is. */
  readonly pending: ReadonlySet<unknown>;
  end(): Promise<void>;
}

async function answerOf<T>(context: BrowserContext, base: string, path: string, body?: unknown): Promise<T> {
  const headers = { origin: base };
  const answer =
    body === undefined
      ? await context.request.get(`${base}${path}`, { headers })
      : await context.request.post(`${base}${path}`, { headers, data: body });
  if (!answer.ok()) throw new Error(`${path}: ${answer.status()} ${await answer.text()}`);
  const text = await answer.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

interface Named {
  readonly id: string;
  readonly name: string;
}

/** Opens a browser's window with this look, signs in, and goes to the team of the language. */
export async function openVisit(browser: Browser, demo: Demo, look: Look, at: number): Promise<Visit> {
  const { team, locale, timezoneId } = READERS[look.language];
  const context = await browser.newContext({
    viewport: { width: look.width, height: look.height },
    locale,
    timezoneId,
    colorScheme: look.theme,
    reducedMotion: 'reduce',
  });
  await context.addInitScript(
    ([language, theme]) => {
      localStorage.setItem('allswell.language', String(language));
      localStorage.setItem('allswell.theme', String(theme));
    },
    [look.language, look.theme],
  );
  await context.clock.setFixedTime(at);
  const ask = <T>(path: string, body?: unknown) => answerOf<T>(context, demo.url, path, body);
  await ask('/api/auth/sign-in/email', { email: demo.email, password: demo.password });
  const { teams } = await ask<{ teams: Named[] }>('/api/v1/teams');
  const chosen = teams.find(({ name }) => team.test(name));
  if (chosen === undefined) throw new Error(`the story has no team ${team}`);
  await ask(`/api/v1/teams/${chosen.id}/choose`, {});
  const { monitors } = await ask<{ monitors: Named[] }>('/api/v1/overview/monitors');
  const { incidents } = await ask<{ incidents: { id: string; monitor: Named }[] }>('/api/v1/incidents');
  const { channels } = await ask<{ channels: Named[] }>('/api/v1/channels');
  const { sites } = await ask<{ sites: Named[] }>('/api/v1/sites');
  const page = await context.newPage();
  return {
    page,
    pending: watchRequests(page),
    base: demo.url,
    monitors: new Map(monitors.map(({ id, name }) => [name, id])),
    incidents: incidents.map(({ id, monitor }) => ({ id, name: monitor.name })),
    channelId: channels[0]?.id ?? '',
    siteId: sites[0]?.id ?? null,
    end: () => context.close(),
  };
}

function watchRequests(page: Page): ReadonlySet<unknown> {
  const pending = new Set<unknown>();
  page.on('request', (request) => {
    if (!request.url().endsWith('/api/v1/events')) pending.add(request);
  });
  page.on('requestfinished', (request) => pending.delete(request));
  page.on('requestfailed', (request) => pending.delete(request));
  return pending;
}

const LOOK_EVERY_MS = 200;
/** As often as that a page may still change before it is taken as it is. */
const MAX_LOOKS = 40;

/** The page as it is when nothing is on its way to it and it no longer changes. */
export async function picture({ page, pending }: Visit, isWhole = false): Promise<Buffer> {
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await page.evaluate('document.fonts.ready.then(() => undefined)');
  let last: Buffer = Buffer.alloc(0);
  for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
    const now = await page.screenshot({ animations: 'disabled', caret: 'hide', fullPage: isWhole });
    if (pending.size === 0 && now.equals(last)) return now;
    last = pending.size === 0 ? now : Buffer.alloc(0);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  throw new Error(`${page.url()} does not come to rest`);
}
