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

const ACCOUNTS = 100;

/** The accounts of the seeded jobs of gocron, each with an address of its own. */
export const GOCRON_ACCOUNTS: readonly number[] = Array.from({ length: ACCOUNTS }, (_, account) => account);

export function checkInPath(account: number, cronname: string, frequencySeconds: number): string {
  const email = `ops-${account}@example.com`;
  return `/?cronname=${cronname}&account=account-${account}&email=${email}&frequency=${frequencySeconds}`;
}

/** The check-in of the seeded job `index`, as `seedGocronJobs` makes it. */
export function checkInOf(index: number, frequencySeconds: number): string {
  return checkInPath(index % ACCOUNTS, `job-${index}`, frequencySeconds);
}

/** The account of the monitor called `job i`, as SQL over the row `m`, and its number. */
export const GOCRON_SQL = {
  key: `'["account-' || split_part(m.name, ' ', 2)::integer % ${ACCOUNTS} || '","job-' || split_part(m.name, ' ', 2) || '"]'`,
  address: `'ops-' || split_part(m.name, ' ', 2)::integer % ${ACCOUNTS} || '@example.com'`,
};
