import { SHAPE_PATHS } from './status.tsx';

/** What the browser's tab shows: the state of everything before the name of the page. */
interface TabState {
  /** "2 down"; empty while nothing is. */
  readonly alarm: string;
  readonly shape: 'up' | 'down' | 'late' | 'new' | 'unknown';
}

const COLOURS = { up: '#2e7d4f', late: '#c47d00', down: '#d93a2f', new: '#4f86bd', unknown: '#808589' } as const;

let page = '';
let state: TabState = { alarm: '', shape: 'unknown' };

function draw(): void {
  document.title = [state.alarm, page, 'allswell'].filter((part) => part !== '').join(' · ');
  const icon = document.getElementById('favicon');
  if (!(icon instanceof HTMLLinkElement)) return;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="${COLOURS[state.shape]}" fill-rule="evenodd" d="${SHAPE_PATHS[state.shape]}"/></svg>`;
  const href = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  if (icon.href !== href) icon.href = href;
}

export function setPageTitle(title: string): void {
  page = title;
  draw();
}

/** Shapes differ, not only colours. */
export function setTabState(next: TabState): void {
  if (next.alarm === state.alarm && next.shape === state.shape) return;
  state = next;
  draw();
}
