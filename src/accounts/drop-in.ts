import { type Random, randomBase62 } from '../platform/random.ts';
import type { Database } from '../store/database.ts';
import { claimDropIn, dropInSealContext, hashDropIn, readDropIn, replaceDropIn } from '../store/drop-in.ts';
import type { Sealer } from '../store/seal.ts';

export const DROP_IN_SECRET_LENGTH = 32;
const SECRET = new RegExp(`^[0-9A-Za-z]{${DROP_IN_SECRET_LENGTH}}$`);

export interface DropInDeps {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly random: Random;
}

/** Whether a text could be a drop-in secret at all; what could not is not looked up. */
export function isDropInSecret(text: string): boolean {
  return SECRET.test(text);
}

function makeSecret({ sealer, random }: DropInDeps, teamId: string) {
  const secret = randomBase62(random, DROP_IN_SECRET_LENGTH);
  return { secret, hash: hashDropIn(secret), sealed: sealer.seal(secret, dropInSealContext(teamId)) };
}

/**
 * The team's drop-in secret; made now when it has none. Null when what is kept was sealed with a key that is lost: the
 * clients' addresses still work, only showing them does not, and a new secret can be made.
 */
export async function dropInSecret(deps: DropInDeps, teamId: string): Promise<string | null> {
  const { database, sealer } = deps;
  const kept = await readDropIn(database, teamId);
  if (kept === null) {
    const made = makeSecret(deps, teamId);
    await claimDropIn(database, teamId, made.hash, made.sealed);
  }
  const sealed = kept ?? (await readDropIn(database, teamId));
  if (sealed === null) return null;
  try {
    return sealer.unseal(sealed, dropInSealContext(teamId));
  } catch {
    return null;
  }
}

/** Gives the team a new drop-in secret; addresses with the old one are unknown at once. */
export async function rotateDropInSecret(deps: DropInDeps, teamId: string): Promise<string> {
  const { secret, hash, sealed } = makeSecret(deps, teamId);
  await replaceDropIn(deps.database, teamId, hash, sealed);
  return secret;
}
