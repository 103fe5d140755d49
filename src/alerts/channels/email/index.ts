import { z } from 'zod';
import type { Clock } from '../../../platform/clock.ts';
import type { ChannelKind, SendOutcome, SendRequest } from '../contract.ts';
import { cleanText, secretsOfUrl } from '../shared/secrets.ts';
import { oneLine } from '../shared/text.ts';
import { listHeaders, mailDomain, threadHeaders } from './headers.ts';
import { smtpFailure } from './outcome.ts';
import { renderMailHtml, renderMailText } from './render.ts';
import { openTransport } from './transport.ts';

/** From the hand-over to the server's last word. */
export const EMAIL_TOTAL_MS = 25_000;
export const MAX_ADDRESSES = 10;
/** As many as deliveries to one destination at a time. */
const MAX_CONNECTIONS = 2;

const addressSchema = z.email().max(254);

export interface EmailConfig {
  readonly to: string | readonly string[];
}

const configSchema: z.ZodType<EmailConfig> = z.strictObject({
  to: z.union([addressSchema, z.array(addressSchema).min(1).max(MAX_ADDRESSES)]),
});

export interface EmailDeps {
  readonly clock: Clock;
  /** Null where the operator set no SMTP_URL. */
  readonly smtpUrl: string | null;
  /** `name <address>` or an address; null for `allswell@` and our host. */
  readonly mailFrom: string | null;
  /** ALLSWELL_URL: its host stands in message ids. */
  readonly publicUrl: string;
}

const NOT_CONFIGURED: SendOutcome = {
  ok: false,
  kind: 'operator',
  code: 'not_configured',
  safeText: 'E-mail is not set up on this server: SMTP_URL is missing.',
};

/** Mail through the operator's server. The message id is the same on every attempt. */
export function createEmailChannel(deps: EmailDeps): ChannelKind<EmailConfig> {
  const { clock, smtpUrl, publicUrl } = deps;
  const domain = mailDomain(publicUrl);
  const from = deps.mailFrom ?? `allswell <allswell@${domain}>`;
  const host = URL.parse(smtpUrl ?? '')?.hostname ?? '';
  const secrets = smtpUrl === null ? [] : secretsOfUrl(smtpUrl);
  const transport = smtpUrl === null ? null : openTransport(smtpUrl, MAX_CONNECTIONS);

  return {
    kind: 'email',
    audience: 'people',
    configSchema,
    mask: (config) => ({ to: config.to }),
    destination: () => host,
    address: ({ to }) => (typeof to === 'string' ? to : to.join(',')),
    async send(request) {
      if (transport === null) return NOT_CONFIGURED;
      const ending = startEnding(clock, request.signal);
      try {
        const sent = await transport.sendMail({ ...compose(request, from, domain), signal: ending.signal });
        return taken(sent, secrets);
      } catch (error) {
        return ending.outcome() ?? smtpFailure(error, host, secrets);
      } finally {
        ending.stop();
      }
    },
    async close() {
      transport?.close({ force: true });
    },
  };
}

function compose(request: SendRequest<EmailConfig>, from: string, domain: string) {
  const { message, config, unsubscribeUrl, attemptAt } = request;
  const to = typeof config.to === 'string' ? [config.to] : [...config.to];
  return {
    from,
    // As objects: an address is taken as it stands and never parsed into several.
    to: to.map((address) => ({ name: '', address })),
    subject: oneLine(message.title),
    text: renderMailText(message, unsubscribeUrl),
    html: renderMailHtml(message, unsubscribeUrl),
    date: new Date(attemptAt),
    ...threadHeaders(request, domain),
    headers: {
      'Auto-Submitted': 'auto-generated',
      // Keeps vacation answers away where Auto-Submitted is not known.
      'X-Auto-Response-Suppress': 'All',
      ...listHeaders(unsubscribeUrl),
    },
  };
}

interface Sent {
  readonly messageId?: string | undefined;
  readonly response?: string | undefined;
  readonly rejected?: readonly (string | { readonly address: string })[] | undefined;
}

/** Once one recipient has it, it is sent: another attempt would give it to that one twice. */
function taken(sent: Sent, secrets: readonly string[]): SendOutcome {
  const status = Number(/^\d{3}/.exec(sent.response ?? '')?.[0] ?? 250);
  const refused = (sent.rejected ?? []).map((one) => (typeof one === 'string' ? one : one.address));
  const note = refused.length === 0 ? '' : ` (refused: ${refused.join(', ')})`;
  const answer = cleanText(`${sent.response ?? ''}${note}`, secrets);
  return { ok: true, status, answer, ...(sent.messageId === undefined ? {} : { providerId: sent.messageId }) };
}

/** One signal for the deadline and for the caller's wish, and which of the two it was. */
function startEnding(clock: Clock, wish: AbortSignal) {
  const controller = new AbortController();
  let outcome: SendOutcome | null = null;
  const end = (code: 'timeout' | 'aborted', safeText: string) => {
    outcome ??= { ok: false, kind: 'temporary', code, safeText };
    controller.abort();
  };
  const onWish = () => end('aborted', 'The attempt was given up.');
  const cancelTimer = clock.after(EMAIL_TOTAL_MS, () =>
    end('timeout', `The mail server did not finish within ${EMAIL_TOTAL_MS / 1_000} s.`),
  );
  wish.addEventListener('abort', onWish, { once: true });
  if (wish.aborted) onWish();
  return {
    signal: controller.signal,
    outcome: () => outcome,
    stop: () => {
      cancelTimer();
      wish.removeEventListener('abort', onWish);
    },
  };
}
