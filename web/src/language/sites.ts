import { en } from './en/sites.ts';
import { wordsOf } from './provider.tsx';
import { ru } from './ru/sites.ts';

export const useSiteWords = wordsOf({ en, ru });
