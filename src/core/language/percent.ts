import type { Language } from './language.ts';

const forms: Readonly<Record<Language, Intl.NumberFormat>> = {
  en: new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 2 }),
  ru: new Intl.NumberFormat('ru', { style: 'percent', maximumFractionDigits: 2 }),
};
const PARTS = 10_000;

/** A share from 0 to 1: "99.92%", «99,92 %». Rounded down, so that 100 % means all of it. */
export function formatShare(share: number, language: Language): string {
  const sane = Number.isFinite(share) ? Math.min(Math.max(share, 0), 1) : 0;
  // What was 0.29 before arithmetic is not 28.99 % after it.
  return forms[language].format(Math.floor(sane * PARTS + 1e-9) / PARTS);
}

/** How much more `now` is than `before`, in whole per cent: "+37%". */
export function formatGrowth(now: number, before: number, language: Language): string {
  const growth = before > 0 && now > before ? Math.round((now / before - 1) * 100) / 100 : 0;
  return `+${forms[language].format(Number.isFinite(growth) ? growth : 0)}`;
}
