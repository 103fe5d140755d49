import { en } from './en/incidents.ts';
import { wordsOf } from './provider.tsx';
import { ru } from './ru/incidents.ts';

export const useIncidentWords = wordsOf({ en, ru });
