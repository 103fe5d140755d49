import { en } from './en/monitors.ts';
import { wordsOf } from './provider.tsx';
import { ru } from './ru/monitors.ts';

export const useMonitorWords = wordsOf({ en, ru });
