/** Lengths of time as people type them: "5 min", "1h 30m", "90", "2 дня". Units by their beginning, in both languages. */
const UNITS: readonly (readonly [RegExp, number])[] = [
  [/^(s|sec|secs|seconds?|с|сек|секунд[аыу]?)$/, 1],
  [/^(m|min|mins|minutes?|м|мин|минут[аыу]?)$/, 60],
  [/^(h|hr|hrs|hours?|ч|час|часа|часов)$/, 3_600],
  [/^(d|days?|д|дн|день|дня|дней)$/, 86_400],
  [/^(w|weeks?|н|нед|недел[яиюь])$/, 604_800],
];

const PARTS = /(\d+(?:[.,]\d+)?)\s*([\p{L}]*)\.?/gu;
const WHOLE = /^(?:\s*\d+(?:[.,]\d+)?\s*\p{L}*\.?)+\s*$/u;

/** Seconds; null where it is no length. A number without a unit is in `bareUnit` seconds. */
export function readLength(text: string, bareUnit = 60): number | null {
  const given = text.trim().toLowerCase();
  if (!WHOLE.test(given)) return null;
  let seconds = 0;
  for (const [, number = '', unit = ''] of given.matchAll(PARTS)) {
    const size = unit === '' ? bareUnit : UNITS.find(([pattern]) => pattern.test(unit))?.[1];
    if (size === undefined) return null;
    seconds += Number(number.replace(',', '.')) * size;
  }
  return Number.isFinite(seconds) ? Math.round(seconds) : null;
}
