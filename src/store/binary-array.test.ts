import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { useDatabase } from '../../test/harness/database.ts';
import { type ArrayType, BinaryArray } from './binary-array.ts';

const db = useDatabase();

/** What PostgreSQL reads from an array, as text. */
async function read(type: ArrayType, array: BinaryArray): Promise<(string | null)[]> {
  const rows = await db.database.query<{ value: string | null }>(
    {
      name: `read_${type}_array`,
      text: `SELECT v::text AS value FROM unnest($1::${type}[]) WITH ORDINALITY AS u (v, i) ORDER BY i`,
    },
    [array.finish()],
  );
  return rows.map(({ value }) => value);
}

/** Holds for every list of such values: PostgreSQL reads back what was pushed. */
async function holds<T>(
  type: ArrayType,
  one: fc.Arbitrary<T>,
  push: (array: BinaryArray, value: T) => void,
  shown: (value: T) => string | null = String,
) {
  const lists = fc.array(one, { maxLength: 300 });
  const property = fc.asyncProperty(lists, async (values) => {
    const array = new BinaryArray(type);
    for (const value of values) push(array, value);
    assert.equal(array.count, values.length);
    assert.deepEqual(await read(type, array), values.map(shown));
  });
  await fc.assert(property, { numRuns: 30 });
}

const orNull = <T>(one: fc.Arbitrary<T>) => fc.option(one, { freq: 4 });
const shownOrNull = (value: unknown) => (value === null ? null : String(value));

describe('arrays in the binary format', () => {
  test('of whole numbers of any size and sign', async () => {
    await holds('bigint', orNull(fc.maxSafeInteger()), (array, value) => array.pushBigint(value), shownOrNull);
    await holds('integer', orNull(fc.integer()), (array, value) => array.pushInteger(value), shownOrNull);
    await holds('xid', fc.nat({ max: 2 ** 32 - 1 }), (array, value) => array.pushInteger(value));
  });

  test('of no number that is not exact any more', () => {
    assert.throws(() => new BinaryArray('bigint').pushBigint(2 ** 53), RangeError);
    assert.throws(() => new BinaryArray('bigint').pushBigint(0.5), RangeError);
  });

  test('of UUIDs and truth', async () => {
    await holds('uuid', fc.uuid(), (array, value) => array.pushUuid(value));
    await holds('boolean', fc.boolean(), (array, value) => array.pushBoolean(value));
  });

  test('of any text, without the character that no column takes', async () => {
    const shown = (value: string | null) => (value === null ? null : value.replaceAll('\0', ''));
    // Half a character cannot be sent; it arrives as the sign for that.
    const text = fc.string({ unit: 'binary', maxLength: 50 }).map((value) => value.toWellFormed());
    await holds('text', orNull(text), (array, value) => array.pushText(value), shown);
  });

  test('of bytes', async () => {
    const bytes = fc.uint8Array({ maxLength: 2_000 }).map((value) => Buffer.from(value));
    const shown = (value: Buffer | null) => (value === null ? null : `\\x${value.toString('hex')}`);
    await holds('bytea', orNull(bytes), (array, value) => array.pushBytes(value), shown);
  });
});
