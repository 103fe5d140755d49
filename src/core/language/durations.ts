import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../instant.ts';
import { texts } from './catalogue.ts';
import type { Language } from './language.ts';
import type { Texts } from './texts.ts';

/** Below this, tenths of a second are worth reading; below the next one, seconds. */
const TENTHS_BELOW_MS = 10 * SECOND_MS;
const SECONDS_BELOW_MS = 10 * MINUTE_MS;
/** "26 h 05 min" reads better than "1 d 2 h": days begin with the second one. */
const DAYS_FROM_MS = 2 * DAY_MS;
/** Past this the hours say nothing any more. */
const HOURS_BELOW_MS = 100 * DAY_MS;
/** Whatever is longer than this (3,000 years) is shown as this long. */
const LONGEST_MS = 1_000_000 * DAY_MS;

const tenths: Readonly<Record<Language, Intl.NumberFormat>> = {
  en: new Intl.NumberFormat('en', { maximumFractionDigits: 1 }),
  ru: new Intl.NumberFormat('ru', { maximumFractionDigits: 1 }),
};

type Unit = keyof Texts['unit'];

function sane(ms: number): number {
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), LONGEST_MS);
}

function roundTo(ms: number, step: number): number {
  return Math.round(ms / step) * step;
}

/** Cuts whole seconds into units: the first one bare, minutes and seconds behind another unit with two digits. */
function inUnits(ms: number, language: Language): string {
  const { unit } = texts(language);
  const days = ms >= DAYS_FROM_MS ? Math.floor(ms / DAY_MS) : 0;
  const rest = ms - days * DAY_MS;
  const counts: readonly (readonly [Unit, number])[] = [
    ['day', days],
    ['hour', Math.floor(rest / HOUR_MS)],
    ['minute', Math.floor((rest % HOUR_MS) / MINUTE_MS)],
    ['second', Math.floor((rest % MINUTE_MS) / SECOND_MS)],
  ];
  const shown = counts.filter(([, count]) => count > 0);
  if (shown.length === 0) return `0 ${unit.second}`;
  return shown
    .map(([name, count], index) => {
      const isPadded = index > 0 && (name === 'minute' || name === 'second');
      return `${isPadded ? String(count).padStart(2, '0') : count} ${unit[name]}`;
    })
    .join(' ');
}

/**
 * A measured length of time as a person says it, rounded to what matters at its size: "850 ms", "4.2 s", "42 s",
 * "5 min 30 s", "41 min", "2 h 05 min", "3 d 4 h". Negative lengths read as "0 s".
 */
export function formatDuration(ms: number, language: Language): string {
  const length = sane(ms);
  const { unit } = texts(language);
  if (Math.round(length) > 0 && Math.round(length) < SECOND_MS) return `${Math.round(length)} ${unit.millisecond}`;
  const toTenths = roundTo(length, SECOND_MS / 10);
  if (toTenths < TENTHS_BELOW_MS) return `${tenths[language].format(toTenths / SECOND_MS)} ${unit.second}`;
  for (const [step, below] of [
    [SECOND_MS, SECONDS_BELOW_MS],
    [MINUTE_MS, DAYS_FROM_MS],
    [HOUR_MS, HOURS_BELOW_MS],
  ] as const) {
    const rounded = roundTo(length, step);
    if (rounded < below) return inUnits(rounded, language);
  }
  return inUnits(roundTo(length, DAY_MS), language);
}

/** A length that a person set, to the second and never rounded: "5 min", "1 min 30 s", "24 h". */
export function formatSetting(seconds: number, language: Language): string {
  return inUnits(roundTo(sane(seconds * SECOND_MS), SECOND_MS), language);
}
