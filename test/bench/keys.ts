import { createHash } from 'node:crypto';

/** The ping key of the seeded monitor `index`, as `KEY_SQL` makes it: spread over the index like real keys. */
export function pingKey(index: number): string {
  const hex = createHash('md5').update(`bench ${index}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** The same in SQL, from the column `i`. */
export const KEY_SQL = `overlay(overlay(md5('bench ' || i)::uuid::text placing '4' from 15) placing '8' from 20)`;

/** The id of the seeded monitor `i`: time-ordered like our own, so that neighbours lie together. */
export const ID_SQL = `('019b0000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid`;
