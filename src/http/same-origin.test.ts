import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isSameOrigin } from './same-origin.ts';

const URL_OF_OURS = 'https://watch.example/allswell';

const cases: readonly (readonly [string, Record<string, string>, boolean])[] = [
  ['the browser says so', { 'sec-fetch-site': 'same-origin' }, true],
  ['the browser says so, and names the page', { 'sec-fetch-site': 'same-origin', origin: 'https://x.example' }, true],
  ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://watch.example' }, false],
  ['another host of the same domain', { 'sec-fetch-site': 'same-site', origin: 'https://watch.example' }, false],
  ['a link that was typed or opened from a mail', { 'sec-fetch-site': 'none' }, false],
  ['our own origin', { origin: 'https://watch.example' }, true],
  ['our own host by another scheme', { origin: 'http://watch.example' }, false],
  ['the very host that was asked', { origin: 'http://10.0.0.5:8080', host: '10.0.0.5:8080' }, true],
  ['another port of that host', { origin: 'http://10.0.0.5:8081', host: '10.0.0.5:8080' }, false],
  ['a page without an origin', { origin: 'null', host: 'null' }, false],
  ['nonsense', { origin: 'https://', host: '' }, false],
  ['nothing', { host: 'watch.example' }, false],
];

describe('a request with a cookie', () => {
  for (const [name, headers, expected] of cases) {
    test(`${expected ? 'is ours' : 'is refused'}: ${name}`, () => {
      assert.equal(isSameOrigin(headers, URL_OF_OURS), expected);
    });
  }
});
