import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { useDatabase } from '../../test/harness/database.ts';
import { sql } from '../../test/harness/fixtures.ts';
import { systemRandom } from '../platform/random.ts';
import { type Connection, openDatabase } from './database.ts';
import { isRetryable, isUnavailable, violatedUnique } from './errors.ts';
import { createSealer } from './seal.ts';
import { booleanArray, numberArray, textArray, wordArray } from './sql-array.ts';

const db = useDatabase();

async function roundTrip(literal: string, type: string): Promise<unknown> {
  const [row] = await sql(db.database, `SELECT $1::${type}[] AS value`, [literal]);
  return row?.value;
}

describe('array literals', () => {
  test('bring every text there and back, but for NUL, which is dropped', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(fc.string({ unit: 'grapheme' })), { maxLength: 20 }), async (values) => {
        const wanted = values.map((value) => value?.replaceAll('\0', '') ?? null);
        assert.deepEqual(await roundTrip(textArray(values), 'text'), wanted);
      }),
      { numRuns: 50 },
    );
    const odd = ['', 'NULL', 'null', '{}', '"', '\\', ',', ' ', '\n', "'", '\\"', '{"a"}', null];
    assert.deepEqual(await roundTrip(textArray(odd), 'text'), odd);
    assert.deepEqual(await roundTrip(textArray(['a\0b', '\ud800']), 'text'), ['ab', '\ufffd']);
  });

  test('bring numbers, words and truth there and back', async () => {
    const numbers = [0, -1, Number.MAX_SAFE_INTEGER, 1_764_000_000_000];
    assert.deepEqual(await roundTrip(numberArray(numbers), 'bigint'), numbers);
    assert.deepEqual(await roundTrip(numberArray([1, null]), 'integer'), [1, null]);
    assert.deepEqual(await roundTrip(wordArray(['missed', null]), 'text'), ['missed', null]);
    assert.deepEqual(await roundTrip(booleanArray([true, false]), 'boolean'), [true, false]);
    for (const empty of [textArray([]), numberArray([]), wordArray([]), booleanArray([])]) {
      assert.equal(empty, '{}');
    }
  });
});

describe('sealed values', () => {
  const sealer = createSealer('a secret key of tests', systemRandom);

  test('open with the same key and context only, and never look alike', () => {
    for (const plain of ['', 'x', 'ünïcode \0 🙂', 'y'.repeat(100_000)]) {
      const sealed = sealer.seal(plain, 'channel:1');
      assert.equal(sealer.unseal(sealed, 'channel:1'), plain);
      assert.throws(() => sealer.unseal(sealed, 'channel:2'));
      assert.throws(() => createSealer('another secret key', systemRandom).unseal(sealed, 'channel:1'));
      assert.notDeepEqual(sealer.seal(plain, 'channel:1'), sealed);
      if (plain.length > 8) assert.ok(!sealed.includes(plain));
    }
  });

  test('that were touched or cut do not open', () => {
    const sealed = sealer.seal('the token of a bot', 'c');
    for (let index = 0; index < sealed.length; index += 1) {
      const touched = Buffer.from(sealed);
      touched.writeUInt8(touched.readUInt8(index) ^ 1, index);
      assert.throws(() => sealer.unseal(touched, 'c'), `byte ${index}`);
      assert.throws(() => sealer.unseal(sealed.subarray(0, index), 'c'), `cut at ${index}`);
    }
  });

  test('signatures are for one text and safe in a URL', () => {
    const signature = sealer.sign('unsubscribe:1');
    assert.match(signature, /^[\w-]{43}$/);
    assert.ok(sealer.isSigned('unsubscribe:1', signature));
    for (const [text, given] of [
      ['unsubscribe:2', signature],
      ['unsubscribe:1', ''],
      ['unsubscribe:1', signature.slice(1)],
      ['unsubscribe:1', `${signature}=`],
      ['unsubscribe:1', 'ü'.repeat(43)],
      ['unsubscribe:1', createSealer('another', systemRandom).sign('unsubscribe:1')],
    ] as const) {
      assert.equal(sealer.isSigned(text, given), false);
    }
  });
});

describe('errors of the database', () => {
  const failure = (code: string | undefined, message = '', more = {}) =>
    Object.assign(new Error(message), code === undefined ? {} : { code }, more);

  test('are told apart: away, worth another try, or about the thing itself', () => {
    const away = ['57P01', '57P03', '08006', '53300', '53100', '58030', '25006', '28P01', '3D000', '57014'];
    for (const code of [...away, 'ECONNREFUSED', 'ENOENT', 'EMFILE', 'EACCES']) {
      assert.ok(isUnavailable(failure(code)) && !isRetryable(failure(code)), code);
    }
    for (const code of ['40001', '40P01']) {
      assert.ok(isRetryable(failure(code)) && !isUnavailable(failure(code)), code);
    }
    for (const code of ['23505', '22003', '23514', '42P01', 'XX000', 'ERR_ASSERTION']) {
      assert.ok(!isRetryable(failure(code)) && !isUnavailable(failure(code)), code);
    }
    for (const message of [
      'Connection terminated unexpectedly',
      'timeout exceeded when trying to connect',
      'Query read timeout',
      'Client was closed and is not queryable',
    ]) {
      assert.ok(isUnavailable(failure(undefined, message)), message);
    }
    for (const other of [undefined, null, 'ECONNREFUSED', failure(undefined, 'x is not a function')]) {
      assert.ok(!isUnavailable(other) && !isRetryable(other) && violatedUnique(other) === null);
    }
    assert.equal(violatedUnique(failure('23505', '', { constraint: 'monitor_slug' })), 'monitor_slug');
    assert.equal(violatedUnique(failure('23505')), null);
    assert.equal(violatedUnique(failure('23503', '', { constraint: 'x' })), null);
  });

  test('of a server that is not there count as away', async () => {
    const database = openDatabase({
      connection: { host: '/nowhere/at/all', port: 1, user: 'x', database: 'x' },
      maxConnections: 1,
      name: 'test',
      statementTimeoutMs: 1_000,
      onIdleError: () => undefined,
    });
    await assert.rejects(database.query({ name: 'one', text: 'SELECT 1' }), (error) => isUnavailable(error));
    await database.close();
    await assert.rejects(database.query({ name: 'one', text: 'SELECT 1' }), (error) => isUnavailable(error));
  });
});

describe('a pool', () => {
  test('asks anew where the server is for each connection: it may have moved in a restart', async () => {
    let where: Connection = { host: '/nowhere/at/all', port: 1, user: 'x', database: 'x' };
    const database = openDatabase({
      connection: () => where,
      maxConnections: 2,
      name: 'test',
      statementTimeoutMs: 1_000,
      onIdleError: () => undefined,
    });
    const ask = () => database.query<{ one: number }>({ name: 'one', text: 'SELECT 1 AS one' });
    await assert.rejects(ask(), (error) => isUnavailable(error));
    where = db.connection;
    assert.deepEqual(
      (await ask()).map(({ one }) => one),
      [1],
    );
    await database.close();
  });
});
