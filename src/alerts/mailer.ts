import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { mailDomain } from './channels/email/headers.ts';
import { EMAIL_TOTAL_MS } from './channels/email/index.ts';
import { openTransport } from './channels/email/transport.ts';
import { cleanText, secretsOfUrl } from './channels/shared/secrets.ts';
import { oneLine } from './channels/shared/text.ts';

/** Mails about accounts that are under way; further ones are refused, so that nobody can make us a mail cannon. */
export const MAX_MAILS_UNDER_WAY = 20;
const MAX_CONNECTIONS = 2;

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Mails to people about their accounts, by the operator's server. Alerts go another way: through deliveries. */
export interface Mailer {
  /** One attempt; false, and a line in the log, when it was not taken. Never rejects. */
  send(mail: Mail): Promise<boolean>;
  /** Gives up what is under way. */
  close(): Promise<void>;
}

export interface MailerOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly smtpUrl: string;
  readonly mailFrom: string;
  readonly publicUrl: string;
  readonly newId: () => string;
}

export function createMailer({ clock, logger, smtpUrl, mailFrom, publicUrl, newId }: MailerOptions): Mailer {
  const transport = openTransport(smtpUrl, MAX_CONNECTIONS);
  const secrets = secretsOfUrl(smtpUrl);
  const domain = mailDomain(publicUrl);
  let underWay = 0;

  const attempt = async (mail: Mail): Promise<boolean> => {
    const ending = new AbortController();
    const cancel = clock.after(EMAIL_TOTAL_MS, () => ending.abort());
    try {
      await transport.sendMail({
        from: mailFrom,
        // As an object: an address is taken as it stands and never parsed into several.
        to: [{ name: '', address: mail.to }],
        subject: oneLine(mail.subject),
        text: mail.text,
        html: mail.html,
        date: new Date(clock.now()),
        messageId: `<${newId()}@${domain}>`,
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
        signal: ending.signal,
      });
      return true;
    } catch (error) {
      const why = cleanText(error instanceof Error ? error.message : String(error), secrets);
      logger.warn('a mail about an account could not be sent', { why });
      return false;
    } finally {
      cancel();
    }
  };

  return {
    async send(mail) {
      if (underWay >= MAX_MAILS_UNDER_WAY) {
        logger.warn('a mail about an account was not sent: too many are under way', { limit: MAX_MAILS_UNDER_WAY });
        return false;
      }
      underWay += 1;
      try {
        return await attempt(mail);
      } finally {
        underWay -= 1;
      }
    },
    async close() {
      transport.close({ force: true });
    },
  };
}
