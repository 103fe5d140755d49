import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createBaseStripper } from './base-path.ts';

const cases: readonly (readonly [string, string, string])[] = [
  ['https://x.example', '/ping/k', '/ping/k'],
  ['https://x.example/watch', '/watch/ping/k?a=1', '/ping/k?a=1'],
  ['https://x.example/watch', '/ping/k', '/ping/k'],
  ['https://x.example/watch', '/watch', '/'],
  ['https://x.example/watch', '/watch?a=1', '/?a=1'],
  ['https://x.example/watch', '/watchman', '/watchman'],
  ['https://x.example/a/b', '/a/b/docs', '/docs'],
  ['https://x.example/a/b', '/a/docs', '/a/docs'],
  ['https://x.example/ping', '/ping/k', '/ping/k'],
];

describe('the path of ALLSWELL_URL', () => {
  for (const [url, given, expected] of cases) {
    test(`${url}: ${given} is ${expected}`, () => assert.equal(createBaseStripper(url)(given), expected));
  }
});
