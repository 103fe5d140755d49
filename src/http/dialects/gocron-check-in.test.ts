import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MAX_PERIOD_SECONDS } from '../../core/schedule/schedule.ts';
import { MAX_NAME_CHARACTERS, readBodyCheckIn, readQueryCheckIn } from './gocron-check-in.ts';

const good = { cronname: 'backup', account: 'acme', email: 'anna@example.com', frequency: '3600' };

function queryOf(change: Readonly<Record<string, string | null>>): string {
  return Object.entries({ ...good, ...change })
    .flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}`]))
    .join('&');
}

const bodyOf = (change: object) => Buffer.from(JSON.stringify({ ...good, ...change }));

const understood = {
  cronname: 'backup',
  account: 'acme',
  email: 'anna@example.com',
  frequencySeconds: 3_600,
  isSite: false,
  toleranceSeconds: null,
};

describe('a check-in of gocron', () => {
  test('says the same as a query and as JSON', () => {
    assert.deepEqual(readQueryCheckIn(queryOf({})), understood);
    assert.deepEqual(readBodyCheckIn(bodyOf({})), understood);
    assert.deepEqual(readBodyCheckIn(bodyOf({ frequency: 3600, site: false })), understood);
    const more = { ...understood, isSite: true, toleranceSeconds: 60 };
    assert.deepEqual(readQueryCheckIn(queryOf({ site: '1', tolerance: '60' })), more);
    assert.deepEqual(readBodyCheckIn(bodyOf({ site: true, tolerance: 60 })), more);
    assert.deepEqual(readBodyCheckIn(bodyOf({ site: 1, tolerance: '60' })), more);
  });

  test('names its fields in any case in JSON, and what else it says does not matter', () => {
    const body = { Cronname: 'backup', ACCOUNT: 'acme', Email: 'anna@example.com', Frequency: 3600, Lastruntime: 5 };
    assert.deepEqual(readBodyCheckIn(Buffer.from(JSON.stringify(body))), understood);
    assert.deepEqual(readQueryCheckIn(`${queryOf({})}&utm=1&cronname=second`), understood);
  });

  test('takes any text that can be kept and shown as a name', () => {
    const names = [
      "'; DROP TABLE monitor; --",
      '<script>alert(1)</script>',
      'Ночная копия 🌙',
      'a b',
      '["x","y"]',
      '%s%n{{y}}',
      'x'.repeat(MAX_NAME_CHARACTERS),
    ];
    for (const name of names) {
      assert.equal(readQueryCheckIn(queryOf({ cronname: encodeURIComponent(name) }))?.cronname, name);
      assert.equal(readQueryCheckIn(queryOf({ account: encodeURIComponent(name) }))?.account, name);
      assert.equal(readBodyCheckIn(bodyOf({ cronname: name }))?.cronname, name);
    }
    const raw = Buffer.from('копия').toString('latin1');
    assert.equal(readQueryCheckIn(queryOf({ cronname: raw }))?.cronname, 'копия', 'bytes of UTF-8 without escapes');
  });

  test('has an address that a plus sign does not spoil', () => {
    assert.equal(readQueryCheckIn(queryOf({ email: 'anna+cron@example.com' }))?.email, 'anna+cron@example.com');
    assert.equal(readQueryCheckIn(queryOf({ email: 'root@localhost' }))?.email, 'root@localhost');
  });

  const bad: readonly (readonly [string, string])[] = [
    ...['cronname', 'account', 'email', 'frequency'].flatMap((field) => [
      [`without ${field}`, queryOf({ [field]: null })] as const,
      [`with an empty ${field}`, queryOf({ [field]: '' })] as const,
      [`with a blank ${field}`, queryOf({ [field]: '%20%20' })] as const,
      [`with bytes in ${field} that are not UTF-8`, queryOf({ [field]: '%ff%fe' })] as const,
      [`with raw bytes in ${field} that are not UTF-8`, queryOf({ [field]: '\xff' })] as const,
      [`with half an escape in ${field}`, queryOf({ [field]: 'a%4' })] as const,
      [`with NUL in ${field}`, queryOf({ [field]: 'a%00b' })] as const,
      [`with a line break in ${field}`, queryOf({ [field]: 'a%0d%0aBcc:%20victim@example.com' })] as const,
    ]),
    ['with a name too long', queryOf({ cronname: 'x'.repeat(MAX_NAME_CHARACTERS + 1) })],
    ['with an account too long', queryOf({ account: 'x'.repeat(MAX_NAME_CHARACTERS + 1) })],
    ['with an address too long', queryOf({ email: `${'x'.repeat(250)}@example.com` })],
    ['with two addresses', queryOf({ email: 'a@example.com,b@example.com' })],
    ['with a name before the address', queryOf({ email: 'Anna%20%3Canna@example.com%3E' })],
    ['with HTML for an address', queryOf({ email: '%3Cscript%3E@example.com' })],
    ['with SQL for an address', queryOf({ email: "';DROP TABLE monitor;--" })],
    ['with a frequency of zero', queryOf({ frequency: '0' })],
    ['with a negative frequency', queryOf({ frequency: '-1' })],
    ['with half a second', queryOf({ frequency: '1.5' })],
    ['with a frequency in words', queryOf({ frequency: 'hourly' })],
    ['with a frequency in hexadecimal', queryOf({ frequency: '0x10' })],
    ['with a frequency beyond a year', queryOf({ frequency: String(MAX_PERIOD_SECONDS + 1) })],
    ['with a frequency beyond all numbers', queryOf({ frequency: '9'.repeat(400) })],
    ['with SQL for a frequency', queryOf({ frequency: '1;DROP TABLE monitor' })],
    ['with a negative tolerance', queryOf({ tolerance: '-5' })],
    ['with a tolerance in words', queryOf({ tolerance: 'some' })],
    ['with a site that is neither yes nor no', queryOf({ site: '<b>' })],
    ['that says nothing', ''],
  ];
  for (const [what, query] of bad) test(`${what} is none`, () => assert.equal(readQueryCheckIn(query), null));

  const badBodies: readonly (readonly [string, Buffer])[] = [
    ['that is empty', Buffer.alloc(0)],
    ['that is not JSON', Buffer.from('cronname=backup')],
    ['that is a list', Buffer.from('[]')],
    ['that is null', Buffer.from('null')],
    ['that is not UTF-8', Buffer.concat([Buffer.from('{"cronname":"'), Buffer.from([0xff]), Buffer.from('"}')])],
    ['with half a character', Buffer.from(JSON.stringify(good).replace('backup', '\\ud800'))],
    ['with NUL', Buffer.from(JSON.stringify(good).replace('backup', 'a\\u0000b'))],
    ['with a number for a name', bodyOf({ cronname: 5 })],
    ['with a list for an account', bodyOf({ account: ['a'] })],
    ['with an object for an address', bodyOf({ email: {} })],
    ['with half a second', bodyOf({ frequency: 1.5 })],
    ['with yes for a frequency', bodyOf({ frequency: true })],
    ['with null for a frequency', bodyOf({ frequency: null })],
    ['with a tolerance of yes', bodyOf({ tolerance: true })],
    ['with a list for a site', bodyOf({ site: [] })],
  ];
  for (const [what, body] of badBodies) test(`a body ${what} is none`, () => assert.equal(readBodyCheckIn(body), null));
});
