import { createCipheriv, createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Random } from '../platform/random.ts';

/** Secrets at rest: AES-256-GCM, a fresh nonce per value, `context` bound to each so that values cannot be swapped. */
export interface Sealer {
  seal(plain: string, context: string): Buffer;
  /** Throws when the value was made with another key or for another context. */
  unseal(sealed: Buffer, context: string): string;
  /** A proof, safe in a URL, that an address which carries this text was made by us. */
  sign(text: string): string;
  isSigned(text: string, signature: string): boolean;
}

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** `secret` is ALLSWELL_SECRET_KEY, or what the data folder holds. */
export function createSealer(secret: string, random: Random): Sealer {
  const key = Buffer.from(hkdfSync('sha256', secret, 'allswell', 'secrets at rest', 32));
  const signingKey = Buffer.from(hkdfSync('sha256', secret, 'allswell', 'signed links', 32));
  const sign = (text: string) => createHmac('sha256', signingKey).update(text).digest('base64url');
  return {
    sign,
    isSigned(text, signature) {
      const expected = Buffer.from(sign(text));
      const given = Buffer.from(signature);
      return expected.length === given.length && timingSafeEqual(expected, given);
    },
    seal(plain, context) {
      const nonce = random.bytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), body]);
    },
    unseal(sealed, context) {
      if (sealed[0] !== VERSION) throw new Error('sealed value of an unknown version');
      const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
      const tag = sealed.subarray(1 + NONCE_BYTES, 1 + NONCE_BYTES + TAG_BYTES);
      const body = sealed.subarray(1 + NONCE_BYTES + TAG_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context)).setAuthTag(tag);
      return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
    },
  };
}
