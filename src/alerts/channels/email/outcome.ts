import type { FailureKind, SendFailure } from '../contract.ts';
import { cleanText } from '../shared/secrets.ts';

/** What a failed SMTP conversation leaves behind; the library's own codes do not tell permanent from temporary. */
interface SmtpError {
  readonly code?: string | undefined;
  readonly responseCode?: number | undefined;
  readonly response?: string | undefined;
  readonly command?: string | undefined;
  readonly message: string;
}

const NETWORK_CODES: Readonly<Record<string, string>> = {
  ETIMEDOUT: 'timeout',
  EDNS: 'dns',
  ETLS: 'tls',
  ECONNECTION: 'connect',
  ESOCKET: 'connect',
  EPROTOCOL: 'protocol',
  EPROXY: 'connect',
  ECONFIG: 'bad_settings',
};

/** Turns what the mail library rejected with into a failure. `host` is the operator's mail server. */
export function smtpFailure(error: unknown, host: string, secrets: readonly string[]): SendFailure {
  const smtp = readError(error);
  const { responseCode: status, code = '' } = smtp;
  if (status !== undefined) {
    const said = smtp.response ?? smtp.message;
    return {
      ok: false,
      kind: kindOfReply(smtp, status),
      code: `smtp_${status}`,
      status,
      safeText: cleanText(`The mail server ${host} answered ${said}`, secrets),
    };
  }
  // Signing in fails without a reply where the server offers no method that we know, or settings lack a password.
  const isOperator = code === 'EAUTH' || code === 'ENOAUTH' || code === 'ECONFIG';
  return {
    ok: false,
    kind: isOperator ? 'operator' : 'temporary',
    code: isOperator && code !== 'ECONFIG' ? 'smtp_auth' : (NETWORK_CODES[code] ?? 'connect'),
    safeText: cleanText(`No mail could be handed to ${host}: ${smtp.message}`, secrets),
  };
}

/** Decided by the reply code and by the step at which it came. */
function kindOfReply({ response = '', command = '', code }: SmtpError, status: number): FailureKind {
  if (status < 500) return 'temporary';
  if (code === 'EAUTH' || command.startsWith('AUTH') || [530, 534, 535].includes(status)) return 'operator';
  const enhanced = /\b5\.(\d{1,3})\.(\d{1,3})\b/.exec(response)?.[0];
  if (enhanced === '5.2.2') return 'quota';
  // 5.4.4 says that no route was found, which is as often a name server's bad hour.
  if (enhanced === '5.4.4') return 'temporary';
  if (command === 'RCPT TO') return isAboutUs(enhanced) ? 'operator' : 'permanent_channel';
  if (command === 'DATA') return 'permanent_message';
  // The greeting, EHLO, MAIL FROM: it is us whom the server does not want.
  return 'operator';
}

/** 5.7.x and 5.5.x at a recipient are about relaying and signing in, not about the mailbox. */
function isAboutUs(enhanced: string | undefined): boolean {
  return enhanced?.startsWith('5.7.') === true || enhanced?.startsWith('5.5.') === true;
}

function readError(error: unknown): SmtpError {
  if (!(error instanceof Error)) return { message: String(error) };
  const text = (name: string) => {
    const value: unknown = Reflect.get(error, name);
    return typeof value === 'string' ? value : undefined;
  };
  const responseCode: unknown = Reflect.get(error, 'responseCode');
  return {
    message: error.message,
    code: text('code'),
    response: text('response'),
    command: text('command'),
    responseCode: typeof responseCode === 'number' && responseCode > 0 ? responseCode : undefined,
  };
}
