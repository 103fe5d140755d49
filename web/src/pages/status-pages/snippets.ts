export interface BadgeSnippets {
  readonly svg: string;
  readonly json: string;
  readonly markdown: string;
  readonly html: string;
}

const escapeHtml = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
const escapeMarkdown = (text: string): string => text.replace(/[\\[\]*_`<>]/g, '\\$&');

/** The path of a badge below a page; `name`: of one thing by its shown name, null: of the whole page. */
export const badgePath = (kind: 'svg' | 'json', name: string | null): string =>
  `badge.${kind}${name === null ? '' : `?name=${encodeURIComponent(name)}`}`;

/** What is copied to show how a page, or one thing on it, stands. */
export function badgeSnippets(url: string, title: string, name: string | null): BadgeSnippets {
  const svg = `${url}/${badgePath('svg', name)}`;
  const label = name ?? title;
  return {
    svg,
    json: `${url}/${badgePath('json', name)}`,
    // A bracket would end the address.
    markdown: `[![${escapeMarkdown(label)}](${svg.replace(/\(/g, '%28').replace(/\)/g, '%29')})](${url})`,
    html: `<a href="${escapeHtml(url)}"><img src="${escapeHtml(svg)}" alt="${escapeHtml(label)}"></a>`,
  };
}

export const feedUrl = (url: string): string => `${url}/feed.xml`;
