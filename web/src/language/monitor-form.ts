import { en } from './en/monitor-form.ts';
import { wordsOf } from './provider.tsx';
import { ru } from './ru/monitor-form.ts';

export const useFormWords = wordsOf({ en, ru });
