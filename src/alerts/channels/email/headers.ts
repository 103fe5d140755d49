import { createHash } from 'node:crypto';
import type { SendRequest } from '../contract.ts';

/** What ties a mail to others and to its repetitions. */
export interface ThreadHeaders {
  readonly messageId: string;
  readonly inReplyTo?: string;
  readonly references?: string;
}

/**
 * The same on every attempt, so that a mail that arrives twice is shown once. The opening's id follows from the thread
 * alone: whatever comes later can name it without having kept it.
 */
export function threadHeaders(
  request: Pick<SendRequest<unknown>, 'message' | 'deliveryId'>,
  domain: string,
): ThreadHeaders {
  const { thread } = request.message;
  const own = messageId(`delivery:${request.deliveryId}`, domain);
  if (thread === null) return { messageId: own };
  const opening = messageId(`thread:${thread.key}`, domain);
  return thread.isOpening ? { messageId: opening } : { messageId: own, inReplyTo: opening, references: opening };
}

function messageId(key: string, domain: string): string {
  return `<${createHash('sha256').update(key).digest('hex').slice(0, 32)}@${domain}>`;
}

/** RFC 8058: a link that mail programs show beside the sender and that ends the mails with one POST. */
export function listHeaders(unsubscribeUrl: string | null): Record<string, string> {
  const url = unsubscribeUrl === null ? null : URL.parse(unsubscribeUrl);
  if (url === null) return {};
  return {
    // The parser has encoded every character that could end the header.
    'List-Unsubscribe': `<${url.href}>`,
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
  };
}

/** The part after the @ of our message ids: the host under which people know us. */
export function mailDomain(publicUrl: string): string {
  const host = URL.parse(publicUrl)?.hostname ?? '';
  // An address in brackets or none at all would not make a valid id.
  return /^[A-Za-z0-9.-]+$/.test(host) ? host : 'allswell.invalid';
}
