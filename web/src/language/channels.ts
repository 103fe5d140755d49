import { en } from './en/channels.ts';
import { wordsOf } from './provider.tsx';
import { ru } from './ru/channels.ts';

export const useChannelWords = wordsOf({ en, ru });
