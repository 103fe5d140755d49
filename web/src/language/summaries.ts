import { en } from './en/summaries.ts';
import { wordsOf } from './provider.tsx';
import { ru } from './ru/summaries.ts';

export const useSummaryWords = wordsOf({ en, ru });
