export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'allswell.theme';
const prefersDark = () => matchMedia('(prefers-color-scheme: dark)');

function isTheme(value: unknown): value is Theme {
  return THEMES.some((theme) => theme === value);
}

export function chosenTheme(): Theme {
  const stored = localStorage.getItem(KEY);
  return isTheme(stored) ? stored : 'auto';
}

function apply(): void {
  const theme = chosenTheme();
  const isDark = theme === 'dark' || (theme === 'auto' && prefersDark().matches);
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
}

export function chooseTheme(theme: Theme): void {
  localStorage.setItem(KEY, theme);
  apply();
}

/** From now on the page is as light or dark as its reader wants it, also when that changes. */
export function followTheme(): void {
  apply();
  prefersDark().addEventListener('change', apply);
}
