import { gocronOriginKey } from '../../core/origin.ts';

/** Account and name of a job, from its key (core/origin.ts). */
export function namesOf(originKey: string): readonly [account: string, cronname: string] {
  const [account = '', cronname = ''] = JSON.parse(originKey) as string[];
  return [account, cronname];
}

/** The keys of all jobs of an account, and no others, lie from the first of these to before the second. */
export function keysOfAccount(account: string): { readonly fromKey: string; readonly beforeKey: string } {
  const head = gocronOriginKey(account, '').slice(0, -',""]'.length);
  // The character after the comma in ASCII.
  return { fromKey: `${head},`, beforeKey: `${head}-` };
}
