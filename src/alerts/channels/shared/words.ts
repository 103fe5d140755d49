import type { Language } from '../../../core/language/language.ts';
import type { Message } from '../../message.ts';

interface Words {
  /** Above the end of a job's output. */
  readonly output: string;
  /** The same where the message is about a recovery, and the output is older. */
  readonly outputOf: Readonly<Record<NonNullable<Message['outputOf']>, string>>;
  /** Where a list was cut. */
  readonly more: (count: number) => string;
  /** The link that ends these mails. */
  readonly unsubscribe: string;
}

/** The few words that a channel adds itself; everything else comes with the message. */
export const CHANNEL_WORDS: Readonly<Record<Language, Words>> = {
  en: {
    output: 'End of the output',
    outputOf: {
      failed_run: 'End of the output of the failed run',
      before: 'End of the last output before the incident',
    },
    more: (count) => `… and ${count} more`,
    unsubscribe: 'Stop these e-mails',
  },
  ru: {
    output: 'Конец вывода',
    outputOf: { failed_run: 'Конец вывода неудачного запуска', before: 'Конец последнего вывода до сбоя' },
    more: (count) => `… и ещё ${count}`,
    unsubscribe: 'Не присылать эти письма',
  },
};

/** What stands above the end of a job's output. */
export function outputLabel({ language, outputOf }: Pick<Message, 'language' | 'outputOf'>): string {
  const words = CHANNEL_WORDS[language];
  return outputOf === undefined ? words.output : words.outputOf[outputOf];
}
