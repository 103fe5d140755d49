import type { Language } from '../../../core/language/language.ts';
import type { Message } from '../../message.ts';

interface Words {
  /** Above the end of a job's output. */
  readonly output: string;
  /** The same where the message is about a recovery, and the output is older. */
  readonly outputOfFailure: string;
  /** Where a list was cut. */
  readonly more: (count: number) => string;
  /** The link that ends these mails. */
  readonly unsubscribe: string;
}

/** The few words that a channel adds itself; everything else comes with the message. */
export const CHANNEL_WORDS: Readonly<Record<Language, Words>> = {
  en: {
    output: 'End of the output',
    outputOfFailure: 'End of the output of the failed run',
    more: (count) => `… and ${count} more`,
    unsubscribe: 'Stop these e-mails',
  },
  ru: {
    output: 'Конец вывода',
    outputOfFailure: 'Конец вывода неудачного запуска',
    more: (count) => `… и ещё ${count}`,
    unsubscribe: 'Не присылать эти письма',
  },
};

/** What stands above the end of a job's output. */
export function outputLabel({ language, isOutputOfFailure }: Pick<Message, 'language' | 'isOutputOfFailure'>): string {
  const words = CHANNEL_WORDS[language];
  return isOutputOfFailure === true ? words.outputOfFailure : words.output;
}
