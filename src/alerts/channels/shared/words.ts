import type { Language } from '../../../core/language/language.ts';

interface Words {
  /** Above the end of a job's output. */
  readonly output: string;
  /** Where a list was cut. */
  readonly more: (count: number) => string;
  /** The link that ends these mails. */
  readonly unsubscribe: string;
}

/** The few words that a channel adds itself; everything else comes with the message. */
export const CHANNEL_WORDS: Readonly<Record<Language, Words>> = {
  en: {
    output: 'End of the output',
    more: (count) => `… and ${count} more`,
    unsubscribe: 'Stop these e-mails',
  },
  ru: {
    output: 'Конец вывода',
    more: (count) => `… и ещё ${count}`,
    unsubscribe: 'Не присылать эти письма',
  },
};
