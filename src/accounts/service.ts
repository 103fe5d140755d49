import type { Language } from '../core/language/language.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Random } from '../platform/random.ts';
import type { Database } from '../store/database.ts';
import { isInvited } from '../store/invitations.ts';
import type { Sealer } from '../store/seal.ts';
import { findUserByEmail, normalEmail } from '../store/users.ts';
import { canHavePasskeys, createIdentities, type Identities, type OidcSettings } from './identity.ts';
import { linkTo } from './links.ts';
import { type MailKind, type MailSender, mailTexts, sendAccountMail } from './mails.ts';
import { createPasswords, type PasswordCost, type Passwords } from './password.ts';
import { createThrottle, type Throttle } from './throttle.ts';

export type SignUpPolicy = 'closed' | 'invite' | 'open';

export interface AccountsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly logger: Logger;
  readonly sealer: Sealer;
  readonly publicUrl: string;
  readonly signup: SignUpPolicy;
  readonly oidc: (OidcSettings & { readonly name: string }) | null;
  readonly passkeys: boolean;
  /** Null where there is no mail server. */
  readonly mailer: MailSender | null;
  readonly passwordCost?: PasswordCost;
}

/** Everything about people and how they get in. */
export interface Accounts {
  readonly identities: Identities;
  readonly passwords: Passwords;
  readonly throttle: Throttle;
  readonly mailer: MailSender | null;
  readonly signup: SignUpPolicy;
  readonly hasPasskeys: boolean;
  /** What people call the provider; null where there is none. */
  readonly oidcName: string | null;
  /** Sends a mail without letting anybody wait for it; nothing where there is no mail server. */
  mail(kind: MailKind, to: string, url: string, language: Language): void;
  /** The language of a request, where no team is known. */
  languageOf(acceptLanguage: string | null | undefined): Language;
}

function languageOf(acceptLanguage: string | null | undefined): Language {
  return /^\s*ru\b/i.test(acceptLanguage ?? '') ? 'ru' : 'en';
}

export function createAccounts(options: AccountsOptions): Accounts {
  const { database, clock, random, logger, mailer, publicUrl, signup } = options;
  const passwords = createPasswords(random, options.passwordCost);
  const hasPasskeys = options.passkeys && canHavePasskeys(publicUrl);

  const mail = (kind: MailKind, to: string, url: string, language: Language) => {
    if (mailer === null) return logger.warn('a mail about an account was not sent: SMTP_URL is not set', { kind });
    // Nobody waits: the time of the answer must not tell whether there is such an account.
    void sendAccountMail(mailer, to, mailTexts(kind, language), url, language);
  };
  const languageIn = (headers: Headers | undefined) => languageOf(headers?.get('accept-language'));

  const sendSignInLink = async (email: string, token: string, language: Language) => {
    const user = await findUserByEmail(database, email);
    if (user === null) return;
    // The link alone would go around the code.
    if (user.twoFactor) mail('signInLinkOff', email, `${publicUrl}/sign-in`, language);
    else mail('signInLink', email, linkTo(publicUrl, 'signInLink', token), language);
  };

  const identities = createIdentities({
    ...options,
    passwords,
    confirmsEmail: signup === 'open',
    passkeys: hasPasskeys,
    mails: {
      resetPassword: ({ email }, token, headers) =>
        mail('resetPassword', email, linkTo(publicUrl, 'resetPassword', token), languageIn(headers)),
      confirmEmail: ({ email }, token, headers) =>
        mail('confirmEmail', email, linkTo(publicUrl, 'confirmEmail', token), languageIn(headers)),
      signInLink: (email, token, headers) => {
        sendSignInLink(email, token, languageIn(headers)).catch((error: unknown) =>
          logger.error('a link to sign in could not be sent', { error }),
        );
      },
    },
    async mayMakeAccount(email) {
      if (signup === 'open') return true;
      return signup === 'invite' && (await isInvited(database, normalEmail(email), clock.now()));
    },
  });

  return {
    identities,
    passwords,
    throttle: createThrottle({ database, clock }),
    mailer,
    signup,
    hasPasskeys,
    oidcName: options.oidc?.name ?? null,
    mail,
    languageOf,
  };
}
