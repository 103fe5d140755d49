/**
 * Array parameters in PostgreSQL's binary format (src/backend/utils/adt/arrayfuncs.c, array_recv): one dimension, each
 * element with its length before it, -1 for NULL. On the ping path text would cost more than the decisions: it is made
 * of many short strings, and read again digit by digit at the other end.
 */

const HEADER_BYTES = 20;
const FIRST_BYTES = 1_024;
const NULL = -1;
const HIGH_WORD = 2 ** 32;
/** A character of JavaScript's takes up to three bytes as UTF-8. */
const MAX_BYTES_PER_CHARACTER = 3;
const DASH = 45;
const DIGIT_NINE = 57;

/** The types of elements by the name that SQL gives them, as PostgreSQL numbers them. */
const TYPES = { boolean: 16, bytea: 17, bigint: 20, integer: 23, text: 25, xid: 28, uuid: 2950 } as const;

export type ArrayType = keyof typeof TYPES;

/** An array that grows at its end. */
export class BinaryArray {
  readonly #type: number;
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #at = HEADER_BYTES;
  #count = 0;

  constructor(type: ArrayType) {
    this.#type = TYPES[type];
  }

  get count(): number {
    return this.#count;
  }

  /** Begins an element of this length, and answers where it stands; -1: NULL. */
  #element(length: number, room = length): number {
    const needed = this.#at + 4 + Math.max(0, room);
    if (needed > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
      this.#bytes.copy(grown, 0, 0, this.#at);
      this.#bytes = grown;
    }
    writeInt(this.#bytes, length, this.#at);
    const from = this.#at + 4;
    this.#at = from + Math.max(0, length);
    this.#count += 1;
    return from;
  }

  pushNull(): void {
    this.#element(NULL, 0);
  }

  /** A whole number below 2^53, either sign. Throws RangeError: beyond it two numbers would look alike. */
  pushBigint(value: number | null): void {
    if (value === null) return this.pushNull();
    if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not a number that we count with`);
    const at = this.#element(8);
    const high = Math.floor(value / HIGH_WORD);
    writeInt(this.#bytes, high, at);
    writeInt(this.#bytes, value - high * HIGH_WORD, at + 4);
  }

  /** A number of 32 bits, with or without a sign. */
  pushInteger(value: number | null): void {
    if (value === null) return this.pushNull();
    const at = this.#element(4);
    writeInt(this.#bytes, value, at);
  }

  pushBoolean(value: boolean): void {
    const at = this.#element(1);
    this.#bytes[at] = value ? 1 : 0;
  }

  /** A UUID in its dashed form. */
  pushUuid(value: string): void {
    const at = this.#element(16);
    writeUuid(this.#bytes, value, at);
  }

  /** Any text. NUL cannot be stored in a text column and is dropped. */
  pushText(value: string | null): void {
    if (value === null) return this.pushNull();
    const text = value.includes('\0') ? value.replaceAll('\0', '') : value;
    const at = this.#element(0, MAX_BYTES_PER_CHARACTER * text.length);
    const length = text.length === 0 ? 0 : this.#bytes.write(text, at);
    writeInt(this.#bytes, length, at - 4);
    this.#at = at + length;
  }

  pushBytes(value: Buffer | null): void {
    if (value === null) return this.pushNull();
    const at = this.#element(value.length);
    value.copy(this.#bytes, at);
  }

  /** The array as a parameter; nothing may be pushed any more. */
  finish(): Buffer {
    const bytes = this.#bytes;
    // An array without elements has no dimension.
    writeInt(bytes, this.#count === 0 ? 0 : 1, 0);
    writeInt(bytes, 1, 4);
    writeInt(bytes, this.#type, 8);
    writeInt(bytes, this.#count, 12);
    writeInt(bytes, 1, 16);
    return bytes.subarray(0, this.#count === 0 ? 12 : this.#at);
  }
}

/** In the network's order. What Buffer offers for this checks more than the numbers cost. */
function writeInt(bytes: Buffer, value: number, at: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** The 16 bytes of a dashed UUID; answers where they end. */
export function writeUuid(bytes: Buffer, uuid: string, from: number): number {
  let at = from;
  for (let i = 0; i < 36; i += 2) {
    if (uuid.charCodeAt(i) === DASH) i += 1;
    bytes[at] = (digit(uuid.charCodeAt(i)) << 4) | digit(uuid.charCodeAt(i + 1));
    at += 1;
  }
  return at;
}

/** The value of a hexadecimal digit, by its code. */
function digit(code: number): number {
  return code <= DIGIT_NINE ? code - 48 : (code | 32) - 87;
}
