import { after } from 'node:test';
import type { AccountsOptions } from '../../src/accounts/service.ts';
import { createMailer } from '../../src/alerts/mailer.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createIdSource, systemRandom } from '../../src/platform/random.ts';
import { PUBLIC_URL } from './api.ts';
import { testLogger } from './postgres.ts';
import { type ReceivedMail, type SmtpReceiver, startSmtpReceiver } from './receivers/smtp-receiver.ts';

export interface MailRig {
  readonly smtp: SmtpReceiver;
  /** What `useApi` wants for accounts with a mail server. */
  people(more?: Partial<AccountsOptions>): () => Promise<Partial<AccountsOptions>>;
  /** The newest mail to an address; waits for one that comes after those known now. */
  next(to: string, cause: () => Promise<unknown>): Promise<ReceivedMail>;
}

/** The token at the end of the link in a mail, whose page is `page`. */
export function tokenIn(mail: ReceivedMail, page: string): string {
  const [, token] = new RegExp(`${PUBLIC_URL}/${page}/(\\S+)`).exec(mail.mail.text ?? '') ?? [];
  if (token === undefined) throw new Error(`no link to /${page} in: ${mail.mail.text}`);
  return decodeURIComponent(token);
}

/** A real mail server on loopback, and our way to it. */
export function useMail(): MailRig {
  let smtp: SmtpReceiver | undefined;
  let close = async () => undefined as undefined;
  after(async () => {
    await close();
    await smtp?.close();
  });
  const ready = (): SmtpReceiver => {
    if (smtp === undefined) throw new Error('the mail server is there only while tests run');
    return smtp;
  };
  return {
    get smtp() {
      return ready();
    },
    people: (more) => async () => {
      smtp = await startSmtpReceiver();
      const mailer = createMailer({
        clock: systemClock,
        logger: testLogger,
        smtpUrl: smtp.url,
        mailFrom: 'allswell <watch@allswell.example>',
        publicUrl: PUBLIC_URL,
        newId: createIdSource(systemClock, systemRandom),
      });
      close = async () => {
        await mailer.close();
        return undefined;
      };
      return { mailer, ...more };
    },
    async next(to, cause) {
      const known = new Set(ready().mails);
      await cause();
      return ready().waitForMail((mail) => !known.has(mail) && mail.to.includes(to));
    },
  };
}
