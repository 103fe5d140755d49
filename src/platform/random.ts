import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from './clock.ts';

/** The only source of chance in the program; the simulator replaces it by a seeded one. */
export interface Random {
  /** Unpredictable bytes, good for keys and tokens. */
  bytes(size: number): Buffer;
  /** A UUID v4. */
  uuid(): string;
  /** Even over [0, 1). For jitter, not for secrets. */
  fraction(): number;
}

export const systemRandom: Random = {
  bytes: (size) => randomBytes(size),
  uuid: () => randomUUID(),
  fraction: () => Math.random(),
};

const MAX_SEQUENCE = 0xfff;

/**
 * Makes UUIDs v7 (RFC 9562): sorted by the instant of their making, so that new rows lie together in an index. Those of
 * one source are strictly increasing, also within a millisecond and when the clock steps back, so that their order is
 * the order of events.
 */
export function createIdSource(clock: Clock, random: Random): () => string {
  let lastMs = 0;
  let sequence = 0;
  return () => {
    const nowMs = Math.max(0, Math.floor(clock.now()));
    const bytes = random.bytes(16);
    // A fresh millisecond begins in the lower half, so that there is room to count in it.
    if (nowMs > lastMs) [lastMs, sequence] = [nowMs, bytes.readUInt16BE(6) & (MAX_SEQUENCE >> 1)];
    else if (sequence < MAX_SEQUENCE) sequence += 1;
    else [lastMs, sequence] = [lastMs + 1, 0];
    bytes.writeUIntBE(lastMs, 0, 6);
    bytes.writeUInt16BE(0x7000 | sequence, 6);
    bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
    const hex = bytes.toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  };
}

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** `length` characters of [0-9A-Za-z], each equally likely. */
export function randomBase62(random: Random, length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of random.bytes(length)) {
      // 248 = 4 × 62: bytes above it would favour the first letters.
      if (byte < 248 && text.length < length) text += BASE62.charAt(byte % 62);
    }
  }
  return text;
}
