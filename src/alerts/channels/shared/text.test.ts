import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MAX_ANSWER_LENGTH } from '../contract.ts';
import { cleanText, maskSecret, maskUrl, secretsOfUrl } from './secrets.ts';
import { cutText, escapeHtml, fitEscaped, fitLines, joinWithin, oneLine, plainOutput } from './text.ts';

const more = (count: number) => `and ${count} more`;
const anyText = fc.string({ unit: 'grapheme', maxLength: 200 });

test('a text that fits stays as it is', () => {
  assert.equal(cutText('abc', 3), 'abc');
  assert.equal(fitEscaped('a&b', escapeHtml, 7), 'a&amp;b');
});

test('a text that does not fit keeps the end that is wanted', () => {
  assert.equal(cutText('abcdef', 4), 'abc…');
  assert.equal(cutText('abcdef', 4, 'tail'), '…def');
  assert.equal(cutText('abcdef', 0), '');
});

test('no character is halved, escaped or not', () => {
  assert.equal(cutText('a🏮🏮', 4), 'a🏮…');
  assert.equal(cutText('🏮🏮a', 4, 'tail'), '…🏮a');
  assert.equal(fitEscaped('&&&', escapeHtml, 11), '&amp;&amp;…');
});

test('whatever is cut is never longer than allowed and never ends in half a character', () => {
  fc.assert(
    fc.property(
      anyText,
      fc.integer({ min: 0, max: 120 }),
      fc.constantFrom('head' as const, 'tail' as const),
      (text, max, keep) => {
        const cut = fitEscaped(text, escapeHtml, max, keep);
        assert.ok(cut.length <= max);
        assert.ok(cut.isWellFormed() || !text.isWellFormed());
        assert.doesNotMatch(cut.replace(/&(amp|lt|gt|quot);/g, ''), /&/);
      },
    ),
  );
});

test('lists say how many lines were left out, and never exceed their room', () => {
  assert.equal(fitLines(['a', 'b', 'c'], 5, more), 'a\nb\nc');
  assert.equal(fitLines(['aaaaaaaaaa', 'bbbbbbbbbb', 'cccccccccc'], 24, more), 'aaaaaaaaaa\nand 2 more');
  assert.equal(fitLines(['a'.repeat(50)], 20, more), 'and 1 more');
  assert.equal(fitLines(['a'.repeat(50)], 5, more), '');
  fc.assert(
    fc.property(
      fc.array(fc.string({ maxLength: 30 }), { maxLength: 20 }),
      fc.integer({ min: 0, max: 200 }),
      (lines, max) => {
        assert.ok(fitLines(lines, max, more).length <= max);
      },
    ),
  );
});

test('parts are joined as long as whole ones fit', () => {
  assert.equal(joinWithin(['ab', 'cd', 'ef'], ' · ', 7), 'ab · cd');
  assert.equal(joinWithin(['abcdef'], ' · ', 3), '');
});

test('one line is one line', () => assert.equal(oneLine(' a\r\n\tb\u0000\u2028c\u0085 '), 'a b c'));

test('output loses colours and control characters and keeps its lines', () => {
  assert.equal(plainOutput('\u001b[31mred\u001b[0m\r\n\ttab\u0007\nend\n\n'), 'red\n    tab\nend');
});

test('a secret shows its last four characters, a short one nothing', () => {
  assert.equal(maskSecret('abcdefghijkl'), '***ijkl');
  assert.equal(maskSecret('abcdefghijk'), '***');
  assert.equal(maskUrl('https://me:pw@x.test:8443/hook/abcdefghijkl?q=1'), 'https://x.test:8443/***?q=1');
  assert.equal(maskUrl('nonsense'), '***');
});

test('nothing of a URL but its host comes back in what a receiver says', () => {
  const url = 'https://user1:pass%20word@x.test/T000/sEcReT%2Fpath/end?token=query-secret';
  const said = 'x.test: user1 pass word sEcReT/path sEcReT%2Fpath query-secret /T000/sEcReT%2Fpath/end';
  const clean = cleanText(said, secretsOfUrl(url));
  for (const secret of ['user1', 'pass word', 'sEcReT', 'query-secret']) assert.ok(!clean.includes(secret), clean);
  assert.ok(clean.startsWith('x.test:'));
});

test('a page becomes words, and a long answer becomes short', () => {
  const page = '<!doctype html><html><head><style>b{}</style></head><body><h1>502</h1>Bad&nbsp;gateway</body></html>';
  assert.equal(cleanText(page, []), '502 Bad&nbsp;gateway');
  assert.equal(cleanText('x'.repeat(2_000), []).length, MAX_ANSWER_LENGTH);
  assert.equal(cleanText('1 < 2 > 0', []), '1 < 2 > 0');
});

test('a secret that reaches over the cut is hidden as a whole', () => {
  const secret = 'sEcReT-of-some-length';
  assert.doesNotMatch(cleanText('x'.repeat(MAX_ANSWER_LENGTH - 10) + secret, [secret]), /sEc/);
});
