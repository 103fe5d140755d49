const english = new Intl.PluralRules('en');
const englishOrdinals = new Intl.PluralRules('en', { type: 'ordinal' });
const russian = new Intl.PluralRules('ru');

const ORDINAL_ENDINGS: Readonly<Partial<Record<Intl.LDMLPluralRule, string>>> = { one: 'st', two: 'nd', few: 'rd' };

/** "1 run", "3 runs": the word that goes with the number, without the number. */
export function pluralEn(count: number, one: string, other: string): string {
  return english.select(count) === 'one' ? one : other;
}

/** "1st", "2nd", "3rd", "11th" */
export function ordinalEn(count: number): string {
  return `${count}${ORDINAL_ENDINGS[englishOrdinals.select(count)] ?? 'th'}`;
}

/** «1 запуск», «3 запуска», «5 запусков»: the word that goes with the whole number, without the number. */
export function pluralRu(count: number, one: string, few: string, many: string): string {
  const rule = russian.select(count);
  if (rule === 'one') return one;
  return rule === 'few' ? few : many;
}
