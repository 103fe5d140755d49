import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { encodeQr, type QrCode } from '../../web/src/lib/qr.ts';

const drawn = (code: QrCode) => code.map((row) => row.map((isDark) => (isDark ? '#' : ' ')).join('')).join('\n');
const FINDER = ['#######', '#     #', '# ### #', '# ### #', '# ### #', '#     #', '#######'];

/** Read back by a decoder of others when they were taken; from then on they stay as they are. */
const KNOWN: readonly (readonly [number, number, string])[] = [
  [14, 21, 'dfe1ac7c6d6a1da9'],
  [110, 45, '67823c55fa7f7806'],
  [200, 57, 'fc8f05cab0b8da3a'],
  [666, 97, '2e3e0398317cc0f5'],
];

const text = (length: number) => 'otpauth://totp/'.repeat(50).slice(0, length);

describe('QR codes', () => {
  test('take the smallest version that has room', () => {
    for (const [length, size] of KNOWN) assert.equal(encodeQr(text(length)).length, size, `${length} bytes`);
    assert.equal(encodeQr(text(15)).length, 25);
    assert.throws(() => encodeQr(text(667)), RangeError);
  });

  test('are what a camera was seen to read', () => {
    for (const [length, , hash] of KNOWN) {
      assert.equal(
        createHash('sha256')
          .update(drawn(encodeQr(text(length))))
          .digest('hex')
          .slice(0, 16),
        hash,
      );
    }
  });

  test('have their three corners, also for what is not ASCII', () => {
    const rows = drawn(encodeQr('секрет')).split('\n');
    assert.deepEqual(
      rows.slice(0, 7).map((row) => row.slice(0, 7)),
      FINDER,
    );
    assert.deepEqual(
      rows.slice(0, 7).map((row) => row.slice(-7)),
      FINDER,
    );
    assert.deepEqual(
      rows.slice(-7).map((row) => row.slice(0, 7)),
      FINDER,
    );
  });
});
