import { en } from './en/common.ts';
import { wordsOf } from './provider.tsx';
import { ru } from './ru/common.ts';

export const useCommonWords = wordsOf({ en, ru });
