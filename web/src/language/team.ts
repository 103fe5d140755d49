import { en } from './en/team.ts';
import { wordsOf } from './provider.tsx';
import { ru } from './ru/team.ts';

export const useTeamWords = wordsOf({ en, ru });
