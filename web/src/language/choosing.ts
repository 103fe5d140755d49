import { en } from './en/choosing.ts';
import { wordsOf } from './provider.tsx';
import { ru } from './ru/choosing.ts';

export const useChoosingWords = wordsOf({ en, ru });
