import { en } from './en.ts';
import type { Language } from './language.ts';
import { ru } from './ru.ts';
import type { Texts } from './texts.ts';

const catalogue: Readonly<Record<Language, Texts>> = { en, ru };

/** The texts of one language. */
export function texts(language: Language): Texts {
  return catalogue[language];
}
