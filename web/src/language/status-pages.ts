import { en } from './en/status-pages.ts';
import { wordsOf } from './provider.tsx';
import { ru } from './ru/status-pages.ts';

export const useStatusPageWords = wordsOf({ en, ru });
