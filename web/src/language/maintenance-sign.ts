import { en } from './en/maintenance-sign.ts';
import { wordsOf } from './provider.tsx';
import { ru } from './ru/maintenance-sign.ts';

export const useMaintenanceSignWords = wordsOf({ en, ru });
