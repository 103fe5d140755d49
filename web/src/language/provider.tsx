import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { speak } from '../api/client.ts';
import type { Language } from './languages.ts';

const KEY = 'allswell.language';

function firstLanguage(): Language {
  const stored = localStorage.getItem(KEY);
  if (stored === 'en' || stored === 'ru') return stored;
  return navigator.languages.some((tag) => tag.toLowerCase().startsWith('ru')) ? 'ru' : 'en';
}

interface LanguageState {
  readonly language: Language;
  readonly choose: (language: Language) => void;
}

const LanguageContext = createContext<LanguageState | null>(null);

interface Props {
  /** What was asked in one language is asked anew in the other. */
  readonly onChange: () => void;
  readonly children: ReactNode;
}

export function LanguageProvider({ onChange, children }: Props) {
  const [language, setLanguage] = useState(() => {
    const first = firstLanguage();
    speak(first);
    return first;
  });
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const state = useMemo(
    () => ({
      language,
      choose: (next: Language) => {
        localStorage.setItem(KEY, next);
        speak(next);
        setLanguage(next);
        onChange();
      },
    }),
    [language, onChange],
  );
  return <LanguageContext value={state}>{children}</LanguageContext>;
}

/** The reader's language and the way to another one. */
export function useLanguage(): LanguageState {
  const state = useContext(LanguageContext);
  if (state === null) throw new Error('the page has no language');
  return state;
}

/**
 * The words of one area, as a hook: `export const useChannelWords = wordsOf({ en, ru })`. An area has its words in
 * language/en/<area>.ts and language/ru/<area>.ts; the Russian ones have the type of the English ones.
 */
export function wordsOf<W>(words: Readonly<Record<Language, W>>): () => W {
  return () => words[useLanguage().language];
}
