import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findJsonFault, isTooDeep, MAX_NESTING } from './python-json.ts';

/** What CPython 3.11 says of each. */
const CASES: readonly (readonly [string, string, number])[] = [
  ['', 'Expecting value', 0],
  ['  ', 'Expecting value', 2],
  ['x', 'Expecting value', 0],
  ['{', 'Expecting property name enclosed in double quotes', 1],
  ["{'a': 1}", 'Expecting property name enclosed in double quotes', 1],
  ['{"a" 1}', "Expecting ':' delimiter", 5],
  ['{"a":}', 'Expecting value', 5],
  ['{"a": 1 "b": 2}', "Expecting ',' delimiter", 8],
  ['{"a": 1,}', 'Expecting property name enclosed in double quotes', 8],
  ['{"a": 1, 2}', 'Expecting property name enclosed in double quotes', 9],
  ['[1, ]', 'Expecting value', 4],
  ['[1 2]', "Expecting ',' delimiter", 3],
  ['[1', "Expecting ',' delimiter", 2],
  ['{"a": 1} x', 'Extra data', 9],
  ['01', 'Extra data', 1],
  ['-', 'Expecting value', 0],
  ['"abc', 'Unterminated string starting at', 0],
  ['["a\nb"]', 'Invalid control character at', 3],
  ['"\\x"', 'Invalid \\escape', 1],
  ['"\\u12g4"', 'Invalid \\uXXXX escape', 2],
  ['["🎉" 1]', "Expecting ',' delimiter", 5],
  ['{"name": tru}', 'Expecting value', 9],
];

test('faults are named as Python names them, at the place where it does', () => {
  for (const [text, message, position] of CASES) assert.deepEqual(findJsonFault(text), { message, position }, text);
});

test('it finds a fault exactly where JSON.parse refuses', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '"a"',
    '1',
    '-0.5e3',
    'true',
    'null',
    ' ',
    '\\',
    '\n',
    '0',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('');
      let isJson = true;
      try {
        JSON.parse(text);
      } catch {
        isJson = false;
      }
      assert.equal(findJsonFault(text) === null, isJson, text);
    }),
    { numRuns: 2_000 },
  );
});

test('what is nested without end is refused without nesting ourselves', () => {
  const deep = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels));
  assert.equal(isTooDeep(deep(MAX_NESTING)), false);
  assert.equal(isTooDeep(deep(100_000)), true);
  assert.equal(findJsonFault('['.repeat(100_000))?.message, 'Expecting value');
});
