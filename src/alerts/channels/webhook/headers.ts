import { z } from 'zod';

export const MAX_HEADERS = 20;
export const MAX_HEADER_NAME_LENGTH = 100;
export const MAX_HEADER_VALUE_LENGTH = 2_000;

/** Headers that belong to us or to the connection; setting them would break the signature or the request. */
const RESERVED = new Set([
  'host',
  'connection',
  'content-length',
  'content-type',
  'content-encoding',
  'expect',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Headers that a person adds to every request of a webhook: few, short, on one line each, none of ours. */
export const headersSchema = z
  .record(
    z
      .string()
      .max(MAX_HEADER_NAME_LENGTH)
      .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'Must be the name of an HTTP header.')
      .refine((name) => !isReserved(name), 'This header is set by us and cannot be given.'),
    z
      .string()
      .max(MAX_HEADER_VALUE_LENGTH)
      .regex(/^[\x21-\x7e]([\x20-\x7e\t]*[\x21-\x7e])?$/, 'Must be one line of ASCII characters.'),
  )
  .refine((headers) => Object.keys(headers).length <= MAX_HEADERS, `At most ${MAX_HEADERS} headers.`);

function isReserved(name: string): boolean {
  const lower = name.toLowerCase();
  return RESERVED.has(lower) || lower.startsWith('webhook-') || lower.startsWith('proxy-');
}
