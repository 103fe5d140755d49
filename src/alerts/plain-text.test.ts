import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { clip, oneLine, outputEnd } from './plain-text.ts';

const FAMILY = '👨‍👩‍👧';

test('a cut never splits an emoji, and says that something was cut', () => {
  assert.equal(clip('abc', 3), 'abc');
  assert.equal(clip('abcd', 3), 'ab…');
  assert.equal(clip(`ab${FAMILY}`, 9), 'ab…');
  assert.equal(clip(`ab${FAMILY}`, 10), `ab${FAMILY}`);
  assert.equal(clip('ab cd', 4), 'ab…');
  assert.equal(clip('👍👍👍', 4), '👍…');
});

test('a pile of combining marks is cut like anything else', () => {
  const zalgo = `e${'\u0301'.repeat(500)}`;
  assert.equal(clip(zalgo, 100).length, 100);
  assert.ok(clip('👍🏽👍🏽', 2).isWellFormed());
});

test('line breaks, control characters and direction marks do not come through a name', () => {
  assert.equal(oneLine('a\r\nb\tc\u2028d\u0000e', 100), 'a b c d e');
  assert.equal(oneLine('nightly\u202Ebackup\u2066!\u2069', 100), 'nightlybackup!');
  assert.equal(oneLine('  much   room  ', 100), 'much room');
  assert.equal(oneLine(`caf\u00e9 ${FAMILY}`, 100), `caf\u00e9 ${FAMILY}`);
  assert.equal(oneLine('broken \ud83d', 100), 'broken \ufffd');
});

test('a name with nothing to see is empty', () => {
  for (const nothing of ['', ' \n ', '\u202E\u200F', '\u200B\u200D', '\u3164', '\u0301']) {
    assert.equal(oneLine(nothing, 100), '');
  }
});

test('of a long output the end is kept, from a whole line on', () => {
  const lines = Array.from({ length: 1_000 }, (_, index) => `line ${index}`).join('\n');
  const kept = outputEnd(lines, 100);
  assert.ok(kept !== null && kept.length <= 100);
  assert.match(kept, /^…\nline \d+\n/);
  assert.match(kept, /line 999$/);
});

test('one endless line is cut in the middle', () => {
  assert.equal(outputEnd('x'.repeat(10_000), 50), `…\n${'x'.repeat(48)}`);
});

test('colours and progress bars are left out', () => {
  assert.equal(outputEnd('\u001b[31mred\u001b[0m\n10%\r20%\rdone\u0007\r\n\n', 100), 'red\n10%\n20%\ndone');
  assert.equal(outputEnd('  indented\n\tmore', 100), '  indented\n\tmore');
});

test('an output with nothing to see is none', () => {
  for (const nothing of ['', '\n\n', '\u001b[0m', ' \r\n ']) assert.equal(outputEnd(nothing, 100), null);
});

test('whatever comes in, bounds hold and what goes out is well formed', () => {
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ unit: 'grapheme', maxLength: 300 }));
  fc.assert(
    fc.property(text, fc.integer({ min: 10, max: 120 }), (input, limit) => {
      const line = oneLine(input, limit);
      assert.ok(line.length <= limit && line.isWellFormed(), JSON.stringify(line));
      assert.doesNotMatch(line, /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
      const output = outputEnd(input, limit);
      if (output === null) return;
      assert.ok(output.length <= limit && output.isWellFormed(), JSON.stringify(output));
      assert.doesNotMatch(output, /[\p{Cc}--[\n\t]]/v);
    }),
    { numRuns: 500 },
  );
});
