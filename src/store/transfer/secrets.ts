import { dropInSealContext } from '../drop-in.ts';
import type { Sealer } from '../seal.ts';
import { TransferRefusal } from './outcome.ts';

/** What the install sealed to know its key again; see accounts/first-start.ts. */
export const SECRET_CHECK = { name: 'secret_check', context: 'install:secret_check' } as const;

/** Names a secret key without telling anything of it. */
export function fingerprintOf(sealer: Sealer): string {
  return sealer.sign('fingerprint of the secret key').slice(0, 16);
}

export function opens(sealer: Sealer, sealed: Buffer, context: string): boolean {
  try {
    sealer.unseal(sealed, context);
    return true;
  } catch {
    return false;
  }
}

export interface Keys {
  /** The target's key; null when it has none yet. */
  readonly current: Sealer | null;
  /** The key that the file's secrets were sealed with, when that is another. */
  readonly old: Sealer | null;
}

const HOW =
  'set ALLSWELL_SECRET_KEY to the key of the install that was exported (or copy the file secret-key from its data folder), or give that key with --old-secret-key-file';

function refuseKey(keys: Keys, wanted: string | null): TransferRefusal {
  const which = wanted === null ? '' : ` ${wanted}`;
  if (keys.old !== null)
    return new TransferRefusal('wrong_key', `the key given as the old one is not the file's key${which}`);
  if (keys.current === null) {
    return new TransferRefusal(
      'no_key',
      `the secrets in the file need its secret key${which}, and there is none here: ${HOW}`,
    );
  }
  return new TransferRefusal(
    'wrong_key',
    `the secrets in the file were sealed with another secret key${which}: ${HOW}`,
  );
}

/** Throws `wrong_key` or `no_key` when the file names a key that we do not have. */
export function refuseOtherKey(keys: Keys, fingerprint: string | null): void {
  if (fingerprint === null) return;
  const given = keys.old ?? keys.current;
  if (given === null || fingerprintOf(given) !== fingerprint) throw refuseKey(keys, fingerprint);
}

/** Makes secrets readable with the target's key. */
export interface Resealer {
  /** Answers the row as it is to be stored; rows of tables without secrets are not asked for. */
  readonly tables: ReadonlySet<string>;
  reseal(table: string, columns: readonly string[], row: string): string;
  /** Values that not even the old key opens; they stay as they are, as useless as before. */
  readonly unreadable: number;
}

export function createResealer(keys: Keys): Resealer {
  let unreadable = 0;
  const check = (sealed: string): string => {
    const value = Buffer.from(sealed, 'base64');
    const opener = keys.old ?? keys.current;
    if (opener === null || !opens(opener, value, SECRET_CHECK.context)) throw refuseKey(keys, null);
    return move(sealed, SECRET_CHECK.context);
  };
  const move = (sealed: string, context: string): string => {
    if (keys.old === null || keys.current === null) return sealed;
    const value = Buffer.from(sealed, 'base64');
    if (!opens(keys.old, value, context)) {
      unreadable += 1;
      return sealed;
    }
    return keys.current.seal(keys.old.unseal(value, context), context).toString('base64');
  };
  return {
    tables: new Set(['install', 'team', 'channel']),
    get unreadable() {
      return unreadable;
    },
    reseal(table, columns, row) {
      const values = JSON.parse(row) as (string | null)[];
      const at = (column: string) => values[columns.indexOf(column)] ?? '';
      const set = (column: string, value: string | null) => {
        values[columns.indexOf(column)] = value;
      };
      if (table === 'install') {
        if (at('name') !== SECRET_CHECK.name) return row;
        set('value', check(at('value')));
      } else if (table === 'team') {
        // Not in files that are older than the column, and null until it was first asked for.
        if (at('drop_in_sealed') === '') return row;
        set('drop_in_sealed', move(at('drop_in_sealed'), dropInSealContext(at('id'))));
      } else {
        set('config_sealed', move(at('config_sealed'), `channel:${at('id')}`));
        // Made with the old key; the next start fills it in.
        if (keys.old !== null && keys.current !== null) set('address_hash', null);
      }
      return JSON.stringify(values);
    },
  };
}
