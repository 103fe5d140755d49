import { en } from './en/entry.ts';
import { wordsOf } from './provider.tsx';
import { ru } from './ru/entry.ts';

export const useEntryWords = wordsOf({ en, ru });
