import { en } from './en/maintenance.ts';
import { wordsOf } from './provider.tsx';
import { ru } from './ru/maintenance.ts';

export const useMaintenanceWords = wordsOf({ en, ru });
