import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemRandom } from '../platform/random.ts';
import { createPasswords, MAX_HASHING, MAX_WAITING, TooManyPasswords } from './password.ts';

const cheap = { log2N: 4, r: 1, p: 1 };

describe('passwords', () => {
  test('are known again, and no others', async () => {
    const passwords = createPasswords(systemRandom, cheap);
    const hash = await passwords.hash('correct horse');
    assert.match(hash, /^scrypt\$4\$1\$1\$/);
    assert.ok(!hash.includes('correct'));
    assert.equal(await passwords.verify('correct horse', hash), true);
    assert.equal(await passwords.verify('correct horsE', hash), false);
    assert.notEqual(await passwords.hash('correct horse'), hash);
  });

  test('typed on another keyboard are the same', async () => {
    const passwords = createPasswords(systemRandom, cheap);
    assert.equal(await passwords.verify('cafe\u0301 au lait', await passwords.hash('caf\u00e9 au lait')), true);
  });

  test('of another cost are known as well; what is no hash of ours never fits', async () => {
    const hash = await createPasswords(systemRandom, { log2N: 5, r: 2, p: 2 }).hash('lantern');
    const passwords = createPasswords(systemRandom, cheap);
    assert.equal(await passwords.verify('lantern', hash), true);
    for (const other of ['', 'lantern', 'scrypt$4$1$1$x$y', `${hash}A`]) {
      assert.equal(await passwords.verify('lantern', other), false, other);
    }
  });

  test('come one after another, and a crowd is turned away', async () => {
    const passwords = createPasswords(systemRandom, cheap);
    const crowd = Array.from({ length: MAX_HASHING + MAX_WAITING + 3 }, () => passwords.hash('lantern'));
    const results = await Promise.allSettled(crowd);
    const refused = results.filter((result) => result.status === 'rejected');
    assert.equal(refused.length, 3);
    assert.ok(refused.every(({ reason }) => reason instanceof TooManyPasswords));
    await passwords.hash('after the crowd');
  });
});
