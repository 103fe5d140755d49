import { en } from './en/monitor.ts';
import { wordsOf } from './provider.tsx';
import { ru } from './ru/monitor.ts';

export const useMonitorPageWords = wordsOf({ en, ru });
