import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isWeakKey, keyFault, normalKey, slugFault } from './ping-names.ts';

describe('keys in ping URLs', () => {
  test('are 6 to 64 characters out of letters, digits, _ and -', () => {
    for (const key of ['abc123', 'A_b-9z', 'x'.repeat(64), '8b5d1f4e-3c2a-4b6d-9e8f-7a6b5c4d3e2f']) {
      assert.equal(keyFault(key), null, key);
    }
    for (const key of ['', 'abc12', 'x'.repeat(65), 'abc 123', 'abc/123', 'äbcdef', 'abc123\n', 'abc.123']) {
      assert.notEqual(keyFault(key), null, key);
    }
  });

  test('are no words that mean something else there, in any case', () => {
    for (const key of ['metrics', 'Healthz', 'SUCCESS', 'create']) assert.match(keyFault(key) ?? '', /word/, key);
  });

  test('are weak below 16 characters', () => {
    assert.ok(isWeakKey('x'.repeat(15)));
    assert.ok(!isWeakKey('x'.repeat(16)));
  });

  test('that are UUIDs are the same in upper case, others are not touched', () => {
    assert.equal(normalKey('8B5D1F4E-3C2A-4B6D-9E8F-7A6B5C4D3E2F'), '8b5d1f4e-3c2a-4b6d-9e8f-7a6b5c4d3e2f');
    assert.equal(normalKey('AbC123'), 'AbC123');
  });
});

describe('slugs', () => {
  test('are 1 to 100 characters out of a-z, digits, _ and -', () => {
    for (const slug of ['a', '2nd', 'nightly-backup_1', '-', 'x'.repeat(100)])
      assert.equal(slugFault(slug), null, slug);
    for (const slug of ['', 'A', 'a b', 'x'.repeat(101), 'a/b', 'é', 'a\n'])
      assert.notEqual(slugFault(slug), null, slug);
  });

  test('are no suffix of a ping URL: no action and no exit status', () => {
    for (const slug of ['start', 'end', 'fail', 'log'])
      assert.match(slugFault(slug) ?? '', /means something else/, slug);
    for (const slug of ['0', '255', '256', '007']) assert.match(slugFault(slug) ?? '', /exit status/, slug);
    assert.equal(slugFault('starts'), null);
  });
});
