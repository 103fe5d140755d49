import { z } from 'zod';

export const MAX_HOOK_URL_LENGTH = 2_048;

/** An address that a user gives us to call; whether the place itself is open is the outbound door's to judge. */
export const hookUrlSchema = z
  .string()
  .max(MAX_HOOK_URL_LENGTH)
  .refine(
    (text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ''),
    'Must be a whole URL that begins with http:// or https://.',
  );

/** The host, with its port where it is not the usual one. */
export function hostOf(url: string): string {
  return URL.parse(url)?.host ?? '';
}
