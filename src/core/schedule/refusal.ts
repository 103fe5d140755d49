/** Why something was not understood, as a sentence in English. Passed as a value, never thrown. */
export interface Refusal {
  readonly refused: string;
}

export function refuse(sentence: string): Refusal {
  return { refused: sentence };
}

/** Nothing that these readers return has a field of this name, so it tells the two apart. */
export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'refused' in value;
}

/** A sentence repeats at most this much of what was typed. */
const MAX_QUOTED_CHARACTERS = 40;

/** What was typed, in quotation marks, on one line and cut, fit for an error text or a log. */
export function quote(text: string): string {
  const plain = text.replaceAll(/[\p{C}\p{Z}]+/gu, ' ');
  const characters = Array.from(plain);
  if (characters.length <= MAX_QUOTED_CHARACTERS) return `"${plain}"`;
  return `"${characters.slice(0, MAX_QUOTED_CHARACTERS - 1).join('')}…"`;
}
