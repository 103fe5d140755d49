import { type Random, randomBase62 } from '../platform/random.ts';
import type { Sealer } from '../store/seal.ts';

const ID_LENGTH = 22;
const FORM = /^([0-9A-Za-z]{22})\.([\w-]{43})$/;

const textOf = (email: string, id: string) => `device:${id}:${email}`;

/** What a browser keeps to be known again as one on which this account was signed in. Only we can make one. */
export function makeDevice(sealer: Sealer, random: Random, email: string): string {
  const id = randomBase62(random, ID_LENGTH);
  return `${id}.${sealer.sign(textOf(email, id))}`;
}

/** The device's id when it is known for this account, else null. */
export function knownDevice(sealer: Sealer, device: string | undefined, email: string): string | null {
  const [, id, signature] = FORM.exec(device ?? '') ?? [];
  if (id === undefined || signature === undefined) return null;
  return sealer.isSigned(textOf(email, id), signature) ? id : null;
}
