import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { en } from './en.ts';
import { ru } from './ru.ts';
import type { Words } from './words.ts';

export const LANGUAGES = ['en', 'ru'] as const;
export type Language = (typeof LANGUAGES)[number];

const KEY = 'allswell.language';
const WORDS: Readonly<Record<Language, Words>> = { en, ru };

function firstLanguage(): Language {
  const stored = localStorage.getItem(KEY);
  if (stored === 'en' || stored === 'ru') return stored;
  return navigator.languages.some((tag) => tag.toLowerCase().startsWith('ru')) ? 'ru' : 'en';
}

interface LanguageState {
  readonly language: Language;
  readonly words: Words;
  readonly choose: (language: Language) => void;
}

const LanguageContext = createContext<LanguageState | null>(null);

export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState(firstLanguage);
  useEffect(() => {
    document.documentElement.lang = language;
    localStorage.setItem(KEY, language);
  }, [language]);
  const state = useMemo(() => ({ language, words: WORDS[language], choose: setLanguage }), [language]);
  return <LanguageContext value={state}>{children}</LanguageContext>;
}

/** The reader's language, its words, and the way to another one. */
export function useLanguage(): LanguageState {
  const state = useContext(LanguageContext);
  if (state === null) throw new Error('the page has no language');
  return state;
}

export const useWords = (): Words => useLanguage().words;
