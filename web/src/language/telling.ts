import { en } from './en/telling.ts';
import { wordsOf } from './provider.tsx';
import { ru } from './ru/telling.ts';

export const useTellingWords = wordsOf({ en, ru });
