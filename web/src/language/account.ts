import { en } from './en/account.ts';
import { wordsOf } from './provider.tsx';
import { ru } from './ru/account.ts';

export const useAccountWords = wordsOf({ en, ru });
