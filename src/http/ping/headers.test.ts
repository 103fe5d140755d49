import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { usePingServer } from '../../../test/harness/ping-server.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../core/instant.ts';
import { createClientAddress } from '../client-address.ts';
import { createUnknownKeyLimit, MAX_REMEMBERED_ADDRESSES, UNKNOWN_KEYS_PER_MINUTE } from './unknown-limit.ts';

const host = usePingServer();
const { make, ask, signals } = host;

async function monitor() {
  return make.monitor((await make.team()).id);
}

describe('headers', () => {
  const forwarded = [
    'garbage',
    '',
    ',',
    ', , ,',
    '[2001:db8::1]:443',
    '2001:db8::1',
    '203.0.113.7:1234',
    '203.0.113.7, garbage',
    'unknown',
    '_hidden',
    '"[2001:db8::1]"',
    '1',
    '999.999.999.999',
    `fe80::1%${'z'.repeat(5_000)}`,
    Array.from({ length: 2_000 }, () => '10.0.0.1').join(','),
  ];

  test('X-Forwarded-For in every form never costs a ping, and changes nothing where nobody is trusted', async () => {
    const one = await monitor();
    for (const header of forwarded) {
      const headers = { 'X-Forwarded-For': header, 'X-Forwarded-Proto': 'p'.repeat(500) };
      assert.equal((await ask('GET', `/ping/${one.key}`, { headers })).status, 200, header.slice(0, 30));
    }
    assert.deepEqual(new Set((await signals(one.id)).map(({ remote_addr }) => remote_addr)), new Set(['127.0.0.1']));
  });

  test('a trusted proxy is believed, garbage from it is not', async () => {
    const one = await monitor();
    const config = { ...host.services.config, trustedProxies: ['127.0.0.0/8', '10.0.0.0/8', '::1'] };
    const { port } = await host.another({ config });
    const seen: readonly (readonly [string, string])[] = [
      ['203.0.113.7', '203.0.113.7'],
      ['198.51.100.1, 203.0.113.7', '203.0.113.7'],
      ['198.51.100.1, 203.0.113.7, 10.1.2.3', '203.0.113.7'],
      ['203.0.113.7:1234', '203.0.113.7'],
      ['[2001:db8::1]:443', '2001:db8::1'],
      ['::ffff:203.0.113.7', '203.0.113.7'],
      ['10.0.0.9', '10.0.0.9'],
      ['garbage, 10.0.0.9', '10.0.0.9'],
      ['garbage', '127.0.0.1'],
      ['1', '127.0.0.1'],
      ['', '127.0.0.1'],
      [`fe80::1%${'z'.repeat(5_000)}`, 'fe80::1'],
    ];
    for (const [header, address] of seen) {
      const headers = { 'X-Forwarded-For': header };
      assert.equal((await ask('GET', `/ping/${one.key}`, { headers, port })).status, 200);
      assert.equal((await signals(one.id)).at(-1)?.remote_addr, address, header.slice(0, 30));
    }
  });

  test('two of a kind are read together; a peer outside the trusted ranges is not believed', () => {
    const of = createClientAddress(['10.0.0.0/8', '::ffff:192.0.2.0/120', 'fd00::/8']);
    const from = (remoteAddress: string, header?: string) =>
      of({ socket: { remoteAddress }, headers: header === undefined ? {} : { 'x-forwarded-for': header } } as never);
    assert.equal(from('10.0.0.1', '1.1.1.1, 2.2.2.2'), '2.2.2.2');
    assert.equal(from('::ffff:10.0.0.1', '2.2.2.2'), '2.2.2.2');
    assert.equal(from('192.0.2.9', '2.2.2.2'), '2.2.2.2');
    assert.equal(from('fd12::1', '2.2.2.2'), '2.2.2.2');
    assert.equal(from('203.0.113.1', '2.2.2.2'), '203.0.113.1');
    assert.equal(from('::ffff:203.0.113.1'), '203.0.113.1');
    assert.equal(from('', '2.2.2.2'), '');
  });

  test('hundreds of them, a huge one and strange ones do not cost a ping', async () => {
    const one = await monitor();
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [index.toString(36), '']));
    const strange = { 'User-Agent': 'ü\u0080ÿ "\\{},NULL', Cookie: ';;;=', Range: 'bytes=0-', 'If-None-Match': '*' };
    assert.equal((await ask('GET', `/ping/${one.key}`, { headers: many })).status, 200);
    const agent = { 'User-Agent': 'u'.repeat(60_000) };
    assert.equal((await ask('GET', `/ping/${one.key}`, { headers: agent })).status, 200);
    assert.equal((await ask('GET', `/ping/${one.key}`, { headers: strange })).status, 200);
    const stored = await signals(one.id);
    assert.deepEqual(
      stored.map(({ user_agent }) => user_agent.length),
      [0, 200, strange['User-Agent'].length],
    );
    assert.equal(stored[2]?.user_agent, strange['User-Agent']);
    const tooMany = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [index.toString(36), '']));
    assert.equal((await ask('GET', `/ping/${one.key}`, { headers: tooMany })).status, 431);
    const beyond = await ask('GET', `/ping/${one.key}`, { headers: { 'User-Agent': 'u'.repeat(70_000) } });
    assert.equal(beyond.status, 431);
    assert.equal((await signals(one.id)).length, 3);
  });

  test('Idempotency-Key: a retry counts once, also with a key that is longer than we keep', async () => {
    const one = await monitor();
    const other = await monitor();
    const long = 'k'.repeat(5_000);
    const keys = ['a retry', 'k'.repeat(64), `${long}a`, `${long}b`, 'ünïcode "quoted" \\', '{NULL}'];
    for (const key of keys) {
      for (const target of [one.key, one.key, other.key]) {
        const answer = await ask('POST', `/ping/${target}`, { headers: { 'Idempotency-Key': key } });
        assert.equal(`${answer.status} ${answer.body}`, '200 OK', key.slice(0, 20));
      }
    }
    assert.equal((await signals(one.id)).length, keys.length);
    assert.equal((await signals(other.id)).length, keys.length);
    for (let again = 0; again < 2; again += 1)
      await ask('GET', `/ping/${one.key}`, { headers: { 'Idempotency-Key': '' } });
    assert.equal((await signals(one.id)).length, keys.length + 2, 'an empty key is none');
  });
});

describe('?at=', () => {
  test('takes an RFC 3339 instant, not older than seven days, and clamps the future', async () => {
    const one = await monitor();
    const now = host.clock.now();
    const iso = (at: number) => new Date(at).toISOString();
    const local = new Date(now - HOUR_MS + 3 * HOUR_MS).toISOString().replace('.000Z', '');
    const good: readonly (readonly [string, number])[] = [
      [iso(now - 7 * DAY_MS), now - 7 * DAY_MS],
      [iso(now - 2 * HOUR_MS).replace('.000', ''), now - 2 * HOUR_MS],
      [`${local}%2B03:00`, now - HOUR_MS],
      [`${local}+03:00`, now - HOUR_MS],
      [iso(now - MINUTE_MS).toLowerCase(), now - MINUTE_MS],
      [iso(now - 1).replace('999Z', '999999999Z'), now - 1],
      [iso(now + DAY_MS), now],
      ['9999-12-31T23:59:59Z', now],
    ];
    for (const [text, at] of good) {
      assert.equal((await ask('GET', `/ping/${one.key}?at=${text}`)).status, 200, text);
      assert.equal((await signals(one.id)).at(-1)?.at, at, text);
    }
    const bad = [
      '',
      'now',
      String(now),
      '2026-01-05',
      '2026-01-05T12:00:00',
      '2026-02-30T00:00:00Z',
      '2026-01-04T24:00:00Z',
      '2026-13-01T00:00:00Z',
      '2026-01-05T12:00:00+99:00',
      '2026-01-05T12:00Z',
      '%00',
      'Z'.repeat(1_000),
      iso(now - 7 * DAY_MS - SECOND_MS),
      '0001-01-01T00:00:00Z',
    ];
    for (const text of bad) {
      const answer = await ask('GET', `/ping/${one.key}?at=${text}`);
      assert.equal(answer.status, 400, text);
      assert.match(answer.body, /^invalid at: /);
    }
    assert.equal((await signals(one.id)).length, good.length);
  });
});

describe('the limit on unknown keys', () => {
  test('slows guessing down, is per address, ends after a minute and never touches known keys', async () => {
    const one = await monitor();
    const config = { ...host.services.config, trustedProxies: ['127.0.0.1'] };
    const { port } = await host.another({ config });
    const from = (address: string) => ({ port, headers: { 'X-Forwarded-For': address } });
    const guess = (address: string) => ask('GET', '/ping/guessed-key', from(address));
    for (let count = 0; count < UNKNOWN_KEYS_PER_MINUTE; count += 1) {
      assert.equal((await guess('203.0.113.7')).status, 404);
    }
    const limited = await guess('203.0.113.7');
    assert.equal(limited.status, 429);
    assert.match(limited.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
    for (let count = 0; count < 5; count += 1) {
      assert.equal((await ask('GET', `/ping/${one.key}`, from('203.0.113.7'))).status, 200);
    }
    assert.equal((await guess('203.0.113.8')).status, 404);
    host.clock.advance(MINUTE_MS);
    assert.equal((await guess('203.0.113.7')).status, 404);
    assert.equal((await signals(one.id)).length, 5);
  });

  test('counts a network of IPv6 as one and remembers a bounded number of addresses', () => {
    const limit = createUnknownKeyLimit(host.clock);
    const allowed = Array.from({ length: UNKNOWN_KEYS_PER_MINUTE + 1 }, (_, index) =>
      limit.allows(`2001:db8:1:2::${index.toString(16)}`),
    );
    assert.deepEqual([allowed.at(-2), allowed.at(-1)], [true, false]);
    assert.equal(limit.allows('2001:db8:1:3::1'), true);
    assert.equal(limit.allows(''), true);
    assert.equal(limit.allows('not:an:address'), true);
    for (let index = 0; index < MAX_REMEMBERED_ADDRESSES; index += 1) limit.allows(`address ${index}`);
    assert.equal(limit.allows('2001:db8:1:2::1'), true, 'the oldest was forgotten');
  });
});
