import { createHash } from 'node:crypto';
import type { Gap } from '../core/cause.ts';
import { DAY_MS, type Instant } from '../core/instant.ts';
import { isoInstant } from '../core/iso-instant.ts';
import { texts } from '../core/language/catalogue.ts';
import { formatDuration } from '../core/language/durations.ts';
import { moment } from '../core/language/moments.ts';
import { formatShare } from '../core/language/percent.ts';
import type { Status } from '../core/monitor.ts';
import { BAR_DAYS, type Bar, barsFrom, historyOf, type ItemHistory } from '../core/status-page.ts';
import type { Announcement, PageMonitor, StatusPageGroup, StatusPageRecord } from '../store/status-pages.ts';
import { escapeHtml } from './page.ts';

/** Ends and beginnings that the feed tells of. */
const FEED_DAYS = 30;
const MAX_FEED_ITEMS = 100;

interface Item extends ItemHistory {
  readonly name: string;
  readonly status: Status;
  readonly downs: PageMonitor['downs'];
}

/** What everybody may know: names as they were chosen, no ids, no causes. */
export interface StatusView {
  readonly page: Pick<StatusPageRecord, 'slug' | 'title' | 'intro' | 'language' | 'timezone' | 'hasLogo'>;
  readonly groups: readonly { readonly title: string; readonly items: readonly Item[] }[];
  /** Each thing once, though it may stand in several groups. */
  readonly items: readonly Item[];
  /** The newest first. */
  readonly announcements: readonly Announcement[];
  readonly at: Instant;
}

const isChosen = (group: StatusPageGroup, { id, tags }: PageMonitor): boolean =>
  group.monitors.some((one) => one.id === id) || tags.some((tag) => group.tags.includes(tag));

/** What stands in a group: first what was named, in its order; then what was found by tag, by name; then all others. */
function membersOf(
  group: StatusPageGroup,
  groups: readonly StatusPageGroup[],
  monitors: readonly PageMonitor[],
): readonly PageMonitor[] {
  const places = group.monitors.map(({ id }) => id);
  const isOther = (monitor: PageMonitor) => group.all === true && !groups.some((one) => isChosen(one, monitor));
  const rank = (monitor: PageMonitor) => {
    if (places.includes(monitor.id)) return places.indexOf(monitor.id);
    return isChosen(group, monitor) ? places.length : places.length + 1;
  };
  return monitors
    .filter((monitor) => isChosen(group, monitor) || isOther(monitor))
    .toSorted((one, other) => rank(one) - rank(other));
}

export function viewOf(
  page: StatusPageRecord,
  { monitors, gaps }: { readonly monitors: readonly PageMonitor[]; readonly gaps: readonly Gap[] },
  now: Instant,
): StatusView {
  const histories = new Map(monitors.map((monitor) => [monitor.id, historyOf(monitor, gaps, now)]));
  const once = new Map<string, Item>();
  const groups = page.groups.map((group) => {
    const names = new Map(group.monitors.map(({ id, name }) => [id, name]));
    const items = membersOf(group, page.groups, monitors).flatMap((monitor): Item[] => {
      const history = histories.get(monitor.id);
      if (history === undefined) return [];
      const { id, status, downs } = monitor;
      const item = { name: names.get(id) ?? monitor.name, status, downs, ...history };
      if (!once.has(id)) once.set(id, item);
      return [item];
    });
    return { title: group.title, items };
  });
  const announcements = page.announcements.toSorted((one, other) => other.at - one.at);
  return { page, groups, items: [...once.values()], announcements, at: now };
}

/** One that is down is what matters; without any that is up nothing is known. */
function worstOf(items: readonly Item[]): Status {
  if (items.some(({ status }) => status === 'down')) return 'down';
  return items.some(({ status }) => status === 'up') ? 'up' : 'new';
}

/** How it stands in one sentence. */
export function sentence(view: StatusView): string {
  const words = texts(view.page.language).page.status;
  const { items } = view;
  const down = items.filter(({ status }) => status === 'down').length;
  if (down > 0) return words.someDown(down, items.length);
  return items.some(({ status }) => status === 'up') ? words.allWell : words.nothing;
}

function when(at: Instant, { page, at: now }: StatusView): string {
  const { language, timezone } = page;
  const { moment: words } = texts(language);
  return words.inZone(words.bare(moment(at, timezone, now, 'never')), timezone);
}

const COLOURS: Readonly<Record<Bar, string>> = { up: 'u', partly: 'l', down: 'd', none: 'n' };

/** The form of each kind in a box of 4 by 24: also without its colour a bad day is another one. */
const FORMS: Readonly<Record<Bar, string>> = {
  up: 'h4v24h-4z',
  partly: 'h4v10h-4zm0 14h4v10h-4z',
  down: 'l2 5 2-5v24h-4z',
  none: 'm0 10h4v14h-4z',
};
const STEP = 5;

/** One path for all days that went the same way; each bad one has its own, which says when it was and how long. */
function barsSvg({ bars, downMs }: Item, label: string, view: StatusView): string {
  const { language } = view.page;
  const days = new Intl.DateTimeFormat(language === 'ru' ? 'ru' : 'en-GB', {
    day: 'numeric',
    month: 'short',
    timeZone: 'UTC',
  });
  const paths = (['up', 'none'] as const).map((kind) => {
    const d = bars.map((bar, index) => (bar === kind ? `M${index * STEP} 0${FORMS[kind]}` : '')).join('');
    return d === '' ? '' : `<path class="${COLOURS[kind]}" d="${d}"/>`;
  });
  const bad = bars.map((bar, index) => {
    if (bar === 'up' || bar === 'none') return '';
    const day = days.format(barsFrom(view.at) + index * DAY_MS);
    const title = texts(language).page.status.badDay(day, formatDuration(downMs[index] ?? 0, language));
    return `<path class="${COLOURS[bar]}" d="M${index * STEP} 0${FORMS[bar]}"><title>${escapeHtml(title)}</title></path>`;
  });
  const width = BAR_DAYS * STEP - 1;
  return `<svg viewBox="0 0 ${width} 24" preserveAspectRatio="none" role="img" aria-label="${escapeHtml(label)}">${[...paths, ...bad].join('')}</svg>`;
}

const SHAPES: Readonly<Record<Status, string>> = {
  up: '<circle cx="6" cy="6" r="5"/>',
  down: '<path d="M6 1 11.5 11H.5z"/>',
  paused: '<path d="M2 1h3v10H2zM7 1h3v10H7z"/>',
  new: '<circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" stroke-width="2"/>',
};

function shape(status: Status): string {
  return `<svg class="s ${status}" viewBox="0 0 12 12" aria-hidden="true">${SHAPES[status]}</svg>`;
}

const ICON_COLOURS: Readonly<Record<Status, string>> = {
  up: '#2e7d4f',
  down: '#d93a2f',
  new: '#4f86bd',
  paused: '#808589',
};

/** For the tab: the same shape, which says from afar how it stands. */
function icon(status: Status): string {
  const colour = ICON_COLOURS[status];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 12 12" fill="${colour}" color="${colour}">${SHAPES[status]}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

function itemHtml(item: Item, view: StatusView): string {
  const words = texts(view.page.language).page.status;
  const share = item.ratio === null ? '' : words.uptime(formatShare(item.ratio, view.page.language), BAR_DAYS);
  return (
    `<li><div class="row">${shape(item.status)}<b>${escapeHtml(item.name)}</b>` +
    `<span class="w ${item.status}">${words.word[item.status]}</span></div>` +
    `${barsSvg(item, `${words.bars(BAR_DAYS)}: ${share}`, view)}` +
    `<small><span>${words.daysAgo(BAR_DAYS)}</span><span>${escapeHtml(share)}</span><span>${words.today}</span></small></li>`
  );
}

function section(title: string, body: string): string {
  return body === '' ? '' : `<section>${title === '' ? '' : `<h2>${escapeHtml(title)}</h2>`}${body}</section>`;
}

const STYLE = `
:root{color-scheme:light dark;--ground:#FBFBF9;--panel:#FFF;--text:#1B1D1F;--quiet:#6A6F73;--accent:#2F5D8A;--up:#2E7D4F;--late:#A86A00;--down:#B3261E}
@media(prefers-color-scheme:dark){:root{--ground:#101214;--panel:#16191C;--text:#E7E9EA;--quiet:#8E959A;--accent:#7FB2E5;--up:#57B27C;--late:#E0A33A;--down:#F2766E}}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--text);font:16px/1.45 Inter,system-ui,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:48rem;margin:0 auto;padding:2rem 1rem 3rem;overflow-wrap:anywhere}
header{display:flex;gap:12px;align-items:center}header img{max-height:48px;max-width:160px}h1{font-size:20px;margin:0}h2{font-size:16px;margin:0 0 8px}
.lead{font-size:28px;line-height:1.2;margin:24px 0;display:flex;gap:12px;align-items:center}.lead .s{width:24px;height:24px}
section{margin:24px 0}ul{list-style:none;margin:0;padding:0}li{background:var(--panel);border:1px solid color-mix(in srgb,var(--text) 10%,transparent);border-radius:6px;padding:12px 16px;margin:0 0 8px}
.row{display:flex;gap:8px;align-items:center}.row b{flex:1}.s{width:12px;height:12px;flex:none;fill:currentColor}.up{color:var(--up)}.down{color:var(--down)}.new{color:var(--accent)}.paused,small,footer,time{color:var(--quiet)}
li>svg{display:block;width:100%;height:24px;margin:8px 0 4px}.u{fill:var(--up)}.l{fill:var(--late)}.d{fill:var(--down)}.n{fill:var(--quiet);opacity:.4}
small{display:flex;justify-content:space-between;gap:8px}p{white-space:pre-line}li p{margin:8px 0 0}a{color:var(--accent)}footer{display:flex;gap:16px;flex-wrap:wrap;font-size:14px}
`;

/** For the content policy, which names it by its hash. */
export const STATUS_PAGE_STYLE = STYLE;

/** The whole page, without a script; `base` is where its own parts are: "/status/name/", or "/" on its own domain. */
export function statusPageHtml(view: StatusView, base: string): string {
  const { page } = view;
  const words = texts(page.language).page.status;
  const { items } = view;
  const open = items.flatMap(({ name, downs }) =>
    downs
      .filter(({ to }) => to === null)
      .map(({ from }) => `<li>${escapeHtml(words.downSince(name, when(from, view)))}</li>`),
  );
  const news = view.announcements.map(
    ({ title, text, at }) =>
      `<li><b>${escapeHtml(title)}</b><br><time datetime="${isoInstant(at)}">${escapeHtml(when(at, view))}</time><p>${escapeHtml(text)}</p></li>`,
  );
  const worst = worstOf(items);
  const list = (lines: readonly string[]) => (lines.length === 0 ? '' : `<ul>${lines.join('')}</ul>`);
  return (
    `<!doctype html><html lang="${page.language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
    `<title>${escapeHtml(page.title)}</title><link rel="icon" href="${icon(worst)}"><link rel="alternate" type="application/rss+xml" title="${escapeHtml(page.title)}" href="${base}feed.xml"><style>${STYLE}</style></head>` +
    `<body><main><header>${page.hasLogo ? `<img src="${base}logo" alt="">` : ''}<h1>${escapeHtml(page.title)}</h1></header>` +
    `<div class="lead">${shape(worst)}${escapeHtml(sentence(view))}</div>` +
    `${page.intro === '' ? '' : `<p>${escapeHtml(page.intro)}</p>`}` +
    section(words.announcements, list(news)) +
    section(words.open, list(open)) +
    view.groups.map(({ title, items: own }) => section(title, list(own.map((item) => itemHtml(item, view))))).join('') +
    `<footer><span>${escapeHtml(words.updated(when(view.at, view)))}</span><a href="${base}feed.xml">${words.feed}</a></footer></main></body></html>`
  );
}

/** Beginnings, ends and announcements, the newest first. The guids say nothing but which is which. */
export function feedXml(view: StatusView, link: string): string {
  const { page } = view;
  const words = texts(page.language).page.status;
  const since = view.at - FEED_DAYS * DAY_MS;
  const entries = [
    ...view.items.flatMap(({ name, downs }) =>
      downs.flatMap(({ from, to }) => [
        { at: from, title: words.downSince(name, when(from, view)), text: '' },
        ...(to === null
          ? []
          : [
              { at: to, title: words.backAt(name, when(to, view), formatDuration(to - from, page.language)), text: '' },
            ]),
      ]),
    ),
    ...view.announcements,
  ]
    .filter(({ at }) => at >= since)
    .sort((one, other) => other.at - one.at)
    .slice(0, MAX_FEED_ITEMS);
  const items = entries.map(({ at, title, text }) => {
    const guid = createHash('sha256').update(`${page.slug} ${at} ${title}`).digest('hex').slice(0, 32);
    return (
      `<item><title>${escapeHtml(title)}</title><link>${escapeHtml(link)}</link><guid isPermaLink="false">${guid}</guid>` +
      `<pubDate>${new Date(at).toUTCString()}</pubDate>${text === '' ? '' : `<description>${escapeHtml(text)}</description>`}</item>`
    );
  });
  return (
    `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>${escapeHtml(page.title)}</title>` +
    `<link>${escapeHtml(link)}</link><description>${escapeHtml(sentence(view))}</description><language>${page.language}</language>${items.join('')}</channel></rss>`
  );
}

export interface Badge {
  readonly label: string;
  readonly message: string;
  readonly status: Status;
}

/** Of the whole page, or of one thing by its shown name; null: there is none of that name. */
export function badgeOf(view: StatusView, name: string | null): Badge | null {
  const { word } = texts(view.page.language).page.status;
  const { items } = view;
  if (name !== null) {
    // The same thing may be shown under another name in another group.
    const item = view.groups.flatMap((group) => group.items).find((one) => one.name === name);
    return item === undefined ? null : { label: name, message: word[item.status], status: item.status };
  }
  const status = worstOf(items);
  return { label: view.page.title, message: word[status], status };
}

const BADGE_COLOURS: Readonly<Record<Status, string>> = {
  up: '#2E7D4F',
  down: '#B3261E',
  new: '#2F5D8A',
  paused: '#6A6F73',
};
const BADGE_CHARACTER = 7;

/** In the usual form: a label and a word on its colour. */
export function badgeSvg({ label, message, status }: Badge): string {
  const [left, right] = [[...label].length * BADGE_CHARACTER + 12, [...message].length * BADGE_CHARACTER + 12];
  const [width, text] = [left + right, escapeHtml(`${label}: ${message}`)];
  const word = (words: string, x: number, length: number) =>
    `<text x="${x}" y="14" textLength="${length}" lengthAdjust="spacingAndGlyphs">${escapeHtml(words)}</text>`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="20" role="img" aria-label="${text}"><title>${text}</title>` +
    `<rect width="${left}" height="20" fill="#1B1D1F"/><rect x="${left}" width="${right}" height="20" fill="${BADGE_COLOURS[status]}"/>` +
    `<g fill="#fff" font-family="Verdana,Geneva,sans-serif" font-size="11">${word(label, 6, left - 12)}${word(message, left + 6, right - 12)}</g></svg>`
  );
}
